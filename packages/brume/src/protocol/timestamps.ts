/** Timestamps as the protocols write them. */
import type { TimestampFormat } from "./shape.js";

export const ISO_8601 = 5;
export const HTTP_DATE = 6;
export const EPOCH_SECONDS = 7;

/** Writes a timestamp as text. */
export function formatTimestamp(date: Date, format: TimestampFormat): string {
  if (format === HTTP_DATE) return date.toUTCString();
  if (format === EPOCH_SECONDS) return String(date.getTime() / 1000);
  return date.toISOString().replace(".000Z", "Z");
}

/** Reads a timestamp, whichever of the formats it has; `undefined` if none. */
export function parseTimestamp(value: unknown): Date | undefined {
  let milliseconds = Number.NaN;
  if (typeof value === "number") milliseconds = Math.round(value * 1000);
  else if (typeof value === "string") {
    milliseconds = /^-?\d+(\.\d+)?$/.test(value) ? Math.round(Number(value) * 1000) : Date.parse(value);
  }
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
