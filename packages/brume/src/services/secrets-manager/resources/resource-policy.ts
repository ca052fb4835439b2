/** AWS::SecretsManager::ResourcePolicy */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { ifThere } from "./template-values.js";

const SERVICE = "secrets-manager";

async function put(desired: Properties, ctx: ResourceContext): Promise<Properties> {
  const { SecretId, ResourcePolicy, BlockPublicPolicy } = desired;
  const { ARN } = await ctx.call<{ ARN: string }>(SERVICE, "PutResourcePolicy", {
    SecretId,
    ResourcePolicy: typeof ResourcePolicy === "string" ? ResourcePolicy : JSON.stringify(ResourcePolicy),
    BlockPublicPolicy: String(BlockPublicPolicy) === "true",
  });
  return { ...desired, Id: ARN };
}

export default defineResource({
  create: put,
  async read(actual, ctx) {
    const found = await ifThere(
      ctx.call<{ ResourcePolicy?: string }>(SERVICE, "GetResourcePolicy", { SecretId: actual.Id }),
    );
    if (found?.ResourcePolicy === undefined) return undefined;
    const isText = typeof actual.ResourcePolicy === "string";
    const ResourcePolicy = isText ? found.ResourcePolicy : (JSON.parse(found.ResourcePolicy) as Json);
    return { ...actual, SecretId: actual.SecretId ?? (actual.Id as string), ResourcePolicy };
  },
  update: (desired, _actual, ctx) => put(desired, ctx),
  async delete({ Id }, ctx) {
    await ifThere(ctx.call(SERVICE, "DeleteResourcePolicy", { SecretId: Id }));
  },
  async list() {
    return [];
  },
});
