/** Watches the sizes of the frames that a WebSocket client sends: a limit that the protocol's library does not have. */

/** Sees the bytes of a client go by. */
export class FrameSizes {
  #header = Buffer.alloc(0);
  #left = 0;

  /** The payload size of the largest frame that begins in a chunk. */
  largest(chunk: Buffer): number {
    let largest = 0;
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - offset);
        this.#left -= taken;
        offset += taken;
        continue;
      }
      this.#header = Buffer.concat([this.#header, chunk.subarray(offset, offset + 1)]);
      offset++;
      const payload = payloadSize(this.#header);
      if (payload === undefined) continue;
      largest = Math.max(largest, payload);
      this.#header = Buffer.alloc(0);
      this.#left = payload;
    }
    return largest;
  }
}

/** The payload's size, once the header is complete. See RFC 6455, section 5.2. */
function payloadSize(header: Buffer): number | undefined {
  if (header.length < 2) return undefined;
  const second = header[1] as number;
  const short = second & 0x7f;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  const maskBytes = second & 0x80 ? 4 : 0;
  if (header.length < 2 + extra + maskBytes) return undefined;
  if (extra === 2) return header.readUInt16BE(2);
  return extra === 8 ? Number(header.readBigUInt64BE(2)) : short;
}
