/** The operations of multipart uploads. */
import { createHash } from "node:crypto";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { deleteBodies, type ReceivedBody, readBody, receiveBody } from "./bodies.js";
import type { Bucket } from "./bucket.js";
import {
  algorithm,
  BodyDigest,
  type Checksum,
  type ChecksumMembers,
  checksumMember,
  checksumMembers,
  DEFAULT_ALGORITHM,
  givenChecksum,
} from "./checksums.js";
import { checkWrite } from "./conditions.js";
import { isJoinable, joinCrcs } from "./crc.js";
import { malformedXml } from "./documents.js";
import { abortMembers, expirationHeader } from "./lifecycle-rules.js";
import { announce } from "./notifications.js";
import { encryptionMembers, type ObjectVersion, quoted, type S3, versionMember } from "./object.js";
import { checkLength, copySource, MAX_PUT_BYTES, withBody } from "./put-object.js";
import { checkKey, settingsOf } from "./settings.js";
import { getBucket } from "./tables.js";
import { getUpload, type Part, parts, removeUpload, type Upload, uploads } from "./uploads.js";
import { currentObject, putVersion } from "./versions.js";

const MAX_PART_NUMBER = 10_000;
const MIN_PART_BYTES = 5 * 1024 * 1024;

const invalidRequest = (message: string) => new AwsError("InvalidRequest", message, { status: 400 });

export const createMultipartUpload: Handler<S3, "CreateMultipartUpload"> = (input, ctx) => {
  const bucket = getBucket(ctx, input);
  const key = checkKey(input.Key);
  const chosen = input.ChecksumAlgorithm;
  const name = chosen ?? DEFAULT_ALGORITHM;
  algorithm(name);
  const checksumType = input.ChecksumType ?? (name === DEFAULT_ALGORITHM ? "FULL_OBJECT" : "COMPOSITE");
  const possible = checksumType === "FULL_OBJECT" ? isJoinable(name) : name !== DEFAULT_ALGORITHM;
  if (!possible) {
    throw invalidRequest(
      `The ${checksumType} checksum type cannot be used with the ${name.toLowerCase()} checksum algorithm.`,
    );
  }
  // Begins with the time, so that the uploads of a key are in the order in which they were begun.
  const id = ctx.now().toString(36).padStart(9, "0") + randomLower(48);
  const settings = settingsOf(ctx, bucket, input);
  const upload: Upload = {
    id,
    key,
    startedAt: ctx.now(),
    account: ctx.account,
    initiator: ctx.principal.arn,
    settings,
    algorithm: name,
    checksumType,
    chosen: chosen !== undefined,
  };
  ctx.table(uploads).put([bucket.name, key, id], upload);
  return {
    Bucket: bucket.name,
    Key: key,
    UploadId: id,
    ...abortMembers(ctx, bucket.name, upload),
    ...encryptionMembers(settings),
    ...(chosen === undefined ? {} : { ChecksumAlgorithm: chosen, ChecksumType: checksumType }),
  };
};

function checkPartNumber(number: number | undefined): number {
  if (number !== undefined && Number.isInteger(number) && number >= 1 && number <= MAX_PART_NUMBER) return number;
  throw new AwsError("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive", {
    members: { ArgumentName: "partNumber", ArgumentValue: number ?? "" },
    status: 400,
  });
}

function keepPart(ctx: Context, bucket: string, upload: Upload, part: Part, body: ReceivedBody): void {
  const before = ctx.table(parts).get(bucket, upload.id, part.number);
  if (before) deleteBodies(ctx, [before.segment]);
  body.keep(ctx);
  ctx.table(parts).put([bucket, upload.id, part.number], part);
}

export const uploadPart: Handler<S3, "UploadPart"> = (input, ctx) =>
  withBody(input.Body, async () => {
    const number = checkPartNumber(input.PartNumber);
    const { name } = getBucket(ctx, input);
    const begun = getUpload(ctx, name, input);
    checkLength(ctx);
    const digest = new BodyDigest(ctx, input, begun.algorithm);
    if (begun.chosen && digest.announced !== undefined && digest.announced !== begun.algorithm) {
      throw invalidRequest(
        `Checksum Type mismatch occurred, expected checksum Type: ${begun.algorithm.toLowerCase()}, actual checksum Type: ${digest.announced.toLowerCase()}`,
      );
    }
    await using body = await receiveBody(ctx, input.Body, digest, MAX_PUT_BYTES);
    const upload = getUpload(ctx, name, input);
    const { md5: etag, checksum } = digest;
    keepPart(ctx, name, upload, { number, etag, segment: body.segment, checksum, modifiedAt: ctx.now() }, body);
    const shown = upload.chosen ? checksumMember(upload.algorithm, checksum) : givenMembers(input);
    return { ETag: quoted(etag), ...shown, ...encryptionMembers(upload.settings) };
  });

function givenMembers(input: ChecksumMembers): ChecksumMembers {
  const given = givenChecksum(input);
  return given ? checksumMember(...given) : {};
}

export const uploadPartCopy: Handler<S3, "UploadPartCopy"> = async (input, ctx) => {
  const number = checkPartNumber(input.PartNumber);
  const { name } = getBucket(ctx, input);
  const begun = getUpload(ctx, name, input);
  const { source, versioned } = copySource(ctx, input);
  const { start, end } = copyRange(input.CopySourceRange, source);
  const digest = new BodyDigest(ctx, {}, begun.algorithm);
  await using body = await receiveBody(ctx, readBody(ctx, source.segments, start, end), digest, MAX_PUT_BYTES);
  const upload = getUpload(ctx, name, input);
  const { md5: etag, checksum } = digest;
  const modifiedAt = ctx.now();
  keepPart(ctx, name, upload, { number, etag, segment: body.segment, checksum, modifiedAt }, body);
  return {
    CopySourceVersionId: versioned ? source.versionId : undefined,
    CopyPartResult: {
      ETag: quoted(etag),
      LastModified: new Date(modifiedAt),
      ...(upload.chosen ? checksumMember(upload.algorithm, checksum) : {}),
    },
    ...encryptionMembers(upload.settings),
  };
};

function copyRange(range: string | undefined, { size }: ObjectVersion): { start: number; end: number } {
  if (range === undefined) return { start: 0, end: size };
  const match = /^bytes=(\d+)-(\d+)$/.exec(range);
  const [start, end] = [Number(match?.[1]), Number(match?.[2]) + 1];
  const invalid = (message: string) =>
    new AwsError("InvalidArgument", message, {
      members: { ArgumentName: "x-amz-copy-source-range", ArgumentValue: range },
      status: 400,
    });
  if (!match || start >= end) {
    throw invalid(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
    );
  }
  if (end > size) throw invalid(`Range specified is not valid for source object of size: ${size}`);
  return { start, end };
}

interface CompletedPart extends ChecksumMembers {
  readonly PartNumber?: number | undefined;
  readonly ETag?: string | undefined;
}

/** The parts that a completion names, in their order. @throws AwsError for parts that are not as it says */
function completedParts(ctx: Context, bucket: Bucket, upload: Upload, named: readonly CompletedPart[]): Part[] {
  const found: Part[] = [];
  let last = 0;
  for (const one of named) {
    const number = one.PartNumber ?? 0;
    if (number <= last) {
      throw new AwsError(
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
        { members: { UploadId: upload.id }, status: 400 },
      );
    }
    last = number;
    const part = ctx.table(parts).get(bucket.name, upload.id, number);
    const checksum = givenChecksum(one);
    const tag = one.ETag?.replace(/^"|"$/g, "");
    const differs = checksum?.[0] === upload.algorithm && checksum[1] !== part?.checksum;
    if (!part || part.etag !== tag || differs) throw invalidPart(upload, number, tag);
    if (upload.chosen && upload.checksumType === "COMPOSITE" && !checksum) {
      const used = upload.algorithm.toLowerCase();
      throw invalidRequest(
        `The upload was created using a ${used} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
      );
    }
    found.push(part);
  }
  for (const part of found.slice(0, -1)) {
    if (part.segment.size >= MIN_PART_BYTES) continue;
    throw new AwsError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", {
      members: {
        ProposedSize: part.segment.size,
        MinSizeAllowed: MIN_PART_BYTES,
        PartNumber: part.number,
        ETag: part.etag,
      },
      status: 400,
    });
  }
  return found;
}

const invalidPart = (upload: Upload, PartNumber: number, ETag = "") =>
  new AwsError(
    "InvalidPart",
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { members: { UploadId: upload.id, PartNumber, ETag }, status: 400 },
  );

/** The checksum of the whole: joined from those of the parts, or one over them. */
function wholeChecksum(upload: Upload, whole: readonly Part[]): Checksum {
  const { algorithm: name, checksumType: type } = upload;
  const checksums = whole.map(({ checksum }) => Buffer.from(checksum, "base64"));
  if (type === "FULL_OBJECT") {
    const crcs = whole.map(({ segment }, index) => ({ crc: checksums[index] as Buffer, size: segment.size }));
    return { algorithm: name, value: joinCrcs(name, crcs).toString("base64"), type };
  }
  const hash = algorithm(name).start();
  hash.update(Buffer.concat(checksums));
  return { algorithm: name, value: `${hash.digest().toString("base64")}-${whole.length}`, type };
}

export const completeMultipartUpload: Handler<S3, "CompleteMultipartUpload"> = (input, ctx) => {
  const bucket = getBucket(ctx, input);
  const upload = getUpload(ctx, bucket.name, input);
  const named = input.MultipartUpload?.Parts ?? [];
  if (named.length === 0) {
    throw malformedXml();
  }
  const whole = completedParts(ctx, bucket, upload, named);
  const { key, settings } = upload;
  checkWrite(() => currentObject(ctx, bucket.name, key), input, key);
  const size = whole.reduce((sum, { segment }) => sum + segment.size, 0);
  if (input.MpuObjectSize !== undefined && input.MpuObjectSize !== size) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${input.MpuObjectSize} does not match what was computed: ${size}`,
    );
  }
  const checksum = wholeChecksum(upload, whole);
  const given = givenChecksum(input);
  if (given?.[0] === upload.algorithm && given[1].replace(/-\d+$/, "") !== checksum.value.replace(/-\d+$/, "")) {
    throw new AwsError("BadDigest", `The ${given[0]} you specified did not match the calculated checksum.`, {
      status: 400,
    });
  }
  const md5 = createHash("md5");
  for (const { etag } of whole) md5.update(Buffer.from(etag, "hex"));
  const segments = whole.map(({ segment }) => segment);
  removeUpload(ctx, bucket.name, upload, new Set(segments.map(({ id }) => id)));
  const version = putVersion(ctx, bucket, key, settings, {
    size,
    etag: `${md5.digest("hex")}-${whole.length}`,
    segments,
    checksum,
    parts: whole.map(({ number, segment, checksum: own }) => ({ number, size: segment.size, checksum: own })),
  });
  announce(ctx, bucket, "ObjectCreated:CompleteMultipartUpload", version);
  return {
    Location: `${ctx.cloud.endpoint}/${bucket.name}/${key.split("/").map(encodeURIComponent).join("/")}`,
    Bucket: bucket.name,
    Key: key,
    ETag: quoted(version.etag),
    Expiration: expirationHeader(ctx, bucket.name, version),
    ...checksumMembers(checksum),
    ...encryptionMembers(version),
    ...versionMember(bucket.versioning === "Enabled", version),
  };
};

export const abortMultipartUpload: Handler<S3, "AbortMultipartUpload"> = (input, ctx) => {
  const { name } = getBucket(ctx, input);
  removeUpload(ctx, name, getUpload(ctx, name, input));
  return {};
};
