/** Runs metric data queries: statistics of metrics, and expressions over them. */
import type { Context } from "../../kernel/context.js";
import { evaluate } from "./math/evaluate.js";
import { MathFailure, type Span } from "./math/functions.js";
import { callsOf, type Expression, namesIn, parse, SyntaxFailure } from "./math/parse.js";
import { isArray, isSeries, type Series, seriesOf, type Value } from "./math/series.js";
import { type Gathered, type Metric, metricKey } from "./metric.js";
import { compileSearch } from "./search.js";
import { statistic } from "./statistic.js";
import { metrics as allMetrics, readPeriods, validationError } from "./tables.js";

/** One query, as requests and alarms have it. */
export interface Query {
  readonly Id: string | undefined;
  readonly MetricStat?:
    | {
        readonly Metric:
          | {
              readonly Namespace?: string | undefined;
              readonly MetricName?: string | undefined;
              readonly Dimensions?: readonly { Name: string | undefined; Value: string | undefined }[] | undefined;
            }
          | undefined;
        readonly Period: number | undefined;
        readonly Stat: string | undefined;
        readonly Unit?: string | undefined;
      }
    | undefined;
  readonly Expression?: string | undefined;
  readonly Label?: string | undefined;
  readonly ReturnData?: boolean | undefined;
  readonly Period?: number | undefined;
  readonly AccountId?: string | undefined;
}

/** A query that was checked. */
interface Known {
  readonly query: Query;
  readonly id: string;
  readonly expression?: Expression;
  readonly period: number;
}

const DEFAULT_PERIOD = 60;
const SEARCH_PERIOD = 300;
const MAX_FOUND = 500;
/** What a request is answered at most. */
const MAX_REPEATED = 100_800;
const FOUND_MS = 14 * 24 * 60 * 60 * 1000;

/** Checks queries, and finds the period of each. @throws AwsError `ValidationError` */
export function checkQueries(queries: readonly Query[]): Map<string, Known> {
  const known = new Map<string, Known>();
  for (const query of queries) {
    const id = query.Id ?? "";
    if (!/^[a-z][A-Za-z0-9_]*$/.test(id)) {
      throw validationError(
        "The values for parameter id in MetricDataQuery must start with a lowercase letter and contain only letters, digits and underscores.",
      );
    }
    if (known.has(id)) throw validationError(`The values for parameter id in MetricDataQuery are not unique: ${id}.`);
    if ((query.MetricStat === undefined) === (query.Expression === undefined))
      throw validationError(
        "Exactly one of the members MetricStat and Expression must be specified in MetricDataQuery.",
      );
    if (query.MetricStat && !statistic(query.MetricStat.Stat ?? ""))
      throw validationError(`The value ${query.MetricStat.Stat} for parameter MetricStat.Stat is not supported.`);
    known.set(id, { query, id, ...parsed(query), period: query.MetricStat?.Period ?? query.Period ?? 0 });
  }
  for (const [id, one] of known) {
    if (one.period === 0) known.set(id, { ...one, period: periodOf(one, known, new Set([id])) });
  }
  return known;
}

function parsed(query: Query): { expression?: Expression } {
  if (query.Expression === undefined) return {};
  try {
    return { expression: parse(query.Expression) };
  } catch (error) {
    if (!(error instanceof SyntaxFailure)) throw error;
    throw validationError(`Error in expression '${query.Id}': ${error.message}`);
  }
}

/** The longest period of what an expression refers to, or of all metrics. */
function periodOf(one: Known, known: ReadonlyMap<string, Known>, seen: Set<string>): number {
  const searched = searchPeriods(one.expression);
  if (searched.length > 0) return Math.max(...searched);
  const names = one.expression ? namesIn(one.expression).filter((name) => known.has(name)) : [];
  const referred = names.length > 0 ? names : [...known.keys()].filter((id) => known.get(id)?.query.MetricStat);
  const periods = referred.map((name) => {
    const other = known.get(name) as Known;
    if (other.period > 0 || seen.has(name)) return other.period;
    return periodOf(other, known, seen.add(name));
  });
  return Math.max(0, ...periods) || DEFAULT_PERIOD;
}

/** The periods of the searches in an expression. */
function searchPeriods(expression: Expression | undefined): number[] {
  if (!expression) return [];
  return callsOf(expression, "SEARCH").map(({ args: [, , period] }) =>
    period?.kind === "number" ? period.value : SEARCH_PERIOD,
  );
}

/** What a query came to: series, with how many values are behind each point where that is known. */
export interface Answer {
  readonly id: string;
  readonly period: number;
  readonly series: readonly Series[];
  readonly gathered?: ReadonlyMap<number, Gathered> | undefined;
}

/**
 * Runs queries from a time until before another. Periods begin at `from` where `aligned` is not set.
 * @throws AwsError `ValidationError`
 */
export function runQueries(
  ctx: Context,
  queries: readonly Query[],
  span: { from: number; before: number; aligned: boolean },
): Map<string, Answer> {
  const known = checkQueries(queries);
  const values = new Map<string, Value>();
  const data = new Map<string, Map<number, Gathered>>();
  const running = new Set<string>();

  const spanOf = (period: number, from = span.from): Span => {
    const periodMs = period * 1000;
    const first = span.aligned ? from - (from % periodMs) : from;
    return { from: first, before: span.before, periodMs };
  };
  // Differs from AWS: where a number stands at each of very many periods, it stands at the latest only.
  const latestOf = (period: number): Span =>
    spanOf(period, Math.max(span.from, span.before - MAX_REPEATED * period * 1000));
  const lookup = (id: string): Value | undefined => {
    const done = values.get(id);
    const one = known.get(id);
    if (done !== undefined || !one) return done;
    if (running.has(id)) throw new MathFailure("it refers to itself");
    running.add(id);
    const value = one.expression
      ? evaluate(one.expression, { span: latestOf(one.period), lookup, metrics, search })
      : measure(one);
    values.set(id, value);
    return value;
  };
  const measure = ({ id, query, period }: Known): Series => {
    const { Metric, Stat, Unit } = query.MetricStat as NonNullable<Query["MetricStat"]>;
    const key = metricKey(Metric?.Namespace ?? "", Metric?.MetricName ?? "", Metric?.Dimensions);
    const periods = readPeriods(ctx, key, { ...spanOf(period), unit: Unit });
    data.set(id, periods);
    const compute = statistic(Stat ?? "");
    return seriesOf([...periods].map(([time, gathered]) => [time, compute?.(gathered) ?? Number.NaN]));
  };
  const search = (text: string, stat: string, periodSeconds = SEARCH_PERIOD): Series[] => {
    const compute = statistic(stat);
    if (!compute) throw new MathFailure(`there is no statistic ${stat}`);
    return findMetrics(ctx, text).map((metric) => {
      const key = metricKey(metric.namespace, metric.name, metric.dimensions);
      const periods = readPeriods(ctx, key, spanOf(periodSeconds));
      const points = [...periods].map(([time, gathered]): [number, number] => [time, compute(gathered) ?? Number.NaN]);
      return { ...seriesOf(points), label: searchLabel(metric) };
    });
  };
  const metrics = () =>
    new Map([...known.values()].flatMap(({ id, expression }) => (expression ? [] : [[id, lookup(id) as Series]])));

  const answers = new Map<string, Answer>();
  for (const { id, period } of known.values()) {
    let value: Value | undefined;
    try {
      value = lookup(id);
    } catch (error) {
      if (!(error instanceof MathFailure)) throw error;
      throw validationError(`Error in expression '${id}': ${error.message}`);
    }
    answers.set(id, { id, period, series: asSeries(value, latestOf(period)), gathered: data.get(id) });
  }
  return answers;
}

/** The metrics that a search finds: those that had data in the last two weeks. */
function findMetrics(ctx: Context, text: string): Metric[] {
  try {
    const isFound = compileSearch(text);
    const since = ctx.now() - FOUND_MS;
    return ctx
      .table(allMetrics)
      .rows()
      .filter((metric) => metric.activeAt >= since && isFound(metric))
      .slice(0, MAX_FOUND);
  } catch (error) {
    if (!(error instanceof SyntaxFailure)) throw error;
    throw new MathFailure(error.message);
  }
}

const searchLabel = ({ name, dimensions }: Metric): string => [...dimensions.map(({ Value }) => Value), name].join(" ");

/** Series to answer with: a number stands at each period. */
function asSeries(value: Value | undefined, { from, before, periodMs }: Span): readonly Series[] {
  if (value === undefined || typeof value === "string") return [];
  if (typeof value === "object") return isArray(value) ? value : isSeries(value) ? [value] : [];
  const count = Math.max(0, Math.ceil((before - from) / periodMs));
  return [seriesOf(Array.from({ length: count }, (_, index) => [from + index * periodMs, value]))];
}
