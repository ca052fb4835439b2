/** Item collections: the items with one partition key, of a table with local indexes. */
import type { AttributeValue, ItemCollectionMetrics } from "@aws-sdk/client-dynamodb";
import type { Context } from "../../kernel/context.js";
import { canonicalValue, type Item, type Value } from "./attribute-value.js";
import { hashOf } from "./keys.js";
import { indexItems, items } from "./storage.js";
import type { TableLayout } from "./table.js";

const GIBIBYTE = 1024 ** 3;

/** The sizes of the collections that a request has changed. Asked for when it has written all. */
export class CollectionMetrics {
  readonly #wanted: boolean;
  /** By the table as the request names it, then by the partition. */
  readonly #changed = new Map<string, Map<string, { table: TableLayout; value: Value }>>();

  constructor(asked: string | undefined) {
    this.#wanted = asked === "SIZE";
  }

  /** Notes that an item with a key has changed. */
  add(name: string, table: TableLayout, key: Item): void {
    if (!this.#wanted || table.row.localIndexes.length === 0) return;
    const [partition] = table.schema.hash;
    const value = canonicalValue(key[partition?.name ?? ""] as Value);
    const collections = this.#changed.get(name) ?? new Map();
    this.#changed.set(name, collections);
    collections.set(hashOf([value]), { table, value });
  }

  /** `ItemCollectionMetrics` as answers to several writes have it; `undefined` where there are none. */
  measured(ctx: Context): Record<string, ItemCollectionMetrics[]> | undefined {
    if (this.#changed.size === 0) return undefined;
    return Object.fromEntries(
      [...this.#changed].map(([name, collections]) => [
        name,
        [...collections].map(([hash, { table, value }]) => measure(ctx, table, hash, value)),
      ]),
    );
  }
}

/** `ItemCollectionMetrics` as the answer to one write has it. */
export function collectionMetrics(
  ctx: Context,
  asked: string | undefined,
  table: TableLayout,
  key: Item,
): ItemCollectionMetrics | undefined {
  const metrics = new CollectionMetrics(asked);
  metrics.add(table.row.name, table, key);
  return metrics.measured(ctx)?.[table.row.name]?.[0];
}

function measure(ctx: Context, table: TableLayout, hash: string, value: Value): ItemCollectionMetrics {
  let bytes = 0;
  for (const { row } of ctx.table(items, table).entries({ prefix: [table.prefix, hash] })) bytes += row[0];
  for (const index of table.indexes) {
    if (index.global) continue;
    const rows = ctx.table(indexItems, table).entries({ prefix: [index.prefix, hash] });
    for (const { row } of rows) bytes += row[0];
  }
  const least = Math.floor(bytes / GIBIBYTE);
  const name = table.schema.hash[0]?.name ?? "";
  return { ItemCollectionKey: { [name]: value as AttributeValue }, SizeEstimateRangeGB: [least, least + 1] };
}
