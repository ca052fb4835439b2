/** Evaluates metric alarms: by a timer when what they look at may have changed, and not while nothing can. */
import type { Context } from "../../kernel/context.js";
import { Decimal, type MetricAlarm, periodOf, queriesOf, timestamp, toJson } from "./alarm.js";
import { EXTRA_PERIODS, judge, type Point } from "./evaluation.js";
import { metricKey } from "./metric.js";
import { runQueries } from "./queries.js";
import { alarms, timesOf } from "./tables.js";
import { transition } from "./transitions.js";

const MINUTE_MS = 60_000;
const HIGH_RESOLUTION_MS = 10_000;

/** How often an alarm may look, in ms: every minute, or every ten seconds for periods shorter than that. */
const stepOf = (alarm: MetricAlarm): number => (periodOf(alarm) < 60 ? HIGH_RESOLUTION_MS : MINUTE_MS);

const timerOf = (ctx: Context, name: string) => `cloudwatch/evaluate/${ctx.account}/${ctx.region}/${name}`;

/** Has an alarm evaluated at the next full minute. */
export function wake(ctx: Context, name: string): void {
  const alarm = ctx.table(alarms).get(name);
  if (alarm?.kind === "metric") plan(ctx, alarm, ctx.now() + 1);
}

/** Sets an alarm's only timer, to the first evaluation from a time on. */
function plan(ctx: Context, alarm: MetricAlarm, from: number): void {
  const step = stepOf(alarm);
  const at = Math.ceil(from / step) * step;
  ctx.schedule({ id: timerOf(ctx, alarm.name), at, kind: "evaluate", payload: { name: alarm.name, at } });
}

/** Ends the evaluation of an alarm that goes. */
export function stopWatching(ctx: Context, name: string): void {
  ctx.cancel(timerOf(ctx, name));
}

/** Timer: evaluates an alarm, as things were at the time that the timer was set to. */
export function evaluateAlarm({ name, at }: { name: string; at: number }, ctx: Context): void {
  const alarm = ctx.table(alarms).get(name);
  if (alarm?.kind !== "metric") return;
  const periodMs = periodOf(alarm) * 1000;
  const windows = (alarm.settings.EvaluationPeriods ?? 1) + EXTRA_PERIODS;
  const from = at - windows * periodMs;
  const { queries, id } = queriesOf(alarm);
  const answer = runQueries(ctx, queries, { from, before: at, aligned: false }).get(id);
  const values = answer?.series[0]?.points;
  const points: Point[] = Array.from({ length: windows }, (_, index) => {
    const start = at - (index + 1) * periodMs;
    return { at: start, value: values?.get(start) };
  });
  const verdict = judge(alarm.settings, points);
  if (verdict && verdict.value !== alarm.state.value) {
    const evaluated = verdict.used.map((point) => ({
      timestamp: timestamp(point.at),
      ...(answer?.gathered ? { sampleCount: new Decimal(answer.gathered.get(point.at)?.count ?? 0) } : {}),
      value: new Decimal(point.value ?? 0),
    }));
    const { Statistic, ExtendedStatistic, Threshold } = alarm.settings;
    const oldest = verdict.used.at(-1);
    const reasonData = toJson({
      version: "1.0",
      queryDate: timestamp(ctx.now()),
      ...(oldest ? { startDate: timestamp(oldest.at) } : {}),
      statistic: Statistic ?? ExtendedStatistic,
      period: periodMs / 1000,
      recentDatapoints: [...verdict.used].reverse().map(({ value = 0 }) => new Decimal(value)),
      threshold: new Decimal(Threshold ?? 0),
      evaluatedDatapoints: evaluated,
    });
    transition(ctx, alarm, { value: verdict.value, reason: verdict.reason, reasonData });
  }
  const next = nextChange(dataTimes(ctx, alarm, from), at, periodMs, windows, stepOf(alarm));
  if (next !== undefined) plan(ctx, alarm, next);
}

/** The times of all data of an alarm's metrics, from a time on. */
function dataTimes(ctx: Context, alarm: MetricAlarm, from: number): number[] {
  return queriesOf(alarm).queries.flatMap(({ MetricStat }) => {
    if (!MetricStat?.Metric) return [];
    const { Namespace = "", MetricName = "", Dimensions } = MetricStat.Metric;
    return timesOf(ctx, metricKey(Namespace, MetricName, Dimensions), from, Number.MAX_SAFE_INTEGER);
  });
}

/** The first evaluation at which some data is in another period than now: before it, nothing can change. */
function nextChange(
  times: readonly number[],
  now: number,
  periodMs: number,
  windows: number,
  step: number,
): number | undefined {
  let next: number | undefined;
  for (const time of times) {
    // Data is in the newest period at the first evaluation after it, and one period further back every period later.
    const first = (Math.floor(time / step) + 1) * step;
    const moves = Math.max(0, Math.floor((now - first) / periodMs) + 1);
    if (moves > windows) continue;
    const at = first + moves * periodMs;
    if (next === undefined || at < next) next = at;
  }
  return next;
}
