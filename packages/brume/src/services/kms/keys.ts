/** The operations on keys themselves: their life, their policies, their tags. See the KMS API Reference. */

import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomHex, uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { check, page, unsupported, validation } from "./constraints.js";
import { grants } from "./grants.js";
import { algorithmsOf, defaultPolicy, generateMaterial, type Key, SPECS, type Usage } from "./key.js";
import { aliases, changeKey, type Found, getKey, getLiveKey, getOwnKey, keyArn, keys, notFound } from "./tables.js";

type Kms = typeof import("@aws-sdk/client-kms");

const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_TAGS = 50;
const MAX_POLICY = 32_768;

function stateOf(key: Key) {
  if (key.deletionAt !== undefined) return "PendingDeletion" as const;
  return key.enabled ? ("Enabled" as const) : ("Disabled" as const);
}

/** How answers show a key. */
function metadata({ key, account, arn }: Found) {
  return {
    AWSAccountId: account,
    KeyId: key.id,
    Arn: arn,
    CreationDate: new Date(key.createdAt),
    Enabled: key.enabled && key.deletionAt === undefined,
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: stateOf(key),
    DeletionDate: key.deletionAt === undefined ? undefined : new Date(key.deletionAt),
    Origin: "AWS_KMS" as const,
    KeyManager: key.manager,
    CustomerMasterKeySpec: key.spec as "SYMMETRIC_DEFAULT",
    KeySpec: key.spec,
    MultiRegion: key.multiRegion,
    MultiRegionConfiguration: key.multiRegion
      ? {
          MultiRegionKeyType: "PRIMARY" as const,
          PrimaryKey: { Arn: arn, Region: arn.split(":")[3] },
          ReplicaKeys: [],
        }
      : undefined,
    ...algorithmsOf(key),
  };
}

export const createKey: Handler<Kms, "CreateKey"> = async (input, ctx) => {
  const spec = input.KeySpec ?? input.CustomerMasterKeySpec ?? "SYMMETRIC_DEFAULT";
  const traits = Object.hasOwn(SPECS, spec) ? SPECS[spec] : undefined;
  if (!traits) throw unsupported(`Unsupported KeySpec: ${spec}`);
  if (input.Origin !== undefined && input.Origin !== "AWS_KMS")
    throw unsupported(`Key material of origin ${input.Origin} is not supported.`);
  const [only, ...others] = traits.usages;
  const usage = input.KeyUsage ?? (others.length === 0 ? only : spec === "SYMMETRIC_DEFAULT" ? only : undefined);
  if (usage === undefined)
    throw validation(`You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.`);
  if (!traits.usages.includes(usage as Usage))
    throw validation(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  if (input.Description !== undefined) check("description", input.Description, { max: 8192 });
  const policy = input.Policy === undefined ? defaultPolicy(ctx.partition, ctx.account) : checkPolicy(input.Policy);
  const tags = setTags({}, input.Tags);
  const multiRegion = input.MultiRegion ?? false;
  const material = await generateMaterial(spec);
  const key: Key = {
    id: multiRegion ? `mrk-${randomHex(32)}` : uuid(),
    createdAt: ctx.now(),
    spec,
    usage,
    description: input.Description ?? "",
    enabled: true,
    manager: "CUSTOMER",
    multiRegion,
    policy,
    tags,
    materials: [material],
    rotatedAt: [],
  };
  ctx.table(keys).put([key.id], key);
  return { KeyMetadata: metadata({ key, account: ctx.account, arn: keyArn(ctx, key.id) }) };
};

export const describeKey: Handler<Kms, "DescribeKey"> = (input, ctx) => ({
  KeyMetadata: metadata(getKey(ctx, input.KeyId)),
});

export const listKeys: Handler<Kms, "ListKeys"> = (input, ctx) => {
  const { items, ...more } = page(ctx.table(keys).rows(), ({ id }) => id, input, [100, 1000]);
  return { Keys: items.map(({ id }) => ({ KeyId: id, KeyArn: keyArn(ctx, id) })), ...more };
};

export const enableKey: Handler<Kms, "EnableKey"> = (input, ctx) => {
  changeKey(ctx, getOwnKey(ctx, input.KeyId), { enabled: true });
  return {};
};

export const disableKey: Handler<Kms, "DisableKey"> = (input, ctx) => {
  changeKey(ctx, getOwnKey(ctx, input.KeyId), { enabled: false });
  return {};
};

export const updateKeyDescription: Handler<Kms, "UpdateKeyDescription"> = (input, ctx) => {
  check("description", input.Description, { max: 8192 });
  changeKey(ctx, getOwnKey(ctx, input.KeyId), { description: input.Description as string });
  return {};
};

export const scheduleKeyDeletion: Handler<Kms, "ScheduleKeyDeletion"> = (input, ctx) => {
  const found = getOwnKey(ctx, input.KeyId);
  const days = input.PendingWindowInDays ?? 30;
  check("pendingWindowInDays", days, { min: 7, max: 30 });
  const deletionAt = ctx.now() + days * DAY_MS;
  changeKey(ctx, found, { deletionAt, enabled: false });
  ctx.schedule({ at: deletionAt, kind: "delete", payload: { keyId: found.key.id }, id: timerId(found) });
  return {
    KeyId: found.arn,
    DeletionDate: new Date(deletionAt),
    KeyState: "PendingDeletion",
    PendingWindowInDays: days,
  };
};

const timerId = ({ arn }: Found) => `kms/delete/${arn}`;

/** The timer that deletes a key at the end of its waiting period. */
export function deleteKey({ keyId }: { keyId: string }, ctx: Context): void {
  if (ctx.table(keys).get(keyId)?.deletionAt === undefined) return;
  ctx.table(keys).delete(keyId);
  for (const alias of ctx.table(aliases).rows()) {
    if (alias.keyId === keyId) ctx.table(aliases).delete(alias.name);
  }
  ctx.table(grants).clear({ prefix: [keyId] });
}

export const cancelKeyDeletion: Handler<Kms, "CancelKeyDeletion"> = (input, ctx) => {
  const found = getKey(ctx, input.KeyId);
  if (found.key.deletionAt === undefined)
    throw new AwsError("KMSInvalidStateException", `${found.arn} is not pending deletion.`);
  // The key stays disabled, as on AWS.
  changeKey(ctx, found, { deletionAt: undefined, enabled: false });
  ctx.cancel(timerId(found));
  return { KeyId: found.arn };
};

function checkPolicy(policy: string | undefined): string {
  check("policy", policy, { min: 1, max: MAX_POLICY });
  try {
    const { Statement } = JSON.parse(policy as string) as { Statement?: unknown };
    if (typeof Statement === "object" && Statement !== null) return policy as string;
  } catch {
    // Answered below, as for JSON that is no policy.
  }
  throw new AwsError("MalformedPolicyDocumentException", "The policy is not syntactically or semantically correct.");
}

function checkPolicyName(name: string | undefined): void {
  if (name !== undefined && name !== "default") throw notFound("No such policy exists");
}

export const putKeyPolicy: Handler<Kms, "PutKeyPolicy"> = (input, ctx) => {
  checkPolicyName(input.PolicyName);
  changeKey(ctx, getOwnKey(ctx, input.KeyId), { policy: checkPolicy(input.Policy) });
  return {};
};

export const getKeyPolicy: Handler<Kms, "GetKeyPolicy"> = (input, ctx) => {
  checkPolicyName(input.PolicyName);
  return { Policy: getKey(ctx, input.KeyId).key.policy, PolicyName: "default" };
};

export const listKeyPolicies: Handler<Kms, "ListKeyPolicies"> = (input, ctx) => {
  getKey(ctx, input.KeyId);
  return { PolicyNames: ["default"], Truncated: false };
};

interface Tag {
  TagKey?: string | undefined;
  TagValue?: string | undefined;
}

function setTags(before: Readonly<Record<string, string>>, set: readonly Tag[] = []): Record<string, string> {
  const tags = { ...before };
  for (const { TagKey, TagValue } of set) {
    check("tagKey", TagKey, { min: 1, max: 128 });
    check("tagValue", TagValue, { max: 256 });
    if ((TagKey as string).startsWith("aws:")) throw new AwsError("TagException", "Tag key cannot begin with 'aws:'");
    tags[TagKey as string] = TagValue as string;
  }
  if (Object.keys(tags).length > MAX_TAGS) throw new AwsError("TagException", "Too many tags");
  return tags;
}

export const tagResource: Handler<Kms, "TagResource"> = (input, ctx) => {
  const found = getOwnKey(ctx, input.KeyId);
  changeKey(ctx, found, { tags: setTags(found.key.tags, input.Tags) });
  return {};
};

export const untagResource: Handler<Kms, "UntagResource"> = (input, ctx) => {
  const found = getOwnKey(ctx, input.KeyId);
  const tags = Object.fromEntries(Object.entries(found.key.tags).filter(([key]) => !input.TagKeys?.includes(key)));
  changeKey(ctx, found, { tags });
  return {};
};

export const listResourceTags: Handler<Kms, "ListResourceTags"> = (input, ctx) => {
  const tags = Object.entries(getKey(ctx, input.KeyId).key.tags).sort();
  const { items, ...more } = page(tags, ([key]) => key, input, [50, 50]);
  return { Tags: items.map(([TagKey, TagValue]) => ({ TagKey, TagValue })), ...more };
};

function getRotatable(ctx: Context, keyId: string | undefined): Found {
  const found = getLiveKey(ctx, keyId);
  if (found.key.spec !== "SYMMETRIC_DEFAULT") throw unsupported("");
  return found;
}

// Differs from AWS: the setting is stored, but only RotateKeyOnDemand rotates a key.
export const enableKeyRotation: Handler<Kms, "EnableKeyRotation"> = (input, ctx) => {
  const found = getRotatable(ctx, input.KeyId);
  const periodDays = input.RotationPeriodInDays ?? found.key.rotation?.periodDays ?? 365;
  check("rotationPeriodInDays", periodDays, { min: 90, max: 2560 });
  if (!found.key.enabled) throw new AwsError("DisabledException", `${found.arn} is disabled.`);
  changeKey(ctx, found, { rotation: { periodDays, since: ctx.now() } });
  return {};
};

export const disableKeyRotation: Handler<Kms, "DisableKeyRotation"> = (input, ctx) => {
  changeKey(ctx, getRotatable(ctx, input.KeyId), { rotation: undefined });
  return {};
};

export const getKeyRotationStatus: Handler<Kms, "GetKeyRotationStatus"> = (input, ctx) => {
  const { key, arn } = getLiveKey(ctx, input.KeyId);
  const { rotation } = key;
  if (!rotation) return { KeyRotationEnabled: false, KeyId: arn };
  return {
    KeyRotationEnabled: true,
    KeyId: arn,
    RotationPeriodInDays: rotation.periodDays,
    NextRotationDate: new Date(rotation.since + rotation.periodDays * DAY_MS),
  };
};

export const rotateKeyOnDemand: Handler<Kms, "RotateKeyOnDemand"> = async (input, ctx) => {
  const { key } = getRotatable(ctx, input.KeyId);
  const material = await generateMaterial(key.spec);
  const found = getRotatable(ctx, input.KeyId);
  changeKey(ctx, found, {
    materials: [...found.key.materials, material],
    rotatedAt: [...found.key.rotatedAt, ctx.now()],
  });
  return { KeyId: found.arn };
};

export const listKeyRotations: Handler<Kms, "ListKeyRotations"> = (input, ctx) => {
  const { key, arn } = getKey(ctx, input.KeyId);
  return {
    Rotations: key.rotatedAt.map((at) => ({
      KeyId: arn,
      RotationDate: new Date(at),
      RotationType: "ON_DEMAND" as const,
    })),
    Truncated: false,
  };
};
