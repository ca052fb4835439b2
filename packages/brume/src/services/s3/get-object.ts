/** GetObject, HeadObject and GetObjectAttributes. */
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import type { Handler, Input, Output } from "../../kernel/service.js";
import { withHttp } from "../../protocol/answer.js";
import { readBody } from "./bodies.js";
import type { Bucket } from "./bucket.js";
import { checksumMember, checksumMembers } from "./checksums.js";
import { isUnmodified, parseRange } from "./conditions.js";
import { expirationHeader } from "./lifecycle-rules.js";
import { toHeader } from "./metadata.js";
import { encryptionMembers, type ObjectVersion, quoted, type S3, versionMember } from "./object.js";
import { checkReadable, restoreHeader } from "./restore-object.js";
import { getBucket } from "./tables.js";
import { getVersion } from "./versions.js";

type ReadInput = Omit<Input<S3, "GetObject">, "Body">;
type Answer = Omit<Output<S3, "GetObject">, "Body">;

/** What part of an object is answered, and how. */
interface Selection {
  readonly start: number;
  readonly end: number;
  readonly partial: boolean;
}

/** An object as a read finds it. `answer` has everything but the content. */
interface Reading {
  readonly version: ObjectVersion;
  readonly answer: Answer;
  /** Absent when the client's copy is still good. */
  readonly selection?: Selection;
}

function read(ctx: Context, input: ReadInput): Reading {
  const bucket = getBucket(ctx, input);
  const version = getVersion(ctx, bucket.name, input);
  checkCustomerKey(version, input);
  if (isUnmodified(version, input)) {
    if (!ctx.http) throw new AwsError("NotModified", "Not Modified", { status: 304 });
    const answer = { ETag: quoted(version.etag), LastModified: new Date(version.modifiedAt) };
    return { version, answer: withHttp(answer, { status: 304 }) };
  }
  const selection = select(version, input);
  const answer = { ...describe(ctx, bucket, version, input), ContentLength: selection.end - selection.start };
  if (!selection.partial) return { version, answer, selection };
  answer.ContentRange = `bytes ${selection.start}-${Math.max(selection.end - 1, 0)}/${version.size}`;
  return { version, answer: withHttp(answer, { status: 206 }), selection };
}

function select(version: ObjectVersion, { Range, PartNumber }: ReadInput): Selection {
  if (PartNumber === undefined) {
    const range = parseRange(Range, version.size);
    return range ? { ...range, partial: true } : { start: 0, end: version.size, partial: false };
  }
  if (Range !== undefined) {
    throw new AwsError("InvalidRequest", "Cannot specify both Range header and partNumber query parameter", {
      status: 400,
    });
  }
  const parts = version.parts ?? [{ number: 1, size: version.size }];
  let start = 0;
  for (const { number, size } of parts) {
    if (number === PartNumber) return { start, end: start + size, partial: version.size > 0 };
    start += size;
  }
  throw new AwsError("InvalidPartNumber", "The requested partnumber is not satisfiable", {
    members: { PartNumberRequested: PartNumber, ActualPartCount: parts.length },
    status: 416,
  });
}

function describe(ctx: Context, bucket: Bucket, version: ObjectVersion, input: ReadInput): Answer {
  const { headers, metadata, parts, retention } = version;
  const tagCount = Object.keys(version.tags ?? {}).length;
  return {
    AcceptRanges: "bytes",
    LastModified: new Date(version.modifiedAt),
    ETag: quoted(version.etag),
    ...(input.ChecksumMode === "ENABLED" ? readChecksum(version, input) : {}),
    ...versionMember(bucket.versioning !== undefined, version),
    CacheControl: input.ResponseCacheControl ?? headers.CacheControl,
    ContentDisposition: input.ResponseContentDisposition ?? headers.ContentDisposition,
    ContentEncoding: input.ResponseContentEncoding ?? headers.ContentEncoding,
    ContentLanguage: input.ResponseContentLanguage ?? headers.ContentLanguage,
    ContentType: input.ResponseContentType ?? headers.ContentType,
    Expires: input.ResponseExpires ?? headers.Expires,
    WebsiteRedirectLocation: version.websiteRedirect,
    Metadata: ctx.http ? mapValues(metadata, toHeader) : { ...metadata },
    ...encryptionMembers(version),
    Expiration: expirationHeader(ctx, bucket.name, version),
    Restore: restoreHeader(ctx, version),
    ReplicationStatus: version.replication,
    StorageClass: version.storageClass === "STANDARD" ? undefined : (version.storageClass as Answer["StorageClass"]),
    PartsCount: input.PartNumber !== undefined && parts ? parts.length : undefined,
    TagCount: tagCount > 0 ? tagCount : undefined,
    ObjectLockMode: retention?.mode as Answer["ObjectLockMode"],
    ObjectLockRetainUntilDate: retention?.until,
    ObjectLockLegalHoldStatus: version.legalHold as Answer["ObjectLockLegalHoldStatus"],
  };
}

function mapValues(record: Readonly<Record<string, string>>, map: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

/** The checksum of what is answered: none for a range, a part's own for a part. */
function readChecksum(version: ObjectVersion, input: ReadInput): Answer {
  if (input.Range !== undefined) return {};
  if (input.PartNumber === undefined || !version.parts) return checksumMembers(version.checksum);
  const part = version.parts.find(({ number }) => number === input.PartNumber);
  return checksumMember(version.checksum?.algorithm, part?.checksum);
}

function checkCustomerKey({ customerKey }: ObjectVersion, input: { SSECustomerKeyMD5?: string | undefined }): void {
  if (customerKey === undefined || customerKey.md5 === input.SSECustomerKeyMD5) return;
  if (input.SSECustomerKeyMD5 !== undefined) throw new AwsError("AccessDenied", "Access Denied", { status: 403 });
  throw new AwsError(
    "InvalidRequest",
    "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.",
    { status: 400 },
  );
}

export const getObject: Handler<S3, "GetObject"> = (input, ctx) => {
  const { version, answer, selection } = read(ctx, input);
  if (!selection) return answer;
  checkReadable(ctx, version);
  return Object.assign(answer, { Body: readBody(ctx, version.segments, selection.start, selection.end) });
};

export const headObject: Handler<S3, "HeadObject"> = (input, ctx) => {
  try {
    return read(ctx, input).answer;
  } catch (error) {
    // An answer to HEAD has no body, so the SDKs know this error by its status alone.
    if (isAwsError(error, "NoSuchKey", "NoSuchBucket", "NoSuchVersion"))
      throw new AwsError("NotFound", "Not Found", { status: 404 });
    throw error;
  }
};

const MAX_PARTS = 1000;

export const getObjectAttributes: Handler<S3, "GetObjectAttributes"> = (input, ctx) => {
  const bucket = getBucket(ctx, input);
  const version = getVersion(ctx, bucket.name, input);
  checkCustomerKey(version, input);
  const wants = (name: string) => (input.ObjectAttributes as string[] | undefined)?.includes(name);
  const { checksum } = version;
  return {
    LastModified: new Date(version.modifiedAt),
    ...versionMember(bucket.versioning !== undefined, version),
    ETag: wants("ETag") ? version.etag : undefined,
    Checksum: wants("Checksum") && checksum ? checksumMembers(checksum) : undefined,
    ObjectParts: wants("ObjectParts") && version.parts ? partsOf(version, input) : undefined,
    StorageClass: wants("StorageClass") ? (version.storageClass as Answer["StorageClass"]) : undefined,
    ObjectSize: wants("ObjectSize") ? version.size : undefined,
  };
};

function partsOf(
  { parts = [], checksum }: ObjectVersion,
  input: { MaxParts?: number | undefined; PartNumberMarker?: string | undefined },
): Output<S3, "GetObjectAttributes">["ObjectParts"] {
  const marker = Number(input.PartNumberMarker ?? 0);
  const limit = Math.min(input.MaxParts ?? MAX_PARTS, MAX_PARTS);
  const after = parts.filter(({ number }) => number > marker);
  const page = after.slice(0, limit);
  return {
    TotalPartsCount: parts.length,
    PartNumberMarker: String(marker),
    NextPartNumberMarker: String(page.at(-1)?.number ?? 0),
    MaxParts: limit,
    IsTruncated: after.length > page.length,
    Parts: page.map(({ number, size, checksum: value }) => ({
      PartNumber: number,
      Size: size,
      ...checksumMember(checksum?.algorithm, value),
    })),
  };
}
