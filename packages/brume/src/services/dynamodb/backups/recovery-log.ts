/** What point-in-time recovery goes back by: of every change, the item as it was before. */
import type { Context } from "../../../kernel/context.js";
import { defineTable, encodeKey, type Key } from "../../../kernel/store.js";
import type { Item } from "../attribute-value.js";
import { items, tables } from "../storage.js";
import { fromStored } from "../stored-item.js";
import { changeNumbers, firstNumberAt } from "../streams/stream.js";
import type { TableLayout } from "../table.js";

/** [table id, number of the change] */
const log = defineTable<{ readonly at: number; readonly key: Key; readonly before: Item | undefined }>(
  "dynamodb/recovery-log",
);

const DAY_MS = 24 * 3600 * 1000;
/** How far behind a table's present state can be restored. */
const LAG_MS = 5 * 60 * 1000;

/** Notes what an item was before a change, for a table that has point-in-time recovery enabled. */
export function logChange(ctx: Context, table: TableLayout, key: Key, before: Item | undefined): void {
  if (!table.row.recovery) return;
  const number = ctx.memory(changeNumbers).next();
  ctx.table(log, table).put([table.prefix, number], { at: ctx.now(), key, before });
}

/** The times, in ms since the epoch, between which a table can be restored. */
export function restorableTimes({ since, days }: { since: number; days: number }, now: number) {
  return { earliest: Math.max(since, now - days * DAY_MS), latest: Math.max(since, now - LAG_MS) };
}

/** The items of a table as they were at a time. */
export function itemsAt(ctx: Context, table: TableLayout, time: number): Iterable<Item> {
  const found = new Map<string, Item>();
  for (const { position, row } of ctx.table(items, table).entries({ prefix: [table.prefix] }))
    found.set(position, fromStored(row));
  const later = { prefix: [table.prefix], from: [firstNumberAt(time + 1)], reverse: true };
  for (const { at, key, before } of ctx.table(log, table).rows(later)) {
    if (at <= time) continue;
    if (before) found.set(encodeKey(key), before);
    else found.delete(encodeKey(key));
  }
  return found.values();
}

/** What a log's timer is given. */
export interface LogPayload {
  readonly account: string;
  readonly region: string;
  readonly table: string;
}

const timerId = (table: TableLayout) => `dynamodb/trim-recovery/${table.prefix}`;

/** Keeps a table's log as short as its recovery period allows. */
export function watchLog(ctx: Context, table: TableLayout): void {
  const { account, region, row } = table;
  const payload: LogPayload = { account, region, table: row.name };
  ctx.schedule({ at: ctx.now() + DAY_MS, kind: "trimRecovery", id: timerId(table), payload });
}

/** Forgets a table's log. */
export function forgetLog(ctx: Context, table: TableLayout): void {
  ctx.table(log, table).clear({ prefix: [table.prefix] });
  ctx.cancel(timerId(table));
}

/** Deletes what is older than a table's recovery period. */
export function trimRecovery(payload: LogPayload, ctx: Context): void {
  const row = ctx.table(tables, payload).get(payload.table);
  if (!row?.recovery) return;
  const { earliest } = restorableTimes(row.recovery, ctx.now());
  ctx.table(log, payload).clear({ prefix: [row.id], before: [firstNumberAt(earliest)] });
  ctx.schedule({
    at: ctx.now() + DAY_MS,
    kind: "trimRecovery",
    id: `dynamodb/trim-recovery/${row.id}`,
    payload,
  });
}
