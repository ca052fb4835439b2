/** Where metrics, alarms and dashboards are kept, and how data is read. */

import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Refusal } from "../../kernel/input-constraints.js";
import { defineTable, numberAt } from "../../kernel/store.js";
import type { Alarm, HistoryItem } from "./alarm.js";
import { type Bucket, type Gathered, type Metric, merge } from "./metric.js";

/** [namespace, name, dimensions] */
export const metrics = defineTable<Metric>("cloudwatch/metrics");
/** [namespace, name, dimensions, time] */
export const buckets = defineTable<Bucket>("cloudwatch/buckets");
/** [name] */
export const alarms = defineTable<Alarm>("cloudwatch/alarms");
/** [namespace, name, dimensions, alarm]: which alarms watch a metric. */
export const watchers = defineTable<true>("cloudwatch/watchers");
/** [alarm, time, count] */
export const history = defineTable<HistoryItem>("cloudwatch/history");
/** [name] */
export const dashboards = defineTable<{ name: string; body: string; modifiedAt: number }>(
  "cloudwatch/dashboards",
  "account",
);
/** [ARN] */
export const tags = defineTable<Readonly<Record<string, string>>>("cloudwatch/tags");

export const invalidValue = (message: string) => new AwsError("InvalidParameterValueException", message);
export const invalidCombination = (message: string) => new AwsError("InvalidParameterCombinationException", message);
export const missing = (parameter: string) =>
  new AwsError("MissingRequiredParameterException", `The parameter ${parameter} is required.`);
/** How constraints of the API's model are answered. Units are looked at by themselves. */
export const refusal: Refusal = {
  code: "ValidationError",
  leaves: ["StandardUnit"],
  error(violations) {
    const absent = violations.find(({ rule }) => rule === "Member must not be null");
    // In this message members are named as the API names them, and those of lists are counted first.
    const parameter = absent?.path
      .replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
      .replace(/(\d+)\.Member/g, "member.$1");
    return parameter === undefined ? undefined : missing(parameter);
  },
};
export const validationError = (message: string) => new AwsError("ValidationError", message);

export const alarmArn = (ctx: Context, name: string) => ctx.arn(`alarm:${name}`, "cloudwatch");
export const dashboardArn = (ctx: Context, name: string) =>
  `arn:${ctx.partition}:cloudwatch::${ctx.account}:dashboard/${name}`;

type MetricKey = readonly [string, string, string];

/** The times at which a metric has data, within a span. */
export function timesOf(ctx: Context, key: MetricKey, from: number, before: number): number[] {
  return [...rowsOf(ctx, key, from, before)].map(([time]) => time);
}

function* rowsOf(ctx: Context, key: MetricKey, from: number, before: number): IterableIterator<[number, Bucket]> {
  const range = { prefix: key, from: [Math.max(0, from)], before: [Math.max(0, before)] };
  for (const { row, position } of ctx.table(buckets).entries(range)) yield [numberAt(position, -1), row];
}

/** A metric's data by periods, the first of which begins at `from`; of one unit, or of all together. */
export function readPeriods(
  ctx: Context,
  key: MetricKey,
  span: { from: number; before: number; periodMs: number; unit?: string | undefined },
): Map<number, Gathered> {
  const periods = new Map<number, Gathered>();
  for (const [time, bucket] of rowsOf(ctx, key, span.from, span.before)) {
    const start = span.from + Math.floor((time - span.from) / span.periodMs) * span.periodMs;
    for (const [unit, data] of Object.entries(bucket)) {
      if (span.unit === undefined || span.unit === unit) periods.set(start, merge(periods.get(start), data));
    }
  }
  return periods;
}

/** The units under which a metric has data. */
export function unitsOf(ctx: Context, key: MetricKey, from: number, before: number): string[] {
  return [...new Set([...rowsOf(ctx, key, from, before)].flatMap(([, bucket]) => Object.keys(bucket)))];
}

/** One page of what is in order already. @throws AwsError `InvalidNextToken` */
export function page<T>(
  items: readonly T[],
  limit: number,
  token: string | undefined,
): { items: T[]; NextToken?: string } {
  const start = token === undefined ? 0 : Number(Buffer.from(token, "base64url").toString());
  if (!Number.isInteger(start) || start < 0)
    throw new AwsError("InvalidNextToken", "The next token specified is invalid.");
  const end = start + limit;
  const shown = items.slice(start, end);
  return end < items.length
    ? { items: shown, NextToken: Buffer.from(String(end)).toString("base64url") }
    : { items: shown };
}
