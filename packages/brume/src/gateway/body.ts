/** The body of a request: collected within a limit, or streamed; decoded from `aws-chunked` where it is. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { AwsError } from "../kernel/errors.js";
import { AwsChunkedDecoder, type ChunkVerifier } from "../protocol/aws-chunked.js";
import { EMPTY_HASH } from "./signature.js";

/** The longest body that is kept in memory: a Lambda deployment package in base64 with room to spare. */
export const MAX_BUFFERED_BYTES = 100 * 1024 * 1024;
/** The longest streamed body: S3's limit for one PUT. */
export const MAX_STREAMED_BYTES = 5 * 1024 * 1024 * 1024;

/** How many pieces of a stream, of up to 64 KB, are taken before it is read. */
const READ_AHEAD_PIECES = 16;
const NO_BODY = Buffer.alloc(0);

/** The error for a body beyond the limit. */
export const tooLong = () =>
  new AwsError("RequestEntityTooLarge", "The request body is larger than the limit of this operation.", {
    status: 413,
  });
const otherHash = () =>
  new AwsError(
    "XAmzContentSHA256Mismatch",
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  );
const brokenOff = () => new AwsError("IncompleteBody", "The request body terminated unexpectedly", { status: 400 });

/** Whether a body arrives in chunks of AWS's own encoding. */
function isAwsChunked(request: IncomingMessage): boolean {
  const { headers } = request;
  const hash = headers["x-amz-content-sha256"];
  return (
    headers["content-encoding"]?.includes("aws-chunked") === true ||
    (typeof hash === "string" && hash.startsWith("STREAMING-"))
  );
}

/** The hash of the body that the client sent ahead, and has perhaps signed. */
function announcedHash(request: IncomingMessage): string | undefined {
  const hash = request.headers["x-amz-content-sha256"];
  return typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash) ? hash : undefined;
}

/** What the pieces of a request pass on their way in. */
interface Decoder {
  /** Hands on what a piece holds of the body. @throws AwsError */
  write(piece: Buffer, emit: (content: Buffer) => void): void;
  /** @throws AwsError unless the body is whole, and what it should be */
  end(): void;
}

const AS_IT_IS: Decoder = { write: (piece, emit) => emit(piece), end: () => {} };

function verifying(expected: string): Decoder {
  const hash = createHash("sha256");
  return {
    write(piece, emit) {
      hash.update(piece);
      emit(piece);
    },
    end() {
      if (hash.digest("hex") !== expected) throw otherHash();
    },
  };
}

function unchunking(
  request: IncomingMessage,
  trailers: Record<string, string>,
  verifier: ChunkVerifier | undefined,
): Decoder {
  const expected = request.headers["x-amz-decoded-content-length"];
  const decoder = new AwsChunkedDecoder(expected === undefined ? undefined : Number(expected), verifier);
  return {
    write: (piece, emit) => decoder.write(piece, emit),
    end() {
      decoder.end();
      Object.assign(trailers, decoder.trailers);
    },
  };
}

function decoderOf(request: IncomingMessage, trailers: Record<string, string>, verifier?: ChunkVerifier): Decoder {
  if (isAwsChunked(request)) return unchunking(request, trailers, verifier);
  const announced = announcedHash(request);
  return announced === undefined ? AS_IT_IS : verifying(announced);
}

/**
 * Collects a whole body without its `aws-chunked` framing, and checks it against the hash that the client sent.
 * @throws AwsError 413 or 400
 */
export async function collectBody(
  request: IncomingMessage,
  trailers: Record<string, string>,
  verifier?: ChunkVerifier,
): Promise<Buffer> {
  refuseLength(request, MAX_BUFFERED_BYTES);
  // What says neither how long its body is nor that it comes in chunks has none: most reads.
  const { "content-length": declared, "transfer-encoding": encoding } = request.headers;
  if (declared === undefined && encoding === undefined) {
    const announced = isAwsChunked(request) ? undefined : announcedHash(request);
    if (announced !== undefined && announced !== EMPTY_HASH) throw otherHash();
    return NO_BODY;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  const emit = (content: Buffer) => {
    length += content.length;
    if (length > MAX_BUFFERED_BYTES) throw tooLong();
    chunks.push(content);
  };
  await new Promise<void>((resolve, reject) => {
    take(request, decoderOf(request, trailers, verifier), emit, (error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

/**
 * Takes a request's body in. Nothing of it is kept back after an error or once the taking is stopped: the connection has
 * to carry the answer still.
 * @returns what stops it
 */
function take(
  request: IncomingMessage,
  decoder: Decoder,
  emit: (content: Buffer) => void,
  done: (error?: unknown) => void,
): () => void {
  const stop = () => {
    request.off("data", onData).off("end", onEnd).off("close", onClose);
    request.resume();
  };
  const attempt = (work: () => void, then?: () => void) => {
    try {
      work();
    } catch (error) {
      stop();
      done(error);
      return;
    }
    then?.();
  };
  const onData = (piece: Buffer) => attempt(() => decoder.write(piece, emit));
  const onEnd = () =>
    attempt(
      () => decoder.end(),
      () => {
        stop();
        done();
      },
    );
  const onClose = () => {
    stop();
    done(brokenOff());
  };
  if (request.destroyed) process.nextTick(onClose);
  else request.on("data", onData).on("end", onEnd).on("close", onClose);
  return stop;
}

/** The body as a stream, decoded and, where the client sent its hash, checked. */
export function streamBody(
  request: IncomingMessage,
  trailers: Record<string, string>,
  verifier?: ChunkVerifier,
): Readable {
  refuseLength(request, MAX_STREAMED_BYTES);
  return new RequestBody(request, decoderOf(request, trailers, verifier));
}

/** A body that breaks off is an AWS error to whoever reads it. */
class RequestBody extends Readable {
  readonly #request: IncomingMessage;
  readonly #stop: () => void;

  constructor(request: IncomingMessage, decoder: Decoder) {
    // Bytes that wait would be joined, and so copied, before they are read.
    super({ objectMode: true, highWaterMark: READ_AHEAD_PIECES });
    this.#request = request;
    const emit = (content: Buffer) => {
      if (!this.push(content)) request.pause();
    };
    this.#stop = take(request, decoder, emit, (error) => {
      if (error === undefined) this.push(null);
      else this.destroy(error as Error);
    });
    this.on("error", () => {});
  }

  override _read(): void {
    this.#request.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stop();
    done(error);
  }
}

function refuseLength(request: IncomingMessage, limit: number): void {
  const length = request.headers["content-length"];
  if (length !== undefined && Number(length) > limit) throw tooLong();
}
