/** Writing, finding and removing versions of objects: what is latest, and what becomes so. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomBase64 } from "../../kernel/identifiers.js";
import { deleteBodies } from "./bodies.js";
import type { Bucket } from "./bucket.js";
import { noSuchKey } from "./conditions.js";
import { NULL_VERSION, type ObjectSettings, type ObjectVersion } from "./object.js";
import { replicating } from "./replication-rules.js";
import { LAST, noncurrent, objects, sequence } from "./tables.js";

/** What a new version holds. */
export type Content = Pick<ObjectVersion, "size" | "etag" | "segments" | "checksum" | "parts">;

const NO_SETTINGS: ObjectSettings = { headers: {}, metadata: {}, storageClass: "STANDARD" };
const NO_CONTENT: Content = { size: 0, etag: "", segments: [] };

/** An object as readers without a version id see it; `undefined` where there is none, or a delete marker. */
export function currentObject(ctx: Context, bucket: string, key: string): ObjectVersion | undefined {
  const latest = ctx.table(objects).get(bucket, key);
  return latest?.deleteMarker ? undefined : latest;
}

/** Makes the latest version of a key. In a bucket that is not versioned it replaces what was there. */
export function putVersion(
  ctx: Context,
  bucket: Bucket,
  key: string,
  settings: ObjectSettings,
  content: Content,
): ObjectVersion {
  const version = { ...settings, ...content, ...newVersion(ctx, bucket, key), deleteMarker: false };
  return addVersion(ctx, bucket, replicating(ctx, bucket, version));
}

/** Makes a delete marker the latest version of a key. */
export function putDeleteMarker(ctx: Context, bucket: Bucket, key: string): ObjectVersion {
  const marker = { ...NO_SETTINGS, ...NO_CONTENT, ...newVersion(ctx, bucket, key), deleteMarker: true };
  return addVersion(ctx, bucket, replicating(ctx, bucket, marker));
}

function newVersion(ctx: Context, bucket: Bucket, key: string) {
  return {
    key,
    versionId: bucket.versioning === "Enabled" ? randomBase64(24).replace(/[+/]/g, "_") : NULL_VERSION,
    sequence: ctx.memory(sequence).next(),
    modifiedAt: ctx.now(),
    account: ctx.account,
  };
}

/** Puts a version before the others of its key. */
export function addVersion(ctx: Context, { name }: Bucket, version: ObjectVersion): ObjectVersion {
  const { key, versionId } = version;
  const previous = ctx.table(objects).get(name, key);
  if (previous && previous.versionId === versionId) deleteBodies(ctx, previous.segments);
  else if (previous) {
    if (versionId === NULL_VERSION) removeNoncurrent(ctx, name, key, versionId);
    ctx.table(noncurrent).put([name, key, LAST - previous.sequence], previous);
  }
  ctx.table(objects).put([name, key], { ...present(version), headers: present(version.headers) });
  return version;
}

/** What takes no room in a row: members that are not there. */
function present<Members extends object>(members: Members): Members {
  const found = {} as Members;
  for (const name in members) if (members[name] !== undefined) found[name] = members[name];
  return found;
}

function removeNoncurrent(ctx: Context, bucket: string, key: string, versionId: string): ObjectVersion | undefined {
  const found = ctx
    .table(noncurrent)
    .rows({ prefix: [bucket, key] })
    .find((version) => version.versionId === versionId);
  if (!found) return undefined;
  deleteBodies(ctx, found.segments);
  ctx.table(noncurrent).delete(bucket, key, LAST - found.sequence);
  return found;
}

/** Removes a version for good; the newest that is left becomes the latest. */
export function removeVersion(ctx: Context, bucket: string, key: string, versionId: string): ObjectVersion | undefined {
  const latest = ctx.table(objects).get(bucket, key);
  if (latest?.versionId !== versionId) return removeNoncurrent(ctx, bucket, key, versionId);
  deleteBodies(ctx, latest.segments);
  const [next] = ctx.table(noncurrent).rows({ prefix: [bucket, key], limit: 1 });
  if (next) {
    ctx.table(noncurrent).delete(bucket, key, LAST - next.sequence);
    ctx.table(objects).put([bucket, key], next);
  } else ctx.table(objects).delete(bucket, key);
  return latest;
}

/** Replaces a version's row by one that differs in its settings. */
export function replaceVersion(ctx: Context, bucket: string, version: ObjectVersion): void {
  const latest = ctx.table(objects).get(bucket, version.key);
  if (latest?.versionId === version.versionId) ctx.table(objects).put([bucket, version.key], version);
  else ctx.table(noncurrent).put([bucket, version.key, LAST - version.sequence], version);
}

/** A version by its id, or the latest. */
export function findVersion(
  ctx: Context,
  bucket: string,
  key: string,
  versionId: string | undefined,
): ObjectVersion | undefined {
  const latest = ctx.table(objects).get(bucket, key);
  if (!latest || versionId === undefined || latest.versionId === versionId) return latest;
  return ctx
    .table(noncurrent)
    .rows({ prefix: [bucket, key] })
    .find((version) => version.versionId === versionId);
}

const VERSION_ID = /^(null|[\w.-]{32})$/;

/** A version that can be read. @throws AwsError `NoSuchKey`, `NoSuchVersion`, `InvalidArgument`, or `MethodNotAllowed` for a delete marker */
export function getVersion(
  ctx: Context,
  bucket: string,
  input: { Key?: string | undefined; VersionId?: string | undefined },
): ObjectVersion {
  const { Key = "", VersionId } = input;
  const version = findVersion(ctx, bucket, Key, VersionId);
  if (version && !version.deleteMarker) return version;
  if (VersionId === undefined) throw noSuchKey(Key);
  if (version) throw methodNotAllowed(ctx.http?.method ?? "GET");
  if (!VERSION_ID.test(VersionId)) {
    throw new AwsError("InvalidArgument", "Invalid version id specified", {
      members: { ArgumentName: "versionId", ArgumentValue: VersionId },
      status: 400,
    });
  }
  throw new AwsError("NoSuchVersion", "The specified version does not exist.", {
    members: { Key, VersionId },
    status: 404,
  });
}

const methodNotAllowed = (method: string) =>
  new AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", {
    members: { Method: method, ResourceType: "DeleteMarker" },
    status: 405,
  });
