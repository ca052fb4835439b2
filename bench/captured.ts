/** Requests exactly as the SDK sends them, and the answers to them. */
import { request as send } from "node:http";

/** A signed request of the SDK, ready to be sent any number of times. */
export interface CapturedRequest {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface CapturedAnswer {
  readonly status: number;
  /** Those that the server itself sets: Node.js adds `date`, `connection` and `keep-alive` everywhere. */
  readonly headers: Record<string, string>;
  readonly body: string;
}

interface HttpRequest {
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}
interface Sender {
  send(command: never): Promise<unknown>;
}

/** How a client is set up that talks to a server on this machine, as an account's root. */
export function clientConfiguration(endpoint: string) {
  return {
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "111122223333", secretAccessKey: "bench" },
    maxAttempts: 1,
  };
}

/** The request that a client would send for a command. */
export async function captureRequest<Client extends Sender>(
  Constructor: new (configuration: object) => Client,
  endpoint: string,
  command: object,
): Promise<CapturedRequest> {
  let captured: HttpRequest | undefined;
  const requestHandler = {
    handle: async (request: HttpRequest) => {
      captured = request;
      throw new Error("It is only looked at.");
    },
  };
  const client = new Constructor({ ...clientConfiguration(endpoint), requestHandler });
  // The error is the one above; any other leaves nothing captured.
  const failure = await client.send(command as never).catch((error: unknown) => error);
  if (!captured) throw failure;
  const { host, "content-length": length, ...headers } = captured.headers;
  const { body = "" } = captured;
  return { path: captured.path, headers, body: typeof body === "string" ? body : new TextDecoder().decode(body) };
}

/** What a server answers to a request. */
export async function captureAnswer(url: string, { path, headers, body }: CapturedRequest): Promise<CapturedAnswer> {
  return new Promise((resolve, reject) => {
    const request = send(url + path, { method: "POST", headers, agent: false }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      const { date, connection, "keep-alive": keepAlive, ...own } = response.headers as Record<string, string>;
      resolve({ status: response.statusCode as number, headers: own, body: text });
    });
    request.once("error", reject);
    request.end(body);
  });
}
