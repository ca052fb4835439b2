/** Decodes bodies in `aws-chunked` encoding: signed or unsigned chunks, then trailing headers. */
import { Transform, type TransformCallback } from "node:stream";
import { AwsError } from "../kernel/errors.js";

const MAX_LINE = 16_384;
const MAX_TRAILERS = 32;
const LINE_FEED = 10;

type State = "size" | "data" | "end of chunk" | "trailer" | "done";

/** A streaming decoder. `trailers` is complete when the stream has ended. */
export class AwsChunkedDecoder extends Transform {
  readonly trailers: Record<string, string> = {};
  #state: State = "size";
  #line = "";
  #left = 0;
  #decoded = 0;
  readonly #expected: number | undefined;

  /** @param expected the decoded length that the client announced (`x-amz-decoded-content-length`) */
  constructor(expected: number | undefined) {
    super();
    this.#expected = expected;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#decode(chunk);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    if (this.#state === "size" || this.#state === "data") return done(incomplete());
    if (this.#expected !== undefined && this.#decoded !== this.#expected) return done(incomplete());
    done();
  }

  #decode(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#state !== "done") {
      if (this.#state === "data") {
        const length = Math.min(this.#left, chunk.length - at);
        this.push(chunk.subarray(at, at + length));
        at += length;
        this.#left -= length;
        this.#decoded += length;
        if (this.#left === 0) this.#state = "end of chunk";
        continue;
      }
      const end = chunk.indexOf(LINE_FEED, at);
      this.#line += chunk.toString("latin1", at, end < 0 ? undefined : end);
      if (this.#line.length > MAX_LINE) throw malformed();
      if (end < 0) return;
      at = end + 1;
      const line = this.#line.replace(/\r$/, "");
      this.#line = "";
      this.#readLine(line);
    }
  }

  #readLine(line: string): void {
    if (this.#state === "end of chunk") {
      if (line !== "") throw malformed();
      this.#state = "size";
    } else if (this.#state === "size") {
      const size = /^([0-9a-fA-F]{1,13})(;.*)?$/.exec(line);
      if (!size) throw malformed();
      this.#left = Number.parseInt(size[1] as string, 16);
      this.#state = this.#left > 0 ? "data" : "trailer";
    } else if (line === "") this.#state = "done";
    else {
      const colon = line.indexOf(":");
      if (colon < 1 || Object.keys(this.trailers).length >= MAX_TRAILERS) throw malformed();
      this.trailers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
    }
  }
}

const malformed = () => new AwsError("InvalidRequest", "The aws-chunked body is malformed.", { status: 400 });
const incomplete = () => new AwsError("IncompleteBody", "The request body terminated unexpectedly", { status: 400 });
