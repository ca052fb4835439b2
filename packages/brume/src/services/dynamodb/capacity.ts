/** Consumed capacity. See "DynamoDB read and write operations" in the Developer Guide. */
import type { Capacity, ConsumedCapacity } from "@aws-sdk/client-dynamodb";
import { equalItems, type Item, itemBytes } from "./attribute-value.js";
import { indexRowKey } from "./keys.js";
import { projectedItem, type TableLayout } from "./table.js";

/** Capacity units, of a table and of its indexes by name. */
export interface Units {
  table: number;
  readonly indexes: Record<string, number>;
}

const READ_BYTES = 4096;
const WRITE_BYTES = 1024;

/** Units that reading some bytes takes. */
export function readUnits(bytes: number, consistent: boolean | undefined): number {
  return Math.max(1, Math.ceil(bytes / READ_BYTES)) * (consistent ? 1 : 0.5);
}

const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / WRITE_BYTES));
const bytesOf = (item: Item | undefined): number => (item ? itemBytes(item) : 0);

/** Units that changing an item takes, in the table and in each index that changes with it. */
export function changeUnits(table: TableLayout, before: Item | undefined, after: Item | undefined): Units {
  const units: Units = { table: writeUnits(Math.max(bytesOf(before), bytesOf(after))), indexes: {} };
  for (const index of table.indexes) {
    const from = before && indexRowKey(index.prefix, index.schema, table.schema, before);
    const to = after && indexRowKey(index.prefix, index.schema, table.schema, after);
    const held = before && from && projectedItem(index, before);
    const holds = after && to && projectedItem(index, after);
    let used = 0;
    if (held && holds && String(from) === String(to)) {
      if (!equalItems(held, holds)) used = writeUnits(Math.max(itemBytes(held), itemBytes(holds)));
    } else used = (held ? writeUnits(itemBytes(held)) : 0) + (holds ? writeUnits(itemBytes(holds)) : 0);
    if (used > 0) units.indexes[index.name] = used;
  }
  return units;
}

/** Adds up units, each multiplied. */
export function addUnits(sum: Units, more: Units, factor = 1): void {
  sum.table += more.table * factor;
  for (const name in more.indexes) sum.indexes[name] = (sum.indexes[name] ?? 0) + (more.indexes[name] ?? 0) * factor;
}

/** The answer's `ConsumedCapacity`, where the request asks for it. */
export function consumedCapacity(
  asked: string | undefined,
  table: TableLayout,
  units: Units,
  kind?: "ReadCapacityUnits" | "WriteCapacityUnits",
): ConsumedCapacity | undefined {
  if (asked !== "TOTAL" && asked !== "INDEXES") return undefined;
  const capacity = (count: number): Capacity => ({ CapacityUnits: count, ...(kind ? { [kind]: count } : {}) });
  const indexUnits = Object.values(units.indexes).reduce((sum, count) => sum + count, 0);
  const consumed: ConsumedCapacity = { TableName: table.row.name, ...capacity(units.table + indexUnits) };
  if (asked === "TOTAL") return consumed;
  consumed.Table = capacity(units.table);
  for (const index of table.indexes) {
    const used = units.indexes[index.name];
    if (used === undefined) continue;
    const kindOfIndex = index.global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes";
    consumed[kindOfIndex] = { ...consumed[kindOfIndex], [index.name]: capacity(used) };
  }
  return consumed;
}
