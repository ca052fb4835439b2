/** Which of a bucket's replication rules hold for a new version, and the timer that has it copied. */
import type { Context } from "../../kernel/context.js";
import type { Bucket } from "./bucket.js";
import type { ObjectVersion } from "./object.js";
import { configuration } from "./tables.js";

interface Tag {
  readonly Key?: string;
  readonly Value?: string;
}
interface Filter {
  readonly Prefix?: string;
  readonly Tag?: Tag;
  readonly Tags?: readonly Tag[];
}

/** A rule as the SDK types it. */
export interface ReplicationRule {
  readonly ID?: string;
  readonly Status?: string;
  readonly Priority?: number;
  readonly Prefix?: string;
  readonly Filter?: Filter & { readonly And?: Filter };
  readonly DeleteMarkerReplication?: { readonly Status?: string };
  readonly SourceSelectionCriteria?: { readonly SseKmsEncryptedObjects?: { readonly Status?: string } };
  readonly Destination?: {
    readonly Bucket?: string;
    readonly StorageClass?: string;
    readonly AccessControlTranslation?: { readonly Owner?: string };
    readonly EncryptionConfiguration?: { readonly ReplicaKmsKeyID?: string };
  };
}

function applies(rule: ReplicationRule, { key, tags = {}, deleteMarker, encryption }: ObjectVersion): boolean {
  if (rule.Status !== "Enabled") return false;
  const { Prefix = "", Tag, Tags = Tag ? [Tag] : [] } = rule.Filter?.And ?? rule.Filter ?? { Prefix: rule.Prefix };
  if (!key.startsWith(Prefix)) return false;
  // Rules of the first version, which have no filter, replicate delete markers.
  if (deleteMarker) return rule.Filter === undefined || rule.DeleteMarkerReplication?.Status === "Enabled";
  const { SseKmsEncryptedObjects } = rule.SourceSelectionCriteria ?? {};
  if (encryption?.algorithm.startsWith("aws:kms") && SseKmsEncryptedObjects?.Status !== "Enabled") return false;
  return Tags.every(({ Key = "", Value }) => tags[Key] === Value);
}

/** The rules by which a version is copied: for each destination the one of the highest priority. */
export function replicationRules(ctx: Context, bucket: string, version: ObjectVersion): ReplicationRule[] {
  const document = configuration<{ Rules?: readonly ReplicationRule[] }>(ctx, bucket, "replication");
  const chosen = new Map<string, ReplicationRule>();
  const rules = (document?.Rules ?? []).filter((rule) => applies(rule, version));
  for (const rule of rules.sort((a, b) => (a.Priority ?? 0) - (b.Priority ?? 0))) {
    chosen.set(rule.Destination?.Bucket ?? "", rule);
  }
  return [...chosen.values()];
}

/** Which version of which key is to be copied. */
export interface Replication {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
}

/** A new version with its replication status: one that a rule holds for is copied once it is committed. */
export function replicating(ctx: Context, { name, versioning }: Bucket, version: ObjectVersion): ObjectVersion {
  if (versioning !== "Enabled" || replicationRules(ctx, name, version).length === 0) return version;
  const payload: Replication = { bucket: name, key: version.key, versionId: version.versionId };
  ctx.schedule({ at: ctx.now(), kind: "replication", payload });
  return { ...version, replication: "PENDING" };
}
