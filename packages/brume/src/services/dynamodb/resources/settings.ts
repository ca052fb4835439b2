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
  const { Table } = await ctx.call<{ Table: { TableArn: string; LatestStreamArn?: string } }>(
    "dynamodb",
    "DescribeTable",
    { TableName },
  );
  if (desired.Tags !== null) await applyTags(ctx, Table.TableArn, now.Tags, desired.Tags);
  if (desired.ResourcePolicy !== null) {
    await applyPolicy(ctx, Table.TableArn, now.ResourcePolicy, desired.ResourcePolicy);
  }
  const stream = record(desired.StreamSpecification ?? desired.ReplicaStreamSpecification);
  const streamNow = record(now.StreamSpecification ?? now.ReplicaStreamSpecification);
  if (Table.LatestStreamArn && (desired.StreamSpecification || desired.ReplicaStreamSpecification)) {
    await applyTags(ctx, Table.LatestStreamArn, streamNow.Tags, stream.Tags);
    await applyPolicy(ctx, Table.LatestStreamArn, streamNow.ResourcePolicy, stream.ResourcePolicy);
  }
  await applyKinesis(
    ctx,
    TableName,
    record(now.KinesisStreamSpecification),
    record(desired.KinesisStreamSpecification),
  );
  await applyInsights(
    ctx,
    TableName,
    undefined,
    now.ContributorInsightsSpecification,
    desired.ContributorInsightsSpecification,
  );
  for (const index of list(desired.GlobalSecondaryIndexes)) {
    const name = index.IndexName as string;
    const { ContributorInsightsSpecification: before } = await insightsModel(ctx, TableName, name);
    await applyInsights(ctx, TableName, name, before, index.ContributorInsightsSpecification);
  }
}

async function applyKinesis(
  ctx: ResourceContext,
  TableName: string,
  now: JsonRecord,
  desired: JsonRecord,
): Promise<void> {
  const { StreamArn, ApproximateCreationDateTimePrecision: precision = "MILLISECOND" } = desired;
  const act = (operation: string, input: object) => ctx.call("dynamodb", operation, { TableName, ...input });
  if (now.StreamArn && now.StreamArn !== StreamArn) {
    await act("DisableKinesisStreamingDestination", { StreamArn: now.StreamArn });
  }
  if (!StreamArn) return;
  const configuration = { ApproximateCreationDateTimePrecision: precision };
  if (now.StreamArn !== StreamArn) {
    await act("EnableKinesisStreamingDestination", {
      StreamArn,
      EnableKinesisStreamingConfiguration: configuration,
    });
  } else if (now.ApproximateCreationDateTimePrecision !== precision) {
    await act("UpdateKinesisStreamingDestination", {
      StreamArn,
      UpdateKinesisStreamingConfiguration: configuration,
    });
  }
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

/** Whether a table or index has contributor insights, as a property; nothing when it has none. */
export async function insightsModel(ctx: ResourceContext, TableName: string, IndexName?: string): Promise<JsonRecord> {
  const input = { TableName, ...(IndexName === undefined ? {} : { IndexName }) };
  const insights = await ctx.call<JsonRecord>("dynamodb", "DescribeContributorInsights", input);
  if (insights.ContributorInsightsStatus !== "ENABLED") return {};
  return { ContributorInsightsSpecification: { Enabled: true, Mode: insights.ContributorInsightsMode ?? null } };
}

/** The tags and the policy of a table or stream, as properties. */
export async function attachedModel(ctx: ResourceContext, ResourceArn: string): Promise<JsonRecord> {
  const get = (operation: string) => ctx.call<JsonRecord>("dynamodb", operation, { ResourceArn });
  const tags = list((await get("ListTagsOfResource")).Tags);
  const policy = await orUndefined(get("GetResourcePolicy"), "PolicyNotFoundException");
  return {
    ...(tags.length > 0 ? { Tags: json(tags) } : {}),
    ...(policy?.Policy ? { ResourcePolicy: { PolicyDocument: JSON.parse(policy.Policy as string) as Json } } : {}),
  };
}

/** A table's settings as properties. */
export async function settingsModel(ctx: ResourceContext, TableName: string, ResourceArn: string): Promise<Properties> {
  const get = (operation: string) => ctx.call<JsonRecord>("dynamodb", operation, { TableName });
  const model: Properties = {};
  const expiry = record((await get("DescribeTimeToLive")).TimeToLiveDescription);
  if (expiry.AttributeName) model.TimeToLiveSpecification = { Enabled: true, AttributeName: expiry.AttributeName };
  const backups = record((await get("DescribeContinuousBackups")).ContinuousBackupsDescription);
  const recovery = record(backups.PointInTimeRecoveryDescription);
  if (recovery.PointInTimeRecoveryStatus === "ENABLED") {
    model.PointInTimeRecoverySpecification = {
      PointInTimeRecoveryEnabled: true,
      RecoveryPeriodInDays: recovery.RecoveryPeriodInDays ?? null,
    };
  }
  const kinesis = await get("DescribeKinesisStreamingDestination");
  const destination = list(kinesis.KinesisDataStreamDestinations).find(
    ({ DestinationStatus }) => DestinationStatus === "ACTIVE",
  );
  if (destination) {
    const { StreamArn = null, ApproximateCreationDateTimePrecision = null } = destination;
    model.KinesisStreamSpecification = { StreamArn, ApproximateCreationDateTimePrecision };
  }
  return { ...model, ...(await insightsModel(ctx, TableName)), ...(await attachedModel(ctx, ResourceArn)) };
}
