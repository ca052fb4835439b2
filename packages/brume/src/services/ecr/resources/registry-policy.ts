/** AWS::ECR::RegistryPolicy */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";

interface Policy {
  registryId: string;
  policyText: string;
}

const modelOf = ({ registryId, policyText }: Policy): Properties => ({
  RegistryId: registryId,
  PolicyText: JSON.parse(policyText) as Json,
});

async function put({ PolicyText }: Properties, ctx: ResourceContext): Promise<Properties> {
  const policyText = typeof PolicyText === "string" ? PolicyText : JSON.stringify(PolicyText);
  return modelOf(await ctx.call<Policy>("ecr", "PutRegistryPolicy", { policyText }));
}

async function read(ctx: ResourceContext): Promise<Properties | undefined> {
  const policy = await orUndefined(ctx.call<Policy>("ecr", "GetRegistryPolicy", {}), "RegistryPolicyNotFoundException");
  return policy && modelOf(policy);
}

export default defineResource({
  create: put,
  read: (_actual, ctx) => read(ctx),
  update: (desired, _actual, ctx) => put(desired, ctx),
  async delete(_actual, ctx) {
    await orUndefined(ctx.call("ecr", "DeleteRegistryPolicy", {}), "RegistryPolicyNotFoundException");
  },
  async list(ctx) {
    const model = await read(ctx);
    return model ? [model] : [];
  },
});
