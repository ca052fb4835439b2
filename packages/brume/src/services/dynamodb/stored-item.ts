/** Items as they are kept: in the JSON that answers give them in, which most reads need not take apart. */
import type { Context } from "../../kernel/context.js";
import type { Key } from "../../kernel/store.js";
import { type Item, itemBytes, type Value } from "./attribute-value.js";
import { rowKey } from "./keys.js";
import { indexItems, items } from "./storage.js";
import type { IndexLayout, TableLayout } from "./table.js";

/** What an item counts, and its JSON. */
export type StoredItem = readonly [bytes: number, json: string];

export const toStored = (item: Item): StoredItem => [itemBytes(item), itemJson(item)];

/** The item that is kept. */
export const fromStored = ([, json]: StoredItem): Item => parseItem(json);

/** Reads an item from the JSON that `itemJson` wrote. */
export function parseItem(json: string): Item {
  const item = JSON.parse(json) as Record<string, Value>;
  // Only bytes are written otherwise than they are. Text that looks so costs a look at the item, and no more.
  if (json.includes('"B":"') || json.includes('"BS":[')) restoreBytes(item);
  return item;
}

/** The item in a row of the base table. */
export function readRow(ctx: Context, table: TableLayout, key: Key): Item | undefined {
  const stored = ctx.table(items, table).get(...key);
  return stored && fromStored(stored);
}

/** An item by its key, as it is kept. */
export function readStored(ctx: Context, table: TableLayout, key: Item): StoredItem | undefined {
  return ctx.table(items, table).get(...rowKey(table.prefix, table.schema, key));
}

/** All items of a table, or of an index. */
export function* itemsIn(ctx: Context, table: TableLayout, index?: IndexLayout): IterableIterator<Item> {
  const rows = ctx.table(index ? indexItems : items, table).rows({ prefix: [(index ?? table).prefix] });
  for (const row of rows) yield fromStored(row);
}

/** An item as answers in JSON have it. */
export const itemJson = (item: Item): string => JSON.stringify(writtenItem(item));

// Copied is only what has bytes in it: most items have none, and are what JSON.stringify takes already.

function writtenItem(item: Item): object {
  let copy: Record<string, object> | undefined;
  for (const name in item) {
    const value = item[name] as Value;
    const written = writtenValue(value);
    if (written === value) continue;
    copy ??= { ...item };
    // Assigned, this one name would be the prototype.
    if (name === "__proto__") Object.defineProperty(copy, name, { value: written, enumerable: true });
    else copy[name] = written;
  }
  return copy ?? item;
}

function writtenValue(value: Value): object {
  if (value.S !== undefined || value.N !== undefined) return value;
  if (value.M !== undefined) {
    const written = writtenItem(value.M);
    return written === value.M ? value : { M: written };
  }
  if (value.L !== undefined) {
    const written = value.L.map(writtenValue);
    return written.every((element, i) => element === value.L?.[i]) ? value : { L: written };
  }
  if (value.B !== undefined) return { B: base64(value.B) };
  return value.BS === undefined ? value : { BS: value.BS.map(base64) };
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

type Written = { -readonly [Type in keyof Value]: Value[Type] };

function restoreBytes(item: Item): void {
  for (const name in item) restoreValue(item[name] as Written);
}

function restoreValue(value: Written): void {
  if (value.B !== undefined) value.B = Buffer.from(value.B as unknown as string, "base64");
  else if (value.M !== undefined) restoreBytes(value.M);
  else if (value.L !== undefined) for (const element of value.L) restoreValue(element as Written);
  else if (value.BS !== undefined) value.BS = value.BS.map((text) => Buffer.from(text as unknown as string, "base64"));
}
