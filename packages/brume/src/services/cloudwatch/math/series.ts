/** What metric math computes with: numbers, time series and arrays of time series. */

/** Values by their times, in order of time. */
export interface Series {
  readonly label?: string;
  readonly points: ReadonlyMap<number, number>;
}
export type Value = number | string | Series | readonly Series[];

export const isSeries = (value: Value): value is Series => typeof value === "object" && !Array.isArray(value);
export const isArray = (value: Value): value is readonly Series[] => Array.isArray(value);

const inOrder = (points: Iterable<readonly [number, number]>): Series => ({
  points: new Map([...points].filter(([, value]) => !Number.isNaN(value)).sort(([a], [b]) => a - b)),
});

/** A series of points, whatever their order; what is not a number is no point. */
export const seriesOf = inOrder;

/** Each point of a series made into another. */
export function mapPoints(series: Series, change: (value: number, time: number) => number): Series {
  return { ...inOrder([...series.points].map(([time, value]) => [time, change(value, time)])), ...labelOf(series) };
}

const labelOf = ({ label }: Series) => (label === undefined ? {} : { label });

/** Applies a function of numbers to numbers, series and arrays alike; series meet where both have a point. */
export function combine(a: Value, b: Value, apply: (a: number, b: number) => number): Value {
  if (isArray(a))
    return a.map((one, index) => combine(one, isArray(b) ? (b[index] ?? inOrder([])) : b, apply) as Series);
  if (isArray(b)) return b.map((one) => combine(a, one, apply) as Series);
  if (isSeries(a) && isSeries(b)) {
    const { points } = b;
    return inOrder(
      [...a.points].flatMap(([time, value]): [number, number][] => {
        const other = points.get(time);
        return other === undefined ? [] : [[time, apply(value, other)]];
      }),
    );
  }
  if (isSeries(a)) return mapPoints(a, (value) => apply(value, Number(b)));
  if (isSeries(b)) return mapPoints(b, (value) => apply(Number(a), value));
  return apply(Number(a), Number(b));
}

/** What an array amounts to at each time at which any of it has a point; what a series amounts to as a whole. */
export function aggregate(value: Value, apply: (values: readonly number[]) => number): Value {
  if (isSeries(value)) return value.points.size === 0 ? Number.NaN : apply([...value.points.values()]);
  if (!isArray(value)) return apply([Number(value)]);
  const times = new Map<number, number[]>();
  for (const { points } of value)
    for (const [time, point] of points) times.set(time, [...(times.get(time) ?? []), point]);
  return inOrder([...times].map(([time, points]) => [time, apply(points)]));
}
