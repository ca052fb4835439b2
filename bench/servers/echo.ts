/** The least that an HTTP server can do: reads a request's body, and answers what it was told to. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { CapturedAnswer } from "../captured.js";

/** One answer to everything, or one by the `x-amz-target` of the request. */
const given = JSON.parse(process.argv[2] as string) as CapturedAnswer | { byTarget: Record<string, CapturedAnswer> };
const byTarget = "byTarget" in given ? given.byTarget : undefined;
const always = byTarget ? undefined : (given as CapturedAnswer);
const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    Buffer.concat(chunks);
    const answer = always ?? byTarget?.[request.headers["x-amz-target"] as string];
    response.writeHead(answer?.status ?? 404, answer?.headers);
    response.end(answer?.body);
  });
});
server.listen(0, "127.0.0.1", () => console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.once("SIGTERM", () => process.exit(0));
