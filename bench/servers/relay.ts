/**
 * The least that an API before a function can do: a server which has every request answered by a handler in another
 * process, by HTTP.
 */
import { fork } from "node:child_process";
import { Agent, createServer, type IncomingMessage, request as send } from "node:http";
import type { AddressInfo } from "node:net";

async function bodyOf(message: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of message.setEncoding("utf8")) text += chunk;
  return text;
}

/** The process with the handler. */
function handle(): void {
  const handler = (event: { path: string }) => ({ statusCode: 200, body: `hello ${event.path}` });
  const server = createServer({ keepAliveTimeout: 75_000 }, async (request, response) => {
    response.end(JSON.stringify(handler(JSON.parse(await bodyOf(request)) as { path: string })));
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.once("disconnect", () => process.exit(0));
}

function relay(port: number): void {
  const agent = new Agent({ keepAlive: true });
  const ask = (event: object): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = { port, host: "127.0.0.1", method: "POST", agent };
      const asked = send(options, (answer) => void bodyOf(answer).then(resolve, reject));
      asked.once("error", reject);
      asked.end(JSON.stringify(event));
    });
  const server = createServer({ keepAliveTimeout: 75_000 }, async (request, response) => {
    const { method, url: path, headers } = request;
    const body = await bodyOf(request);
    const answer = JSON.parse(await ask({ method, path, headers, body })) as { statusCode: number; body: string };
    response.writeHead(answer.statusCode, { "content-length": Buffer.byteLength(answer.body) });
    response.end(answer.body);
  });
  server.listen(0, "127.0.0.1", () => console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  process.once("SIGTERM", () => process.exit(0));
}

if (process.argv[2] === "handler") handle();
else fork(new URL(import.meta.url), ["handler"], { execArgv: ["--import", "tsx"] }).once("message", relay);
