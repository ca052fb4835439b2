/** AWS::ECR::ReplicationConfiguration */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { toMembers, toProperties } from "./member-names.js";

interface Registry {
  registryId: string;
  replicationConfiguration: { rules: Json[] };
}

async function read(ctx: ResourceContext): Promise<Properties | undefined> {
  const { registryId, replicationConfiguration } = await ctx.call<Registry>("ecr", "DescribeRegistry", {});
  // A registry without rules is one without a configuration.
  if (replicationConfiguration.rules.length === 0) return undefined;
  return { RegistryId: registryId, ReplicationConfiguration: toProperties(replicationConfiguration) };
}

async function put({ ReplicationConfiguration = {} }: Properties, ctx: ResourceContext): Promise<Properties> {
  await ctx.call("ecr", "PutReplicationConfiguration", {
    replicationConfiguration: toMembers(ReplicationConfiguration),
  });
  return (await read(ctx)) ?? { RegistryId: ctx.account, ReplicationConfiguration };
}

export default defineResource({
  create: put,
  read: (_actual, ctx) => read(ctx),
  update: (desired, _actual, ctx) => put(desired, ctx),
  async delete(_actual, ctx) {
    await ctx.call("ecr", "PutReplicationConfiguration", { replicationConfiguration: { rules: [] } });
  },
  async list(ctx) {
    const model = await read(ctx);
    return model ? [model] : [];
  },
});
