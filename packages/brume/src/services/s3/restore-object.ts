/** RestoreObject: objects of the archive classes cannot be read until they are restored, which takes its time. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { withHttp } from "../../protocol/answer.js";
import { malformedXml } from "./documents.js";
import { daysAfter } from "./lifecycle-rules.js";
import { announce } from "./notifications.js";
import type { ObjectVersion, S3 } from "./object.js";
import { buckets, getBucket } from "./tables.js";
import { findVersion, getVersion, replaceVersion } from "./versions.js";

const HOUR_MS = 60 * 60 * 1000;
/** How long a retrieval takes, at most. See "Archive retrieval options" in the S3 User Guide. */
const RETRIEVAL_MS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  GLACIER: { Expedited: HOUR_MS / 12, Standard: 5 * HOUR_MS, Bulk: 12 * HOUR_MS },
  DEEP_ARCHIVE: { Standard: 12 * HOUR_MS, Bulk: 48 * HOUR_MS },
};

export const isArchived = ({ storageClass }: ObjectVersion): boolean => Object.hasOwn(RETRIEVAL_MS, storageClass);

/** Where a restoration stands; `undefined` where there is none, or no longer. */
function restorationOf({ restored }: ObjectVersion, now: number): { ongoing: boolean; until: number } | undefined {
  if (!restored || restored.until <= now) return undefined;
  return { ongoing: restored.from > now, until: restored.until };
}

/** @throws AwsError `InvalidObjectState` for content that is in the archive */
export function checkReadable(ctx: Context, version: ObjectVersion, message?: string): void {
  if (!isArchived(version) || restorationOf(version, ctx.now())?.ongoing === false) return;
  throw new AwsError("InvalidObjectState", message ?? "The operation is not valid for the object's storage class", {
    members: { StorageClass: version.storageClass },
    status: 403,
  });
}

/** The `x-amz-restore` of an object. */
export function restoreHeader(ctx: Context, version: ObjectVersion): string | undefined {
  const found = restorationOf(version, ctx.now());
  if (!found) return undefined;
  if (found.ongoing) return 'ongoing-request="true"';
  return `ongoing-request="false", expiry-date="${new Date(found.until).toUTCString()}"`;
}

/** The same as listings have it. */
export function restoreStatus(ctx: Context, version: ObjectVersion) {
  const found = restorationOf(version, ctx.now());
  if (!found) return undefined;
  if (found.ongoing) return { IsRestoreInProgress: true };
  return { IsRestoreInProgress: false, RestoreExpiryDate: new Date(found.until) };
}

/** What the timers of a restoration carry. */
interface Restoration {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly until: number;
  readonly event: string;
}

export const restoreObject: Handler<S3, "RestoreObject"> = (input, ctx) => {
  const bucket = getBucket(ctx, input);
  const version = getVersion(ctx, bucket.name, input);
  const { Days, GlacierJobParameters, Tier, Type } = input.RestoreRequest ?? {};
  if (Type !== undefined) {
    throw new AwsError("NotImplemented", "S3 Select is closed to new customers of AWS.", { status: 501 });
  }
  if (!isArchived(version)) {
    throw new AwsError("InvalidObjectState", "Restore is not allowed for the object's current storage class", {
      members: { StorageClass: version.storageClass },
      status: 403,
    });
  }
  if (Days === undefined || Days < 1) {
    throw malformedXml();
  }
  const now = ctx.now();
  const before = restorationOf(version, now);
  if (before?.ongoing) {
    throw new AwsError("RestoreAlreadyInProgress", "Object restore is already in progress", { status: 409 });
  }
  const tier = GlacierJobParameters?.Tier ?? Tier ?? "Standard";
  const takes = RETRIEVAL_MS[version.storageClass]?.[tier];
  if (takes === undefined) {
    throw new AwsError("InvalidArgument", "Retrieval option is not supported by this storage class", { status: 400 });
  }
  // What is restored already stays so for as long as the request now says.
  const from = before ? now : now + takes;
  const until = daysAfter(from, Days);
  replaceVersion(ctx, bucket.name, { ...version, restored: { from, until } });
  const { key, versionId } = version;
  const timer = (event: string, at: number) => {
    const payload: Restoration = { bucket: bucket.name, key, versionId, until, event };
    ctx.schedule({ at, kind: "restoration", payload });
  };
  if (!before) {
    announce(ctx, bucket, "ObjectRestore:Post", version);
    timer("ObjectRestore:Completed", from);
  }
  timer("ObjectRestore:Delete", until);
  return withHttp({}, { status: before ? 200 : 202 });
};

/** The timer that tells of a restoration's end; one that was prolonged meanwhile has another timer. */
export function announceRestoration({ bucket: name, key, versionId, until, event }: Restoration, ctx: Context): void {
  const bucket = ctx.table(buckets).get(name);
  const version = bucket && findVersion(ctx, name, key, versionId);
  if (version?.restored?.until === until) announce(ctx, bucket as NonNullable<typeof bucket>, event, version);
}
