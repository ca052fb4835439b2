/** Dynamic labels: what stands for `${MAX}` and the like. See "Using dynamic labels" in the CloudWatch User Guide. */
import type { Series } from "./math/series.js";

/** What a label is made for. */
export interface Labelled {
  /** What stands for `${LABEL}`. */
  readonly label: string;
  readonly points: Series["points"];
  /** What stands for `${PROP('…')}`. */
  readonly properties: Readonly<Record<string, string | undefined>>;
  /** `+0130` */
  readonly timezone?: string | undefined;
}

type Pick = (points: readonly (readonly [time: number, value: number])[]) => readonly [number, number] | undefined;

const extreme =
  (sign: 1 | -1): Pick =>
  (points) =>
    points.reduce<readonly [number, number] | undefined>(
      (best, point) => (best === undefined || sign * (point[1] - best[1]) > 0 ? point : best),
      undefined,
    );

/** The points that have a value, a time and a relative time in labels. */
const POINTS: Readonly<Record<string, Pick>> = {
  FIRST: (points) => points[0],
  LAST: (points) => points.at(-1),
  MAX: extreme(1),
  MIN: extreme(-1),
};
const RANGES: Readonly<Record<string, readonly [from: string, to: string]>> = {
  FIRST_LAST: ["FIRST", "LAST"],
  MIN_MAX: ["MIN", "MAX"],
};
const PLACEHOLDER = /\$\{(?:PROP\('([^']*)'\)|([A-Z_]+))\}/g;
const MINUTE_MS = 60_000;

/** Fills a label in; what is no placeholder stays as it is. */
export function fillLabel(text: string, labelled: Labelled, now: number): string {
  return text.replace(PLACEHOLDER, (whole, property: string | undefined, name = "") => {
    if (property !== undefined) return labelled.properties[property] ?? "";
    return placeholder(name, labelled, now) ?? whole;
  });
}

function placeholder(name: string, { label, points, timezone }: Labelled, now: number): string | undefined {
  const all = [...points];
  const sum = all.reduce((total, [, value]) => total + value, 0);
  const simple: Readonly<Record<string, () => string>> = {
    AVG: () => (all.length === 0 ? "" : numeral(sum / all.length)),
    DATAPOINT_COUNT: () => String(all.length),
    LABEL: () => label,
    SUM: () => numeral(sum),
  };
  if (Object.hasOwn(simple, name)) return simple[name]?.();
  const [, point = "", kind] = /^(FIRST|LAST|MAX|MIN)(?:_(TIME|TIME_RELATIVE))?$/.exec(name) ?? [];
  const show = (of: string, what: string | undefined): string => {
    const found = POINTS[of]?.(all);
    if (!found) return "";
    const [time, value] = found;
    if (what === "TIME") return clock(time, timezone);
    return what === "TIME_RELATIVE" ? relative(now - time) : numeral(value);
  };
  if (point !== "") return show(point, kind);
  const [, range = "", what] = /^(FIRST_LAST|MIN_MAX)(?:_(TIME))?_RANGE$/.exec(name) ?? [];
  const ends = RANGES[range];
  return ends && `${show(ends[0], what)} - ${show(ends[1], what)}`;
}

const numeral = (value: number): string => String(Number(value.toFixed(3)));

/** A time in a time zone, such as `2026-11-24T07:30:00+01:30`. */
function clock(time: number, timezone = "+0000"): string {
  const [, sign, hours, minutes] = /^([+-])(\d{2})(\d{2})$/.exec(timezone) ?? [];
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === "-" ? -1 : 1);
  const local = new Date(time + offset * MINUTE_MS).toISOString().slice(0, 19);
  return offset === 0 ? `${local}Z` : `${local}${sign}${hours}:${minutes}`;
}

/** How long ago something was: `1d2h3m ago`. */
function relative(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / MINUTE_MS));
  const parts = [
    [Math.floor(minutes / 1440), "d"],
    [Math.floor(minutes / 60) % 24, "h"],
    [minutes % 60, "m"],
  ] as const;
  const shown = parts.filter(([count]) => count > 0).map(([count, unit]) => count + unit);
  return `${shown.join("") || "0m"} ago`;
}
