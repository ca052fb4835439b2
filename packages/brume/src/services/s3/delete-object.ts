/** DeleteObject and DeleteObjects. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import type { Bucket } from "./bucket.js";
import { checkWrite, preconditionFailed } from "./conditions.js";
import { malformedXml } from "./documents.js";
import { announce } from "./notifications.js";
import type { ObjectVersion, S3 } from "./object.js";
import { getBucket } from "./tables.js";
import { currentObject, findVersion, putDeleteMarker, removeVersion } from "./versions.js";

const MAX_KEYS = 1000;

/** What became of a key: the version that was removed, or the delete marker that was made. */
interface Deletion {
  readonly removed?: ObjectVersion | undefined;
  readonly marker?: ObjectVersion;
}

function deleteKey(
  ctx: Context,
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  bypass: boolean,
): Deletion {
  if (versionId === undefined && bucket.versioning !== undefined) {
    const marker = putDeleteMarker(ctx, bucket, key);
    announce(ctx, bucket, "ObjectRemoved:DeleteMarkerCreated", marker);
    return { marker };
  }
  const wanted = versionId ?? "null";
  const found = findVersion(ctx, bucket.name, key, wanted);
  if (!found) return {};
  if (isLocked(ctx, found, bypass)) {
    throw new AwsError("AccessDenied", "Access Denied because object protected by object lock.", { status: 403 });
  }
  const removed = removeVersion(ctx, bucket.name, key, wanted);
  if (removed && !removed.deleteMarker) announce(ctx, bucket, "ObjectRemoved:Delete", removed);
  return { removed };
}

/** Whether a lock keeps a version from being removed. */
export function isLocked(ctx: Context, { retention, legalHold }: ObjectVersion, bypass: boolean): boolean {
  if (legalHold === "ON") return true;
  if (!retention || retention.until.getTime() <= ctx.now()) return false;
  return retention.mode === "COMPLIANCE" || !bypass;
}

export const deleteObject: Handler<S3, "DeleteObject"> = (input, ctx) => {
  const bucket = getBucket(ctx, input);
  const key = input.Key ?? "";
  const { IfMatch, IfMatchSize, IfMatchLastModifiedTime } = input;
  const current = currentObject(ctx, bucket.name, key);
  if (IfMatch !== undefined) checkWrite(() => current, { IfMatch }, key);
  if (IfMatchSize !== undefined && current?.size !== IfMatchSize) throw preconditionFailed("x-amz-if-match-size");
  if (IfMatchLastModifiedTime !== undefined && seconds(current?.modifiedAt) !== seconds(+IfMatchLastModifiedTime))
    throw preconditionFailed("x-amz-if-match-last-modified-time");
  const deletion = deleteKey(ctx, bucket, key, input.VersionId, input.BypassGovernanceRetention === true);
  const { removed, marker } = deletion;
  return {
    DeleteMarker: marker || removed?.deleteMarker ? true : undefined,
    VersionId: marker?.versionId ?? input.VersionId,
  };
};

const seconds = (milliseconds: number | undefined) => milliseconds && Math.floor(milliseconds / 1000);

export const deleteObjects: Handler<S3, "DeleteObjects"> = (input, ctx) => {
  const bucket = getBucket(ctx, input);
  const { Objects = [], Quiet } = input.Delete ?? {};
  if (Objects.length === 0 || Objects.length > MAX_KEYS) {
    throw malformedXml();
  }
  const Deleted: { Key: string; VersionId?: string; DeleteMarker?: boolean; DeleteMarkerVersionId?: string }[] = [];
  const Errors: { Key: string; VersionId?: string; Code: string; Message: string }[] = [];
  for (const { Key = "", VersionId, ETag } of Objects) {
    try {
      if (ETag !== undefined) checkWrite(() => currentObject(ctx, bucket.name, Key), { IfMatch: ETag }, Key);
      const { removed, marker } = deleteKey(ctx, bucket, Key, VersionId, input.BypassGovernanceRetention === true);
      const markerId = marker?.versionId ?? (removed?.deleteMarker ? removed.versionId : undefined);
      const markerMembers = markerId === undefined ? {} : { DeleteMarker: true, DeleteMarkerVersionId: markerId };
      Deleted.push({ Key, VersionId, ...markerMembers });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Errors.push({ Key, VersionId, Code: error.code, Message: error.message });
    }
  }
  return { Deleted: Quiet ? undefined : Deleted, Errors: Errors.length > 0 ? Errors : undefined };
};
