/** What keys and replica keys have in common as resources. */
import { orUndefined } from "../../../kernel/errors.js";
import type { Json, Properties, ResourceContext } from "../../../kernel/resource.js";
import { tagsOf, toNumber, toText } from "../../../kernel/template-values.js";

export interface Metadata {
  KeyId: string;
  Arn: string;
  Enabled: boolean;
  Description: string;
  KeyUsage: string;
  KeySpec: string;
  KeyState: string;
  MultiRegion: boolean;
  Origin: string;
  MultiRegionConfiguration?: { PrimaryKey: { Arn: string } };
}

export const isTrue = (value: Json | undefined) => String(value) === "true";

/** A policy as the API takes it. */
export const policyOf = ({ KeyPolicy }: Properties) =>
  KeyPolicy === undefined || typeof KeyPolicy === "string" ? KeyPolicy : JSON.stringify(KeyPolicy);

export const kmsTags = (properties: Properties) =>
  tagsOf(properties).map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }));

/** The metadata of a key, and what keys of all kinds have; `undefined` when it is gone or about to be. */
export async function readKey(actual: Properties, ctx: ResourceContext) {
  const { KeyId } = actual;
  const described = await orUndefined(
    ctx.call<{ KeyMetadata: Metadata }>("kms", "DescribeKey", { KeyId }),
    "NotFoundException",
  );
  if (!described) return undefined;
  const { KeyMetadata: metadata } = described;
  // A key that waits for its deletion is gone as far as its stack is concerned.
  if (metadata.KeyState.startsWith("Pending") && metadata.KeyState.endsWith("Deletion")) return undefined;
  const { Policy } = await ctx.call<{ Policy: string }>("kms", "GetKeyPolicy", { KeyId });
  const { Tags } = await ctx.call<{ Tags: { TagKey: string; TagValue: string }[] }>("kms", "ListResourceTags", {
    KeyId,
  });
  const model: Properties = {
    KeyId: metadata.KeyId,
    Arn: metadata.Arn,
    Enabled: metadata.Enabled,
    Description: metadata.Description,
    KeyPolicy: JSON.parse(Policy) as Json,
  };
  if (Tags.length > 0) model.Tags = Tags.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue }));
  // How it is to be deleted is the template's alone.
  if (actual.PendingWindowInDays !== undefined) model.PendingWindowInDays = actual.PendingWindowInDays;
  return { metadata, model };
}

/** Brings the description, policy and tags of a key to what is desired. */
export async function updateKey(desired: Properties, actual: Properties, ctx: ResourceContext): Promise<void> {
  const { KeyId } = actual;
  await ctx.call("kms", "UpdateKeyDescription", { KeyId, Description: toText(desired.Description) ?? "" });
  const Policy = policyOf(desired);
  if (Policy !== undefined) {
    const BypassPolicyLockoutSafetyCheck = isTrue(desired.BypassPolicyLockoutSafetyCheck);
    await ctx.call("kms", "PutKeyPolicy", { KeyId, Policy, BypassPolicyLockoutSafetyCheck });
  }
  const Tags = kmsTags(desired);
  const TagKeys = tagsOf(actual)
    .map(({ Key }) => Key)
    .filter((key) => !Tags.some(({ TagKey }) => TagKey === key));
  if (TagKeys.length > 0) await ctx.call("kms", "UntagResource", { KeyId, TagKeys });
  if (Tags.length > 0) await ctx.call("kms", "TagResource", { KeyId, Tags });
}

/** Deletes a key: it is gone as far as its stack is concerned when its waiting period begins. */
export async function deleteKey({ KeyId, PendingWindowInDays }: Properties, ctx: ResourceContext): Promise<void> {
  await orUndefined(
    ctx.call("kms", "ScheduleKeyDeletion", { KeyId, PendingWindowInDays: toNumber(PendingWindowInDays) }),
    "NotFoundException",
    "KMSInvalidStateException",
  );
}

/** The keys of an account and region that its users made. */
export async function listKeys(ctx: ResourceContext): Promise<Metadata[]> {
  const found: Metadata[] = [];
  let Marker: string | undefined;
  do {
    const page = await ctx.call<{ Keys: { KeyId: string }[]; NextMarker?: string }>("kms", "ListKeys", { Marker });
    for (const { KeyId } of page.Keys) {
      found.push((await ctx.call<{ KeyMetadata: Metadata }>("kms", "DescribeKey", { KeyId })).KeyMetadata);
    }
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  return found;
}
