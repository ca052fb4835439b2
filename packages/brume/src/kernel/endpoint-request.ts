/** What endpoints read of the requests that they answer. */
import type { IncomingMessage } from "node:http";

/** The whole body; `undefined` when it is longer than `mostBytes`. It is read to its end in any case. */
export async function readBody(request: IncomingMessage, mostBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= mostBytes) chunks.push(chunk);
  }
  return bytes <= mostBytes ? Buffer.concat(chunks) : undefined;
}

/** Headers as they were sent, in their order: `rawHeaders` of Node by name and value. */
export function headerPairs(raw: readonly string[]): [name: string, value: string][] {
  const found: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) found.push([raw[i] as string, raw[i + 1] as string]);
  return found;
}

/** The client's address, IPv4 where it is one. */
export const sourceIpOf = (request: IncomingMessage): string =>
  (request.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, "");

/** A moment in milliseconds as access logs and events write it: `24/Nov/2026:06:06:49 +0000`. */
export function requestTime(milliseconds: number): string {
  const [, day, month, year, time] = new Date(milliseconds).toUTCString().split(" ");
  return `${day}/${month}/${year}:${time} +0000`;
}
