/** The body of a request: collected within a limit, or streamed; decoded from `aws-chunked` where it is. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { pipeline, type Readable, Transform } from "node:stream";
import { AwsError } from "../kernel/errors.js";
import { AwsChunkedDecoder } from "../protocol/aws-chunked.js";

/** The longest body that is kept in memory: a Lambda deployment package in base64 with room to spare. */
export const MAX_BUFFERED_BYTES = 100 * 1024 * 1024;
/** The longest streamed body: S3's limit for one PUT. */
export const MAX_STREAMED_BYTES = 5 * 1024 * 1024 * 1024;

const tooLong = () =>
  new AwsError("RequestEntityTooLarge", "The request body is larger than the limit of this operation.", {
    status: 413,
  });
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

/** Collects a whole body without its `aws-chunked` framing. @throws AwsError 413 or 400 */
export async function collectBody(request: IncomingMessage, trailers: Record<string, string>): Promise<Buffer> {
  refuseLength(request, MAX_BUFFERED_BYTES);
  const source: Readable = isAwsChunked(request) ? decode(request, trailers) : request;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of source) {
      length += (chunk as Buffer).length;
      if (length > MAX_BUFFERED_BYTES) throw tooLong();
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    throw error instanceof AwsError ? error : brokenOff();
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

/** The body as a stream, decoded and, where the client sent its hash, checked. */
export function streamBody(request: IncomingMessage, trailers: Record<string, string>): Readable {
  refuseLength(request, MAX_STREAMED_BYTES);
  const hash = request.headers["x-amz-content-sha256"];
  if (isAwsChunked(request)) return decode(request, trailers);
  if (typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash)) return verifying(request, hash);
  const passing = new Transform({ transform: (chunk, _encoding, done) => done(null, chunk) });
  return connected(request, passing);
}

function refuseLength(request: IncomingMessage, limit: number): void {
  const length = request.headers["content-length"];
  if (length !== undefined && Number(length) > limit) throw tooLong();
}

function decode(request: IncomingMessage, trailers: Record<string, string>): Readable {
  const expected = request.headers["x-amz-decoded-content-length"];
  const decoder = new AwsChunkedDecoder(expected === undefined ? undefined : Number(expected));
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
      const matches = hash.digest("hex") === expected;
      done(
        matches
          ? null
          : new AwsError(
              "XAmzContentSHA256Mismatch",
              "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ),
      );
    },
  });
  return connected(request, check);
}

/** Joins a request to a transform so that a body which breaks off is an AWS error to whoever reads. */
function connected(request: IncomingMessage, transform: Transform): Transform {
  pipeline(request, transform, () => {});
  const whole = () => {
    if (!request.complete) transform.destroy(brokenOff());
  };
  request.once("aborted", whole);
  request.once("close", whole);
  return transform;
}
