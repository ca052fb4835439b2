/** AWS::Logs::ResourcePolicy */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { orGone } from "./group-part.js";

interface Policies {
  resourcePolicies: { policyName: string; policyDocument: string }[];
}

async function put({ PolicyName, PolicyDocument }: Properties, ctx: ResourceContext): Promise<Properties> {
  const policyDocument = typeof PolicyDocument === "string" ? PolicyDocument : JSON.stringify(PolicyDocument);
  await ctx.call("cloudwatch-logs", "PutResourcePolicy", { policyName: PolicyName, policyDocument });
  return { PolicyName: PolicyName as string, PolicyDocument: policyDocument };
}

const all = (ctx: ResourceContext) => ctx.call<Policies>("cloudwatch-logs", "DescribeResourcePolicies", {});

export default defineResource({
  create: put,
  async read({ PolicyName }, ctx) {
    const policy = (await all(ctx)).resourcePolicies.find(({ policyName }) => policyName === PolicyName);
    return policy && { PolicyName: policy.policyName, PolicyDocument: policy.policyDocument };
  },
  update: (desired, actual, ctx) => put({ ...desired, PolicyName: actual.PolicyName as string }, ctx),
  async delete({ PolicyName }, ctx) {
    await orGone(ctx.call("cloudwatch-logs", "DeleteResourcePolicy", { policyName: PolicyName }));
  },
  async list(ctx) {
    return (await all(ctx)).resourcePolicies.map(({ policyName }) => ({ PolicyName: policyName }));
  },
});
