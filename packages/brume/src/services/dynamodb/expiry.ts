/** Notes when items expire, so that one timer for each table finds those whose time has come. */
import type { Context } from "../../kernel/context.js";
import { defineTable, type Key } from "../../kernel/store.js";
import { attributeOf, type Item } from "./attribute-value.js";
import { hashOf, keyAttributes, keyOf } from "./keys.js";
import type { TableLayout } from "./table.js";

/** [table id, when it expires in ms, hash of the item's key] */
export const expirations = defineTable<{ at: number; key: Item }>("dynamodb/expirations");
/** [table id]: when the table's timer is due. */
export const sweeps = defineTable<number>("dynamodb/sweeps");

const FIVE_YEARS_MS = 5 * 365 * 24 * 3600 * 1000;
/** Times that have passed already are acted on a moment later, so that what was just written can be read. */
const GRACE_MS = 1000;

/** What the table's timer is given. */
export interface SweepPayload {
  readonly table: string;
  readonly account: string;
  readonly region: string;
}

/**
 * When an item expires; `undefined` when it does not. Times more than five years past are not acted on: see "Using time to
 * live (TTL) in DynamoDB".
 */
function expiryOf(table: TableLayout, item: Item, now: number): number | undefined {
  const { timeToLive } = table.row;
  const text = timeToLive === undefined ? undefined : attributeOf(item, timeToLive)?.N;
  if (text === undefined) return undefined;
  const time = Math.floor(Number(text) * 1000);
  return time > Math.max(0, now - FIVE_YEARS_MS) && time <= Number.MAX_SAFE_INTEGER ? time : undefined;
}

function expiryKey(table: TableLayout, item: Item, expiry: number): Key {
  return [table.prefix, expiry, hashOf(keyAttributes(table.schema).map(({ name }) => item[name] ?? {}))];
}

/** Notes when an item that changed is to go. */
export function trackExpiry(ctx: Context, table: TableLayout, before: Item | undefined, after: Item | undefined): void {
  if (table.row.timeToLive === undefined) return;
  const now = ctx.now();
  const rows = ctx.table(expirations, table);
  const from = before && expiryOf(table, before, now);
  const to = after && expiryOf(table, after, now);
  if (before && from !== undefined && from !== to) rows.delete(...expiryKey(table, before, from));
  if (!after || to === undefined) return;
  rows.put(expiryKey(table, after, to), { at: to, key: keyOf(after, [table.schema]) });
  scheduleSweep(ctx, table, Math.max(to, now + GRACE_MS));
}

/** Sees to it that the table's timer is due at a time, or before. */
export function scheduleSweep(ctx: Context, table: TableLayout, at: number): void {
  const due = ctx.table(sweeps, table).get(table.prefix);
  if (due !== undefined && due <= at) return;
  ctx.table(sweeps, table).put([table.prefix], at);
  const payload: SweepPayload = { table: table.row.name, account: table.account, region: table.region };
  ctx.schedule({ at, kind: "expire", id: timerId(table), payload });
}

/** Forgets all expiries of a table, and takes its timer back. */
export function forgetExpiry(ctx: Context, table: TableLayout): void {
  const rows = ctx.table(expirations, table);
  for (const { at, key } of rows.rows({ prefix: [table.prefix] })) rows.delete(...expiryKey(table, key, at));
  if (ctx.table(sweeps, table).delete(table.prefix)) ctx.cancel(timerId(table));
}

const timerId = (table: TableLayout) => `dynamodb/expire/${table.prefix}`;
