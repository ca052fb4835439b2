/** AWS::SSM::ResourcePolicy */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";

interface Answer {
  PolicyId: string;
  PolicyHash: string;
}

const policyText = (policy: Json | undefined) => (typeof policy === "string" ? policy : JSON.stringify(policy));

async function find({ ResourceArn, PolicyId }: Properties, ctx: ResourceContext) {
  const listing = ctx.call<{ Policies: (Answer & { Policy: string })[] }>("ssm", "GetResourcePolicies", {
    ResourceArn,
  });
  const found = await orUndefined(listing, "ResourceNotFoundException");
  return found?.Policies.find((policy) => policy.PolicyId === PolicyId);
}

export default defineResource({
  async create(desired, ctx) {
    const { ResourceArn } = desired;
    const Policy = policyText(desired.Policy);
    const made = await ctx.call<Answer>("ssm", "PutResourcePolicy", { ResourceArn, Policy });
    return { ...desired, PolicyId: made.PolicyId, PolicyHash: made.PolicyHash };
  },
  async read(actual, ctx) {
    const found = await find(actual, ctx);
    if (!found) return undefined;
    const { PolicyId, PolicyHash, Policy } = found;
    return { ResourceArn: actual.ResourceArn as Json, Policy: JSON.parse(Policy) as Json, PolicyId, PolicyHash };
  },
  async update(desired, actual, ctx) {
    const { ResourceArn, PolicyId } = actual;
    const PolicyHash = (await find(actual, ctx))?.PolicyHash;
    const input = { ResourceArn, Policy: policyText(desired.Policy), PolicyId, PolicyHash };
    const made = await ctx.call<Answer>("ssm", "PutResourcePolicy", input);
    return { ...desired, PolicyId: made.PolicyId, PolicyHash: made.PolicyHash };
  },
  async delete(actual, ctx) {
    const found = await find(actual, ctx);
    if (!found) return;
    const { ResourceArn, PolicyId } = actual;
    await ctx.call("ssm", "DeleteResourcePolicy", { ResourceArn, PolicyId, PolicyHash: found.PolicyHash });
  },
  async list() {
    return [];
  },
});
