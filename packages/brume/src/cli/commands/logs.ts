/** `brume logs`. */
import { setTimeout as delay } from "node:timers/promises";
import { isAwsError } from "../../kernel/errors.js";
import { requireCloud } from "../connect.js";
import { findFunction } from "../find-function.js";
import type { Action } from "../main.js";

const DEFAULT_LIMIT = 100;
const POLL_MS = 200;

interface LogEvent {
  eventId: string;
  timestamp: number;
  message: string;
}

export const logs: Action = async ([given], options, output) => {
  const cloud = await requireCloud(options);
  const { name, place } = await findFunction(cloud, given as string, options);
  const configuration = await cloud.call<{ LoggingConfig?: { LogGroup?: string } }>(
    "lambda",
    "GetFunctionConfiguration",
    { FunctionName: name },
    place,
  );
  const logGroupName = configuration.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`;
  const read = async (startTime: number): Promise<LogEvent[]> => {
    const all: LogEvent[] = [];
    let nextToken: string | undefined;
    try {
      do {
        const page = await cloud.call<{ events?: LogEvent[]; nextToken?: string }>(
          "cloudwatch-logs",
          "FilterLogEvents",
          { logGroupName, startTime, nextToken },
          place,
        );
        all.push(...(page.events ?? []));
        nextToken = page.nextToken;
      } while (nextToken);
    } catch (error) {
      // A function that was never invoked has no log.
      if (!isAwsError(error, "ResourceNotFoundException")) throw error;
    }
    return all;
  };
  const show = (events: readonly LogEvent[]) => {
    for (const { timestamp, message } of events)
      output.line(`${new Date(timestamp).toISOString()}  ${message.trimEnd()}`);
  };
  const events = (await read(0)).slice(-(options.limit ?? DEFAULT_LIMIT));
  show(events);
  output.result({ logGroup: logGroupName, events: events.map(({ timestamp, message }) => ({ timestamp, message })) });
  const seen = new Set(events.map(({ eventId }) => eventId));
  let last = events.at(-1)?.timestamp ?? 0;
  while (options.follow && !options.json) {
    await delay(POLL_MS);
    const fresh = (await read(last)).filter(({ eventId }) => !seen.has(eventId));
    show(fresh);
    for (const { eventId, timestamp } of fresh) {
      seen.add(eventId);
      last = Math.max(last, timestamp);
    }
  }
  cloud.close();
};
