/** The properties of tables that operations of their own set: expiry, recovery, tags, policy and contributor insights. */
import { orUndefined } from "../../../kernel/errors.js";
import type { Json, Properties, ResourceContext } from "../../../kernel/resource.js";
import { isOn, type JsonRecord, json, list, record, tagsInput } from "./properties.js";

/** Brings a table's settings from what they are to what is desired; `null` leaves one alone. */
export async function applySettings(
  ctx: ResourceContext,
  TableName: string,
  now: Properties,
  desired: Properties,
): Promise<void> {
  await applyTimeToLive(ctx, TableName, record(now.TimeToLiveSpecification), record(desired.TimeToLiveSpecification));
  await applyRecovery(
    ctx,
    TableName,
    record(now.PointInTimeRecoverySpecification),
    record(desired.PointInTimeRecoverySpecification),
  );
  if (desired.Tags !== null) await applyTags(ctx, await arnOf(ctx, TableName), now.Tags, desired.Tags);
  if (desired.ResourcePolicy !== null) {
    await applyPolicy(ctx, await arnOf(ctx, TableName), now.ResourcePolicy, desired.ResourcePolicy);
  }
  await applyInsights(
    ctx,
    TableName,
    undefined,
    now.ContributorInsightsSpecification,
    desired.ContributorInsightsSpecification,
  );
  for (const index of list(desired.GlobalSecondaryIndexes)) {
    await applyInsights(ctx, TableName, index.IndexName as string, undefined, index.ContributorInsightsSpecification);
  }
}

async function arnOf(ctx: ResourceContext, TableName: string): Promise<string> {
  const { Table } = await ctx.call<{ Table: { TableArn: string } }>("dynamodb", "DescribeTable", { TableName });
  return Table.TableArn;
}

async function applyTimeToLive(
  ctx: ResourceContext,
  TableName: string,
  now: JsonRecord,
  desired: JsonRecord,
): Promise<void> {
  const before = isOn(now.Enabled) ? now.AttributeName : undefined;
  const after = isOn(desired.Enabled) ? desired.AttributeName : undefined;
  if (before === after) return;
  const set = (AttributeName: Json | undefined, Enabled: boolean) =>
    ctx.call("dynamodb", "UpdateTimeToLive", { TableName, TimeToLiveSpecification: { AttributeName, Enabled } });
  if (before !== undefined) await set(before, false);
  if (after !== undefined) await set(after, true);
}

async function applyRecovery(
  ctx: ResourceContext,
  TableName: string,
  now: JsonRecord,
  desired: JsonRecord,
): Promise<void> {
  const enabled = isOn(desired.PointInTimeRecoveryEnabled);
  const days = desired.RecoveryPeriodInDays === undefined ? undefined : Number(desired.RecoveryPeriodInDays);
  const same = isOn(now.PointInTimeRecoveryEnabled) === enabled;
  if (same && (days === undefined || days === now.RecoveryPeriodInDays)) return;
  await ctx.call("dynamodb", "UpdateContinuousBackups", {
    TableName,
    PointInTimeRecoverySpecification: {
      PointInTimeRecoveryEnabled: enabled,
      ...(days === undefined ? {} : { RecoveryPeriodInDays: days }),
    },
  });
}

async function applyTags(
  ctx: ResourceContext,
  ResourceArn: string,
  now: Json | undefined,
  desired: Json | undefined,
): Promise<void> {
  const Tags = tagsInput(desired);
  const TagKeys = tagsInput(now)
    .map(({ Key }) => Key)
    .filter((key) => !Tags.some(({ Key }) => Key === key));
  if (TagKeys.length > 0) await ctx.call("dynamodb", "UntagResource", { ResourceArn, TagKeys });
  if (Tags.length > 0) await ctx.call("dynamodb", "TagResource", { ResourceArn, Tags });
}

async function applyPolicy(
  ctx: ResourceContext,
  ResourceArn: string,
  now: Json | undefined,
  desired: Json | undefined,
): Promise<void> {
  const before = record(now).PolicyDocument;
  const after = record(desired).PolicyDocument;
  const Policy = typeof after === "string" ? after : JSON.stringify(after);
  if (after !== undefined) await ctx.call("dynamodb", "PutResourcePolicy", { ResourceArn, Policy });
  else if (before !== undefined) await ctx.call("dynamodb", "DeleteResourcePolicy", { ResourceArn });
}

async function applyInsights(
  ctx: ResourceContext,
  TableName: string,
  IndexName: string | undefined,
  now: Json | undefined,
  desired: Json | undefined,
): Promise<void> {
  const enabled = isOn(record(desired).Enabled);
  if (!enabled && !isOn(record(now).Enabled)) return;
  const { Mode } = record(desired);
  await ctx.call("dynamodb", "UpdateContributorInsights", {
    TableName,
    ...(IndexName === undefined ? {} : { IndexName }),
    ContributorInsightsAction: enabled ? "ENABLE" : "DISABLE",
    ...(enabled && Mode ? { ContributorInsightsMode: Mode } : {}),
  });
}

/** A table's settings as properties. */
export async function settingsModel(ctx: ResourceContext, TableName: string, ResourceArn: string): Promise<Properties> {
  const get = (operation: string, input: object) => ctx.call<Record<string, Json>>("dynamodb", operation, input);
  const model: Properties = {};
  const expiry = record((await get("DescribeTimeToLive", { TableName })).TimeToLiveDescription);
  if (expiry.AttributeName) model.TimeToLiveSpecification = { Enabled: true, AttributeName: expiry.AttributeName };
  const backups = record((await get("DescribeContinuousBackups", { TableName })).ContinuousBackupsDescription);
  const recovery = record(backups.PointInTimeRecoveryDescription);
  if (recovery.PointInTimeRecoveryStatus === "ENABLED") {
    model.PointInTimeRecoverySpecification = {
      PointInTimeRecoveryEnabled: true,
      RecoveryPeriodInDays: recovery.RecoveryPeriodInDays ?? null,
    };
  }
  const tags = list((await get("ListTagsOfResource", { ResourceArn })).Tags);
  if (tags.length > 0) model.Tags = json(tags);
  const insights = await get("DescribeContributorInsights", { TableName });
  if (insights.ContributorInsightsStatus === "ENABLED") {
    model.ContributorInsightsSpecification = { Enabled: true, Mode: insights.ContributorInsightsMode ?? null };
  }
  const policy = await orUndefined(get("GetResourcePolicy", { ResourceArn }), "PolicyNotFoundException");
  if (policy?.Policy) model.ResourcePolicy = { PolicyDocument: JSON.parse(policy.Policy as string) as Json };
  return model;
}
