/** What takes events away when a group's retention has passed. They are not shown from that moment on; this is the clearing up. */
import type { Context } from "../../kernel/context.js";
import { defineTable } from "../../kernel/store.js";
import { batches, DAY_MS, eventBytes, expiry, type LogGroup, type LogStream, logGroups, logStreams } from "./tables.js";

const HOUR_MS = DAY_MS / 24;

/** [group]: when the group is next cleared up. */
const clearings = defineTable<number>("logs/clearings");

const timerId = (ctx: Context, group: string) => `logs/expire/${ctx.account}/${ctx.region}/${group}`;

/** Has a group cleared up in the hour in which an event of this time expires, if nothing is before that. */
export function scheduleExpiry(ctx: Context, { name, retentionDays }: LogGroup, oldest: number | undefined): void {
  if (retentionDays === undefined || oldest === undefined) return;
  const expires = Math.max(ctx.now(), oldest + retentionDays * DAY_MS + 1);
  const at = Math.ceil(expires / HOUR_MS) * HOUR_MS;
  const table = ctx.table(clearings);
  if ((table.get(name) ?? Number.POSITIVE_INFINITY) <= at) return;
  table.put([name], at);
  ctx.schedule({ id: timerId(ctx, name), at, kind: "expire", payload: { group: name } });
}

/** Forgets that a group is to be cleared up, and plans it anew for the retention that it has now. */
export function rescheduleExpiry(ctx: Context, group: LogGroup): void {
  cancelExpiry(ctx, group.name);
  scheduleExpiry(ctx, group, oldestOf(ctx.table(logStreams).rows({ prefix: [group.name] })));
}

export function cancelExpiry(ctx: Context, group: string): void {
  if (ctx.table(clearings).delete(group)) ctx.cancel(timerId(ctx, group));
}

function oldestOf(streams: readonly LogStream[]): number | undefined {
  const times = streams.flatMap(({ firstEventAt = [] }) => firstEventAt);
  return times.length > 0 ? times.reduce((least, time) => Math.min(least, time)) : undefined;
}

/** The timer that takes away what has expired in a group. */
export function expire({ group: name }: { group: string }, ctx: Context): void {
  ctx.table(clearings).delete(name);
  const group = ctx.table(logGroups).get(name);
  if (!group) return;
  const before = expiry(ctx, group);
  const streams = ctx.table(logStreams).rows({ prefix: [name] });
  for (const stream of streams) {
    if (stream.firstEventAt !== undefined && stream.firstEventAt < before) clear(ctx, name, stream, before);
  }
  rescheduleExpiry(ctx, group);
}

function clear(ctx: Context, group: string, stream: LogStream, before: number): void {
  const table = ctx.table(batches);
  let oldest: number | undefined;
  let gone = 0;
  for (const { row } of [...table.entries({ prefix: [group, stream.name] })]) {
    const kept = row.events.filter(({ timestamp }) => timestamp >= before);
    const first = kept[0]?.timestamp;
    if (first !== undefined) oldest = Math.min(first, oldest ?? first);
    if (kept.length === row.events.length) continue;
    gone += eventBytes(row.events) - eventBytes(kept);
    if (kept.length === 0) table.delete(group, stream.name, row.sequence);
    else {
      const expired = (row.expired ?? 0) + row.events.length - kept.length;
      table.put([group, stream.name, row.sequence], { ...row, events: kept, expired });
    }
  }
  const storedBytes = Math.max(0, stream.storedBytes - gone);
  ctx.table(logStreams).put([group, stream.name], { ...stream, storedBytes, firstEventAt: oldest });
}
