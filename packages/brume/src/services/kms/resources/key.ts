/** AWS::KMS::Key */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";

interface Metadata {
  KeyId: string;
  Arn: string;
  Enabled: boolean;
  Description: string;
  KeyUsage: string;
  KeySpec: string;
  KeyState: string;
  MultiRegion: boolean;
  Origin: string;
}
interface Tag {
  Key: string;
  Value: string;
}

const isTrue = (value: Json | undefined) => String(value) === "true";
const documentText = (document: Json | undefined) =>
  document === undefined || typeof document === "string" ? document : JSON.stringify(document);
const tagsOf = (properties: Properties) => (properties.Tags ?? []) as unknown as Tag[];
const toKms = (tags: Tag[]) => tags.map(({ Key, Value }) => ({ TagKey: Key, TagValue: String(Value) }));

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const KeyId = actual.KeyId as string;
  const described = await orUndefined(
    ctx.call<{ KeyMetadata: Metadata }>("kms", "DescribeKey", { KeyId }),
    "NotFoundException",
  );
  if (!described) return undefined;
  const { KeyMetadata: metadata } = described;
  // A key that waits for its deletion is gone as far as its stack is concerned.
  if (metadata.KeyState === "PendingDeletion") return undefined;
  const { Policy } = await ctx.call<{ Policy: string }>("kms", "GetKeyPolicy", { KeyId });
  const { Tags } = await ctx.call<{ Tags: { TagKey: string; TagValue: string }[] }>("kms", "ListResourceTags", {
    KeyId,
  });
  const rotation = await ctx.call<{ KeyRotationEnabled: boolean; RotationPeriodInDays?: number }>(
    "kms",
    "GetKeyRotationStatus",
    { KeyId },
  );
  const model: Properties = {
    KeyId: metadata.KeyId,
    Arn: metadata.Arn,
    Enabled: metadata.Enabled,
    Description: metadata.Description,
    KeyUsage: metadata.KeyUsage,
    KeySpec: metadata.KeySpec,
    MultiRegion: metadata.MultiRegion,
    Origin: metadata.Origin,
    KeyPolicy: JSON.parse(Policy) as Json,
    EnableKeyRotation: rotation.KeyRotationEnabled,
  };
  if (rotation.RotationPeriodInDays !== undefined) model.RotationPeriodInDays = rotation.RotationPeriodInDays;
  if (Tags.length > 0) model.Tags = Tags.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue }));
  // How it is to be deleted is the template's alone.
  if (actual.PendingWindowInDays !== undefined) model.PendingWindowInDays = actual.PendingWindowInDays;
  return model;
}

/** Sets whether the key is rotated, then whether it is enabled: a disabled key's rotation cannot be set. */
async function syncState(KeyId: string, desired: Properties, actual: Properties, ctx: ResourceContext): Promise<void> {
  const enabled = desired.Enabled === undefined || isTrue(desired.Enabled);
  const rotated = isTrue(desired.EnableKeyRotation);
  const period = desired.RotationPeriodInDays === undefined ? undefined : Number(desired.RotationPeriodInDays);
  const isNewPeriod = period !== undefined && period !== actual.RotationPeriodInDays;
  if (rotated && (!isTrue(actual.EnableKeyRotation) || isNewPeriod)) {
    if (!isTrue(actual.Enabled)) await ctx.call("kms", "EnableKey", { KeyId });
    await ctx.call("kms", "EnableKeyRotation", { KeyId, RotationPeriodInDays: period });
  }
  if (!rotated && isTrue(actual.EnableKeyRotation)) await ctx.call("kms", "DisableKeyRotation", { KeyId });
  await ctx.call("kms", enabled ? "EnableKey" : "DisableKey", { KeyId });
}

export default defineResource({
  async create(desired, ctx) {
    const { KeyMetadata } = await ctx.call<{ KeyMetadata: Metadata }>("kms", "CreateKey", {
      Description: desired.Description,
      KeySpec: desired.KeySpec,
      KeyUsage: desired.KeyUsage,
      MultiRegion: isTrue(desired.MultiRegion),
      Origin: desired.Origin,
      Policy: documentText(desired.KeyPolicy),
      Tags: toKms(tagsOf(desired)),
    });
    const { KeyId } = KeyMetadata;
    const actual: Properties = { KeyId, Enabled: true, EnableKeyRotation: false };
    try {
      await syncState(KeyId, desired, actual, ctx);
    } catch (error) {
      await ctx.call("kms", "ScheduleKeyDeletion", { KeyId, PendingWindowInDays: 7 });
      throw error;
    }
    return (await read({ ...desired, KeyId }, ctx)) ?? actual;
  },
  read,
  async update(desired, actual, ctx) {
    const KeyId = actual.KeyId as string;
    await ctx.call("kms", "UpdateKeyDescription", { KeyId, Description: desired.Description ?? "" });
    const Policy = documentText(desired.KeyPolicy);
    if (Policy !== undefined) await ctx.call("kms", "PutKeyPolicy", { KeyId, Policy });
    await syncState(KeyId, desired, actual, ctx);
    const tags = tagsOf(desired);
    const TagKeys = tagsOf(actual)
      .map(({ Key }) => Key)
      .filter((key) => !tags.some(({ Key }) => Key === key));
    if (TagKeys.length > 0) await ctx.call("kms", "UntagResource", { KeyId, TagKeys });
    if (tags.length > 0) await ctx.call("kms", "TagResource", { KeyId, Tags: toKms(tags) });
    return (await read({ ...desired, KeyId }, ctx)) ?? actual;
  },
  async delete({ KeyId, PendingWindowInDays }, ctx) {
    const days = PendingWindowInDays === undefined ? undefined : Number(PendingWindowInDays);
    await orUndefined(
      ctx.call("kms", "ScheduleKeyDeletion", { KeyId, PendingWindowInDays: days }),
      "NotFoundException",
      "KMSInvalidStateException",
    );
  },
  async list(ctx) {
    const { Keys } = await ctx.call<{ Keys: { KeyId: string }[] }>("kms", "ListKeys", { Limit: 1000 });
    return Keys.map(({ KeyId }) => ({ KeyId }));
  },
});
