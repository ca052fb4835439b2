import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { isAwsError } from "../../kernel/errors.js";
import { SeededRandom } from "../testing.js";

const SEED = Number(process.env.BRUME_SEED ?? 20261124);
const STEPS = 120;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WORDS = ["INFO", "WARN", "ERROR", "start", "end"];

interface Event {
  timestamp: number;
  message: string;
  stream: string;
  order: number;
}
interface Shown {
  timestamp: number;
  message: string;
}

/** A log group as the user guide describes it, in a list. */
class Model {
  events: Event[] = [];
  retentionDays: number | undefined;

  kept(now: number): Event[] {
    const from = this.retentionDays === undefined ? 0 : now - this.retentionDays * DAY_MS;
    return this.events
      .filter(({ timestamp }) => timestamp >= from)
      .sort((a, b) => a.timestamp - b.timestamp || a.order - b.order);
  }
}

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
  cloud.clock.pause();
  await cloud.clock.advanceTo(Math.ceil(cloud.clock.now() / HOUR_MS) * HOUR_MS);
});
afterAll(() => cloud.close());

async function outcome<T>(operation: string, input: object): Promise<T | string> {
  try {
    return await cloud.call<T & Record<string, unknown>>("cloudwatch-logs", operation, input);
  } catch (error) {
    if (isAwsError(error)) return error.code;
    throw error;
  }
}
const shown = (events: readonly Shown[]) => events.map(({ timestamp, message }) => `${timestamp} ${message}`);

async function run(seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const logGroupName = `model-${seed}`;
  await outcome("CreateLogGroup", { logGroupName });
  const streams = ["a", "b", "c"];
  for (const logStreamName of streams) await outcome("CreateLogStream", { logGroupName, logStreamName });
  const model = new Model();
  const now = () => cloud.clock.now();
  let order = 0;

  const put = async () => {
    const logStreamName = random.pick(streams) as string;
    const back = random.below(4) === 0 ? random.below(20 * 24) * HOUR_MS : random.below(HOUR_MS);
    const logEvents = Array.from({ length: 1 + random.below(4) }, (_, index) => ({
      timestamp: now() - back + index * 60_000,
      message: `${random.pick(WORDS)} ${random.below(100)}`,
    }));
    const answer = await outcome<{ rejectedLogEventsInfo?: object }>("PutLogEvents", {
      logGroupName,
      logStreamName,
      logEvents,
    });
    const oldest = now() - Math.min(14, model.retentionDays ?? 14) * DAY_MS;
    const isTaken = ({ timestamp }: Shown) => timestamp >= oldest && timestamp <= now() + 2 * HOUR_MS;
    const taken = logEvents.filter(isTaken);
    expect((answer as { rejectedLogEventsInfo?: object }).rejectedLogEventsInfo === undefined).toBe(
      taken.length === logEvents.length,
    );
    for (const event of taken) model.events.push({ ...event, stream: logStreamName, order: order++ });
  };
  const get = async () => {
    const logStreamName = random.pick(streams) as string;
    const limit = 1 + random.below(5);
    const expected = model.kept(now()).filter(({ stream }) => stream === logStreamName);
    const found: Shown[] = [];
    let nextToken: string | undefined;
    for (;;) {
      const input = { logGroupName, logStreamName, limit, startFromHead: true, nextToken };
      const page = (await outcome("GetLogEvents", input)) as { events: Shown[]; nextForwardToken: string };
      found.push(...page.events);
      if (page.nextForwardToken === nextToken) break;
      nextToken = page.nextForwardToken;
    }
    expect(shown(found)).toEqual(shown(expected));
  };
  const filter = async () => {
    const filterPattern = random.pick(WORDS) as string;
    const [from, to] = [now() - random.below(10 * 24) * HOUR_MS, now() - random.below(5) * HOUR_MS];
    const expected = model
      .kept(now())
      .filter(({ message, timestamp }) => message.includes(filterPattern) && timestamp >= from && timestamp <= to);
    const found: Shown[] = [];
    let nextToken: string | undefined;
    do {
      const input = { logGroupName, filterPattern, startTime: from, endTime: to, limit: 3, nextToken };
      const page = (await outcome("FilterLogEvents", input)) as { events: Shown[]; nextToken?: string };
      found.push(...page.events);
      nextToken = page.nextToken;
    } while (nextToken);
    expect(shown(found)).toEqual(shown(expected));
  };
  const query = async () => {
    const word = random.pick(WORDS) as string;
    const input = {
      logGroupName,
      queryString: `filter @message like "${word}" | stats count(*) as n, min(@timestamp) as first by @logStream | sort @logStream`,
      startTime: 0,
      endTime: Math.floor(now() / 1000) + 7200,
    };
    const { queryId } = (await outcome("StartQuery", input)) as { queryId: string };
    await cloud.clock.advance({ milliseconds: 0 });
    const { results } = (await outcome("GetQueryResults", { queryId })) as { results: { value: string }[][] };
    const expected = streams.flatMap((stream) => {
      const own = model.kept(now()).filter((event) => event.stream === stream && event.message.includes(word));
      const first = own[0] && new Date(own[0].timestamp).toISOString().replace("T", " ").replace("Z", "");
      return first ? [[stream, String(own.length), first]] : [];
    });
    expect(results.map((row) => row.map(({ value }) => value))).toEqual(expected);
  };
  const retain = async () => {
    const retentionInDays = random.pick([1, 3, 7, undefined]);
    if (retentionInDays === undefined) await outcome("DeleteRetentionPolicy", { logGroupName });
    else await outcome("PutRetentionPolicy", { logGroupName, retentionInDays });
    // What has expired is gone for good, whatever comes after.
    model.events = model.kept(now());
    model.retentionDays = retentionInDays;
  };
  const advance = async () => {
    await cloud.clock.advance({ minutes: random.below(12 * 60) });
    model.events = model.kept(now());
  };
  const bytes = async () => {
    // Up to an hour after they expired, events still count.
    const answer = (await outcome("DescribeLogGroups", { logGroupNamePrefix: logGroupName })) as {
      logGroups: { storedBytes: number }[];
    };
    const size = (events: readonly Event[]) => events.reduce((sum, { message }) => sum + message.length + 26, 0);
    const stored = answer.logGroups[0]?.storedBytes as number;
    expect(stored).toBeGreaterThanOrEqual(size(model.kept(now())));
    if (model.retentionDays === undefined) expect(stored).toBe(size(model.events));
  };
  const steps = [put, put, put, put, get, filter, filter, query, bytes, advance, advance, retain];
  for (let step = 0; step < STEPS; step++) await random.pick(steps)?.();
}

describe("a log group, whatever is done to it", () => {
  it.each([SEED, SEED + 1, SEED + 2])("holds what it was given, until it expires (seed %i)", run);
});
