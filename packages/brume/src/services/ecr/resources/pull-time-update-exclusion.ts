/** AWS::ECR::PullTimeUpdateExclusion */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type ResourceContext } from "../../../kernel/resource.js";

async function listed(ctx: ResourceContext): Promise<string[]> {
  const { pullTimeUpdateExclusions } = await ctx.call<{ pullTimeUpdateExclusions: string[] }>(
    "ecr",
    "ListPullTimeUpdateExclusions",
    { maxResults: 1000 },
  );
  return pullTimeUpdateExclusions;
}

export default defineResource({
  async create({ PrincipalArn = "" }, ctx) {
    await ctx.call("ecr", "RegisterPullTimeUpdateExclusion", { principalArn: PrincipalArn });
    return { PrincipalArn };
  },
  async read({ PrincipalArn = "" }, ctx) {
    return (await listed(ctx)).includes(String(PrincipalArn)) ? { PrincipalArn } : undefined;
  },
  async update(_desired, actual) {
    return actual;
  },
  async delete({ PrincipalArn: principalArn }, ctx) {
    await orUndefined(
      ctx.call("ecr", "DeregisterPullTimeUpdateExclusion", { principalArn }),
      "ExclusionNotFoundException",
    );
  },
  async list(ctx) {
    return (await listed(ctx)).map((PrincipalArn) => ({ PrincipalArn }));
  },
});
