/** The operations of Logs Insights: queries run beside other calls, and their results are kept for a week. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { check, invalid, notFound, page } from "./constraints.js";
import { MAX_LIMIT, parseQuery } from "./insights/parser.js";
import { LogRecord } from "./insights/record.js";
import { type Row, startRun } from "./insights/run.js";
import { MalformedQuery } from "./insights/syntax.js";
import { eventsOf, groupToQuery, toMilliseconds } from "./log-records.js";
import { eventBytes } from "./tables.js";

type Logs = typeof import("@aws-sdk/client-cloudwatch-logs");

interface Query {
  readonly id: string;
  readonly text: string;
  readonly groups: readonly string[];
  /** Milliseconds since the epoch; both ends are part of the range. */
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  readonly status: "Scheduled" | "Running" | "Complete" | "Failed" | "Cancelled";
  readonly createdAt: number;
  readonly statistics: {
    readonly recordsMatched: number;
    readonly recordsScanned: number;
    readonly bytesScanned: number;
    readonly logGroupsScanned: number;
  };
  readonly results: number;
}

/** [id] */
const queries = defineTable<Query>("logs/queries");
/** [query, place of the first]: results, some at a time. */
const queryResults = defineTable<readonly Row[]>("logs/query-results");

const KEPT_MS = 7 * 24 * 60 * 60 * 1000;
const DEFAULT_LIMIT = 10_000;
const MAX_GROUPS = 50;
const PAGE = 10_000;
const ROWS_TOGETHER = 500;
/** After so many events a query lets others have a turn. */
const TURN = 500;
const NOTHING = { recordsMatched: 0, recordsScanned: 0, bytesScanned: 0, logGroupsScanned: 0 };

export const startQuery: Handler<Logs, "StartQuery"> = (input, ctx) => {
  check("startTime", input.startTime, { min: 0 });
  check("endTime", input.endTime, { min: 0 });
  const limit = input.limit ?? DEFAULT_LIMIT;
  check("limit", limit, { min: 1, max: MAX_LIMIT });
  const [from, to] = [toMilliseconds(input.startTime), toMilliseconds(input.endTime) + 999];
  if (from > to) throw invalid("The start time of a query must not be after its end time.");
  if ((input.queryLanguage ?? "CWLI") !== "CWLI") {
    throw new AwsError("NotImplemented", `brume runs queries in CWLI, and none in ${input.queryLanguage}.`, {
      status: 501,
    });
  }
  const given = [input.logGroupName && [input.logGroupName], input.logGroupNames, input.logGroupIdentifiers];
  const [names, ...more] = given.filter((one) => Array.isArray(one));
  if (!names || more.length > 0 || names.length === 0 || names.length > MAX_GROUPS)
    throw invalid("Exactly one of logGroupName, logGroupNames and logGroupIdentifiers has to name 1 to 50 log groups.");
  const groups = names.map((name) => groupToQuery(ctx, name).name);
  compile(input.queryString as string);
  const id = uuid();
  const query: Query = {
    id,
    text: input.queryString as string,
    groups,
    from,
    to,
    limit,
    status: "Scheduled",
    createdAt: ctx.now(),
    statistics: NOTHING,
    results: 0,
  };
  ctx.table(queries).put([id], query);
  ctx.schedule({ at: ctx.now(), kind: "query", payload: { id } });
  ctx.schedule({ at: ctx.now() + KEPT_MS, kind: "forget query", payload: { id } });
  return { queryId: id };
};

/** @throws AwsError `MalformedQueryException` */
function compile(text: string) {
  try {
    return parseQuery(text);
  } catch (error) {
    if (!(error instanceof MalformedQuery)) throw error;
    const { message, start, end } = error;
    const location = { startCharOffset: start, endCharOffset: end };
    throw new AwsError("MalformedQueryException", message, { members: { queryCompileError: { location, message } } });
  }
}

/** The timer that runs a query. */
export async function runQuery({ id }: { id: string }, ctx: Context): Promise<void> {
  const query = ctx.table(queries).get(id);
  if (!query || isOver(query)) return;
  ctx.table(queries).put([id], { ...query, status: "Running" });
  await ctx.commit();
  try {
    await run(query, ctx);
  } catch (error) {
    ctx.table(queries).put([id], { ...query, status: "Failed" });
    await ctx.commit();
    throw error;
  }
}

async function run(query: Query, ctx: Context): Promise<void> {
  const { id } = query;
  const running = startRun(compile(query.text), ctx.now(), query.limit);
  const events = eventsOf(ctx, query);
  for (const [index, event] of events.entries()) {
    running.push(LogRecord.of(event, ctx.now()));
    if (index % TURN < TURN - 1) continue;
    await new Promise(setImmediate);
    if (ctx.cloud.closing || ctx.table(queries).get(id)?.status !== "Running") return;
  }
  const rows = running.finish();
  for (let i = 0; i < rows.length; i += ROWS_TOGETHER) {
    ctx.table(queryResults).put([id, i], rows.slice(i, i + ROWS_TOGETHER));
  }
  ctx.table(queries).put([id], {
    ...query,
    status: "Complete",
    results: rows.length,
    statistics: {
      recordsMatched: running.matched,
      recordsScanned: events.length,
      bytesScanned: eventBytes(events),
      logGroupsScanned: query.groups.length,
    },
  });
}

const isOver = ({ status }: Query) => status !== "Scheduled" && status !== "Running";

/** The timer that forgets a query and its results. */
export function forgetQuery({ id }: { id: string }, ctx: Context): void {
  ctx.table(queries).delete(id);
  ctx.table(queryResults).clear({ prefix: [id] });
}

function getQuery(ctx: Context, id: string | undefined): Query {
  const query = ctx.table(queries).get(id ?? "");
  if (!query) throw notFound(`Query with ID '${id}' does not exist.`);
  return query;
}

export const getQueryResults: Handler<Logs, "GetQueryResults"> = (input, ctx) => {
  const query = getQuery(ctx, input.queryId);
  const { items, nextToken } = resultPage(ctx, query, input.maxItems ?? PAGE, input.nextToken);
  return {
    queryLanguage: "CWLI",
    results: items.map((row) => row.map((field) => ({ ...field }))),
    statistics: {
      ...query.statistics,
      estimatedRecordsSkipped: 0,
      estimatedBytesSkipped: 0,
    },
    status: query.status,
    nextToken,
  };
};

function resultPage(ctx: Context, query: Query, count: number, token: string | undefined) {
  check("maxItems", count, { min: 1, max: PAGE });
  const start = token === undefined ? 0 : Number(Buffer.from(token, "base64url").toString());
  if (!Number.isSafeInteger(start) || start < 0) throw invalid("The specified nextToken is invalid.");
  const end = start + count;
  const first = start - (start % ROWS_TOGETHER);
  const rows = ctx.table(queryResults).rows({ prefix: [query.id], from: [first], before: [end] });
  return {
    items: rows.flat().slice(start - first, end - first),
    nextToken: query.results > end ? Buffer.from(String(end)).toString("base64url") : undefined,
  };
}

export const stopQuery: Handler<Logs, "StopQuery"> = (input, ctx) => {
  const query = getQuery(ctx, input.queryId);
  if (isOver(query)) throw invalid(`Query with ID '${query.id}' is not running.`);
  ctx.table(queries).put([query.id], { ...query, status: "Cancelled" });
  return { success: true };
};

export const describeQueries: Handler<Logs, "DescribeQueries"> = (input, ctx) => {
  const found = ctx
    .table(queries)
    .rows()
    .filter(({ groups }) => input.logGroupName === undefined || groups.includes(input.logGroupName))
    .filter(({ status }) => input.status === undefined || status === input.status)
    .filter(() => (input.queryLanguage ?? "CWLI") === "CWLI")
    .sort((a, b) => b.createdAt - a.createdAt);
  const { items, nextToken } = page(found, { limit: input.maxResults, nextToken: input.nextToken }, 1000);
  return {
    queries: items.map(({ id, text, status, createdAt, groups }) => ({
      queryLanguage: "CWLI" as const,
      queryId: id,
      queryString: text,
      status,
      createTime: createdAt,
      logGroupName: groups[0],
    })),
    nextToken,
  };
};
