/** Lengths of time as queries write them (`5m`, `1mo`), and the moments at which they begin. */

const SECOND_MS = 1000;
const DAY_MS = 86_400 * SECOND_MS;
/** The Monday from which weeks are counted. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** Units that are always as long, in milliseconds. */
const FIXED: Readonly<Record<string, number>> = {
  ms: 1,
  msec: 1,
  s: SECOND_MS,
  sec: SECOND_MS,
  m: 60 * SECOND_MS,
  min: 60 * SECOND_MS,
  h: 3600 * SECOND_MS,
  hr: 3600 * SECOND_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
};
/** Units of the calendar, in months. */
const MONTHS: Readonly<Record<string, number>> = { mo: 1, mon: 1, q: 3, qtr: 3, y: 12, yr: 12 };
const LONG: Readonly<Record<string, string>> = {
  millisecond: "ms",
  second: "s",
  minute: "m",
  hour: "h",
  day: "d",
  week: "w",
  month: "mo",
  quarter: "q",
  year: "y",
};

/** A length of time: milliseconds, or months. */
export class Period {
  readonly milliseconds: number;
  readonly months: number;

  constructor(milliseconds: number, months: number) {
    this.milliseconds = milliseconds;
    this.months = months;
  }

  /** `undefined` for a unit that there is not. */
  static of(count: number, unit: string): Period | undefined {
    const singular = unit.replace(/s$/, "");
    const short = LONG[unit] ?? LONG[singular] ?? unit;
    const name = Object.hasOwn(FIXED, short) || Object.hasOwn(MONTHS, short) ? short : singular;
    const fixed = FIXED[name];
    const months = MONTHS[name];
    if (!(count > 0) || (fixed === undefined && months === undefined)) return undefined;
    return new Period((fixed ?? 0) * count, (months ?? 0) * count);
  }

  /** When the period that a moment is in began. */
  floor(time: number): number {
    if (this.months === 0) {
      const origin = this.milliseconds % (7 * DAY_MS) === 0 ? FIRST_MONDAY_MS : 0;
      return Math.floor((time - origin) / this.milliseconds) * this.milliseconds + origin;
    }
    const date = new Date(time);
    const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
    const first = Math.floor(month / this.months) * this.months;
    return Date.UTC(Math.floor(first / 12), first % 12);
  }

  /** When the period that a moment is in ends; the moment itself where one begins. */
  ceil(time: number): number {
    const floor = this.floor(time);
    if (floor === time) return time;
    if (this.months === 0) return floor + this.milliseconds;
    const date = new Date(floor);
    return date.setUTCMonth(date.getUTCMonth() + this.months);
  }
}
