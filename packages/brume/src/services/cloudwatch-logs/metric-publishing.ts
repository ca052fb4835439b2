/** What publishes the metrics of metric filters, and those that events bring along, when a batch of events has come in. */
import type { Context } from "../../kernel/context.js";
import { defineTable } from "../../kernel/store.js";
import { type EmbeddedDatum, embeddedMetrics, mayEmbed } from "./embedded-metrics.js";
import { compileFilter } from "./filter-pattern.js";
import { type MetricFilter, metricFilters } from "./filters.js";
import { compileMeasure, type Measured } from "./metric-values.js";
import { batches, type LogGroup, type StoredEvent } from "./tables.js";

const MINUTE_MS = 60_000;
/** The most values of one datum, and data of one call, that CloudWatch takes. */
const MAX_VALUES = 150;
const MAX_DATA = 1000;

interface Placed {
  group: string;
  stream: string;
  sequence: number;
}

/** [group, filter]: the latest minute in which an event matched a filter that has a default value. */
const matchedMinutes = defineTable<number>("logs/matched-minutes");

/** Whether there is anything to be measured in what comes into a group. */
export const isMeasured = ({ metricFilters }: LogGroup, events: readonly StoredEvent[]): boolean =>
  metricFilters > 0 || events.some(({ message }) => mayEmbed(message));

/** Has a batch measured when the present call has committed. */
export function scheduleMeasuring(ctx: Context, group: string, stream: string, sequence: number): void {
  const payload: Placed = { group, stream, sequence };
  ctx.schedule({ at: ctx.now(), kind: "measure", payload });
}

/** The timer that measures a batch. */
export async function measure({ group, stream, sequence }: Placed, ctx: Context): Promise<void> {
  const batch = ctx.table(batches).get(group, stream, sequence);
  if (!batch) return;
  const found = ctx
    .table(metricFilters)
    .rows({ prefix: [group] })
    .map((filter) => ({ filter, minutes: measureEvents(ctx, filter, batch.events) }));
  for (const { filter, minutes } of found) noteDefaults(ctx, filter, minutes);
  await ctx.commit();
  const embedded = batch.events
    .filter(({ message }) => mayEmbed(message))
    .map(({ message }) => embeddedMetrics(message));
  await Promise.all([
    ...found.map(({ filter, minutes }) =>
      publish(
        ctx,
        filter.metricTransformations[0]?.metricNamespace,
        [...minutes].flatMap(([minute, measured]) => dataOf(filter, minute, measured)),
      ),
    ),
    ...embedded.flatMap((spaces) => [...spaces].map(([namespace, data]) => publish(ctx, namespace, data))),
  ]);
}

/** What a filter finds in events, by their minutes: nothing in those of which it matches none. */
function measureEvents(
  ctx: Context,
  filter: MetricFilter,
  events: readonly StoredEvent[],
): Map<number, readonly Measured[]> {
  const match = compileFilter(filter.filterPattern);
  const measureOne = compileMeasure(filter, ctx);
  const minutes = new Map<number, Measured[]>();
  for (const { timestamp, message } of events) {
    const minute = timestamp - (timestamp % MINUTE_MS);
    const measured = minutes.get(minute) ?? [];
    minutes.set(minute, measured);
    const fields = match(message);
    const one = fields && measureOne(message, fields);
    if (one) measured.push(one);
  }
  return minutes;
}

const defaultTimer = (ctx: Context, { logGroupName, filterName }: MetricFilter, minute: number) =>
  `logs/default/${ctx.account}/${ctx.region}/${logGroupName}:${filterName}:${minute}`;

/** At the end of a minute in which events came in and none matched, the filter's default value is published. */
function noteDefaults(ctx: Context, filter: MetricFilter, minutes: ReadonlyMap<number, readonly Measured[]>): void {
  const { logGroupName, filterName } = filter;
  if (filter.metricTransformations[0]?.defaultValue === undefined) return;
  const table = ctx.table(matchedMinutes);
  for (const [minute, measured] of minutes) {
    const id = defaultTimer(ctx, filter, minute);
    if (measured.length > 0) {
      table.put([logGroupName, filterName], minute);
      ctx.cancel(id);
    } else if (table.get(logGroupName, filterName) !== minute) {
      const at = Math.max(ctx.now(), minute + MINUTE_MS);
      ctx.schedule({ id, at, kind: "default", payload: { group: logGroupName, filter: filterName, minute } });
    }
  }
}

/** The timer that publishes a filter's default value. */
export async function publishDefault(
  { group, filter: name, minute }: { group: string; filter: string; minute: number },
  ctx: Context,
): Promise<void> {
  const filter = ctx.table(metricFilters).get(group, name);
  const value = filter?.metricTransformations[0]?.defaultValue;
  if (!filter || value === undefined) return;
  const data = dataOf(filter, minute, [{ value, dimensions: [] }]);
  await publish(ctx, filter.metricTransformations[0]?.metricNamespace, data);
}

interface Datum {
  MetricName: string | undefined;
  Unit: string | undefined;
  Timestamp: Date;
  Dimensions: Measured["dimensions"];
  Values: number[];
}

/** One datum for each set of dimensions, or more where there are many values. */
function dataOf({ metricTransformations: [to] }: MetricFilter, minute: number, measured: readonly Measured[]): Datum[] {
  const data = new Map<string, Datum[]>();
  for (const { value, dimensions } of measured) {
    const key = JSON.stringify(dimensions);
    const same = data.get(key) ?? [];
    data.set(key, same);
    const last = same.at(-1);
    if (last && last.Values.length < MAX_VALUES) last.Values.push(value);
    else {
      same.push({
        MetricName: to?.metricName,
        Unit: to?.unit,
        Timestamp: new Date(minute),
        Dimensions: dimensions,
        Values: [value],
      });
    }
  }
  return [...data.values()].flat();
}

async function publish(
  ctx: Context,
  Namespace: string | undefined,
  data: readonly (Datum | EmbeddedDatum)[],
): Promise<void> {
  for (let i = 0; i < data.length; i += MAX_DATA) {
    await ctx.call("cloudwatch", "PutMetricData", { Namespace, MetricData: data.slice(i, i + MAX_DATA) });
  }
}
