/** The functions of `stats`, which make one value of many records. */
import { Moment, naturalOrder, toNumber, toText, type Value } from "./values.js";

/** One value in the making. */
export interface Accumulator {
  /** Takes the values of a record's arguments, and the time of the record. */
  add(values: readonly Value[], time: number): void;
  result(): Value;
}

interface Aggregate {
  readonly arity: readonly [number, number];
  readonly make: () => Accumulator;
}

/** Gathers the numbers among the values. */
function ofNumbers(reduce: (numbers: number[], values: readonly Value[]) => Value): () => Accumulator {
  return () => {
    const numbers: number[] = [];
    let last: readonly Value[] = [];
    return {
      add(values) {
        const number = toNumber(values[0]);
        if (number !== undefined) numbers.push(number);
        last = values;
      },
      result: () => (numbers.length === 0 ? undefined : reduce(numbers, last)),
    };
  };
}

/** Keeps the value that is to stand before all others. */
function first(isBefore: (value: Value, time: number, kept: Value, keptTime: number) => boolean): () => Accumulator {
  return () => {
    let kept: Value;
    let keptTime = 0;
    return {
      add([value], time) {
        if (value === undefined || (kept !== undefined && !isBefore(value, time, kept, keptTime))) return;
        [kept, keptTime] = [value, time];
      },
      result: () => kept,
    };
  };
}

/** The least or the greatest: of numbers where there are any, else of texts. */
const extreme = (sign: 1 | -1) => first((value, _time, kept) => sign * extremeOrder(value, kept, sign) < 0);

function extremeOrder(a: Value, b: Value, sign: 1 | -1): number {
  const [x, y] = [toNumber(a), toNumber(b)];
  if (x !== undefined && y !== undefined) return x - y;
  if (x !== undefined) return -sign;
  if (y !== undefined) return sign;
  return naturalOrder(a, b);
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

function deviation(numbers: readonly number[]): number {
  const mean = sum(numbers) / numbers.length;
  return Math.sqrt(sum(numbers.map((number) => (number - mean) ** 2)) / numbers.length);
}

/** The value below which a share of the numbers lies. */
function percentile(numbers: number[], percent: Value): Value {
  const share = toNumber(percent);
  if (share === undefined || share < 0 || share > 100) return undefined;
  const sorted = numbers.sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((share / 100) * sorted.length) - 1)];
}

const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  count: {
    arity: [0, 1],
    make: () => {
      let count = 0;
      return {
        add(values) {
          if (values.length === 0 || values[0] !== undefined) count++;
        },
        result: () => count,
      };
    },
  },
  count_distinct: {
    arity: [1, 1],
    make: () => {
      const seen = new Set<string>();
      return {
        add([value]) {
          const text = toText(value);
          if (text !== undefined) seen.add(text);
        },
        result: () => seen.size,
      };
    },
  },
  sum: { arity: [1, 1], make: ofNumbers(sum) },
  avg: { arity: [1, 1], make: ofNumbers((numbers) => sum(numbers) / numbers.length) },
  stddev: { arity: [1, 1], make: ofNumbers(deviation) },
  pct: { arity: [2, 2], make: ofNumbers((numbers, [, percent]) => percentile(numbers, percent)) },
  min: { arity: [1, 1], make: extreme(1) },
  max: { arity: [1, 1], make: extreme(-1) },
  earliest: { arity: [1, 1], make: first((_value, time, _kept, keptTime) => time < keptTime) },
  latest: { arity: [1, 1], make: first((_value, time, _kept, keptTime) => time > keptTime) },
  sortsfirst: { arity: [1, 1], make: first((value, _time, kept) => naturalOrder(value, kept) < 0) },
  sortslast: { arity: [1, 1], make: first((value, _time, kept) => naturalOrder(value, kept) > 0) },
};

export const isAggregate = (name: string): boolean => Object.hasOwn(AGGREGATES, name);

/** Whether an aggregate takes so many arguments. */
export function aggregateTakes(name: string, count: number): boolean {
  const [least, most] = AGGREGATES[name]?.arity ?? [0, -1];
  return count >= least && count <= most;
}

export const makeAccumulator = (name: string): Accumulator => (AGGREGATES[name] as Aggregate).make();

export const timeOf = (value: Value): number => (value instanceof Moment ? value.ms : (toNumber(value) ?? 0));
