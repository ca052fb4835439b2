/** AWS::Logs::AccountPolicy */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { orGone } from "./group-part.js";

interface Policy {
  policyName: string;
  policyType: string;
  policyDocument: string;
  scope: string;
  selectionCriteria?: string;
  accountId: string;
}

const TYPES = [
  "DATA_PROTECTION_POLICY",
  "FIELD_INDEX_POLICY",
  "METRIC_EXTRACTION_POLICY",
  "SUBSCRIPTION_FILTER_POLICY",
  "TRANSFORMER_POLICY",
];

async function put(desired: Properties, ctx: ResourceContext): Promise<Properties> {
  const { PolicyDocument } = desired;
  await ctx.call("cloudwatch-logs", "PutAccountPolicy", {
    policyName: desired.PolicyName,
    policyType: desired.PolicyType,
    policyDocument: typeof PolicyDocument === "string" ? PolicyDocument : JSON.stringify(PolicyDocument),
    scope: desired.Scope,
    selectionCriteria: desired.SelectionCriteria,
  });
  return { ...desired, AccountId: ctx.account };
}

async function all(ctx: ResourceContext, policyType: string): Promise<Policy[]> {
  const input = { policyType };
  return (await ctx.call<{ accountPolicies: Policy[] }>("cloudwatch-logs", "DescribeAccountPolicies", input))
    .accountPolicies;
}

export default defineResource({
  create: put,
  async read(actual, ctx) {
    const policies = await all(ctx, actual.PolicyType as string);
    const found = policies.find(({ policyName }) => policyName === actual.PolicyName);
    if (!found) return undefined;
    const model: Properties = {
      PolicyName: found.policyName,
      PolicyType: found.policyType,
      PolicyDocument: found.policyDocument,
      Scope: found.scope,
      AccountId: found.accountId,
    };
    if (found.selectionCriteria !== undefined) model.SelectionCriteria = found.selectionCriteria;
    return model;
  },
  update: (desired, actual, ctx) =>
    put({ ...desired, PolicyName: actual.PolicyName as string, PolicyType: actual.PolicyType as string }, ctx),
  async delete({ PolicyName: policyName, PolicyType: policyType }, ctx) {
    await orGone(ctx.call("cloudwatch-logs", "DeleteAccountPolicy", { policyName, policyType }));
  },
  async list(ctx) {
    const found = (await Promise.all(TYPES.map((type) => all(ctx, type)))).flat();
    return found.map(({ accountId, policyType, policyName }) => ({
      AccountId: accountId,
      PolicyType: policyType,
      PolicyName: policyName,
    }));
  },
});
