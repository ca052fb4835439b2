/** The tables of a global table (version 2019.11.21): one in each region, the same name, the same items. */
import type { ReplicaDescription } from "@aws-sdk/client-dynamodb";
import type { Context } from "../../../kernel/context.js";
import { findTable } from "../storage.js";
import type { IndexRow, ReplicaOverrides, TableLayout, TableRow, Throughput } from "../table.js";

export const GLOBAL_TABLE_VERSION = "2019.11.21";
/** The only view that the streams of replicas have. */
export const REPLICA_VIEW = "NEW_AND_OLD_IMAGES";

/**
 * The tables of the other regions that a table is kept in step with.
 * Differs from AWS: they change in the same moment, so that the last writer is the only one.
 */
export function otherMembers(ctx: Context, { account, row }: TableLayout): TableLayout[] {
  return (row.replicas ?? []).flatMap((region) => findTable(ctx, { account, region, name: row.name }) ?? []);
}

/** What is the same in all regions, of a table that another one is to follow. */
export function inStep(own: TableRow, source: TableRow): TableRow {
  const { onDemandSince: _, onDemand, warm: _warm, timeToLive: _expiry, overrides = {}, ...rest } = own;
  const read = overrides.onDemandRead ?? onDemand?.read;
  const limits = source.onDemand && { ...source.onDemand, ...(read === undefined ? {} : { read }) };
  return {
    ...rest,
    ...(own.overrides ? { overrides } : {}),
    attributes: source.attributes,
    billingMode: source.billingMode,
    ...(source.onDemandSince === undefined ? {} : { onDemandSince: source.onDemandSince }),
    throughput: throughputInStep(own.billingMode, own.throughput, source.throughput, overrides.read),
    ...(limits ? { onDemand: limits } : {}),
    ...(source.warm ? { warm: source.warm } : {}),
    globalIndexes: source.globalIndexes.map((index) => indexInStep(own, index, overrides)),
    ...(source.timeToLive === undefined ? {} : { timeToLive: source.timeToLive }),
  };
}

function indexInStep(own: TableRow, index: IndexRow, { indexes = {} }: ReplicaOverrides): IndexRow {
  const mine = own.globalIndexes.find(({ name }) => name === index.name);
  const { read, onDemandRead } = indexes[index.name] ?? {};
  const { throughput, onDemand, ...rest } = index;
  const limits = onDemand && { ...onDemand, ...(onDemandRead === undefined ? {} : { read: onDemandRead }) };
  return {
    ...rest,
    ...(throughput
      ? { throughput: throughputInStep(own.billingMode, mine?.throughput ?? throughput, throughput, read) }
      : {}),
    ...(limits ? { onDemand: limits } : {}),
  };
}

/** Write capacity is the same everywhere; read capacity is each replica's own. */
function throughputInStep(
  mode: TableRow["billingMode"],
  own: Throughput,
  source: Throughput,
  override: number | undefined,
): Throughput {
  if (source.write === 0) return source;
  return { read: override ?? (mode === "PROVISIONED" ? own.read : source.read), write: source.write };
}

/** What DescribeTable says of the replicas in other regions. */
export function describeReplicas(ctx: Context, table: TableLayout): ReplicaDescription[] {
  return otherMembers(ctx, table).map(({ region, row: { overrides = {}, tableClass } }) => {
    const { keyId, read, onDemandRead, indexes = {} } = overrides;
    const described = Object.entries(indexes).map(([IndexName, index]) => ({
      IndexName,
      ...(index.read === undefined ? {} : { ProvisionedThroughputOverride: { ReadCapacityUnits: index.read } }),
      ...(index.onDemandRead === undefined
        ? {}
        : { OnDemandThroughputOverride: { MaxReadRequestUnits: index.onDemandRead } }),
    }));
    return {
      RegionName: region,
      ReplicaStatus: "ACTIVE",
      ...(keyId === undefined ? {} : { KMSMasterKeyId: keyId }),
      ...(read === undefined ? {} : { ProvisionedThroughputOverride: { ReadCapacityUnits: read } }),
      ...(onDemandRead === undefined ? {} : { OnDemandThroughputOverride: { MaxReadRequestUnits: onDemandRead } }),
      ...(described.length > 0 ? { GlobalSecondaryIndexes: described } : {}),
      ...(tableClass === undefined ? {} : { ReplicaTableClassSummary: { TableClass: tableClass as "STANDARD" } }),
    };
  });
}
