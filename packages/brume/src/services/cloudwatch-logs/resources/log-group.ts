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
  const { policyDocument } = await ctx.call<{ policyDocument?: string }>("cloudwatch-logs", "GetDataProtectionPolicy", {
    logGroupIdentifier: LogGroupName,
  });
  if (policyDocument !== undefined) model.DataProtectionPolicy = JSON.parse(policyDocument) as Json;
  return model;
}

/** Sets what CreateLogGroup does not take, and takes away what `previous` had beside that. */
async function sync(logGroupName: string, desired: Properties, previous: Properties, ctx: ResourceContext) {
  if (desired.RetentionInDays !== undefined) {
    const retentionInDays = Number(desired.RetentionInDays);
    await ctx.call("cloudwatch-logs", "PutRetentionPolicy", { logGroupName, retentionInDays });
  } else if (previous.RetentionInDays !== undefined) {
    await ctx.call("cloudwatch-logs", "DeleteRetentionPolicy", { logGroupName });
  }
  const logGroupIdentifier = logGroupName;
  const policy = desired.DataProtectionPolicy;
  if (policy !== undefined) {
    const policyDocument = typeof policy === "string" ? policy : JSON.stringify(policy);
    await ctx.call("cloudwatch-logs", "PutDataProtectionPolicy", { logGroupIdentifier, policyDocument });
  } else if (previous.DataProtectionPolicy !== undefined) {
    await ctx.call("cloudwatch-logs", "DeleteDataProtectionPolicy", { logGroupIdentifier });
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
