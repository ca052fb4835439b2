/** AWS::ECR::SigningConfiguration */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { toMembers, toProperties } from "./member-names.js";

const NOT_FOUND = "SigningConfigurationNotFoundException";

async function read(ctx: ResourceContext): Promise<Properties | undefined> {
  const found = await orUndefined(
    ctx.call<{ registryId: string; signingConfiguration: { rules: Json } }>("ecr", "GetSigningConfiguration", {}),
    NOT_FOUND,
  );
  return found && { RegistryId: found.registryId, Rules: toProperties(found.signingConfiguration.rules) };
}

async function put({ Rules = [] }: Properties, ctx: ResourceContext): Promise<Properties> {
  await ctx.call("ecr", "PutSigningConfiguration", { signingConfiguration: { rules: toMembers(Rules) } });
  return { RegistryId: ctx.account, Rules };
}

export default defineResource({
  create: put,
  read: (_actual, ctx) => read(ctx),
  update: (desired, _actual, ctx) => put(desired, ctx),
  async delete(_actual, ctx) {
    await orUndefined(ctx.call("ecr", "DeleteSigningConfiguration", {}), NOT_FOUND);
  },
  async list(ctx) {
    const model = await read(ctx);
    return model ? [model] : [];
  },
});
