/** The model of a table: what is stored of it, and what reading and writing items needs to know. */
import type { AttributeDefinition, KeySchemaElement, Projection } from "@aws-sdk/client-dynamodb";
import type { Item, Value } from "./attribute-value.js";
import { type KeySchema, type KeyType, keyAttributes } from "./keys.js";

export interface Throughput {
  readonly read: number;
  readonly write: number;
}
export interface MaxThroughput {
  readonly read?: number;
  readonly write?: number;
}

export interface IndexRow {
  readonly name: string;
  readonly keySchema: readonly KeySchemaElement[];
  readonly projection: Projection;
  /** Of global indexes of provisioned tables. */
  readonly throughput?: Throughput;
  readonly onDemand?: MaxThroughput | undefined;
  readonly warm?: MaxThroughput;
}

/** A table as it is stored. Times are milliseconds since the epoch. */
export interface TableRow {
  readonly name: string;
  readonly id: string;
  readonly createdAt: number;
  readonly attributes: readonly AttributeDefinition[];
  readonly keySchema: readonly KeySchemaElement[];
  readonly billingMode: "PROVISIONED" | "PAY_PER_REQUEST";
  readonly onDemandSince?: number;
  readonly throughput: Throughput;
  readonly onDemand?: MaxThroughput | undefined;
  readonly warm?: MaxThroughput;
  readonly globalIndexes: readonly IndexRow[];
  readonly localIndexes: readonly IndexRow[];
  /** The view type of the stream, while it is enabled. */
  readonly streamViewType?: string;
  /** When the latest stream was enabled, as its ARN says it. */
  readonly streamLabel?: string;
  readonly encryption?: { readonly keyArn: string };
  readonly tableClass?: string;
  readonly deletionProtection: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** The attribute whose time an item expires at, while that is enabled. */
  readonly timeToLive?: string;
  readonly recovery?: { readonly since: number; readonly days: number };
  /** From what the table was restored, and to which moment. */
  readonly restored?: { readonly tableArn: string; readonly backupArn: string | undefined; readonly at: number };
  readonly policy?: { readonly document: string; readonly revision: string } | undefined;
  /** By the ARN of the Kinesis stream. */
  readonly kinesis?: Readonly<Record<string, KinesisDestination>>;
  /** By index, the table's own under "". */
  readonly insights?: Readonly<Record<string, { readonly mode: string; readonly since: number }>>;
  /** The other regions that have this table, where it is a global one. */
  readonly replicas?: readonly string[];
  /** When replicas were made from this table, by their regions. */
  readonly sourced?: Readonly<Record<string, number>>;
  readonly overrides?: ReplicaOverrides;
}

/** A Kinesis stream that a table's changes are for: recorded only. */
export interface KinesisDestination {
  readonly active: boolean;
  readonly precision: string;
}

/** What a replica has otherwise than the table it was made from. */
export interface ReplicaOverrides {
  readonly keyId?: string;
  readonly read?: number;
  readonly onDemandRead?: number;
  readonly indexes?: Readonly<Record<string, { readonly read?: number; readonly onDemandRead?: number }>>;
}

/** An index, as reading and writing items needs it. */
export interface IndexLayout {
  readonly name: string;
  readonly global: boolean;
  /** The first part of its rows' keys. */
  readonly prefix: string;
  readonly schema: KeySchema;
  /** The attributes that it holds; all where this is undefined. */
  readonly projected: ReadonlySet<string> | undefined;
}

/** A table, as reading and writing items needs it. */
export interface TableLayout {
  readonly row: TableRow;
  readonly account: string;
  readonly region: string;
  readonly prefix: string;
  readonly schema: KeySchema;
  readonly indexes: readonly IndexLayout[];
  /** Whether writing an item concerns more than its own row. */
  readonly simple: boolean;
  /** Whether changes of items are followed: by a stream, for recovery, or by replicas. */
  readonly followed: boolean;
}

/** The key attributes of a schema with their types. */
export function keySchemaOf(
  elements: readonly KeySchemaElement[],
  attributes: readonly AttributeDefinition[],
): KeySchema {
  const of = (kind: string) =>
    elements
      .filter(({ KeyType }) => KeyType === kind)
      .map(({ AttributeName: name = "" }) => ({
        name,
        type: attributes.find(({ AttributeName }) => AttributeName === name)?.AttributeType as KeyType,
      }));
  return { hash: of("HASH"), range: of("RANGE") };
}

/** Derives from a stored table what is needed at every read and write. */
export function layoutOf(row: TableRow, account: string, region: string): TableLayout {
  const schema = keySchemaOf(row.keySchema, row.attributes);
  const indexes = [
    ...row.globalIndexes.map((index) => indexLayout(row, schema, index, true)),
    ...row.localIndexes.map((index) => indexLayout(row, schema, index, false)),
  ];
  const followed = row.streamViewType !== undefined || row.recovery !== undefined || row.replicas !== undefined;
  const simple = indexes.length === 0 && row.timeToLive === undefined && !followed;
  return { row, account, region, prefix: row.id, schema, indexes, simple, followed };
}

/** An index of a table, as reading and writing items needs it. */
export function indexLayout(row: TableRow, base: KeySchema, index: IndexRow, global: boolean): IndexLayout {
  const schema = keySchemaOf(index.keySchema, row.attributes);
  const { ProjectionType, NonKeyAttributes = [] } = index.projection;
  const keys = [...keyAttributes(base), ...keyAttributes(schema)].map(({ name }) => name);
  const projected = ProjectionType === "ALL" ? undefined : new Set([...keys, ...NonKeyAttributes]);
  return { name: index.name, global, prefix: `${row.id}/${index.name}`, schema, projected };
}

/** What an index holds of an item. */
export function projectedItem({ projected }: IndexLayout, item: Item): Item {
  if (!projected) return item;
  const held: Record<string, Value> = {};
  for (const name in item) if (projected.has(name)) held[name] = item[name] as Value;
  return held;
}
