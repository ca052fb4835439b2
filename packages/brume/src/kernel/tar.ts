/** Tar archives, read and written as streams: ustar with the extended headers of pax, and GNU's long names when read. */
import { createReadStream } from "node:fs";

const BLOCK_BYTES = 512;
/** The longest extended header that is read: names are far shorter. */
const MAX_EXTENSION_BYTES = 1024 * 1024;
const MAX_OCTAL_SIZE = 0o77777777777;

export type TarType = "file" | "directory" | "symlink" | "hardlink" | "other";

/** What is put into an archive: its content is the file at `source`, or the bytes of `content`. */
export interface TarInput {
  readonly path: string;
  readonly type: "file" | "directory" | "symlink";
  readonly mode: number;
  readonly size?: number;
  readonly source?: string;
  readonly content?: Uint8Array;
  /** Where a link leads. */
  readonly target?: string;
}

/** What is found in an archive. Names are as they stand there: whoever unpacks them has to see where they lead. */
export interface TarEntry {
  readonly path: string;
  readonly type: TarType;
  readonly mode: number;
  readonly size: number;
  readonly target: string;
  /** The content; what is not read of it is passed over. */
  readonly body: AsyncIterable<Buffer>;
}

const TYPE_FLAGS = { file: "0", directory: "5", symlink: "2" } satisfies Record<TarInput["type"], string>;
const TYPES: Readonly<Record<string, TarType>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "1": "hardlink",
  "2": "symlink",
  "5": "directory",
};

// Writing.

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, "0")}\0`;
}

function header(name: string, flag: string, mode: number, size: number, target: string): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(name, 0, 100);
  block.write(octal(mode & 0o7777, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(Math.min(size, MAX_OCTAL_SIZE), 12), 124);
  // Equal content makes equal archives: nothing has a time.
  block.write(octal(0, 12), 136);
  block.write("        ", 148);
  block.write(flag, 156);
  block.write(target, 157, 100);
  block.write("ustar\x0000", 257);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

const padding = (size: number) => Buffer.alloc((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);

/** One line of an extended header: its length in bytes stands before it, and counts itself. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (String(length).length > String(bytes).length) length = bytes + String(length).length;
  return `${length}${rest}`;
}

function extension(path: string, target: string, size: number): Buffer[] {
  const isPlain = (text: string) => text.length <= 100 && /^[\x20-\x7e]*$/.test(text);
  const records = [
    isPlain(path) ? "" : record("path", path),
    isPlain(target) ? "" : record("linkpath", target),
    size <= MAX_OCTAL_SIZE ? "" : record("size", String(size)),
  ].join("");
  if (records === "") return [];
  const body = Buffer.from(records);
  return [header("PaxHeader", "x", 0o644, body.length, ""), body, padding(body.length)];
}

/** An archive of entries, in their order, piece by piece. */
export async function* writeTar(entries: Iterable<TarInput>): AsyncGenerator<Buffer> {
  for (const { path, type, mode, size = 0, source, content, target = "" } of entries) {
    const bytes = type === "file" ? (content?.length ?? size) : 0;
    const name = type === "directory" && !path.endsWith("/") ? `${path}/` : path;
    yield* extension(name, target, bytes);
    yield header(name, TYPE_FLAGS[type], mode, bytes, target);
    if (bytes === 0) continue;
    if (content) yield Buffer.from(content);
    else if (source) {
      let written = 0;
      for await (const chunk of createReadStream(source, { end: bytes - 1 })) {
        written += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
      if (written !== bytes) throw new Error(`${source} has changed while it was read.`);
    }
    yield padding(bytes);
  }
  yield Buffer.alloc(BLOCK_BYTES * 2);
}

// Reading.

/** An archive that is no archive, or that ends too soon. */
export class TarError extends Error {}

/** Takes a stream apart into pieces of given lengths. */
class Pieces {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Up to `length` bytes; none at the end of the stream. */
  async some(length: number): Promise<Buffer> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#source.next();
      if (done) return this.#rest;
      this.#rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    const piece = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** Exactly `length` bytes; `undefined` at the end of the stream. */
  async exactly(length: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    let got = 0;
    while (got < length) {
      const piece = await this.some(length - got);
      if (piece.length === 0) {
        if (got === 0) return undefined;
        throw new TarError("The archive ends in the middle of an entry.");
      }
      pieces.push(piece);
      got += piece.length;
    }
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }

  async end(): Promise<void> {
    await this.#source.return?.();
  }
}

function text(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString();
}

function number(block: Buffer, start: number, length: number): number {
  if (((block[start] as number) & 0x80) !== 0) {
    // GNU writes what does not fit into octal digits in base 256.
    let value = (block[start] as number) & 0x7f;
    for (const byte of block.subarray(start + 1, start + length)) value = value * 256 + byte;
    if (!Number.isSafeInteger(value)) throw new TarError("The archive has an entry of impossible size.");
    return value;
  }
  const digits = text(block, start, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw new TarError("This is not a tar archive.");
  return Number.parseInt(digits || "0", 8);
}

function checkSum(block: Buffer): void {
  let sum = 0;
  for (let i = 0; i < BLOCK_BYTES; i++) sum += i >= 148 && i < 156 ? 0x20 : (block[i] as number);
  if (sum !== number(block, 148, 8)) throw new TarError("This is not a tar archive.");
}

/** The records of an extended header. */
function records(body: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at);
    const length = Number(body.subarray(at, space).toString());
    if (space < 0 || !Number.isInteger(length) || length <= 0 || at + length > body.length)
      throw new TarError("The archive has a malformed extended header.");
    const line = body.subarray(space + 1, at + length - 1).toString();
    const equals = line.indexOf("=");
    found[line.slice(0, equals)] = line.slice(equals + 1);
    at += length;
  }
  return found;
}

/** The entries of an archive, one after the other. @throws TarError */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const pieces = new Pieces(source);
  let common: Record<string, string> = {};
  let own: Record<string, string> = {};
  try {
    for (;;) {
      const block = await pieces.exactly(BLOCK_BYTES);
      if (!block || block.every((byte) => byte === 0)) return;
      if (block.length < BLOCK_BYTES) throw new TarError("This is not a tar archive.");
      checkSum(block);
      const flag = String.fromCharCode(block[156] as number);
      const size = number(block, 124, 12);
      if ("xgLK".includes(flag)) {
        const body = await extensionBody(pieces, size);
        if (flag === "x") own = { ...own, ...records(body) };
        else if (flag === "g") common = { ...common, ...records(body) };
        else own[flag === "L" ? "path" : "linkpath"] = text(body, 0, body.length);
        continue;
      }
      const said = { ...common, ...own };
      own = {};
      const prefix = text(block, 257, 5) === "ustar" && text(block, 257, 8) !== "ustar  " ? text(block, 345, 155) : "";
      const name = text(block, 0, 100);
      const type = TYPES[flag] ?? "other";
      const bytes = said.size === undefined ? size : Number(said.size);
      if (!Number.isSafeInteger(bytes) || bytes < 0) throw new TarError("The archive has an entry of impossible size.");
      // Only files have content, whatever the size of another entry says.
      const content = type === "file" || type === "other" ? bytes : 0;
      let left = content;
      yield {
        path: said.path ?? (prefix === "" ? name : `${prefix}/${name}`),
        type: type === "file" && (said.path ?? name).endsWith("/") ? "directory" : type,
        mode: number(block, 100, 8) & 0o7777,
        size: content,
        target: said.linkpath ?? text(block, 157, 100),
        body: (async function* () {
          while (left > 0) {
            const piece = await pieces.some(left);
            if (piece.length === 0) throw new TarError("The archive ends in the middle of an entry.");
            left -= piece.length;
            yield piece;
          }
        })(),
      };
      left += padding(content).length;
      while (left > 0) {
        const piece = await pieces.some(left);
        if (piece.length === 0) throw new TarError("The archive ends in the middle of an entry.");
        left -= piece.length;
      }
    }
  } finally {
    await pieces.end();
  }
}

async function extensionBody(pieces: Pieces, size: number): Promise<Buffer> {
  if (size > MAX_EXTENSION_BYTES) throw new TarError("The archive has an extended header that is too long.");
  const body = await pieces.exactly(size + padding(size).length);
  if (body === undefined) throw new TarError("The archive ends in the middle of an entry.");
  return body.subarray(0, size);
}
