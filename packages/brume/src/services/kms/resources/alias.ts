/** AWS::KMS::Alias */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";

interface Aliases {
  Aliases: { AliasName: string; TargetKeyId?: string }[];
  NextMarker?: string;
}

async function all(ctx: ResourceContext) {
  const found: { AliasName: string; TargetKeyId: string }[] = [];
  let Marker: string | undefined;
  do {
    const page = await ctx.call<Aliases>("kms", "ListAliases", { Limit: 100, Marker });
    for (const { AliasName, TargetKeyId } of page.Aliases) if (TargetKeyId) found.push({ AliasName, TargetKeyId });
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  return found;
}

export default defineResource({
  async create({ AliasName, TargetKeyId }, ctx) {
    await ctx.call("kms", "CreateAlias", { AliasName, TargetKeyId });
    return { AliasName: AliasName as string, TargetKeyId: TargetKeyId as string };
  },
  async read({ AliasName, TargetKeyId }, ctx) {
    const alias = (await all(ctx)).find((one) => one.AliasName === AliasName);
    if (!alias) return undefined;
    // A template may name the key by its ARN: as long as that is the same key, it is shown as it was written.
    const isSame = typeof TargetKeyId === "string" && TargetKeyId.endsWith(alias.TargetKeyId);
    return { AliasName: alias.AliasName, TargetKeyId: isSame ? TargetKeyId : alias.TargetKeyId };
  },
  async update({ TargetKeyId }, { AliasName }, ctx): Promise<Properties> {
    await ctx.call("kms", "UpdateAlias", { AliasName, TargetKeyId });
    return { AliasName: AliasName as string, TargetKeyId: TargetKeyId as string };
  },
  async delete({ AliasName }, ctx) {
    await orUndefined(ctx.call("kms", "DeleteAlias", { AliasName }), "NotFoundException");
  },
  async list(ctx) {
    return (await all(ctx)).map(({ AliasName }) => ({ AliasName }));
  },
});
