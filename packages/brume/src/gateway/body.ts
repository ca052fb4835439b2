/** The body of a request: collected within a limit, or streamed; decoded from `aws-chunked` where it is. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Readable, Transform } from "node:stream";
import { AwsError } from "../kernel/errors.js";
import { AwsChunkedDecoder, type ChunkVerifier } from "../protocol/aws-chunked.js";
import { sha256 } from "./signature.js";

/** The longest body that is kept in memory: a Lambda deployment package in base64 with room to spare. */
export const MAX_BUFFERED_BYTES = 100 * 1024 * 1024;
/** The longest streamed body: S3's limit for one PUT. */
export const MAX_STREAMED_BYTES = 5 * 1024 * 1024 * 1024;

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
  const chunked = isAwsChunked(request);
  // What says neither how long its body is nor that it comes in chunks has none: most reads.
  const { "content-length": declared, "transfer-encoding": encoding } = request.headers;
  if (declared === undefined && encoding === undefined)
    return checked(NO_BODY, chunked ? undefined : announcedHash(request));
  const source: Readable = chunked ? decode(request, trailers, verifier) : request;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // Destroying the request would destroy the connection that has to carry the answer.
    for await (const chunk of source.iterator({ destroyOnReturn: chunked })) {
      length += (chunk as Buffer).length;
      if (length > MAX_BUFFERED_BYTES) throw tooLong();
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    throw error instanceof AwsError ? error : brokenOff();
  }
  const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  return checked(body, chunked ? undefined : announcedHash(request));
}

function checked(body: Buffer, announced: string | undefined): Buffer {
  if (announced !== undefined && sha256(body) !== announced) throw otherHash();
  return body;
}

/** The body as a stream, decoded and, where the client sent its hash, checked. */
export function streamBody(
  request: IncomingMessage,
  trailers: Record<string, string>,
  verifier?: ChunkVerifier,
): Readable {
  refuseLength(request, MAX_STREAMED_BYTES);
  if (isAwsChunked(request)) return decode(request, trailers, verifier);
  const announced = announcedHash(request);
  if (announced !== undefined) return verifying(request, announced);
  const passing = new Transform({ transform: (chunk, _encoding, done) => done(null, chunk) });
  return connected(request, passing);
}

function refuseLength(request: IncomingMessage, limit: number): void {
  const length = request.headers["content-length"];
  if (length !== undefined && Number(length) > limit) throw tooLong();
}

function decode(request: IncomingMessage, trailers: Record<string, string>, verifier?: ChunkVerifier): Readable {
  const expected = request.headers["x-amz-decoded-content-length"];
  const decoder = new AwsChunkedDecoder(expected === undefined ? undefined : Number(expected), verifier);
  decoder.once("end", () => Object.assign(trailers, decoder.trailers));
  return connected(request, decoder);
}

function verifying(request: IncomingMessage, expected: string): Readable {
  const hash = createHash("sha256");
  const check = new Transform({
    transform(chunk, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      done(hash.digest("hex") === expected ? null : otherHash());
    },
  });
  return connected(request, check);
}

/**
 * Joins a request to a transform so that a body which breaks off is an AWS error to whoever reads. Who stops reading
 * early (`destroy`) leaves the rest to be thrown away: the connection has to carry the answer still.
 */
function connected(request: IncomingMessage, transform: Transform): Transform {
  request.pipe(transform);
  transform.on("error", () => {});
  transform.once("close", () => {
    request.unpipe(transform);
    request.resume();
  });
  request.once("close", () => {
    if (!request.complete) transform.destroy(brokenOff());
  });
  return transform;
}
