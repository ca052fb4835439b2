/** AWS::Logs::LogGroup */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";

interface Tag {
  Key: string;
  Value: string;
}
interface GroupAnswer {
  logGroupName: string;
  arn: string;
  logGroupArn: string;
  retentionInDays?: number;
  kmsKeyId?: string;
  logGroupClass: string;
  deletionProtectionEnabled?: boolean;
}

const isTrue = (value: Json | undefined) => String(value) === "true";
const tagsOf = (properties: Properties): Record<string, string> =>
  Object.fromEntries(((properties.Tags ?? []) as unknown as Tag[]).map(({ Key, Value }) => [Key, String(Value)]));

async function read({ LogGroupName }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const { logGroups } = await ctx.call<{ logGroups: GroupAnswer[] }>("cloudwatch-logs", "DescribeLogGroups", {
    logGroupIdentifiers: [LogGroupName],
  });
  const group = logGroups[0];
  if (!group) return undefined;
  const model: Properties = {
    LogGroupName: group.logGroupName,
    Arn: group.arn,
    LogGroupClass: group.logGroupClass,
    DeletionProtectionEnabled: group.deletionProtectionEnabled ?? false,
  };
  if (group.retentionInDays !== undefined) model.RetentionInDays = group.retentionInDays;
  if (group.kmsKeyId !== undefined) model.KmsKeyId = group.kmsKeyId;
  const { tags } = await ctx.call<{ tags: Record<string, string> }>("cloudwatch-logs", "ListTagsForResource", {
    resourceArn: group.logGroupArn,
  });
  if (Object.keys(tags).length > 0) model.Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  for (const { property, read: readPolicy } of POLICIES) {
    const policy = await readPolicy(ctx, LogGroupName as string, group.logGroupArn);
    if (policy !== undefined) model[property] = policy;
  }
  return model;
}

interface GroupPolicy {
  readonly property: string;
  readonly read: (ctx: ResourceContext, group: string, arn: string) => Promise<Json | undefined>;
  readonly put: (ctx: ResourceContext, group: string, policy: Json) => Promise<unknown>;
  readonly remove: (ctx: ResourceContext, group: string) => Promise<unknown>;
}

const asText = (policy: Json) => (typeof policy === "string" ? policy : JSON.stringify(policy));
const arnOf = ({ partition, region, account }: ResourceContext, group: string) =>
  `arn:${partition}:logs:${region}:${account}:log-group:${group}`;

/** Policies of a log group that have operations of their own. */
const POLICIES: readonly GroupPolicy[] = [
  {
    property: "DataProtectionPolicy",
    async read(ctx, logGroupIdentifier) {
      const { policyDocument } = await ctx.call<{ policyDocument?: string }>(
        "cloudwatch-logs",
        "GetDataProtectionPolicy",
        { logGroupIdentifier },
      );
      return policyDocument === undefined ? undefined : (JSON.parse(policyDocument) as Json);
    },
    put: (ctx, logGroupIdentifier, policy) =>
      ctx.call("cloudwatch-logs", "PutDataProtectionPolicy", { logGroupIdentifier, policyDocument: asText(policy) }),
    remove: (ctx, logGroupIdentifier) =>
      ctx.call("cloudwatch-logs", "DeleteDataProtectionPolicy", { logGroupIdentifier }),
  },
  {
    property: "FieldIndexPolicies",
    async read(ctx, group) {
      const input = { logGroupIdentifiers: [group] };
      const { indexPolicies } = await ctx.call<{ indexPolicies: { policyDocument: string }[] }>(
        "cloudwatch-logs",
        "DescribeIndexPolicies",
        input,
      );
      if (indexPolicies.length === 0) return undefined;
      return indexPolicies.map(({ policyDocument }) => JSON.parse(policyDocument) as Json);
    },
    async put(ctx, logGroupIdentifier, policies) {
      for (const policy of policies as Json[]) {
        const input = { logGroupIdentifier, policyDocument: asText(policy) };
        await ctx.call("cloudwatch-logs", "PutIndexPolicy", input);
      }
    },
    remove: (ctx, logGroupIdentifier) => ctx.call("cloudwatch-logs", "DeleteIndexPolicy", { logGroupIdentifier }),
  },
  {
    property: "ResourcePolicyDocument",
    async read(ctx, _group, resourceArn) {
      const { resourcePolicies } = await ctx.call<{ resourcePolicies: { policyDocument: string }[] }>(
        "cloudwatch-logs",
        "DescribeResourcePolicies",
        { resourceArn },
      );
      const [policy] = resourcePolicies;
      return policy && (JSON.parse(policy.policyDocument) as Json);
    },
    put: (ctx, group, policy) =>
      ctx.call("cloudwatch-logs", "PutResourcePolicy", {
        resourceArn: arnOf(ctx, group),
        policyDocument: asText(policy),
      }),
    remove: (ctx, group) => ctx.call("cloudwatch-logs", "DeleteResourcePolicy", { resourceArn: arnOf(ctx, group) }),
  },
];

/** Sets what CreateLogGroup does not take, and takes away what `previous` had beside that. */
async function sync(logGroupName: string, desired: Properties, previous: Properties, ctx: ResourceContext) {
  if (desired.RetentionInDays !== undefined) {
    const retentionInDays = Number(desired.RetentionInDays);
    await ctx.call("cloudwatch-logs", "PutRetentionPolicy", { logGroupName, retentionInDays });
  } else if (previous.RetentionInDays !== undefined) {
    await ctx.call("cloudwatch-logs", "DeleteRetentionPolicy", { logGroupName });
  }
  for (const { property, put, remove } of POLICIES) {
    const policy = desired[property];
    if (policy !== undefined) await put(ctx, logGroupName, policy);
    else if (previous[property] !== undefined) await remove(ctx, logGroupName);
  }
}

export default defineResource({
  async create(desired, ctx) {
    const logGroupName = (desired.LogGroupName as string | undefined) ?? ctx.physicalName({ maxLength: 512 });
    await ctx.call("cloudwatch-logs", "CreateLogGroup", {
      logGroupName,
      kmsKeyId: desired.KmsKeyId,
      logGroupClass: desired.LogGroupClass,
      deletionProtectionEnabled: isTrue(desired.DeletionProtectionEnabled),
      tags: tagsOf(desired),
    });
    try {
      await sync(logGroupName, desired, {}, ctx);
    } catch (error) {
      await ctx.call("cloudwatch-logs", "DeleteLogGroup", { logGroupName });
      throw error;
    }
    return (await read({ LogGroupName: logGroupName }, ctx)) ?? { LogGroupName: logGroupName };
  },
  read,
  async update(desired, actual, ctx, previous) {
    const logGroupName = actual.LogGroupName as string;
    await sync(logGroupName, desired, previous, ctx);
    const kmsKeyId = desired.KmsKeyId;
    if (kmsKeyId !== undefined) await ctx.call("cloudwatch-logs", "AssociateKmsKey", { logGroupName, kmsKeyId });
    else if (previous.KmsKeyId !== undefined) await ctx.call("cloudwatch-logs", "DisassociateKmsKey", { logGroupName });
    await ctx.call("cloudwatch-logs", "PutLogGroupDeletionProtection", {
      logGroupIdentifier: logGroupName,
      deletionProtectionEnabled: isTrue(desired.DeletionProtectionEnabled),
    });
    const [before, after] = [tagsOf(actual), tagsOf(desired)];
    const gone = Object.keys(before).filter((key) => !(key in after));
    if (gone.length > 0) await ctx.call("cloudwatch-logs", "UntagLogGroup", { logGroupName, tags: gone });
    if (Object.keys(after).length > 0) await ctx.call("cloudwatch-logs", "TagLogGroup", { logGroupName, tags: after });
    return (await read(actual, ctx)) ?? { LogGroupName: logGroupName };
  },
  async delete({ LogGroupName: logGroupName }, ctx) {
    await orUndefined(ctx.call("cloudwatch-logs", "DeleteLogGroup", { logGroupName }), "ResourceNotFoundException");
  },
  async list(ctx) {
    const { logGroups } = await ctx.call<{ logGroups: GroupAnswer[] }>("cloudwatch-logs", "ListLogGroups", {
      limit: 1000,
    });
    return logGroups.map(({ logGroupName }) => ({ LogGroupName: logGroupName }));
  },
});
