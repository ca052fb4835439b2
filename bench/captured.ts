/** Requests exactly as the SDK sends them, and the answers to them. */
import { createHash } from "node:crypto";
import { request as send } from "node:http";

/** A signed request of the SDK, ready to be sent any number of times. */
export interface CapturedRequest {
  readonly method: string;
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
  method: string;
  path: string;
  query?: Record<string, string>;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}
interface Sender {
  send(command: never): Promise<unknown>;
}

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** brume takes an account's number for its root's key. */
const ROOT: AccessKey = { accessKeyId: "111122223333", secretAccessKey: "bench" };

/** How a client is set up that talks to a server on this machine, as an account's root unless another key is given. */
export function clientConfiguration(endpoint: string, credentials: AccessKey = ROOT) {
  return { endpoint, region: "us-east-1", credentials, maxAttempts: 1 };
}

/** The request that a client would send for a command. */
export async function captureRequest<Client extends Sender>(
  Constructor: new (configuration: object) => Client,
  endpoint: string,
  command: object,
  credentials?: AccessKey,
): Promise<CapturedRequest> {
  let captured: HttpRequest | undefined;
  const requestHandler = {
    handle: async (request: HttpRequest) => {
      captured = request;
      throw new Error("It is only looked at.");
    },
  };
  const client = new Constructor({ ...clientConfiguration(endpoint, credentials), requestHandler });
  // The error is the one above; any other leaves nothing captured.
  const failure = await client.send(command as never).catch((error: unknown) => error);
  if (!captured) throw failure;
  // A server is not asked whether it would take the body: it is sent.
  const { method, body = "" } = captured;
  const headers = Object.entries(captured.headers).filter(([name]) => !/^(host|content-length|expect)$/i.test(name));
  const query = new URLSearchParams(captured.query).toString();
  return {
    method,
    path: captured.path + (query && `?${query}`),
    headers: Object.fromEntries(headers),
    body: typeof body === "string" ? body : new TextDecoder().decode(body),
  };
}

/** The same request with another body, for which its signature does not hold. */
export function withBody(request: CapturedRequest, body: string): CapturedRequest {
  const hash = createHash("sha256").update(body).digest("hex");
  return { ...request, body, headers: { ...request.headers, "x-amz-content-sha256": hash } };
}

/** The same request without the hash of its body, for one whose body is to be another each time. */
export function withoutHash(request: CapturedRequest): CapturedRequest {
  const { "x-amz-content-sha256": _, ...headers } = request.headers;
  return { ...request, headers };
}

/** What a server answers to a request. */
export async function captureAnswer(
  url: string,
  { method, path, headers, body }: CapturedRequest,
): Promise<CapturedAnswer> {
  return new Promise((resolve, reject) => {
    const request = send(url + path, { method, headers, agent: false }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      const { date, connection, "keep-alive": keepAlive, ...own } = response.headers as Record<string, string>;
      resolve({ status: response.statusCode as number, headers: own, body: text });
    });
    request.once("error", reject);
    request.end(body);
  });
}
