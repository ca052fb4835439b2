/** Decodes bodies in `aws-chunked` encoding: signed or unsigned chunks, then trailing headers. */
import { createHash, type Hash } from "node:crypto";
import { AwsError } from "../kernel/errors.js";

const MAX_LINE = 16_384;
const MAX_TRAILERS = 32;
const LINE_FEED = 10;
const TRAILER_SIGNATURE = "x-amz-trailer-signature";

type State = "size" | "data" | "end of chunk" | "trailer" | "done";

/** Checks what a chunk's line, or the trailing headers, say of their signature. */
export interface ChunkVerifier {
  checkChunk(contentHash: string, signature: string): void;
  checkTrailers(trailers: string, signature: string): void;
}

/** Decodes a body piece by piece. `trailers` is complete at its end. */
export class AwsChunkedDecoder {
  readonly trailers: Record<string, string> = {};
  #state: State = "size";
  #line = "";
  #left = 0;
  #decoded = 0;
  readonly #expected: number | undefined;
  readonly #verifier: ChunkVerifier | undefined;
  #hash: Hash | undefined;
  #chunkSignature = "";
  #signedTrailers = "";

  /**
   * @param expected the decoded length that the client announced (`x-amz-decoded-content-length`)
   * @param verifier where the chunks have to be signed
   */
  constructor(expected: number | undefined, verifier?: ChunkVerifier) {
    this.#expected = expected;
    this.#verifier = verifier;
  }

  /** @throws AwsError unless the body is whole */
  end(): void {
    if (this.#state !== "done") throw incomplete();
    if (this.#expected !== undefined && this.#decoded !== this.#expected) throw incomplete();
  }

  /** Hands on what a piece holds of the content. @throws AwsError `InvalidRequest`, `IncompleteBody` */
  write(chunk: Buffer, emit: (content: Buffer) => void): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === "done") throw malformed();
      if (this.#state === "data") {
        const length = Math.min(this.#left, chunk.length - at);
        const content = chunk.subarray(at, at + length);
        this.#hash?.update(content);
        emit(content);
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
      this.#endChunk();
      this.#state = "size";
    } else if (this.#state === "size") this.#beginChunk(line);
    else if (line === "") {
      if (this.#signedTrailers !== "") this.#verifier?.checkTrailers(this.#signedTrailers, this.#trailerSignature());
      this.#state = "done";
    } else this.#readTrailer(line);
  }

  #beginChunk(line: string): void {
    const size = /^([0-9a-fA-F]{1,13})(?:;(.*))?$/.exec(line);
    if (!size) throw malformed();
    this.#left = Number.parseInt(size[1] as string, 16);
    if (this.#expected !== undefined && this.#decoded + this.#left > this.#expected) throw incomplete();
    if (this.#verifier) {
      this.#hash = createHash("sha256");
      this.#chunkSignature = /^chunk-signature=([0-9a-f]+)$/.exec(size[2] ?? "")?.[1] ?? "";
    }
    this.#state = this.#left > 0 ? "data" : "trailer";
    if (this.#left === 0) this.#endChunk();
  }

  #endChunk(): void {
    if (this.#hash) this.#verifier?.checkChunk(this.#hash.digest("hex"), this.#chunkSignature);
  }

  #readTrailer(line: string): void {
    const colon = line.indexOf(":");
    if (colon < 1 || Object.keys(this.trailers).length >= MAX_TRAILERS) throw malformed();
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    this.trailers[name] = value;
    if (name !== TRAILER_SIGNATURE) this.#signedTrailers += `${name}:${value}\n`;
  }

  #trailerSignature(): string {
    return this.trailers[TRAILER_SIGNATURE] ?? "";
  }
}

const malformed = () => new AwsError("InvalidRequest", "The aws-chunked body is malformed.", { status: 400 });
const incomplete = () => new AwsError("IncompleteBody", "The request body terminated unexpectedly", { status: 400 });
