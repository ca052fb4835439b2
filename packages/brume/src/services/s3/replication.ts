/** Copies versions to the buckets that replication rules name. */
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { duplicateBody, type ReceivedBody } from "./bodies.js";
import type { Bucket } from "./bucket.js";
import { announce } from "./notifications.js";
import type { ObjectVersion } from "./object.js";
import { type Replication, type ReplicationRule, replicationRules } from "./replication-rules.js";
import { buckets } from "./tables.js";
import { addVersion, findVersion, replaceVersion } from "./versions.js";

// Differs from AWS: the role of a replication configuration is not asked what it may do, and later changes of an object's
// tags and lists are not copied.

/** The timer that copies one version to all of its destinations. */
export async function replicate({ bucket: name, key, versionId }: Replication, ctx: Context): Promise<void> {
  const version = findVersion(ctx, name, key, versionId);
  if (!version) return;
  let failed = false;
  for (const rule of replicationRules(ctx, name, version)) {
    if (!(await copyTo(rule, version, ctx))) failed = true;
  }
  const bucket = ctx.table(buckets).get(name);
  const latest = findVersion(ctx, name, key, versionId);
  if (!bucket || latest?.sequence !== version.sequence) return;
  replaceVersion(ctx, name, { ...latest, replication: failed ? "FAILED" : "COMPLETED" });
  if (failed) announce(ctx, bucket, "Replication:OperationFailedReplication", latest);
}

/** @returns whether the destination could take the version */
async function copyTo({ Destination }: ReplicationRule, version: ObjectVersion, ctx: Context): Promise<boolean> {
  if (!destinationOf(Destination?.Bucket, ctx)) return false;
  const copies: ReceivedBody[] = [];
  try {
    for (const segment of version.segments) copies.push(await duplicateBody(ctx, segment));
    const bucket = destinationOf(Destination?.Bucket, ctx);
    if (!bucket) return false;
    if (findVersion(ctx, bucket.name, version.key, version.versionId)) return true;
    for (const copy of copies) copy.keep(ctx);
    const owned = Destination?.AccessControlTranslation?.Owner === "Destination";
    const { ReplicaKmsKeyID } = Destination?.EncryptionConfiguration ?? {};
    const { encryption } = version;
    const replica: ObjectVersion = {
      ...version,
      ...(encryption?.algorithm.startsWith("aws:kms") && ReplicaKmsKeyID
        ? { encryption: { ...encryption, kmsKeyId: ReplicaKmsKeyID } }
        : {}),
      segments: copies.map(({ segment }) => segment),
      storageClass: Destination?.StorageClass ?? version.storageClass,
      account: owned ? bucket.account : version.account,
      acl: owned ? undefined : version.acl,
      replication: "REPLICA",
    };
    addVersion(ctx, bucket, replica);
    announce(ctx, bucket, version.deleteMarker ? "ObjectRemoved:DeleteMarkerCreated" : "ObjectCreated:Put", replica);
    return true;
  } finally {
    for (const copy of copies) await copy[Symbol.asyncDispose]();
  }
}

function destinationOf(arn: string | undefined, ctx: Context): Bucket | undefined {
  const bucket = ctx.table(buckets).get(parseArn(arn ?? "")?.resource ?? "");
  return bucket?.versioning === "Enabled" ? bucket : undefined;
}
