/** Reads and writes the rows of items, and of what depends on them: indexes and expiry. */
import type { Context } from "../../kernel/context.js";
import type { Key } from "../../kernel/store.js";
import { equalItems, type Item } from "./attribute-value.js";
import { logChange } from "./backups/recovery-log.js";
import { trackExpiry } from "./expiry.js";
import { indexRowKey, rowKey } from "./keys.js";
import { otherMembers } from "./replicas/group.js";
import { indexItems, items } from "./storage.js";
import { itemsIn, readRow, toStored } from "./stored-item.js";
import { recordChange } from "./streams/record-change.js";
import { type IndexLayout, projectedItem, type TableLayout } from "./table.js";

/**
 * Puts `after` in the place of `before`; either may be missing. `before` is not looked at where a table is simple.
 * @param expired whether the item goes because its time has come
 * @param stored `after` as it is kept, where that is known already
 */
export function writeItem(
  ctx: Context,
  table: TableLayout,
  key: Key,
  before: Item | undefined,
  after: Item | undefined,
  expired = false,
  stored = after && toStored(after),
): void {
  writeRows(ctx, table, key, before, after, stored);
  if (!table.followed) return;
  followChange(ctx, table, key, before, after, expired);
  if (!table.row.replicas) return;
  for (const replica of otherMembers(ctx, table)) {
    const at = [replica.prefix, ...key.slice(1)];
    const known = readRow(ctx, replica, at);
    writeRows(ctx, replica, at, known, after, stored);
    // Who deleted an expired item is told only where it expired.
    followChange(ctx, replica, at, known, after, false);
  }
}

function followChange(
  ctx: Context,
  table: TableLayout,
  key: Key,
  before: Item | undefined,
  after: Item | undefined,
  expired: boolean,
): void {
  const same = before && after ? equalItems(before, after) : before === after;
  if (same) return;
  recordChange(ctx, table, key, before, after, expired);
  logChange(ctx, table, key, before);
}

/** The same, for what is no change of the item that anyone follows. */
function writeRows(
  ctx: Context,
  table: TableLayout,
  key: Key,
  before: Item | undefined,
  after: Item | undefined,
  stored = after && toStored(after),
): void {
  const rows = ctx.table(items, table);
  if (stored) rows.put(key, stored);
  else rows.delete(...key);
  if (table.simple) return;
  for (const index of table.indexes) writeIndexItem(ctx, table, index, before, after);
  trackExpiry(ctx, table, before, after);
}

/** Brings an index up to date with the change of an item. */
export function writeIndexItem(
  ctx: Context,
  table: TableLayout,
  index: IndexLayout,
  before: Item | undefined,
  after: Item | undefined,
): void {
  const rows = ctx.table(indexItems, table);
  const from = before && indexRowKey(index.prefix, index.schema, table.schema, before);
  const to = after && indexRowKey(index.prefix, index.schema, table.schema, after);
  if (from && !(to && sameKey(from, to))) rows.delete(...from);
  if (after && to) rows.put(to, toStored(projectedItem(index, after)));
}

const sameKey = (a: Key, b: Key): boolean => a.length === b.length && a.every((part, i) => part === b[i]);

/** Deletes all items of a table, and what its indexes hold of them. */
export function deleteAllItems(ctx: Context, table: TableLayout): void {
  for (const item of itemsIn(ctx, table)) {
    writeRows(ctx, table, rowKey(table.prefix, table.schema, item), item, undefined);
  }
}

/** Puts the items of a table into a new one, which nobody follows yet. */
export function copyItems(ctx: Context, from: TableLayout, to: TableLayout): void {
  for (const item of itemsIn(ctx, from)) {
    writeRows(ctx, to, rowKey(to.prefix, to.schema, item), undefined, item);
  }
}

/** Fills a new index from the table. */
export function fillIndex(ctx: Context, table: TableLayout, index: IndexLayout): void {
  for (const item of itemsIn(ctx, table)) {
    writeIndexItem(ctx, table, index, undefined, item);
  }
}

/** Empties an index that is to be deleted. */
export function emptyIndex(ctx: Context, table: TableLayout, index: IndexLayout): void {
  for (const item of itemsIn(ctx, table)) {
    writeIndexItem(ctx, table, index, item, undefined);
  }
}
