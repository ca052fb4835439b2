/** The least that a server of large bodies can do: throws away what it is sent, and answers a body of a size. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const bytes = Number(process.argv[2]);
const CHUNK = Buffer.alloc(64 * 1024, "x");

function* chunks() {
  for (let left = bytes; left > 0; left -= CHUNK.length) yield left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
}

const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  request.resume();
  request.on("end", () => {
    if (request.method !== "GET") return response.writeHead(200, { "content-length": 0 }).end();
    response.writeHead(200, { "content-length": bytes });
    pipeline(Readable.from(chunks()), response).catch(() => response.destroy());
  });
});
server.listen(0, "127.0.0.1", () => console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.once("SIGTERM", () => process.exit(0));
