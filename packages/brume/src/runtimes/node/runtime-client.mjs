/** A small client of the Lambda Runtime API: one connection, one request at a time, and no use of `http`, which handlers may patch. */
import { connect } from "node:net";

const PREFIX = "/2018-06-01/runtime";
const HEAD_END = Buffer.from("\r\n\r\n");

export class RuntimeClient {
  #host;
  #port;
  #socket;
  #received = Buffer.alloc(0);
  #waiting;

  /** @param {string} address `host:port`, as in AWS_LAMBDA_RUNTIME_API */
  constructor(address) {
    const colon = address.lastIndexOf(":");
    this.#host = address.slice(0, colon);
    this.#port = Number(address.slice(colon + 1));
  }

  /** Waits for the next invocation. */
  async next() {
    const { headers, body } = await this.#request("GET", "/invocation/next", {});
    // While a handler runs, only what the handler does may keep the process alive.
    this.#socket.unref();
    return { headers, body };
  }

  async respond(requestId, body, headers = {}) {
    await this.#request("POST", `/invocation/${requestId}/response`, headers, body);
  }

  async fail(requestId, error, headers = {}) {
    await this.#request("POST", `/invocation/${requestId}/error`, errorHeaders(error, headers), JSON.stringify(error));
  }

  async failInit(error) {
    await this.#request("POST", "/init/error", errorHeaders(error, {}), JSON.stringify(error));
  }

  /** Begins a response that is sent in pieces. */
  stream(requestId, headers) {
    const socket = this.#open();
    const all = { ...headers, "lambda-runtime-function-response-mode": "streaming", "transfer-encoding": "chunked" };
    socket.write(this.#head("POST", `/invocation/${requestId}/response`, all));
    return {
      write: (chunk, done) =>
        socket.write(
          Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from("\r\n")]),
          done,
        ),
      end: () => {
        const answered = new Promise((resolve) => {
          this.#waiting = resolve;
        });
        socket.write("0\r\n\r\n");
        return answered;
      },
      abort: () => socket.destroy(),
    };
  }

  #request(method, path, headers, body) {
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const socket = this.#open();
    return new Promise((resolve) => {
      this.#waiting = resolve;
      const head = this.#head(method, path, bytes ? { ...headers, "content-length": bytes.length } : headers);
      socket.write(bytes ? Buffer.concat([Buffer.from(head), bytes]) : head);
    });
  }

  #head(method, path, headers) {
    let text = `${method} ${PREFIX}${path} HTTP/1.1\r\nhost: ${this.#host}:${this.#port}\r\n`;
    for (const name in headers) text += `${name}: ${headers[name]}\r\n`;
    return `${text}\r\n`;
  }

  #open() {
    if (!this.#socket) {
      this.#socket = connect(this.#port, this.#host);
      this.#socket.setNoDelay(true);
      this.#socket.on("data", (chunk) => this.#receive(chunk));
      // Without the Runtime API there is nobody to work for.
      this.#socket.on("close", () => process.exit(0));
      this.#socket.on("error", () => {});
    }
    this.#socket.ref();
    return this.#socket;
  }

  #receive(chunk) {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const [, ...lines] = this.#received.toString("latin1", 0, headEnd).split("\r\n");
    const headers = {};
    for (const line of lines) {
      const colon = line.indexOf(":");
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    const end = headEnd + 4 + Number(headers["content-length"] ?? 0);
    if (this.#received.length < end) return;
    const body = this.#received.subarray(headEnd + 4, end);
    this.#received = this.#received.subarray(end);
    const resolve = this.#waiting;
    this.#waiting = undefined;
    resolve?.({ headers, body });
  }
}

const errorHeaders = (error, headers) => ({
  ...headers,
  "content-type": "application/json",
  "lambda-runtime-function-error-type": String(error.errorType).replace(/[^\x20-\x7e]/g, "?"),
});
