/** Requests as bytes on a socket: what no client library would send. */
import { createHash, createHmac } from "node:crypto";
import { connect, type Socket } from "node:net";

export interface RawRequest {
  method?: string;
  /** Path and query, as they stand in the request line. Default `/`. */
  path?: string;
  /** `host` and `content-length` are added where they are missing; `undefined` leaves them out. */
  headers?: Record<string, string | undefined>;
  body?: string | Uint8Array;
}

export interface RawAnswer {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string>;
  body: string;
}

const ANSWER_TIMEOUT_MS = 10_000;

/** A connection to a server, on which bytes are written and answers are read one by one. */
export class RawConnection implements Disposable {
  readonly #socket: Socket;
  readonly #host: string;
  #received = Buffer.alloc(0);
  #ended = false;
  #wake = () => {};

  constructor(endpoint: string) {
    const { hostname, port, host } = new URL(endpoint);
    this.#host = host;
    this.#socket = connect(Number(port), hostname);
    this.#socket.on("data", (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    this.#socket.on("error", () => {});
    this.#socket.once("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** Writes bytes as they are. */
  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Writes a request. */
  request(request: RawRequest): void {
    this.write(serialize(request, this.#host));
  }

  /** Ends this side of the connection. */
  end(): void {
    this.#socket.end();
  }

  /** Drops the connection, as a client that crashes does; resolves when it is gone. */
  async drop(): Promise<void> {
    this.#socket.destroy();
    while (!this.#ended) await this.#news();
  }

  /**
   * The next answer; `undefined` when the connection ends without one.
   * @param method of the request: an answer to HEAD has no body
   */
  async answer(method = "GET"): Promise<RawAnswer | undefined> {
    const late = setTimeout(() => this.#socket.destroy(), ANSWER_TIMEOUT_MS);
    try {
      for (;;) {
        const parsed = parseAnswer(this.#received, this.#ended, method);
        if (parsed) {
          this.#received = this.#received.subarray(parsed.length);
          if (parsed.answer.status >= 200) return parsed.answer;
          continue;
        }
        if (this.#ended) return undefined;
        await this.#news();
      }
    } finally {
      clearTimeout(late);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Sends one request, or bytes as they are, and returns the answer. */
export async function send(endpoint: string, request: RawRequest | string | Uint8Array): Promise<RawAnswer> {
  using connection = new RawConnection(endpoint);
  if (typeof request === "string" || request instanceof Uint8Array) connection.write(request);
  else connection.request(request);
  const answer = await connection.answer(methodOf(request));
  if (!answer) throw new Error("The connection ended, or nothing came, instead of an answer.");
  return answer;
}

function methodOf(request: RawRequest | string | Uint8Array): string | undefined {
  return typeof request === "object" && "path" in request ? request.method : undefined;
}

function serialize({ method = "GET", path = "/", headers = {}, body = "" }: RawRequest, host: string): Buffer {
  const all: Record<string, string | undefined> = {
    host,
    "content-length": String(Buffer.byteLength(body)),
    ...headers,
  };
  if (headers["transfer-encoding"] !== undefined) delete all["content-length"];
  const lines = Object.entries(all).filter(([, value]) => value !== undefined);
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), Buffer.from(body)]);
}

function parseAnswer(
  received: Buffer,
  ended: boolean,
  method: string,
): { answer: RawAnswer; length: number } | undefined {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [first = "", ...lines] = received.subarray(0, headEnd).toString("latin1").split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const status = Number(first.split(" ")[1]);
  const start = headEnd + 4;
  const done = (body: string, length: number) => ({ answer: { status, headers, body }, length });
  if (status < 200 || status === 204 || status === 304 || method === "HEAD") return done("", start);
  if (headers["content-length"] !== undefined) {
    const end = start + Number(headers["content-length"]);
    return received.length >= end ? done(received.subarray(start, end).toString(), end) : undefined;
  }
  if (headers["transfer-encoding"] === "chunked") return parseChunks(received, start, done);
  return ended ? done(received.subarray(start).toString(), received.length) : undefined;
}

function parseChunks<T>(received: Buffer, start: number, done: (body: string, length: number) => T): T | undefined {
  const chunks: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = received.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(received.subarray(at, lineEnd).toString(), 16);
    at = lineEnd + 2 + size + 2;
    if (received.length < at) return undefined;
    if (size === 0) return done(Buffer.concat(chunks).toString(), at);
    chunks.push(received.subarray(lineEnd + 2, at - 2));
  }
}

/** What signs a request. */
export interface SigningKey {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

const hash = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

/** Signature Version 4 of requests and chunks, from its description: independent of the SDK and of brume. */
export class Signer {
  readonly #credential: SigningKey;
  readonly #scope: string;
  readonly #key: Buffer;
  readonly timestamp: string;

  constructor(credential: SigningKey, service: string, region = "us-east-1", at = new Date()) {
    this.#credential = credential;
    this.timestamp = at.toISOString().replace(/[-:]|\.\d+/g, "");
    const day = this.timestamp.slice(0, 8);
    this.#scope = `${day}/${region}/${service}/aws4_request`;
    this.#key = hmac(hmac(hmac(hmac(`AWS4${credential.secretAccessKey}`, day), region), service), "aws4_request");
  }

  /** The request with its signature; `payload` is what stands for the body. The path must need no encoding. */
  sign(endpoint: string, request: RawRequest, payload = hash(request.body ?? "")): RawRequest & { signature: string } {
    const { accessKeyId, sessionToken } = this.#credential;
    const headers: Record<string, string> = {
      host: new URL(endpoint).host,
      ...(request.headers as Record<string, string>),
      "x-amz-date": this.timestamp,
      "x-amz-content-sha256": payload,
      ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
    };
    const names = Object.keys(headers).sort();
    const [path = "/", query = ""] = (request.path ?? "/").split("?");
    const canonical = [
      request.method ?? "GET",
      path,
      query.split("&").sort().join("&"),
      ...names.map((name) => `${name}:${headers[name]}`),
      "",
      names.join(";"),
      payload,
    ].join("\n");
    const signature = this.#signature("AWS4-HMAC-SHA256", [hash(canonical)]);
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${this.#scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
    return { ...request, headers: { ...headers, authorization }, signature };
  }

  /** A body in signed chunks, which follow the signature of their request. */
  chunks(seed: string, contents: readonly string[], trailer?: [name: string, value: string]): string {
    let previous = seed;
    let body = "";
    for (const content of [...contents, ""]) {
      previous = this.#signature("AWS4-HMAC-SHA256-PAYLOAD", [previous, hash(""), hash(content)]);
      body += `${Buffer.byteLength(content).toString(16)};chunk-signature=${previous}\r\n`;
      if (content !== "") body += `${content}\r\n`;
    }
    if (trailer) {
      const [name, value] = trailer;
      previous = this.#signature("AWS4-HMAC-SHA256-TRAILER", [previous, hash(`${name}:${value}\n`)]);
      body += `${name}:${value}\r\nx-amz-trailer-signature:${previous}\r\n`;
    }
    return `${body}\r\n`;
  }

  #signature(algorithm: string, lines: readonly string[]): string {
    return hmac(this.#key, [algorithm, this.timestamp, this.#scope, ...lines].join("\n")).toString("hex");
  }
}
