/** The operations that write and read log events. */
import type { Handler } from "../../kernel/service.js";
import { check, invalid } from "./constraints.js";
import { compileFilter } from "./filter-pattern.js";
import { isMeasured, scheduleMeasuring } from "./metric-publishing.js";
import { byId, type Placed, readStream } from "./reading.js";
import { scheduleExpiry } from "./retention.js";
import { getStream, sequenceToken } from "./streams.js";
import { isSubscribed, scheduleDelivery } from "./subscriptions.js";
import {
  batches,
  DAY_MS,
  eventBytes,
  expiry,
  getGroup,
  groupGiven,
  type LogStream,
  logStreams,
  type StoredEvent,
  sequence,
} from "./tables.js";

type Logs = typeof import("@aws-sdk/client-cloudwatch-logs");

const OLDEST_MS = 14 * DAY_MS;
const NEWEST_MS = DAY_MS / 12;
const MAX_EVENTS = 10_000;
const MAX_BATCH_BYTES = 1_048_576;

export const putLogEvents: Handler<Logs, "PutLogEvents"> = (input, ctx) => {
  const events = (input.logEvents ?? []) as StoredEvent[];
  checkBatch(events);
  const group = getGroup(ctx, input.logGroupName);
  const stream = getStream(ctx, group.name, input.logStreamName);
  const now = ctx.now();
  const { accepted, rejected } = sift(events, now, expiry(ctx, group));
  const [first, last] = [accepted[0], accepted.at(-1)];
  const changed: LogStream = {
    ...stream,
    batches: stream.batches + 1,
    lastIngestionAt: now,
    storedBytes: stream.storedBytes + eventBytes(accepted),
    firstEventAt: first ? Math.min(first.timestamp, stream.firstEventAt ?? first.timestamp) : stream.firstEventAt,
    lastEventAt: last ? Math.max(last.timestamp, stream.lastEventAt ?? 0) : stream.lastEventAt,
  };
  ctx.table(logStreams).put([group.name, stream.name], changed);
  if (first) {
    const number = ctx.memory(sequence).next();
    const batch = { sequence: number, ingestedAt: now, events: accepted };
    ctx.table(batches).put([group.name, stream.name, number], batch);
    scheduleExpiry(ctx, group, first.timestamp);
    ctx.emit("log", { group: group.name, stream: stream.name, events: accepted });
    if (isMeasured(group, accepted)) scheduleMeasuring(ctx, group.name, stream.name, number);
    if (isSubscribed(ctx, group)) scheduleDelivery(ctx, group.name, stream.name, number);
  }
  return { nextSequenceToken: sequenceToken(changed), rejectedLogEventsInfo: rejected };
};

/** @throws AwsError `InvalidParameterException` */
function checkBatch(events: readonly StoredEvent[]): void {
  if (events.length < 1 || events.length > MAX_EVENTS) {
    const rule = events.length < 1 ? "greater than or equal to 1" : `less than or equal to ${MAX_EVENTS}`;
    const shown = events.length < 1 ? "[]" : "[...]";
    throw invalid(
      `1 validation error detected: Value '${shown}' at 'logEvents' failed to satisfy constraint: Member must have length ${rule}`,
    );
  }
  let before = 0;
  for (const [index, { timestamp, message }] of events.entries()) {
    check(`logEvents.${index + 1}.member.timestamp`, timestamp, { min: 0 });
    check(`logEvents.${index + 1}.member.message`, message, { min: 1 });
    if (timestamp < before)
      throw invalid("Log events in a single PutLogEvents request must be in chronological order.");
    before = timestamp;
  }
  if (before - (events[0] as StoredEvent).timestamp > DAY_MS)
    throw invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  const bytes = eventBytes(events);
  if (bytes > MAX_BATCH_BYTES) throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${MAX_BATCH_BYTES}`);
}

/** Takes away what is too old or too new to be stored. */
function sift(events: readonly StoredEvent[], now: number, expiredBefore: number) {
  const tooOld = events.filter(({ timestamp }) => timestamp < now - OLDEST_MS).length;
  const expired = events.filter(({ timestamp }) => timestamp < expiredBefore).length;
  const tooNew = events.filter(({ timestamp }) => timestamp > now + NEWEST_MS).length;
  if (tooOld + expired + tooNew === 0) return { accepted: events, rejected: undefined };
  return {
    accepted: events.slice(Math.max(tooOld, expired), events.length - tooNew),
    rejected: {
      tooNewLogEventStartIndex: tooNew > 0 ? events.length - tooNew : undefined,
      tooOldLogEventEndIndex: tooOld > 0 ? tooOld : undefined,
      expiredLogEventEndIndex: expired > 0 ? expired : undefined,
    },
  };
}

const START = "0".repeat(56);
const TOKEN = /^([fb])\/(\d{56})\/s$/;

export const getLogEvents: Handler<Logs, "GetLogEvents"> = (input, ctx) => {
  const group = groupGiven(ctx, input.logGroupName, input.logGroupIdentifier);
  const stream = getStream(ctx, group.name, input.logStreamName);
  const limit = input.limit ?? MAX_EVENTS;
  check("limit", limit, { min: 1, max: MAX_EVENTS });
  const [, direction, position = START] = TOKEN.exec(input.nextToken ?? "") ?? [];
  if (input.nextToken !== undefined && direction === undefined) throw invalid("The specified nextToken is invalid.");
  const all = readStream(ctx, group, stream.name, input);
  let shown: Placed[];
  if (direction === "b") shown = all.filter(({ id }) => id < position).slice(-limit);
  else if (direction === "f" || input.startFromHead) shown = all.filter(({ id }) => id > position).slice(0, limit);
  else shown = all.slice(-limit);
  // At an end the token stays the same: that is how callers know.
  const forward = shown.at(-1)?.id ?? position;
  const backward = shown[0]?.id ?? position;
  return {
    events: shown.map(({ timestamp, message, ingestedAt }) => ({ timestamp, message, ingestionTime: ingestedAt })),
    nextForwardToken: `f/${forward}/s`,
    nextBackwardToken: `b/${backward}/s`,
  };
};

export const filterLogEvents: Handler<Logs, "FilterLogEvents"> = (input, ctx) => {
  const group = groupGiven(ctx, input.logGroupName, input.logGroupIdentifier);
  const { logStreamNames: names, logStreamNamePrefix: prefix } = input;
  if (names !== undefined && prefix !== undefined)
    throw invalid("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.");
  const limit = input.limit ?? MAX_EVENTS;
  check("limit", limit, { min: 1, max: MAX_EVENTS });
  const match = compileFilter(input.filterPattern);
  const accepts = (message: string) => match(message) !== undefined;
  const streams =
    names?.map((name) => getStream(ctx, group.name, name)) ??
    ctx
      .table(logStreams)
      .rows({ prefix: [group.name] })
      .filter(({ name }) => prefix === undefined || name.startsWith(prefix));
  const after = input.nextToken ?? START;
  if (!/^\d{56}$/.test(after)) throw invalid("The specified nextToken is invalid.");
  // Here the end is part of the range.
  const endTime = input.endTime === undefined ? undefined : input.endTime + 1;
  const found = streams
    .filter(({ firstEventAt }) => firstEventAt !== undefined && (endTime === undefined || firstEventAt < endTime))
    .flatMap(({ name }) => readStream(ctx, group, name, { startTime: input.startTime, endTime }, accepts))
    .filter(({ id }) => id > after)
    .sort(byId);
  const shown = found.slice(0, limit);
  return {
    events: shown.map(({ stream, timestamp, message, ingestedAt, id }) => ({
      logStreamName: stream,
      timestamp,
      message,
      ingestionTime: ingestedAt,
      eventId: id,
    })),
    searchedLogStreams: [],
    nextToken: found.length > limit ? shown.at(-1)?.id : undefined,
  };
};

declare module "../../kernel/events.js" {
  interface CloudEvents {
    /** Log events that came in. */
    log: { group: string; stream: string; events: readonly { timestamp: number; message: string }[] };
  }
}
