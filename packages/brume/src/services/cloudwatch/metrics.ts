/** The operations that put metric data and list metrics. */

import type { Context } from "../../kernel/context.js";
import type { Handler, Input } from "../../kernel/service.js";
import { textAt } from "../../kernel/store.js";
import { type Bucket, type Gathered, gather, merge, metricKey, sortedDimensions } from "./metric.js";
import { buckets, invalidCombination, invalidValue, metrics, missing, page, watchers } from "./tables.js";
import { wake } from "./watch.js";

type CloudWatch = typeof import("@aws-sdk/client-cloudwatch");
type Datum = NonNullable<Input<CloudWatch, "PutMetricData">["MetricData"]>[number];

const MAX_DATA = 1000;
const MAX_VALUES = 150;
const MAX_DIMENSIONS = 30;
const HOUR_MS = 3_600_000;
const OLDEST_MS = 14 * 24 * HOUR_MS;
const LISTED_MS = 14 * 24 * HOUR_MS;
const PAGE = 500;
const UNITS = new Set(
  [
    "Seconds Microseconds Milliseconds Bytes Kilobytes Megabytes Gigabytes Terabytes Bits Kilobits Megabits Gigabits",
    "Terabits Percent Count None Bytes/Second Kilobytes/Second Megabytes/Second Gigabytes/Second Terabytes/Second",
    "Bits/Second Kilobits/Second Megabits/Second Gigabits/Second Terabits/Second Count/Second",
  ].flatMap((line) => line.split(" ")),
);

/** What a datum amounts to. @throws AwsError */
function gathered(datum: Datum, at: string): Gathered {
  const { Value, Values, Counts, StatisticValues } = datum;
  const given = Object.entries({ Value, Values, StatisticValues }).filter(([, value]) => value !== undefined);
  const [first, second] = given.map(([name]) => name);
  if (first === undefined) {
    throw invalidCombination(
      `At least one of the parameters ${at}.Value, ${at}.Values or ${at}.StatisticValues must be specified.`,
    );
  }
  if (second !== undefined) {
    throw invalidCombination(
      `The parameters ${at}.${first} and ${at}.${second} are mutually exclusive and you have specified both.`,
    );
  }
  if (StatisticValues) {
    const { SampleCount, Sum, Minimum, Maximum } = StatisticValues;
    for (const [name, value] of Object.entries({ SampleCount, Sum, Minimum, Maximum })) {
      if (value === undefined) throw missing(`${at}.StatisticValues.${name}`);
      checkNumber(value, `${at}.StatisticValues.${name}`);
    }
    return { count: SampleCount as number, sum: Sum as number, min: Minimum as number, max: Maximum as number };
  }
  const values = Values ?? [Value as number];
  if (values.length === 0 || values.length > MAX_VALUES)
    throw invalidValue(`The parameter ${at}.Values must have between 1 and ${MAX_VALUES} members.`);
  if (Counts && Counts.length !== values.length) {
    throw invalidValue(`The parameters ${at}.Values and ${at}.Counts must be of the same size.`);
  }
  values.forEach(
    (value, index) => void checkNumber(value, Values ? `${at}.Values.member.${index + 1}` : `${at}.Value`),
  );
  return gather(values, Counts);
}

function checkNumber(value: number, parameter: string): void {
  if (Number.isFinite(value) && Math.abs(value) <= 2 ** 360) return;
  throw invalidValue(`The value ${value} for parameter ${parameter} is invalid.`);
}

// Differs from AWS: namespaces that begin with AWS/ are taken, so that alarms on services' metrics can be tried out.
export const putMetricData: Handler<CloudWatch, "PutMetricData"> = (input, ctx) => {
  const { Namespace } = input;
  if (!Namespace) throw missing("Namespace");
  if (Namespace.startsWith(":") || Namespace.length > 255)
    throw invalidValue(`The value ${Namespace} for parameter Namespace is invalid.`);
  const data = [
    ...(input.MetricData ?? []),
    ...(input.EntityMetricData ?? []).flatMap(({ MetricData = [] }) => MetricData),
  ];
  if (data.length === 0) throw missing("MetricData");
  if (data.length > MAX_DATA)
    throw invalidValue(`The collection MetricData must not have a size greater than ${MAX_DATA}.`);
  const touched = new Map<string, readonly [string, string, string]>();
  data.forEach((datum, index) => {
    const key = putDatum(ctx, Namespace, datum, `MetricData.member.${index + 1}`);
    touched.set(key.join("\0"), key);
  });
  for (const key of touched.values()) {
    for (const { position } of ctx.table(watchers).entries({ prefix: key })) wake(ctx, textAt(position, -1));
  }
  return {};
};

function putDatum(ctx: Context, namespace: string, datum: Datum, at: string): [string, string, string] {
  const { MetricName, Unit = "None", Dimensions = [], StorageResolution: resolution = 60 } = datum;
  if (!MetricName) throw missing(`${at}.MetricName`);
  if (!UNITS.has(Unit)) throw invalidValue(`The value ${Unit} for parameter ${at}.Unit is invalid.`);
  if (resolution !== 1 && resolution !== 60)
    throw invalidValue(`The value ${resolution} for parameter ${at}.StorageResolution is invalid.`);
  if (Dimensions.length > MAX_DIMENSIONS)
    throw invalidValue(`The collection ${at}.Dimensions must not have a size greater than ${MAX_DIMENSIONS}.`);
  Dimensions.forEach(({ Name, Value }, index) => {
    if (!Name) throw missing(`${at}.Dimensions.member.${index + 1}.Name`);
    if (!Value) throw missing(`${at}.Dimensions.member.${index + 1}.Value`);
  });
  const now = ctx.now();
  const time = datum.Timestamp?.getTime() ?? now;
  if (time < now - OLDEST_MS || time > now + 2 * HOUR_MS) {
    throw invalidValue(
      `The parameter ${at}.Timestamp must specify a time no earlier than two weeks in the past and no later than two hours in the future.`,
    );
  }
  const more = gathered(datum, at);
  const key = metricKey(namespace, MetricName, Dimensions);
  const start = time - (time % (resolution * 1000));
  const before: Bucket = ctx.table(buckets).get(...key, start) ?? {};
  ctx.table(buckets).put([...key, start], { ...before, [Unit]: merge(before[Unit], more) });
  const metric = ctx.table(metrics).get(...key);
  // Once an hour is enough to know which metrics are active.
  if (!metric || metric.activeAt < now - HOUR_MS) {
    const dimensions = sortedDimensions(Dimensions);
    ctx.table(metrics).put(key, { namespace, name: MetricName, dimensions, activeAt: now });
  }
  return key;
}

export const listMetrics: Handler<CloudWatch, "ListMetrics"> = (input, ctx) => {
  const { Namespace, MetricName, Dimensions = [], RecentlyActive } = input;
  const since = ctx.now() - (RecentlyActive === undefined ? LISTED_MS : 4 * HOUR_MS);
  const found = ctx
    .table(metrics)
    .rows(Namespace === undefined ? {} : { prefix: [Namespace] })
    .filter(({ name, activeAt }) => (MetricName === undefined || name === MetricName) && activeAt >= since)
    .filter(({ dimensions }) =>
      Dimensions.every((filter) =>
        dimensions.some(
          ({ Name, Value }) => Name === filter.Name && (filter.Value === undefined || Value === filter.Value),
        ),
      ),
    );
  const { items, NextToken } = page(found, PAGE, input.NextToken);
  return {
    Metrics: items.map(({ namespace, name, dimensions }) => ({
      Namespace: namespace,
      MetricName: name,
      Dimensions: dimensions.map((dimension) => ({ ...dimension })),
    })),
    NextToken,
  };
};
