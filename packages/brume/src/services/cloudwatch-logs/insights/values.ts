/** The values of a query: what they are as numbers and as text, and how they compare. */
import { Period } from "./period.js";

/** A point in time, in milliseconds since the epoch: a number that is shown as a date. */
export class Moment {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
}

/** `undefined` where a record has no value. Objects and lists come out of JSON. */
export type Value = string | number | boolean | Moment | Period | object | undefined;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** A value as a number, if it is one. */
export function toNumber(value: Value): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (value instanceof Moment) return value.ms;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string" && NUMBER.test(value)) return Number(value);
  return undefined;
}

/** A value as results show it. */
export function toText(value: Value): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof Moment) return momentText(value.ms);
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "object") return value instanceof Period ? undefined : JSON.stringify(value);
  return String(value);
}

function momentText(ms: number): string | undefined {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace("T", " ").replace("Z", "");
}

/** Whether a condition holds that comes to this value. */
export function isTrue(value: Value): boolean {
  const number = toNumber(value);
  if (number !== undefined) return number !== 0;
  return value !== undefined && value !== "" && value !== "false";
}

/** Whether two values are the same; numbers are by what they are worth, however they are written. */
export function areEqual(a: Value, b: Value): boolean {
  if (a === undefined || b === undefined) return false;
  const [x, y] = [toNumber(a), toNumber(b)];
  if (x !== undefined && y !== undefined) return x === y;
  if (typeof a === "boolean") return String(a) === toText(b);
  if (typeof b === "boolean") return String(b) === toText(a);
  return toText(a) === toText(b);
}

/** Below zero where a value is less than another, above where it is more; `undefined` where one of them is missing. */
export function order(a: Value, b: Value): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  const [x, y] = [toNumber(a), toNumber(b)];
  if (x !== undefined && y !== undefined) return x - y;
  const [s, t] = [toText(a) ?? "", toText(b) ?? ""];
  return s < t ? -1 : s > t ? 1 : 0;
}

const CHUNK = /\d+|\D+/g;

/** The order of `sort`: what is missing, then what is no number, in chunks of digits and others, then numbers. */
export function naturalOrder(a: Value, b: Value): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  const [x, y] = [toNumber(a), toNumber(b)];
  if (x !== undefined && y !== undefined) return x - y;
  if (x !== undefined || y !== undefined) return x !== undefined ? 1 : -1;
  return chunkOrder(toText(a) ?? "", toText(b) ?? "");
}

function chunkOrder(a: string, b: string): number {
  const [left, right] = [a.match(CHUNK) ?? [], b.match(CHUNK) ?? []];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const [x, y] = [left[i] as string, right[i] as string];
    if (x === y) continue;
    const bothNumbers = /^\d/.test(x) && /^\d/.test(y);
    if (bothNumbers && x.length !== y.length) return x.length - y.length;
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
