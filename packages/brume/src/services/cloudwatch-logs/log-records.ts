/** Log events as Logs Insights sees them, and the operations that show one, or what fields a group's have. */
import type { Context } from "../../kernel/context.js";
import { isAwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { invalid, notFound } from "./constraints.js";
import { LogRecord, type QueriedEvent } from "./insights/record.js";
import { toText } from "./insights/values.js";
import { byId, findEvent, type Placed, readStream } from "./reading.js";
import { getGroup, groupGiven, groupNameOf, type LogGroup, logStreams } from "./tables.js";

type Logs = typeof import("@aws-sdk/client-cloudwatch-logs");

/** Whose events, and of what time: milliseconds since the epoch, both ends included. */
export interface EventRange {
  readonly groups: readonly string[];
  readonly from: number;
  readonly to: number;
}

const AROUND_MS = 8 * 60 * 1000;
const RECENT_MS = 15 * 60 * 1000;
const MAX_SAMPLE = 10_000;

/** The API asks for seconds, and takes milliseconds too. */
export const toMilliseconds = (time = 0) => (time < 1e11 ? time * 1000 : time);

/** @throws AwsError `ResourceNotFoundException` */
export function groupToQuery(ctx: Context, identifier: string): LogGroup {
  const name = groupNameOf(identifier);
  try {
    return getGroup(ctx, name);
  } catch (error) {
    if (!isAwsError(error, "ResourceNotFoundException")) throw error;
    throw notFound(`Log group '${name}' does not exist for account ID '${ctx.account}'`);
  }
}

/** The events that a query looks at, the latest first. */
export function eventsOf(ctx: Context, { groups, from, to }: EventRange): QueriedEvent[] {
  const found: (Placed & { group: string })[] = [];
  for (const name of groups) {
    const group = groupToQuery(ctx, name);
    for (const stream of ctx.table(logStreams).rows({ prefix: [name] })) {
      for (const event of readStream(ctx, group, stream.name, { startTime: from, endTime: to + 1 }))
        found.push({ ...event, group: name });
    }
  }
  return found.sort((a, b) => byId(b, a)).map(({ group, ...event }) => queried(ctx, group, event));
}

function queried(ctx: Context, group: string, { timestamp, ingestedAt, message, stream, id }: Placed): QueriedEvent {
  const pointer = Buffer.from(JSON.stringify([group, stream, id])).toString("base64url");
  return { timestamp, ingestedAt, message, stream, log: `${ctx.account}:${group}`, pointer };
}

export const getLogRecord: Handler<Logs, "GetLogRecord"> = (input, ctx) => {
  const found = eventAt(ctx, input.logRecordPointer ?? "");
  if (!found) throw notFound("The specified log record does not exist.");
  const record = LogRecord.of(found, ctx.now());
  const fields = record.names().map((name): [string, string] => {
    const value = record.get(name);
    const isTime = name === "@timestamp" || name === "@ingestionTime";
    return [name, isTime ? String(name === "@timestamp" ? found.timestamp : found.ingestedAt) : (toText(value) ?? "")];
  });
  return { logRecord: Object.fromEntries(fields) };
};

function eventAt(ctx: Context, pointer: string): QueriedEvent | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(pointer, "base64url").toString());
  } catch {
    parts = undefined;
  }
  const [group, stream, id] = Array.isArray(parts) ? (parts as unknown[]) : [];
  if (typeof group !== "string" || typeof stream !== "string" || !/^\d{56}$/.test(String(id)))
    throw invalid("The specified logRecordPointer is invalid.");
  const event = findEvent(ctx, groupToQuery(ctx, group), stream, String(id));
  return event && queried(ctx, group, event);
}

export const getLogGroupFields: Handler<Logs, "GetLogGroupFields"> = (input, ctx) => {
  const group = groupGiven(ctx, input.logGroupName, input.logGroupIdentifier);
  const around = input.time === undefined ? undefined : toMilliseconds(input.time);
  const [from, to] =
    around === undefined ? [ctx.now() - RECENT_MS, ctx.now()] : [around - AROUND_MS, around + AROUND_MS];
  const counts = new Map<string, number>();
  const events = eventsOf(ctx, { groups: [group.name], from, to }).slice(0, MAX_SAMPLE);
  for (const event of events) {
    for (const name of LogRecord.of(event, ctx.now()).names()) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const fields = [...counts].map(([name, count]) => ({ name, percent: Math.round((100 * count) / events.length) }));
  return { logGroupFields: fields.sort((a, b) => b.percent - a.percent) };
};
