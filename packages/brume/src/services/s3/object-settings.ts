/** Tags, access control lists, retention and legal holds of objects. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler, Output } from "../../kernel/service.js";
import { aclOf, checkAclsAllowed, ownersAcl } from "./acl.js";
import type { Bucket } from "./bucket.js";
import { malformedXml } from "./documents.js";
import { announce } from "./notifications.js";
import { type AccessControl, type ObjectVersion, type S3, versionMember } from "./object.js";
import { checkRetention, checkTags } from "./settings.js";
import { getBucket } from "./tables.js";
import { getVersion, replaceVersion } from "./versions.js";

interface ObjectInput {
  Bucket?: string | undefined;
  Key?: string | undefined;
  VersionId?: string | undefined;
  ExpectedBucketOwner?: string | undefined;
}

function find(ctx: Context, input: ObjectInput): { bucket: Bucket; version: ObjectVersion; members: object } {
  const bucket = getBucket(ctx, input);
  const version = getVersion(ctx, bucket.name, input);
  return { bucket, version, members: versionMember(bucket.versioning !== undefined, version) };
}

export const putObjectTagging: Handler<S3, "PutObjectTagging"> = (input, ctx) => {
  const { bucket, version, members } = find(ctx, input);
  const changed = { ...version, tags: checkTags(input.Tagging?.TagSet ?? []) };
  replaceVersion(ctx, bucket.name, changed);
  announce(ctx, bucket, "ObjectTagging:Put", changed);
  return members;
};

export const getObjectTagging: Handler<S3, "GetObjectTagging"> = (input, ctx) => {
  const { version, members } = find(ctx, input);
  return { ...members, TagSet: Object.entries(version.tags ?? {}).map(([Key, Value]) => ({ Key, Value })) };
};

export const deleteObjectTagging: Handler<S3, "DeleteObjectTagging"> = (input, ctx) => {
  const { bucket, version, members } = find(ctx, input);
  replaceVersion(ctx, bucket.name, { ...version, tags: undefined });
  announce(ctx, bucket, "ObjectTagging:Delete", version);
  return members;
};

export const putObjectAcl: Handler<S3, "PutObjectAcl"> = (input, ctx) => {
  const { bucket, version } = find(ctx, input);
  checkAclsAllowed(ctx, bucket.name, input);
  const given = input.AccessControlPolicy as AccessControl | undefined;
  const { Owner } = ownersAcl(version.account);
  const acl = aclOf(input, version.account) ?? (given?.Grants ? { Owner, Grants: given.Grants } : undefined);
  if (!acl) {
    throw new AwsError("MissingSecurityHeader", "Your request was missing a required header", { status: 400 });
  }
  replaceVersion(ctx, bucket.name, { ...version, acl });
  announce(ctx, bucket, "ObjectAcl:Put", version);
  return {};
};

export const getObjectAcl: Handler<S3, "GetObjectAcl"> = (input, ctx) => {
  const { version } = find(ctx, input);
  return (version.acl ?? ownersAcl(version.account)) as Output<S3, "GetObjectAcl">;
};

function findLockable(ctx: Context, input: ObjectInput) {
  const found = find(ctx, input);
  if (found.bucket.objectLock) return found;
  throw new AwsError("InvalidRequest", "Bucket is missing Object Lock Configuration", { status: 400 });
}

export const putObjectRetention: Handler<S3, "PutObjectRetention"> = (input, ctx) => {
  const { bucket, version } = findLockable(ctx, input);
  const { Mode, RetainUntilDate } = input.Retention ?? {};
  const cleared = Mode === undefined && RetainUntilDate === undefined;
  if (!cleared && (Mode === undefined || RetainUntilDate === undefined)) {
    throw malformedXml();
  }
  const { retention: before } = version;
  if (before && before.until.getTime() > ctx.now()) {
    const weaker =
      cleared ||
      (RetainUntilDate as Date).getTime() < before.until.getTime() ||
      (before.mode === "COMPLIANCE" && Mode !== "COMPLIANCE");
    if (weaker && (before.mode === "COMPLIANCE" || !input.BypassGovernanceRetention)) {
      throw new AwsError("AccessDenied", "Access Denied because object protected by object lock.", { status: 403 });
    }
  }
  const retention = cleared ? undefined : checkRetention(ctx, Mode as string, RetainUntilDate as Date);
  replaceVersion(ctx, bucket.name, { ...version, retention });
  return {};
};

const noLock = () =>
  new AwsError("NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration", {
    status: 404,
  });

export const getObjectRetention: Handler<S3, "GetObjectRetention"> = (input, ctx) => {
  const { retention } = findLockable(ctx, input).version;
  if (!retention) throw noLock();
  return { Retention: { Mode: retention.mode as "GOVERNANCE", RetainUntilDate: retention.until } };
};

export const putObjectLegalHold: Handler<S3, "PutObjectLegalHold"> = (input, ctx) => {
  const { bucket, version } = findLockable(ctx, input);
  const Status = input.LegalHold?.Status;
  if (Status !== "ON" && Status !== "OFF") {
    throw malformedXml();
  }
  replaceVersion(ctx, bucket.name, { ...version, legalHold: Status });
  return {};
};

export const getObjectLegalHold: Handler<S3, "GetObjectLegalHold"> = (input, ctx) => {
  const { legalHold } = findLockable(ctx, input).version;
  if (legalHold === undefined) throw noLock();
  return { LegalHold: { Status: legalHold as "ON" } };
};
