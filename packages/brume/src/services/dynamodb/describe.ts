/** What DescribeTable and the operations that change tables answer. */
import type {
  GlobalSecondaryIndexDescription,
  LocalSecondaryIndexDescription,
  ProvisionedThroughputDescription,
  TableDescription,
} from "@aws-sdk/client-dynamodb";
import { defineMemory } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { describeReplicas, GLOBAL_TABLE_VERSION } from "./replicas/group.js";
import { arnOf, indexItems, items } from "./storage.js";
import {
  type IndexLayout,
  type IndexRow,
  layoutOf,
  type TableLayout,
  type TableRow,
  type Throughput,
} from "./table.js";

/** A new table's or index's warm throughput when it is on demand. */
const ON_DEMAND_WARM = { read: 12_000, write: 4_000 };

interface Size {
  readonly count: number;
  readonly bytes: number;
}

/** Describes a table as it is, or as it is about to be. */
export function describe(ctx: Context, row: TableRow, table: TableLayout, status = "ACTIVE"): TableDescription {
  const arn = arnOf(ctx, { account: table.account, region: table.region, name: row.name });
  const size = sizeOf(ctx, table, undefined);
  const layout = layoutOf(row, table.account, table.region);
  const onDemand = row.billingMode === "PAY_PER_REQUEST";
  const describeIndex = (index: IndexRow) => {
    const one = layout.indexes.find(({ name }) => name === index.name) as IndexLayout;
    const held = sizeOf(ctx, table, one);
    return {
      IndexName: index.name,
      KeySchema: [...index.keySchema],
      Projection: index.projection,
      IndexSizeBytes: held.bytes,
      ItemCount: held.count,
      IndexArn: `${arn}/index/${index.name}`,
    };
  };
  const description: TableDescription = {
    AttributeDefinitions: [...row.attributes],
    TableName: row.name,
    KeySchema: [...row.keySchema],
    TableStatus: status as "ACTIVE",
    CreationDateTime: new Date(row.createdAt),
    ProvisionedThroughput: throughput(row.throughput),
    TableSizeBytes: size.bytes,
    ItemCount: size.count,
    TableArn: arn,
    TableId: row.id,
    DeletionProtectionEnabled: row.deletionProtection,
    WarmThroughput: warm(row.warm, onDemand, row.throughput),
  };
  if (row.onDemandSince !== undefined || onDemand) {
    description.BillingModeSummary = {
      BillingMode: row.billingMode,
      ...(row.onDemandSince === undefined ? {} : { LastUpdateToPayPerRequestDateTime: new Date(row.onDemandSince) }),
    };
  }
  if (row.onDemand) description.OnDemandThroughput = maxUnits(row.onDemand);
  if (row.globalIndexes.length > 0) {
    description.GlobalSecondaryIndexes = row.globalIndexes.map(
      (index): GlobalSecondaryIndexDescription => ({
        ...describeIndex(index),
        IndexStatus: status === "CREATING" ? "CREATING" : "ACTIVE",
        ProvisionedThroughput: throughput(index.throughput ?? { read: 0, write: 0 }),
        WarmThroughput: warm(index.warm, onDemand, index.throughput),
        ...(index.onDemand ? { OnDemandThroughput: maxUnits(index.onDemand) } : {}),
      }),
    );
  }
  if (row.localIndexes.length > 0) {
    description.LocalSecondaryIndexes = row.localIndexes.map(
      (index): LocalSecondaryIndexDescription => describeIndex(index),
    );
  }
  if (row.streamViewType !== undefined) {
    description.StreamSpecification = { StreamEnabled: true, StreamViewType: row.streamViewType as "KEYS_ONLY" };
  }
  if (row.streamLabel !== undefined) {
    description.LatestStreamLabel = row.streamLabel;
    description.LatestStreamArn = `${arn}/stream/${row.streamLabel}`;
  }
  if (row.encryption) {
    description.SSEDescription = { Status: "ENABLED", SSEType: "KMS", KMSMasterKeyArn: row.encryption.keyArn };
  }
  if (row.tableClass !== undefined) {
    description.TableClassSummary = { TableClass: row.tableClass as "STANDARD" };
  }
  if (row.restored) {
    const { backupArn, tableArn, at } = row.restored;
    description.RestoreSummary = {
      ...(backupArn === undefined ? {} : { SourceBackupArn: backupArn }),
      SourceTableArn: tableArn,
      RestoreDateTime: new Date(at),
      RestoreInProgress: status === "CREATING",
    };
  }
  if (row.replicas && row.replicas.length > 0) {
    description.GlobalTableVersion = GLOBAL_TABLE_VERSION;
    description.MultiRegionConsistency = "EVENTUAL";
    description.Replicas = describeReplicas(ctx, layout);
  }
  return description;
}

/** The sizes of large tables and indexes, by the first part of their rows' keys. */
const sizes = defineMemory("dynamodb/sizes", () => new Map<string, Size & { readonly at: number }>());
const LARGE_COUNT = 10_000;
const REMEMBERED_MS = 6 * 3600 * 1000;

/** Differs from AWS: only what is large is counted every six hours; small tables are counted when they are described. */
function sizeOf(ctx: Context, table: TableLayout, index: IndexLayout | undefined): Size {
  const remembered = ctx.memory(sizes);
  const prefix = index?.prefix ?? table.prefix;
  const known = remembered.get(prefix);
  if (known && ctx.now() < known.at + REMEMBERED_MS) return known;
  const rows = index
    ? ctx.table(indexItems, table).entries({ prefix: [index.prefix] })
    : ctx.table(items, table).entries({ prefix: [table.prefix] });
  let [count, bytes] = [0, 0];
  for (const { row } of rows) {
    count++;
    bytes += row[0];
  }
  if (count >= LARGE_COUNT) remembered.set(prefix, { count, bytes, at: ctx.now() });
  return { count, bytes };
}

function throughput({ read, write }: Throughput): ProvisionedThroughputDescription {
  return { NumberOfDecreasesToday: 0, ReadCapacityUnits: read, WriteCapacityUnits: write };
}

function warm(set: { read?: number; write?: number } | undefined, onDemand: boolean, provisioned?: Throughput) {
  const base = onDemand || !provisioned ? ON_DEMAND_WARM : provisioned;
  return {
    ReadUnitsPerSecond: set?.read ?? base.read,
    WriteUnitsPerSecond: set?.write ?? base.write,
    Status: "ACTIVE" as const,
  };
}

function maxUnits({ read, write }: { read?: number; write?: number }) {
  return { MaxReadRequestUnits: read ?? -1, MaxWriteRequestUnits: write ?? -1 };
}
