/** The functions of metric math. See "Metric math syntax and functions" in the CloudWatch User Guide. */
import { aggregate, combine, isArray, isSeries, mapPoints, type Series, seriesOf, type Value } from "./series.js";

/** The span over which an expression is evaluated. */
export interface Span {
  readonly from: number;
  readonly before: number;
  readonly periodMs: number;
}

/** A metric math expression asks for what cannot be. */
export class MathFailure extends Error {}

export type MathFunction = (args: readonly Value[], span: Span) => Value;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const average = (values: readonly number[]) => sum(values) / values.length;
const deviation = (values: readonly number[]) =>
  Math.sqrt(average(values.map((value) => (value - average(values)) ** 2)));

const argument = (args: readonly Value[], index: number): Value => {
  const value = args[index];
  if (value === undefined) throw new MathFailure("too few arguments");
  return value;
};

const each =
  (change: (series: Series, args: readonly Value[], span: Span) => Series): MathFunction =>
  (args, span) => {
    const value = argument(args, 0);
    if (isArray(value)) return value.map((series) => change(series, args, span));
    return isSeries(value) ? change(value, args, span) : change(constant(Number(value), span), args, span);
  };

const timesOf = ({ from, before, periodMs }: Span): number[] => {
  const start = Math.ceil(from / periodMs) * periodMs;
  return Array.from(
    { length: Math.max(0, Math.ceil((before - start) / periodMs)) },
    (_, index) => start + index * periodMs,
  );
};
const constant = (value: number, span: Span): Series => seriesOf(timesOf(span).map((time) => [time, value]));

/** Each point with the one before it made into another. */
const pairwise = (change: (now: number, before: number, seconds: number) => number) =>
  each((series) => {
    const points = [...series.points];
    const [first] = points;
    let previous = first;
    return seriesOf(
      points.slice(1).map(([time, value]): [number, number] => {
        const [earlier, old] = previous as [number, number];
        previous = [time, value];
        return [time, change(value, old, (time - earlier) / 1000)];
      }),
    );
  });

const number =
  (change: (value: number) => number): MathFunction =>
  (args) => {
    const value = argument(args, 0);
    return combine(value, 0, change);
  };

const reduce =
  (apply: (values: readonly number[]) => number): MathFunction =>
  (args) =>
    aggregate(
      args.length > 1 ? args.flatMap((value) => (typeof value === "object" ? value : [])) : argument(args, 0),
      apply,
    );

const fill = each((series, args, span) => {
  const filler = argument(args, 1);
  const known = [...series.points];
  const missingAt = (time: number): number => {
    if (typeof filler === "number") return filler;
    if (typeof filler === "object") return isSeries(filler) ? (filler.points.get(time) ?? Number.NaN) : Number.NaN;
    const before = known.findLast(([at]) => at < time);
    if (filler === "REPEAT") return before?.[1] ?? Number.NaN;
    const after = known.find(([at]) => at > time);
    if (!before || !after) return Number.NaN;
    return before[1] + ((after[1] - before[1]) * (time - before[0])) / (after[0] - before[0]);
  };
  return seriesOf(timesOf(span).map((time) => [time, series.points.get(time) ?? missingAt(time)]));
});

/** A point where the condition has one, and the branch that it chooses too. */
const choose: MathFunction = (args) => {
  const [condition, yes, no] = [argument(args, 0), argument(args, 1), args[2]];
  const at = (value: Value | undefined, time: number): number => {
    if (value === undefined) return Number.NaN;
    if (isSeries(value)) return value.points.get(time) ?? Number.NaN;
    return isArray(value) ? Number.NaN : Number(value);
  };
  if (isArray(condition)) throw new MathFailure("IF takes a single time series as its condition");
  if (isSeries(condition)) return mapPoints(condition, (value, time) => at(value !== 0 ? yes : no, time));
  return Number(condition) !== 0 ? yes : (no ?? seriesOf([]));
};

const calendar = (part: (date: Date) => number) =>
  each((series) => mapPoints(series, (_, time) => part(new Date(time))));

const running = each((series) => {
  let total = 0;
  return mapPoints(series, (value) => {
    total += value;
    return total;
  });
});

/** What series are sorted by. */
const MEASURES: Readonly<Record<string, (values: readonly number[]) => number>> = {
  AVG: average,
  MAX: (values) => Math.max(...values),
  MIN: (values) => Math.min(...values),
  SUM: sum,
};

const sort: MathFunction = (args) => {
  const [by, direction, limit] = [argument(args, 1), argument(args, 2), args[3]];
  const measure = typeof by === "string" && Object.hasOwn(MEASURES, by) ? MEASURES[by] : undefined;
  if (!measure || (direction !== "ASC" && direction !== "DESC") || (limit !== undefined && typeof limit !== "number"))
    throw new MathFailure("SORT takes an array, AVG, MIN, MAX or SUM, ASC or DESC, and a number of series");
  const sign = direction === "ASC" ? 1 : -1;
  return arrayOf(argument(args, 0))
    .filter(({ points }) => points.size > 0)
    .map((series) => ({ series, rank: measure([...series.points.values()]) }))
    .sort((a, b) => sign * (a.rank - b.rank))
    .slice(0, limit)
    .map(({ series }) => series);
};

const slice: MathFunction = (args) => {
  const [from, to] = [argument(args, 1), args[2]];
  if (typeof from !== "number" || (to !== undefined && typeof to !== "number"))
    throw new MathFailure("SLICE takes an array and one or two places in it");
  const series = arrayOf(argument(args, 0));
  return to === undefined ? (series[from] ?? seriesOf([])) : series.slice(from, to);
};

const arrayOf = (value: Value): readonly Series[] => (isArray(value) ? value : isSeries(value) ? [value] : []);

export const FUNCTIONS: Readonly<Record<string, MathFunction>> = {
  ABS: number(Math.abs),
  AVG: reduce(average),
  CEIL: number(Math.ceil),
  DATAPOINT_COUNT: reduce((values) => values.length),
  DAY: calendar((date) => date.getUTCDay() || 7),
  DATE: calendar((date) => date.getUTCDate()),
  DIFF: pairwise((now, before) => now - before),
  DIFF_TIME: pairwise((_, __, seconds) => seconds),
  EPOCH: calendar((date) => date.getTime() / 1000),
  FILL: fill,
  FIRST: (args) => arrayOf(argument(args, 0))[0] ?? seriesOf([]),
  FLOOR: number(Math.floor),
  HOUR: calendar((date) => date.getUTCHours()),
  IF: choose,
  LAST: (args) => arrayOf(argument(args, 0)).at(-1) ?? seriesOf([]),
  LOG: number(Math.log),
  LOG10: number(Math.log10),
  MAX: reduce((values) => Math.max(...values)),
  MIN: reduce((values) => Math.min(...values)),
  MINUTE: calendar((date) => date.getUTCMinutes()),
  MONTH: calendar((date) => date.getUTCMonth() + 1),
  PERIOD: (_, span) => span.periodMs / 1000,
  RATE: pairwise((now, before, seconds) => (now - before) / seconds),
  REMOVE_EMPTY: (args) => arrayOf(argument(args, 0)).filter(({ points }) => points.size > 0),
  RUNNING_SUM: running,
  SLICE: slice,
  SORT: sort,
  STDDEV: reduce(deviation),
  SUM: reduce(sum),
  TIME_SERIES: (args, span) => constant(Number(argument(args, 0)), span),
  YEAR: calendar((date) => date.getUTCFullYear()),
};
