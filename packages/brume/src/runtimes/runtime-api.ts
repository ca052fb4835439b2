/** The Lambda Runtime API of one execution environment, on a loopback port of its own. See "Using the Lambda runtime API". */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";

/** One piece of work for a runtime. */
export interface Invocation {
  readonly requestId: string;
  readonly functionArn: string;
  readonly payload: Uint8Array;
  /** When the function runs out of time: machine time, in ms since the epoch. */
  readonly deadlineMs: number;
  readonly traceId: string;
  readonly clientContext?: string;
  /** The cloud's time, where it is not the machine's: `+offset` or `=time` in milliseconds. */
  readonly clock?: string;
  /** Receives a response that the function streams, while it does; without it the response is collected. */
  readonly onStream?: (body: Readable, contentType: string) => void;
}

/** How a runtime answered. */
export interface RuntimeAnswer {
  readonly type: "response" | "error" | "tooLarge" | "streamed";
  readonly body: Buffer;
  readonly contentType: string;
  /** What the runtime says of its memory, in bytes. */
  readonly memoryBytes: number;
  /** Whether the process ends now that it has answered. */
  readonly exiting: boolean;
}

/** 6 MB, and room for the envelope: the most that a synchronous response may have. */
export const MAX_RESPONSE_BYTES = 6_291_556;
const MAX_STREAMED_BYTES = 200 * 1024 * 1024;
const ROUTE = /^\/2018-06-01\/runtime\/(?:invocation\/(next|([^/]+)\/(response|error))|init\/error)$/;
const NOTHING = Buffer.alloc(0);

export class RuntimeApi {
  readonly #server: Server;
  #idle: ServerResponse | undefined;
  #current: { invocation: Invocation; settle: (answer: RuntimeAnswer) => void; sent: boolean } | undefined;
  /** Called when the runtime asks for work for the first time. */
  onReady: (() => void) | undefined;
  /** Called when the runtime says that it could not start. */
  onInitError: ((payload: Buffer) => void) | undefined;

  private constructor() {
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, (request, response) =>
      this.#receive(request, response),
    );
  }

  /** Opens the API on a free loopback port. */
  static async listen(): Promise<RuntimeApi> {
    const api = new RuntimeApi();
    await new Promise<void>((resolve, reject) => {
      api.#server.once("error", reject);
      api.#server.listen(0, "127.0.0.1", resolve);
    });
    api.#server.unref();
    return api;
  }

  /** `host:port`, for AWS_LAMBDA_RUNTIME_API. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Hands an invocation to the runtime, now or as soon as it asks. Resolves with its answer. */
  deliver(invocation: Invocation): Promise<RuntimeAnswer> {
    return new Promise((settle) => {
      this.#current = { invocation, settle, sent: false };
      this.#send();
    });
  }

  /** Whether the runtime has taken the invocation that was delivered last. */
  get taken(): boolean {
    return this.#current?.sent !== false;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const [, next, requestId, outcome] = ROUTE.exec(request.url as string) ?? [];
    if (next && request.method === "GET") {
      this.#idle = response;
      this.onReady?.();
      this.onReady = undefined;
      this.#send();
    } else if (request.method !== "POST" || !ROUTE.test(request.url as string)) {
      request.resume();
      reply(response, 404, { errorType: "InvalidRequest", errorMessage: "The Runtime API has no such path." });
    } else if (!outcome) {
      collect(request, MAX_RESPONSE_BYTES).then((body) => {
        this.onInitError?.(body ?? NOTHING);
        reply(response, 202, { status: "OK" });
      }, noAnswer);
    } else this.#answer(request, response, requestId as string, outcome).catch(noAnswer);
  }

  async #answer(request: IncomingMessage, response: ServerResponse, requestId: string, outcome: string): Promise<void> {
    const current = this.#current;
    if (!current?.sent || current.invocation.requestId !== requestId) {
      request.resume();
      return reply(response, 400, { errorType: "InvalidRequestID", errorMessage: "Invalid request ID" });
    }
    const { headers } = request;
    const contentType = headers["content-type"] ?? "application/octet-stream";
    const memoryBytes = Number(headers["brume-memory"] ?? 0);
    const exiting = headers["brume-exiting"] !== undefined;
    const streaming = headers["lambda-runtime-function-response-mode"] === "streaming" && outcome === "response";
    if (streaming && current.invocation.onStream) {
      current.invocation.onStream(request, contentType);
      await new Promise<void>((resolve) => request.once("close", resolve));
      reply(response, 202, { status: "OK" });
      this.#settle({ type: "streamed", body: NOTHING, contentType, memoryBytes, exiting });
      return;
    }
    const body = await collect(request, streaming ? MAX_STREAMED_BYTES : MAX_RESPONSE_BYTES);
    if (!body) {
      const errorMessage = `Exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
      reply(response, 413, { errorType: "RequestEntityTooLarge", errorMessage });
      this.#settle({ type: "tooLarge", body: NOTHING, contentType, memoryBytes, exiting });
      return;
    }
    reply(response, 202, { status: "OK" });
    this.#settle({ type: outcome as "response" | "error", body, contentType, memoryBytes, exiting });
  }

  #settle(answer: RuntimeAnswer): void {
    const current = this.#current;
    this.#current = undefined;
    current?.settle(answer);
  }

  #send(): void {
    const [current, response] = [this.#current, this.#idle];
    if (!current || !response || current.sent) return;
    current.sent = true;
    this.#idle = undefined;
    const { invocation } = current;
    const headers: Record<string, string | number> = {
      "content-type": "application/json",
      "content-length": invocation.payload.length,
      "lambda-runtime-aws-request-id": invocation.requestId,
      "lambda-runtime-deadline-ms": invocation.deadlineMs,
      "lambda-runtime-invoked-function-arn": invocation.functionArn,
      "lambda-runtime-trace-id": invocation.traceId,
    };
    if (invocation.clientContext) headers["lambda-runtime-client-context"] = invocation.clientContext;
    if (invocation.clock) headers["brume-clock"] = invocation.clock;
    response.writeHead(200, headers);
    response.end(invocation.payload);
  }
}

/** A runtime that breaks off its answer has died: its environment notices that by itself. */
const noAnswer = () => {};

function reply(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

/** The whole body; `undefined` (and the body read to its end) when it is longer than it may be. */
async function collect(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length <= limit) chunks.push(chunk as Buffer);
  }
  return length > limit ? undefined : Buffer.concat(chunks);
}
