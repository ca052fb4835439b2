/** AWS::IAM::OIDCProvider */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, tagsOf } from "../../../kernel/template-values.js";
import { orGone, syncTags, type Tag, texts } from "./entity.js";

interface ProviderAnswer {
  Url: string;
  ClientIDList: string[];
  ThumbprintList: string[];
  Tags?: Tag[];
}

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const found = await orGone(
    ctx.call<ProviderAnswer>("iam", "GetOpenIDConnectProvider", { OpenIDConnectProviderArn: actual.Arn }),
  );
  if (!found) return undefined;
  return defined({
    Arn: actual.Arn,
    // An issuer on this machine may be written with another scheme.
    Url: String(actual.Url).endsWith(`://${found.Url}`) ? actual.Url : `https://${found.Url}`,
    ClientIdList: found.ClientIDList,
    ThumbprintList: found.ThumbprintList,
    Tags: found.Tags?.map(({ Key, Value }) => ({ Key, Value })),
  });
}

export default defineResource({
  async create(desired, ctx) {
    const { OpenIDConnectProviderArn: Arn } = await ctx.call<{ OpenIDConnectProviderArn: string }>(
      "iam",
      "CreateOpenIDConnectProvider",
      {
        Url: desired.Url,
        ClientIDList: texts(desired.ClientIdList),
        ThumbprintList: texts(desired.ThumbprintList),
        Tags: tagsOf(desired),
      },
    );
    return (await read({ Arn, Url: desired.Url as string }, ctx)) ?? { Arn };
  },
  read,
  async update(desired, actual, ctx) {
    const target = { OpenIDConnectProviderArn: actual.Arn as string };
    const [before, after] = [texts(actual.ClientIdList), texts(desired.ClientIdList)];
    for (const ClientID of before.filter((id) => !after.includes(id)))
      await ctx.call("iam", "RemoveClientIDFromOpenIDConnectProvider", { ...target, ClientID });
    for (const ClientID of after.filter((id) => !before.includes(id)))
      await ctx.call("iam", "AddClientIDToOpenIDConnectProvider", { ...target, ClientID });
    const ThumbprintList = texts(desired.ThumbprintList);
    await ctx.call("iam", "UpdateOpenIDConnectProviderThumbprint", { ...target, ThumbprintList });
    await syncTags("OpenIDConnectProvider", target, desired, actual, ctx);
    return (await read(actual, ctx)) ?? actual;
  },
  async delete({ Arn }, ctx) {
    await ctx.call("iam", "DeleteOpenIDConnectProvider", { OpenIDConnectProviderArn: Arn });
  },
  async list(ctx) {
    const { OpenIDConnectProviderList } = await ctx.call<{ OpenIDConnectProviderList: { Arn: string }[] }>(
      "iam",
      "ListOpenIDConnectProviders",
      {},
    );
    return OpenIDConnectProviderList.map(({ Arn }) => ({ Arn }));
  },
});
