/** The least that an HTTP server can do: reads a request's body, and answers what it was told to. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { CapturedAnswer } from "../captured.js";

const { status, headers, body } = JSON.parse(process.argv[2] as string) as CapturedAnswer;
const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    Buffer.concat(chunks);
    response.writeHead(status, headers);
    response.end(body);
  });
});
server.listen(0, "127.0.0.1", () => console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.once("SIGTERM", () => process.exit(0));
