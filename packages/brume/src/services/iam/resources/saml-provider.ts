/** AWS::IAM::SAMLProvider */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, tagsOf } from "../../../kernel/template-values.js";
import { orGone, syncTags, type Tag } from "./entity.js";

interface ProviderAnswer {
  SAMLProviderUUID: string;
  SAMLMetadataDocument: string;
  AssertionEncryptionMode?: string;
  PrivateKeyList?: { KeyId: string; Timestamp: Date }[];
  Tags?: Tag[];
}

async function read({ Arn, AddPrivateKey }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const found = await orGone(ctx.call<ProviderAnswer>("iam", "GetSAMLProvider", { SAMLProviderArn: Arn }));
  if (!found) return undefined;
  return defined({
    Arn,
    Name: (Arn as string).slice((Arn as string).lastIndexOf("/") + 1),
    SamlProviderUUID: found.SAMLProviderUUID,
    SamlMetadataDocument: found.SAMLMetadataDocument,
    AssertionEncryptionMode: found.AssertionEncryptionMode,
    // Nobody is shown the key again: what was given stays in the model.
    AddPrivateKey,
    PrivateKeyList: found.PrivateKeyList?.length
      ? found.PrivateKeyList.map(({ KeyId, Timestamp }) => ({ KeyId, Timestamp: Timestamp.toISOString() }))
      : undefined,
    Tags: found.Tags?.map(({ Key, Value }) => ({ Key, Value })),
  });
}

export default defineResource({
  async create(desired, ctx) {
    const { SAMLProviderArn: Arn } = await ctx.call<{ SAMLProviderArn: string }>("iam", "CreateSAMLProvider", {
      Name: desired.Name ?? ctx.physicalName({ maxLength: 128 }),
      SAMLMetadataDocument: desired.SamlMetadataDocument,
      AssertionEncryptionMode: desired.AssertionEncryptionMode,
      AddPrivateKey: desired.AddPrivateKey,
      Tags: tagsOf(desired),
    });
    return (await read({ ...desired, Arn }, ctx)) ?? { Arn };
  },
  read,
  async update(desired, actual, ctx, previous) {
    const target = { SAMLProviderArn: actual.Arn as string };
    const {
      SamlMetadataDocument: SAMLMetadataDocument,
      AssertionEncryptionMode,
      AddPrivateKey,
      RemovePrivateKey,
    } = desired;
    const isNewKey = AddPrivateKey !== previous.AddPrivateKey;
    await ctx.call("iam", "UpdateSAMLProvider", {
      ...target,
      SAMLMetadataDocument,
      AssertionEncryptionMode,
      AddPrivateKey: isNewKey ? AddPrivateKey : undefined,
      RemovePrivateKey: RemovePrivateKey === previous.RemovePrivateKey ? undefined : RemovePrivateKey,
    });
    await syncTags("SAMLProvider", target, desired, actual, ctx);
    return (await read({ ...desired, Arn: actual.Arn as string }, ctx)) ?? actual;
  },
  async delete({ Arn }, ctx) {
    await orGone(ctx.call("iam", "DeleteSAMLProvider", { SAMLProviderArn: Arn }));
  },
  async list(ctx) {
    const { SAMLProviderList } = await ctx.call<{ SAMLProviderList: { Arn: string }[] }>(
      "iam",
      "ListSAMLProviders",
      {},
    );
    return SAMLProviderList.map(({ Arn }) => ({ Arn }));
  },
});
