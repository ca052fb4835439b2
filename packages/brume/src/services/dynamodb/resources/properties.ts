/** Reads template properties, whose numbers and booleans may be texts. */
import type { Json } from "../../../kernel/resource.js";

export type JsonRecord = { [name: string]: Json };

/** An object property; empty where there is none. */
export function record(value: Json | undefined): JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/** A list of objects; empty where there is none. */
export function list(value: Json | undefined): JsonRecord[] {
  return Array.isArray(value) ? value.map(record) : [];
}

export const isOn = (value: Json | undefined): boolean => value === true || value === "true";

/** An object whose members are all numbers; `undefined` where there is none. */
export function numbers(value: Json | undefined): Record<string, number> | undefined {
  const members = Object.entries(record(value)).filter(([, member]) => member !== null);
  if (members.length === 0) return undefined;
  return Object.fromEntries(members.map(([name, member]) => [name, Number(member)]));
}

/** Plain JSON, without members that are `undefined`. */
export const json = (value: unknown): Json => JSON.parse(JSON.stringify(value ?? null)) as Json;

/** Tags as the API takes them. */
export function tagsInput(value: Json | undefined): { Key: string; Value: string }[] {
  return list(value).map(({ Key, Value }) => ({ Key: String(Key), Value: String(Value) }));
}

/** An index as the API takes it. */
export interface IndexProperties {
  IndexName: string;
  KeySchema: Json;
  Projection: Json;
  ProvisionedThroughput?: Record<string, number>;
  OnDemandThroughput?: Record<string, number>;
  WarmThroughput?: Record<string, number>;
}

export function indexesInput(value: Json | undefined): IndexProperties[] {
  return list(value).map((index) => {
    const throughput = numbers(index.ProvisionedThroughput);
    const onDemand = numbers(index.OnDemandThroughput);
    const warm = numbers(index.WarmThroughput);
    const { ProjectionType, NonKeyAttributes } = record(index.Projection);
    return {
      IndexName: index.IndexName as string,
      KeySchema: list(index.KeySchema).map(({ AttributeName = null, KeyType = null }) => ({ AttributeName, KeyType })),
      Projection: { ProjectionType: ProjectionType ?? null, ...(NonKeyAttributes ? { NonKeyAttributes } : {}) },
      ...(throughput ? { ProvisionedThroughput: throughput } : {}),
      ...(onDemand ? { OnDemandThroughput: onDemand } : {}),
      ...(warm ? { WarmThroughput: warm } : {}),
    };
  });
}

/** An index's properties, from its description. */
export function indexModel(index: JsonRecord, onDemand: boolean): JsonRecord {
  const { ReadCapacityUnits = 0, WriteCapacityUnits = 0 } = record(index.ProvisionedThroughput);
  return {
    IndexName: index.IndexName ?? null,
    KeySchema: json(index.KeySchema),
    Projection: json(index.Projection),
    ...(onDemand ? {} : { ProvisionedThroughput: { ReadCapacityUnits, WriteCapacityUnits } }),
    ...(index.OnDemandThroughput ? { OnDemandThroughput: limitsModel(index.OnDemandThroughput) } : {}),
    ...warmModel(index, onDemand),
  };
}

/** The limits of a table or index on demand, without those that are none. */
export function limitsModel(described: Json | undefined): JsonRecord {
  return Object.fromEntries(Object.entries(record(described)).filter(([, units]) => units !== -1));
}

/** What a table or index on demand is ready for, unless it says otherwise. */
const ON_DEMAND_WARM: JsonRecord = { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4_000 };

/** What a table or index is ready for, as a property; nothing where it is what all have. */
export function warmModel({ WarmThroughput, ProvisionedThroughput }: JsonRecord, onDemand: boolean): JsonRecord {
  const { ReadUnitsPerSecond = null, WriteUnitsPerSecond = null } = record(WarmThroughput);
  const { ReadCapacityUnits, WriteCapacityUnits } = record(ProvisionedThroughput);
  const usual = onDemand
    ? ON_DEMAND_WARM
    : { ReadUnitsPerSecond: ReadCapacityUnits, WriteUnitsPerSecond: WriteCapacityUnits };
  if (ReadUnitsPerSecond === null) return {};
  if (ReadUnitsPerSecond === usual.ReadUnitsPerSecond && WriteUnitsPerSecond === usual.WriteUnitsPerSecond) return {};
  return { WarmThroughput: { ReadUnitsPerSecond, WriteUnitsPerSecond } };
}
