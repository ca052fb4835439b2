/** Statistics of gathered data. See "CloudWatch statistics definitions" in the CloudWatch User Guide. */
import type { Gathered } from "./metric.js";

type Compute = (data: Gathered) => number | undefined;

const SIMPLE: Readonly<Record<string, Compute>> = {
  SampleCount: ({ count }) => count,
  Sum: ({ sum }) => sum,
  Average: ({ sum, count }) => (count === 0 ? undefined : sum / count),
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
};

/** The names of the statistics that are not extended ones. */
export const SIMPLE_STATISTICS = Object.keys(SIMPLE);

/** Values in order; those of a statistic set are known only where they are all the same. */
function ordered({ samples, min, max, count }: Gathered): readonly (readonly [number, number])[] | undefined {
  if (samples) return [...samples].sort(([a], [b]) => a - b);
  return min === max || count === 1 ? [[min, count]] : undefined;
}

function percentile(data: Gathered, percent: number): number | undefined {
  const values = ordered(data);
  if (!values) return undefined;
  const rank = (percent / 100) * data.count;
  let passed = 0;
  for (const [value, count] of values) {
    passed += count;
    if (passed >= rank) return value;
  }
  return values.at(-1)?.[0];
}

interface Part {
  readonly count: number;
  readonly sum: number;
}

/** What lies between two percentiles, or between two values. */
function between(data: Gathered, low: Bound, high: Bound): Part | undefined {
  const values = ordered(data);
  if (!values) return undefined;
  const [from, to] = [low, high].map(({ percent }) =>
    percent === undefined ? undefined : (percent / 100) * data.count,
  );
  let passed = 0;
  let [count, sum] = [0, 0];
  for (const [value, times] of values) {
    const [start, end] = [passed, passed + times];
    passed = end;
    if (low.value !== undefined && value <= low.value) continue;
    if (high.value !== undefined && value > high.value) continue;
    const part = Math.max(0, Math.min(end, to ?? end) - Math.max(start, from ?? start));
    count += part;
    sum += part * value;
  }
  return { count, sum };
}

interface Bound {
  readonly percent?: number;
  readonly value?: number;
}

/** The mean with what is outside set to the nearest value that is inside. */
function winsorized(data: Gathered, low: Bound, high: Bound): number | undefined {
  const inside = between(data, low, high);
  if (!inside) return undefined;
  const edge = ({ percent, value }: Bound, otherwise: number) => value ?? percentile(data, percent ?? otherwise) ?? 0;
  const below = between(data, {}, low.percent === undefined ? { value: low.value ?? Number.NEGATIVE_INFINITY } : low);
  const under = below?.count ?? 0;
  const over = data.count - inside.count - under;
  return (inside.sum + under * edge(low, 0) + over * edge(high, 100)) / data.count;
}

const RANGES: Readonly<Record<string, (data: Gathered, low: Bound, high: Bound) => number | undefined>> = {
  TM: (data, low, high) => {
    const part = between(data, low, high);
    return part && part.count > 0 ? part.sum / part.count : undefined;
  },
  TC: (data, low, high) => between(data, low, high)?.count,
  TS: (data, low, high) => between(data, low, high)?.sum,
  WM: winsorized,
  PR: (data, low, high) => {
    const part = between(data, low, high);
    return part && data.count > 0 ? (part.count / data.count) * 100 : undefined;
  },
};

function boundOf(text: string): Bound {
  if (text === "") return {};
  return text.endsWith("%") ? { percent: Number(text.slice(0, -1)) } : { value: Number(text) };
}

/** How a statistic is computed; `undefined` for a name that is none. */
export function statistic(name: string): Compute | undefined {
  const simple = Object.hasOwn(SIMPLE, name) ? SIMPLE[name] : undefined;
  if (simple) return simple;
  if (name.toUpperCase() === "IQM") return statistic("TM(25%:75%)");
  const short = /^(p|tm|tc|ts|wm)(\d{1,2}(?:\.\d+)?|100)$/i.exec(name);
  if (short) {
    const percent = Number(short[2]);
    const kind = (short[1] as string).toUpperCase();
    if (kind === "P") return (data) => percentile(data, percent);
    return (data) => RANGES[kind]?.(data, {}, { percent });
  }
  const number = "(?:-?\\d+(?:\\.\\d+)?%?)?";
  const range = new RegExp(`^(TM|TC|TS|WM|PR)\\((${number}):(${number})\\)$`, "i").exec(name);
  if (!range) return undefined;
  const [low, high] = [boundOf(range[2] ?? ""), boundOf(range[3] ?? "")];
  return (data) => RANGES[(range[1] as string).toUpperCase()]?.(data, low, high);
}
