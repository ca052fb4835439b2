/** AWS::KMS::Key */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { toNumber } from "../../../kernel/template-values.js";
import { deleteKey, isTrue, kmsTags, listKeys, type Metadata, policyOf, readKey, updateKey } from "./key-properties.js";

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const found = await readKey(actual, ctx);
  if (!found) return undefined;
  const { metadata, model } = found;
  Object.assign(model, {
    KeyUsage: metadata.KeyUsage,
    KeySpec: metadata.KeySpec,
    MultiRegion: metadata.MultiRegion,
    Origin: metadata.Origin,
    EnableKeyRotation: false,
  });
  if (isRotatable(metadata)) {
    const rotation = await ctx.call<{ KeyRotationEnabled: boolean; RotationPeriodInDays?: number }>(
      "kms",
      "GetKeyRotationStatus",
      { KeyId: metadata.KeyId },
    );
    model.EnableKeyRotation = rotation.KeyRotationEnabled;
    if (rotation.RotationPeriodInDays !== undefined) model.RotationPeriodInDays = rotation.RotationPeriodInDays;
  }
  return model;
}

const isRotatable = ({ KeySpec, Origin }: Metadata) => KeySpec === "SYMMETRIC_DEFAULT" && Origin === "AWS_KMS";

/** Sets whether the key is rotated, then whether it is enabled: a disabled key's rotation cannot be set. */
async function syncState(desired: Properties, actual: Properties, ctx: ResourceContext): Promise<void> {
  const { KeyId } = actual;
  const enabled = desired.Enabled === undefined || isTrue(desired.Enabled);
  const rotated = isTrue(desired.EnableKeyRotation);
  const period = toNumber(desired.RotationPeriodInDays);
  const isNewPeriod = period !== undefined && period !== actual.RotationPeriodInDays;
  const isToRotate = rotated && (!isTrue(actual.EnableKeyRotation) || isNewPeriod);
  const isToStop = !rotated && isTrue(actual.EnableKeyRotation);
  let isEnabled = isTrue(actual.Enabled);
  if ((isToRotate || isToStop) && !isEnabled) {
    await ctx.call("kms", "EnableKey", { KeyId });
    isEnabled = true;
  }
  if (isToRotate) await ctx.call("kms", "EnableKeyRotation", { KeyId, RotationPeriodInDays: period });
  if (isToStop) await ctx.call("kms", "DisableKeyRotation", { KeyId });
  if (enabled !== isEnabled) await ctx.call("kms", enabled ? "EnableKey" : "DisableKey", { KeyId });
}

export default defineResource({
  async create(desired, ctx) {
    const { KeyMetadata } = await ctx.call<{ KeyMetadata: Metadata }>("kms", "CreateKey", {
      Description: desired.Description,
      KeySpec: desired.KeySpec,
      KeyUsage: desired.KeyUsage,
      MultiRegion: isTrue(desired.MultiRegion),
      Origin: desired.Origin,
      Policy: policyOf(desired),
      BypassPolicyLockoutSafetyCheck: isTrue(desired.BypassPolicyLockoutSafetyCheck),
      Tags: kmsTags(desired),
    });
    const { KeyId, Origin } = KeyMetadata;
    // A key whose material is to be imported is enabled by the import.
    const actual: Properties = { KeyId, Enabled: true, EnableKeyRotation: false };
    try {
      if (Origin !== "EXTERNAL") await syncState(desired, actual, ctx);
    } catch (error) {
      await ctx.call("kms", "ScheduleKeyDeletion", { KeyId, PendingWindowInDays: 7 });
      throw error;
    }
    return (await read({ ...desired, KeyId }, ctx)) ?? actual;
  },
  read,
  async update(desired, actual, ctx, previous) {
    await updateKey(desired, actual, ctx);
    const isSame = desired.Enabled === previous.Enabled && desired.EnableKeyRotation === previous.EnableKeyRotation;
    if (actual.Origin !== "EXTERNAL" || !isSame) await syncState(desired, actual, ctx);
    return (await read({ ...desired, KeyId: actual.KeyId as string }, ctx)) ?? actual;
  },
  delete: deleteKey,
  async list(ctx) {
    return (await listKeys(ctx)).map(({ KeyId }) => ({ KeyId }));
  },
});
