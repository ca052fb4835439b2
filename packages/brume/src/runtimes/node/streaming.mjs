/** `awslambda`: handlers whose response is sent while it is made. See "Response streaming for Lambda functions". */
import { Writable } from "node:stream";

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";
const PRELUDE_END = Buffer.alloc(8);

class ResponseStream extends Writable {
  #client;
  #requestId;
  #sending;
  contentType = "application/octet-stream";
  prelude;

  constructor(client, requestId) {
    super({ highWaterMark: 64 * 1024 });
    this.#client = client;
    this.#requestId = requestId;
  }

  setContentType(type) {
    this.contentType = type;
  }

  get begun() {
    return this.#sending !== undefined;
  }

  #begin() {
    if (this.#sending) return;
    const type = this.prelude === undefined ? this.contentType : PRELUDE_TYPE;
    this.#sending = this.#client.stream(this.#requestId, { "content-type": type });
    if (this.prelude !== undefined) this.#sending.write(Buffer.concat([Buffer.from(this.prelude), PRELUDE_END]));
  }

  _write(chunk, encoding, done) {
    this.#begin();
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk;
    if (bytes.length === 0) done();
    else this.#sending.write(bytes, () => done());
  }

  _final(done) {
    this.#begin();
    this.#sending.end().then(() => done(), done);
  }
}

export function installStreaming() {
  globalThis.awslambda = {
    streamifyResponse: (handler) => Object.assign(handler, { [STREAMING]: true }),
    HttpResponseStream: {
      from(stream, prelude) {
        stream.prelude = JSON.stringify(prelude);
        return stream;
      },
    },
  };
}

export const isStreaming = (handler) => handler[STREAMING] === true;

/** Runs a streaming handler; resolves when its stream has ended. */
export async function runStreaming(client, handler, event, context) {
  const stream = new ResponseStream(client, context.awsRequestId);
  const finished = new Promise((resolve, reject) => stream.once("finish", resolve).once("error", reject));
  finished.catch(() => {});
  try {
    await handler(event, stream, context);
  } catch (error) {
    if (!stream.begun) throw error;
    stream.write(JSON.stringify({ errorType: error?.name, errorMessage: error?.message }));
    stream.end();
  }
  await finished;
}
