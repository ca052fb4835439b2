/** AWS::DynamoDB::GlobalTable */
import { isAwsError, orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { isOn, type JsonRecord, list, record } from "./properties.js";
import { applySettings, attachedModel, settingsModel } from "./settings.js";
import table from "./table.js";

/** A setting that scales: its seed, or its least. */
function seed(settings: Json | undefined, kind: "Read" | "Write"): number {
  const given = record(settings);
  const fixed = given[`${kind}CapacityUnits`];
  const scaled = record(given[`${kind}CapacityAutoScalingSettings`]);
  return Number(fixed ?? scaled.SeedCapacity ?? scaled.MinCapacity ?? 5);
}

/** The throughput of a table or index; the read part is set by each replica. */
function throughput(part: JsonRecord, replica: JsonRecord): JsonRecord {
  return {
    ReadCapacityUnits: seed(
      replica.ReadProvisionedThroughputSettings ?? part.ReadProvisionedThroughputSettings,
      "Read",
    ),
    WriteCapacityUnits: seed(part.WriteProvisionedThroughputSettings, "Write"),
  };
}

function maxThroughput(part: JsonRecord, replica: JsonRecord): JsonRecord | undefined {
  const read = record(replica.ReadOnDemandThroughputSettings ?? part.ReadOnDemandThroughputSettings);
  const write = record(part.WriteOnDemandThroughputSettings);
  const limits: JsonRecord = {
    ...(read.MaxReadRequestUnits === undefined ? {} : { MaxReadRequestUnits: read.MaxReadRequestUnits }),
    ...(write.MaxWriteRequestUnits === undefined ? {} : { MaxWriteRequestUnits: write.MaxWriteRequestUnits }),
  };
  return Object.keys(limits).length > 0 ? limits : undefined;
}

const replicaHere = (desired: Properties, ctx: ResourceContext): JsonRecord =>
  list(desired.Replicas).find(({ Region }) => Region === ctx.region) ?? {};

/** The table in the stack's region, as AWS::DynamoDB::Table describes it. */
function tableProperties(desired: Properties, ctx: ResourceContext): Properties {
  const replica = replicaHere(desired, ctx);
  const onDemand = desired.BillingMode === "PAY_PER_REQUEST";
  const limits = maxThroughput(desired, replica);
  const encryption = record(desired.SSESpecification);
  const keyId = record(replica.SSESpecification).KMSMasterKeyId;
  const properties: Properties = {
    BillingMode: onDemand ? "PAY_PER_REQUEST" : "PROVISIONED",
    ...(onDemand ? {} : { ProvisionedThroughput: throughput(desired, replica) }),
    ...(limits ? { OnDemandThroughput: limits } : {}),
  };
  for (const name of SAME) if (desired[name] !== undefined) properties[name] = desired[name] as Json;
  for (const name of BY_REPLICA) if (replica[name] !== undefined) properties[name] = replica[name] as Json;
  if (desired.StreamSpecification) {
    properties.StreamSpecification = {
      ...record(desired.StreamSpecification),
      ...record(replica.ReplicaStreamSpecification),
    };
  }
  if (desired.SSESpecification) {
    properties.SSESpecification = { ...encryption, ...(keyId === undefined ? {} : { KMSMasterKeyId: keyId }) };
  }
  if (desired.GlobalSecondaryIndexes) {
    properties.GlobalSecondaryIndexes = list(desired.GlobalSecondaryIndexes).map((index) => {
      const own = list(replica.GlobalSecondaryIndexes).find(({ IndexName }) => IndexName === index.IndexName) ?? {};
      const { IndexName = null, KeySchema = null, Projection = null } = index;
      const indexLimits = maxThroughput(index, own);
      return {
        IndexName,
        KeySchema,
        Projection,
        ...(onDemand ? {} : { ProvisionedThroughput: throughput(index, own) }),
        ...(indexLimits ? { OnDemandThroughput: indexLimits } : {}),
        ...(index.WarmThroughput ? { WarmThroughput: index.WarmThroughput } : {}),
        ...(own.ContributorInsightsSpecification
          ? { ContributorInsightsSpecification: own.ContributorInsightsSpecification }
          : {}),
      };
    });
  }
  return properties;
}

const SAME = [
  "TableName",
  "AttributeDefinitions",
  "KeySchema",
  "LocalSecondaryIndexes",
  "StreamSpecification",
  "TimeToLiveSpecification",
  "WarmThroughput",
  "VectorIndexes",
  "GlobalTableSourceArn",
];
const BY_REPLICA = [
  "PointInTimeRecoverySpecification",
  "ContributorInsightsSpecification",
  "TableClass",
  "DeletionProtectionEnabled",
  "Tags",
  "ResourcePolicy",
  "KinesisStreamSpecification",
];

interface Description {
  TableId: string;
  Replicas?: { RegionName: string }[];
  DeletionProtectionEnabled?: boolean;
  LatestStreamArn?: string;
  TableClassSummary?: Json;
}

async function describe(TableName: Json | undefined, ctx: ResourceContext): Promise<Description> {
  return (await ctx.call<{ Table: Description }>("dynamodb", "DescribeTable", { TableName })).Table;
}

/** The ARN of a table in another region. Operations take it as the table's name. */
const inRegion = (arn: string, region: Json | undefined): string => {
  const parts = arn.split(":");
  parts[3] = String(region);
  return parts.join(":");
};

/** Makes, changes and removes the replicas outside the stack's region. */
async function syncReplicas(desired: Properties, arn: string, ctx: ResourceContext): Promise<void> {
  const { Replicas = [] } = await describe(arn, ctx);
  const wanted = list(desired.Replicas).filter(({ Region }) => Region !== ctx.region);
  const { MultiRegionConsistency, GlobalTableWitnesses } = desired;
  if (MultiRegionConsistency === "STRONG" || GlobalTableWitnesses) {
    const GlobalTableWitnessUpdates = GlobalTableWitnesses;
    await ctx.call("dynamodb", "UpdateTable", { TableName: arn, MultiRegionConsistency, GlobalTableWitnessUpdates });
  }
  const change = (update: object) => ctx.call("dynamodb", "UpdateTable", { TableName: arn, ReplicaUpdates: [update] });
  for (const { RegionName } of Replicas) {
    if (wanted.some(({ Region }) => Region === RegionName)) continue;
    await unprotect(inRegion(arn, RegionName), ctx);
    await change({ Delete: { RegionName } });
  }
  for (const replica of wanted) {
    const overrides = replicaOverrides(replica);
    const known = Replicas.some(({ RegionName }) => RegionName === replica.Region);
    if (!known) await change({ Create: overrides });
    else if (Object.keys(overrides).length > 1) await change({ Update: overrides });
    await syncSettings(replica, inRegion(arn, replica.Region), ctx);
  }
}

const unprotect = (TableName: string, ctx: ResourceContext) =>
  ctx.call("dynamodb", "UpdateTable", { TableName, DeletionProtectionEnabled: false });

/** What a replica has otherwise than the table in the stack's region, as UpdateTable takes it. */
function replicaOverrides(replica: JsonRecord): JsonRecord {
  const { KMSMasterKeyId } = record(replica.SSESpecification);
  const indexes = list(replica.GlobalSecondaryIndexes).flatMap((index) => {
    const overrides = readOverrides(index);
    return Object.keys(overrides).length > 0 ? [{ IndexName: index.IndexName ?? null, ...overrides }] : [];
  });
  return {
    RegionName: replica.Region ?? null,
    ...(KMSMasterKeyId === undefined ? {} : { KMSMasterKeyId }),
    ...(replica.TableClass === undefined ? {} : { TableClassOverride: replica.TableClass }),
    ...readOverrides(replica),
    ...(indexes.length > 0 ? { GlobalSecondaryIndexes: indexes } : {}),
  };
}

function readOverrides(part: JsonRecord): JsonRecord {
  const { MaxReadRequestUnits: limit } = record(part.ReadOnDemandThroughputSettings);
  return {
    ...(part.ReadProvisionedThroughputSettings === undefined
      ? {}
      : { ProvisionedThroughputOverride: { ReadCapacityUnits: seed(part.ReadProvisionedThroughputSettings, "Read") } }),
    ...(limit === undefined ? {} : { OnDemandThroughputOverride: { MaxReadRequestUnits: Number(limit) } }),
  };
}

/** What each replica has for itself. */
async function syncSettings(replica: JsonRecord, arn: string, ctx: ResourceContext): Promise<void> {
  const now = { ...(await settingsModel(ctx, arn, arn)), ...(await streamModel(arn, ctx)) };
  // Time to live is the same everywhere.
  await applySettings(ctx, arn, now, { ...replica, TimeToLiveSpecification: now.TimeToLiveSpecification ?? null });
  await ctx.call("dynamodb", "UpdateTable", {
    TableName: arn,
    DeletionProtectionEnabled: isOn(replica.DeletionProtectionEnabled),
  });
}

/** What is attached to a replica's stream. */
async function streamModel(arn: string, ctx: ResourceContext): Promise<Properties> {
  const { LatestStreamArn } = await describe(arn, ctx);
  const attached = LatestStreamArn ? await attachedModel(ctx, LatestStreamArn) : {};
  return Object.keys(attached).length > 0 ? { ReplicaStreamSpecification: attached } : {};
}

/** A replica outside the stack's region as it is. */
async function replicaModel(region: string, arn: string, ctx: ResourceContext): Promise<JsonRecord> {
  const { TimeToLiveSpecification: _, ...settings } = await settingsModel(ctx, arn, arn);
  const { DeletionProtectionEnabled = false, TableClassSummary } = await describe(arn, ctx);
  const { TableClass } = record(TableClassSummary);
  const stream = await streamModel(arn, ctx);
  return { Region: region, ...settings, ...stream, DeletionProtectionEnabled, ...(TableClass ? { TableClass } : {}) };
}

/** A table's model as a global table's: what replicas set goes to them. */
async function globalModel(model: Properties, ctx: ResourceContext): Promise<Properties> {
  const { TableId, Replicas = [] } = await describe(model.TableName, ctx);
  const { ProvisionedThroughput, OnDemandThroughput: _, GlobalSecondaryIndexes, ...rest } = model;
  const here: JsonRecord = { Region: ctx.region };
  const { StreamViewType, ...attached } = record(model.StreamSpecification);
  if (StreamViewType) rest.StreamSpecification = { StreamViewType };
  if (Object.keys(attached).length > 0) here.ReplicaStreamSpecification = attached;
  for (const name of BY_REPLICA) {
    if (rest[name] === undefined) continue;
    here[name] = rest[name] as Json;
    delete rest[name];
  }
  if (ProvisionedThroughput) {
    here.ReadProvisionedThroughputSettings = {
      ReadCapacityUnits: record(ProvisionedThroughput).ReadCapacityUnits ?? null,
    };
  }
  const insights: JsonRecord[] = [];
  const indexes = list(GlobalSecondaryIndexes).map((one) => {
    const { ProvisionedThroughput: _, OnDemandThroughput: _limits, ContributorInsightsSpecification, ...index } = one;
    if (ContributorInsightsSpecification) {
      insights.push({ IndexName: index.IndexName ?? null, ContributorInsightsSpecification });
    }
    return index;
  });
  if (insights.length > 0) here.GlobalSecondaryIndexes = insights;
  const others: JsonRecord[] = [];
  for (const { RegionName } of Replicas) {
    others.push(await replicaModel(RegionName, inRegion(model.Arn as string, RegionName), ctx));
  }
  return {
    ...rest,
    TableId,
    ...(GlobalSecondaryIndexes ? { GlobalSecondaryIndexes: indexes } : {}),
    Replicas: [here, ...others],
  };
}

/** Deletes the replicas, and then the table that they were made from. */
async function remove(actual: Properties, ctx: ResourceContext): Promise<void> {
  const { TableName } = actual;
  const found = await orUndefined(describe(TableName, ctx), "ResourceNotFoundException");
  for (const { RegionName } of found?.Replicas ?? []) {
    await ctx.call("dynamodb", "UpdateTable", { TableName, ReplicaUpdates: [{ Delete: { RegionName } }] });
  }
  await table.delete(actual, ctx);
}

export default defineResource({
  async create(desired, ctx) {
    const model = await table.create(tableProperties(desired, ctx), ctx);
    try {
      await syncReplicas(desired, model.Arn as string, ctx);
    } catch (error) {
      await unprotect(model.TableName as string, ctx);
      await remove(model, ctx);
      throw error;
    }
    return globalModel(model, ctx);
  },
  async read(actual, ctx) {
    const model = await table.read(actual, ctx);
    return model && globalModel(model, ctx);
  },
  async update(desired, actual, ctx, previous) {
    const model = await table.update(tableProperties(desired, ctx), actual, ctx, tableProperties(previous, ctx));
    await syncReplicas(desired, model.Arn as string, ctx);
    return globalModel(model, ctx);
  },
  delete: remove,
  async list(ctx) {
    const found: Properties[] = [];
    for (const model of await table.list(ctx)) {
      try {
        if ((await describe(model.TableName, ctx)).Replicas) found.push(model);
      } catch (error) {
        if (!isAwsError(error, "ResourceNotFoundException")) throw error;
      }
    }
    return found;
  },
});
