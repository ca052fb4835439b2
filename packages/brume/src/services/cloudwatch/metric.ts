/** The model of metrics: what identifies one, and the minutes into which its data is gathered. */
import { createHash } from "node:crypto";

export interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly Dimension[];
  /** About when it was last given data. */
  readonly activeAt: number;
}

/** What was put under one unit within a minute, or within a second for metrics of high resolution. */
export interface Gathered {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** Values and how often each was put; `undefined` once a statistic set hides them. */
  readonly samples?: readonly (readonly [value: number, count: number])[] | undefined;
}
export type Bucket = Readonly<Record<string, Gathered>>;

const MAX_DIMENSION_KEY = 1000;
const MAX_SAMPLES = 500;

type SdkDimension = { Name: string | undefined; Value: string | undefined };

/** Dimensions in the order in which metrics are identified by them. */
export function sortedDimensions(dimensions: readonly SdkDimension[] | undefined): Dimension[] {
  return (dimensions ?? [])
    .map(({ Name = "", Value = "" }) => ({ Name, Value }))
    .sort((a, b) => (a.Name < b.Name ? -1 : 1));
}

/** A metric's key: the dimensions as text, or as a hash where that would be too long. */
export function metricKey(
  namespace: string,
  name: string,
  dimensions: readonly SdkDimension[] | undefined,
): [namespace: string, name: string, dimensions: string] {
  const text = JSON.stringify(sortedDimensions(dimensions).map(({ Name, Value }) => [Name, Value]));
  const short = Buffer.byteLength(text) <= MAX_DIMENSION_KEY;
  return [namespace, name, short ? text : createHash("sha256").update(text).digest("hex")];
}

/** Two gatherings of the same unit as one. */
export function merge(a: Gathered | undefined, b: Gathered): Gathered {
  if (!a) return b;
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    samples: a.samples && b.samples ? mergeSamples([...a.samples, ...b.samples]) : undefined,
  };
}

// Differs from AWS: of more than 500 different values a minute, percentiles are those of values rounded to 3 digits.
function mergeSamples(samples: readonly (readonly [number, number])[]): [number, number][] {
  const counts = new Map<number, number>();
  for (const [value, count] of samples) counts.set(value, (counts.get(value) ?? 0) + count);
  if (counts.size <= MAX_SAMPLES) return [...counts];
  const rounded = new Map<number, number>();
  for (const [value, count] of counts) {
    const near = Number(value.toPrecision(3));
    rounded.set(near, (rounded.get(near) ?? 0) + count);
  }
  return [...rounded];
}

/** What values, each put so many times, amount to. */
export function gather(values: readonly number[], counts: readonly number[] | undefined): Gathered {
  const samples = values.map((value, index): [number, number] => [value, counts?.[index] ?? 1]);
  return {
    count: samples.reduce((total, [, count]) => total + count, 0),
    sum: samples.reduce((total, [value, count]) => total + value * count, 0),
    min: Math.min(...values),
    max: Math.max(...values),
    samples: mergeSamples(samples),
  };
}
