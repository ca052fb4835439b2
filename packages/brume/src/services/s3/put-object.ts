/** PutObject and CopyObject. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler, Input } from "../../kernel/service.js";
import { type BodySource, drain, duplicateBody, readBody, receiveBody } from "./bodies.js";
import { BodyDigest, type Checksum, checksumMembers } from "./checksums.js";
import { checkCopySource, checkWrite } from "./conditions.js";
import { expirationHeader } from "./lifecycle-rules.js";
import { announce } from "./notifications.js";
import {
  encryptionMembers,
  type ObjectSettings,
  type ObjectVersion,
  quoted,
  type S3,
  versionMember,
} from "./object.js";
import { checkReadable } from "./restore-object.js";
import { checkKey, contentHeaders, metadataOf, parseTagging, settingsOf } from "./settings.js";
import { bucketArn, getBucket, getBucketAnywhere } from "./tables.js";
import { currentObject, getVersion, putVersion } from "./versions.js";

export const MAX_PUT_BYTES = 5 * 1024 ** 3;

/** Performs what takes a body; when it fails, the rest of the body is read first, so that the client hears of it. */
export async function withBody<T>(source: BodySource, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await drain(source);
    throw error;
  }
}

/** @throws AwsError `MissingContentLength` for a body over HTTP whose length nobody said */
export function checkLength(ctx: Context): void {
  const headers = ctx.http?.headers;
  if (!headers || headers["content-length"] !== undefined) return;
  if (/^\d+$/.test(String(headers["x-amz-decoded-content-length"]))) return;
  if (headers["transfer-encoding"] === undefined) return;
  throw new AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", { status: 411 });
}

export const putObject: Handler<S3, "PutObject"> = (input, ctx) =>
  withBody(input.Body, async () => {
    checkLength(ctx);
    const { version, versioned } = await storeObject(ctx, input, "ObjectCreated:Put");
    return {
      ETag: quoted(version.etag),
      Expiration: expirationHeader(ctx, input.Bucket ?? "", version),
      ...checksumMembers(version.checksum),
      ...encryptionMembers(version),
      ...versionMember(versioned, version),
    };
  });

type StoreInput = Omit<Input<S3, "PutObject">, "Body"> & { readonly Body?: BodySource };

/** Takes an object in as a whole, and announces it as an event. `versioned`: whether it has an id of its own. */
export async function storeObject(
  ctx: Context,
  input: StoreInput,
  event: string,
): Promise<{ version: ObjectVersion; versioned: boolean }> {
  const key = checkKey(input.Key);
  const settings = settingsOf(ctx, getBucket(ctx, input), input);
  checkWrite(() => currentObject(ctx, input.Bucket as string, key), input, key);
  const digest = new BodyDigest(ctx, input);
  await using body = await receiveBody(ctx, input.Body, digest, MAX_PUT_BYTES);
  // The bucket may be gone, and the condition no longer hold, now that the body is here.
  const bucket = getBucket(ctx, input);
  checkWrite(() => currentObject(ctx, bucket.name, key), input, key);
  body.keep(ctx);
  const checksum: Checksum = { algorithm: digest.algorithm, value: digest.checksum, type: "FULL_OBJECT" };
  const content = { size: body.segment.size, etag: digest.md5, segments: [body.segment], checksum };
  const version = putVersion(ctx, bucket, key, settings, content);
  announce(ctx, bucket, event, version);
  return { version, versioned: bucket.versioning === "Enabled" };
}

/** The source that `x-amz-copy-source` names: `/bucket/key?versionId=…`, percent-encoded. */
export function parseCopySource(header: string | undefined): { Bucket: string; Key: string; VersionId?: string } {
  const [path = "", query = ""] = (header ?? "").split(/\?(?=versionId=[^?]*$)/);
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    decoded = path;
  }
  const [, Bucket, Key] = /^\/?([^/]+)\/(.+)$/s.exec(decoded) ?? [];
  if (Bucket === undefined || Key === undefined) {
    throw new AwsError(
      "InvalidArgument",
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
      {
        members: { ArgumentName: "x-amz-copy-source", ArgumentValue: header ?? "" },
        status: 400,
      },
    );
  }
  const VersionId = query.slice("versionId=".length);
  return VersionId === "" ? { Bucket, Key } : { Bucket, Key, VersionId };
}

interface CopySourceInput {
  CopySource?: string | undefined;
  CopySourceIfMatch?: string | undefined;
  CopySourceIfNoneMatch?: string | undefined;
  CopySourceIfModifiedSince?: Date | undefined;
  CopySourceIfUnmodifiedSince?: Date | undefined;
  ExpectedSourceBucketOwner?: string | undefined;
}

/** Finds the source of a copy, asks IAM whether it may be read, and checks the conditions on it. */
export function copySource(ctx: Context, input: CopySourceInput): { source: ObjectVersion; versioned: boolean } {
  const parsed = parseCopySource(input.CopySource);
  const action = parsed.VersionId === undefined ? "s3:GetObject" : "s3:GetObjectVersion";
  ctx.cloud.authorizer?.(ctx, [action], [`${bucketArn(ctx, parsed.Bucket)}/${parsed.Key}`]);
  const named = { Bucket: parsed.Bucket, ExpectedBucketOwner: input.ExpectedSourceBucketOwner };
  const bucket = getBucketAnywhere(ctx, named);
  const source = getVersion(ctx, bucket.name, parsed);
  checkReadable(ctx, source, "Operation is not valid for the source object's storage class");
  checkCopySource(source, {
    IfMatch: input.CopySourceIfMatch,
    IfNoneMatch: input.CopySourceIfNoneMatch,
    IfModifiedSince: input.CopySourceIfModifiedSince,
    IfUnmodifiedSince: input.CopySourceIfUnmodifiedSince,
  });
  return { source, versioned: bucket.versioning !== undefined };
}

export const copyObject: Handler<S3, "CopyObject"> = async (input, ctx) => {
  const key = checkKey(input.Key);
  const destination = getBucket(ctx, input);
  const { source, versioned } = copySource(ctx, input);
  const replaces = input.MetadataDirective === "REPLACE";
  const settings = copiedSettings(source, settingsOf(ctx, destination, input), input, () => ({
    headers: contentHeaders(input),
    metadata: metadataOf(ctx, input),
  }));
  const changes =
    replaces ||
    input.StorageClass !== undefined ||
    input.WebsiteRedirectLocation !== undefined ||
    input.ServerSideEncryption !== undefined ||
    input.TaggingDirective === "REPLACE";
  const itself = currentObject(ctx, destination.name, key);
  const toItself = itself !== undefined && itself.segments === source.segments;
  if ((toItself || isSame(itself, source)) && !changes) {
    throw new AwsError(
      "InvalidRequest",
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      { status: 400 },
    );
  }
  checkWrite(() => itself, input, key);
  const wanted = input.ChecksumAlgorithm;
  const asked =
    wanted !== undefined && (wanted !== source.checksum?.algorithm || source.checksum.type !== "FULL_OBJECT");
  const digest = new BodyDigest(ctx, { ChecksumAlgorithm: wanted ?? source.checksum?.algorithm });
  // A single body is shared without reading it; parts, and new checksums, need the content.
  const [only] = source.segments;
  const shared = source.segments.length === 1 && only !== undefined && !asked && !source.etag.includes("-");
  await using body = shared
    ? await duplicateBody(ctx, only)
    : await receiveBody(ctx, readBody(ctx, source.segments, 0, source.size), digest, MAX_PUT_BYTES);
  const bucket = getBucket(ctx, input);
  checkWrite(() => currentObject(ctx, bucket.name, key), input, key);
  body.keep(ctx);
  const checksum: Checksum | undefined = shared
    ? source.checksum
    : { algorithm: digest.algorithm, value: digest.checksum, type: "FULL_OBJECT" };
  const etag = shared ? source.etag : digest.md5;
  const content = { size: source.size, etag, segments: [body.segment], checksum };
  const version = putVersion(ctx, bucket, key, settings, content);
  announce(ctx, bucket, "ObjectCreated:Copy", version);
  return {
    CopyObjectResult: {
      ETag: quoted(etag),
      LastModified: new Date(version.modifiedAt),
      ...checksumMembers(checksum),
    },
    CopySourceVersionId: versioned ? source.versionId : undefined,
    ...encryptionMembers(version),
    ...versionMember(bucket.versioning === "Enabled", version),
  };
};

const isSame = (a: ObjectVersion | undefined, b: ObjectVersion) => a?.key === b.key && a.sequence === b.sequence;

function copiedSettings(
  source: ObjectVersion,
  given: ObjectSettings,
  input: { MetadataDirective?: string; TaggingDirective?: string; Tagging?: string | undefined },
  replaced: () => Pick<ObjectSettings, "headers" | "metadata">,
): ObjectSettings {
  for (const directive of [input.MetadataDirective, input.TaggingDirective]) {
    if (directive !== undefined && directive !== "COPY" && directive !== "REPLACE") {
      throw new AwsError("InvalidArgument", "Unknown metadata directive.", {
        members: { ArgumentName: "x-amz-metadata-directive", ArgumentValue: directive },
        status: 400,
      });
    }
  }
  const { headers, metadata } = input.MetadataDirective === "REPLACE" ? replaced() : source;
  const tags = input.TaggingDirective === "REPLACE" ? parseTagging(input.Tagging ?? "") : source.tags;
  return { ...given, headers, metadata, tags };
}
