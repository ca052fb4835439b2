/** AWS::KMS::ReplicaKey */
import { parseArn } from "../../../kernel/arn.js";
import { AwsError } from "../../../kernel/errors.js";
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { deleteKey, isTrue, kmsTags, listKeys, type Metadata, policyOf, readKey, updateKey } from "./key-properties.js";

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const found = await readKey(actual, ctx);
  if (!found) return undefined;
  const PrimaryKeyArn = found.metadata.MultiRegionConfiguration?.PrimaryKey.Arn;
  return PrimaryKeyArn === undefined ? undefined : { ...found.model, PrimaryKeyArn };
}

async function setEnabled(KeyId: string, desired: Properties, isEnabled: boolean, ctx: ResourceContext): Promise<void> {
  const wanted = desired.Enabled === undefined || isTrue(desired.Enabled);
  if (wanted !== isEnabled) await ctx.call("kms", wanted ? "EnableKey" : "DisableKey", { KeyId });
}

export default defineResource({
  async create(desired, ctx) {
    const primary = parseArn(String(desired.PrimaryKeyArn));
    if (!primary) throw new AwsError("ValidationException", `${desired.PrimaryKeyArn} is not the ARN of a key.`);
    const input = {
      KeyId: desired.PrimaryKeyArn,
      ReplicaRegion: ctx.region,
      Description: desired.Description,
      Policy: policyOf(desired),
      Tags: kmsTags(desired),
    };
    const { ReplicaKeyMetadata } = await ctx.call<{ ReplicaKeyMetadata: Metadata }>("kms", "ReplicateKey", input, {
      region: primary.region,
    });
    const { KeyId, Enabled } = ReplicaKeyMetadata;
    await setEnabled(KeyId, desired, Enabled, ctx);
    return (await read({ ...desired, KeyId }, ctx)) ?? { KeyId };
  },
  read,
  async update(desired, actual, ctx) {
    await updateKey(desired, actual, ctx);
    await setEnabled(actual.KeyId as string, desired, isTrue(actual.Enabled), ctx);
    return (await read({ ...desired, KeyId: actual.KeyId as string }, ctx)) ?? actual;
  },
  delete: deleteKey,
  async list(ctx) {
    const found = await listKeys(ctx);
    return found
      .filter(({ Arn, MultiRegionConfiguration: shared }) => shared && shared.PrimaryKey.Arn !== Arn)
      .map(({ KeyId }) => ({ KeyId }));
  },
});
