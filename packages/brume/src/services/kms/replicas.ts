/** The operations that make keys of one id, and one material, in several regions. */

import { partitionOf } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, unsupported } from "./constraints.js";
import { defaultPolicy, type Key } from "./key.js";
import { metadata } from "./metadata.js";
import { checkPolicy } from "./policies.js";
import {
  changeKey,
  checkEnabled,
  type Found,
  findKey,
  getOwnKey,
  isReplica,
  keyArn,
  keys,
  notFound,
  refuseStates,
  relatedOf,
  setRotation,
} from "./tables.js";
import { setTags } from "./tags.js";

type Kms = typeof import("@aws-sdk/client-kms");

const REGION = /^([a-z]+-){2,3}\d+$/;

interface Primary extends Found {
  readonly multiRegion: NonNullable<Key["multiRegion"]>;
}

function getPrimary(ctx: Context, keyId: string | undefined): Primary {
  const found = getOwnKey(ctx, keyId);
  const { multiRegion } = found.key;
  if (!multiRegion || isReplica(found)) throw unsupported(`${found.arn} is not a multi-Region primary key.`);
  return { ...found, multiRegion };
}

export const replicateKey: Handler<Kms, "ReplicateKey"> = (input, ctx) => {
  const region = input.ReplicaRegion as string;
  check("replicaRegion", region, { min: 1, max: 32, pattern: REGION });
  const primary = getPrimary(ctx, input.KeyId);
  if (primary.key.enabled) refuseStates(primary, "PendingDeletion", "PendingReplicaDeletion");
  else checkEnabled(primary);
  if (partitionOf(region).name !== ctx.partition)
    throw unsupported(`${region} is not a Region of the partition ${ctx.partition}.`);
  const { key, account, multiRegion } = primary;
  const arn = keyArn(ctx, key.id, account, region);
  if (region === multiRegion.primary || multiRegion.replicas.includes(region))
    throw new AwsError("AlreadyExistsException", `${arn} already exists.`);
  const policy = input.Policy === undefined ? defaultPolicy(ctx.partition, account) : checkPolicy(input.Policy);
  const tags = setTags({}, input.Tags);
  const shared = { ...multiRegion, replicas: [...multiRegion.replicas, region] };
  for (const related of relatedOf(ctx, primary)) changeKey(ctx, related, { multiRegion: shared });
  const replica: Key = {
    ...key,
    createdAt: ctx.now(),
    description: input.Description ?? "",
    enabled: true,
    multiRegion: shared,
    policy,
    tags,
    // Imported material is imported into each key by itself.
    materials:
      key.origin === "EXTERNAL"
        ? key.materials.map(({ secret: _, validTo: __, ...material }) => material)
        : key.materials,
  };
  ctx.table(keys, { account, region }).put([key.id], replica);
  return {
    ReplicaKeyMetadata: metadata(ctx, { key: replica, account, region, arn }),
    ReplicaPolicy: policy,
    ReplicaTags: Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
  };
};

export const updatePrimaryRegion: Handler<Kms, "UpdatePrimaryRegion"> = (input, ctx) => {
  const region = input.PrimaryRegion as string;
  check("primaryRegion", region, { min: 1, max: 32, pattern: REGION });
  const former = getPrimary(ctx, input.KeyId);
  checkEnabled(former);
  const { key, account, multiRegion } = former;
  if (region === multiRegion.primary) throw unsupported(`${former.arn} is the primary key already.`);
  const next = findKey(ctx, key.id, account, region);
  if (!next) throw notFound(`Key '${keyArn(ctx, key.id, account, region)}' does not exist`);
  checkEnabled(next);
  const replicas = [multiRegion.primary, ...multiRegion.replicas.filter((one) => one !== region)];
  for (const related of relatedOf(ctx, former)) changeKey(ctx, related, { multiRegion: { primary: region, replicas } });
  if (key.rotation) setRotation(ctx, findKey(ctx, key.id, account, region) ?? next, key.rotation);
  return {};
};
