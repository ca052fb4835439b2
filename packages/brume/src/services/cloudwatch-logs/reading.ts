/** Reads log events in their order. */
import type { Context } from "../../kernel/context.js";
import { type Batch, batches, expiry, type LogGroup, type StoredEvent } from "./tables.js";

/** An event with its place in the order of all events. */
export interface Placed extends StoredEvent {
  readonly stream: string;
  readonly ingestedAt: number;
  /** 56 digits that sort as events do: by time, then in the order in which they came. */
  readonly id: string;
}

interface TimeRange {
  startTime?: number | undefined;
  endTime?: number | undefined;
}

/** A stream's events in a range of time (the end is left out), in order. */
export function readStream(
  ctx: Context,
  group: LogGroup,
  stream: string,
  { startTime, endTime }: TimeRange,
  accepts: (message: string) => boolean = () => true,
): Placed[] {
  const from = Math.max(startTime ?? 0, expiry(ctx, group));
  const to = endTime ?? Number.POSITIVE_INFINITY;
  const found: Placed[] = [];
  for (const { row } of ctx.table(batches).entries({ prefix: [group.name, stream] })) {
    if ((row.events[0]?.timestamp ?? 0) >= to || (row.events.at(-1)?.timestamp ?? 0) < from) continue;
    for (const [index, { timestamp, message }] of row.events.entries()) {
      if (timestamp < from || timestamp >= to || !accepts(message)) continue;
      found.push({ timestamp, message, stream, ingestedAt: row.ingestedAt, id: idOf(row, timestamp, index) });
    }
  }
  return found.sort(byId);
}

export const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** 15 digits of the time, 36 of the batch, and 5 of the place in it. */
function idOf({ sequence, expired = 0 }: Batch, timestamp: number, index: number): string {
  return (
    String(timestamp).padStart(15, "0") + String(sequence).padStart(36, "0") + String(expired + index).padStart(5, "0")
  );
}

/** An event by its place; `undefined` when it is not there any more. */
export function findEvent(ctx: Context, group: LogGroup, stream: string, id: string): Placed | undefined {
  const batch = ctx.table(batches).get(group.name, stream, Number(id.slice(15, 51)));
  const event = batch?.events[Number(id.slice(51)) - (batch.expired ?? 0)];
  if (!batch || !event || event.timestamp < expiry(ctx, group)) return undefined;
  return { ...event, stream, ingestedAt: batch.ingestedAt, id };
}
