/** When rotation windows open and close. See "Rotation schedules" in the Secrets Manager User Guide. */
import { invalidParameter } from "./constraints.js";
import type { Rules } from "./secret.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How far ahead a schedule is searched for its next time. */
const HORIZON_DAYS = 366 * 9;

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const invalid = () => invalidParameter("Invalid schedule expression in the rotation rules.");

/** A day as a schedule sees it. */
interface Day {
  readonly year: number;
  readonly month: number;
  readonly date: number;
  /** 1 is Sunday. */
  readonly weekday: number;
  readonly daysInMonth: number;
}

interface Cron {
  readonly hours: readonly number[];
  readonly fits: (day: Day) => boolean;
}

type Schedule = { readonly everyMs: number } | Cron;

/** The numbers that a field of a cron expression means. */
function numbersOf(field: string, min: number, max: number, names: readonly string[] = []): number[] {
  const number = (text: string) => {
    const named = names.indexOf(text.toUpperCase());
    const value = named >= 0 ? named + 1 : Number(text);
    if (!Number.isInteger(value) || value < min || value > max) throw invalid();
    return value;
  };
  return field.split(",").flatMap((part) => {
    const [range = "", step] = part.split("/");
    const bounds = range.split("-").map((text) => (text === "*" || text === "?" ? undefined : number(text)));
    const from = bounds[0] ?? min;
    const to = bounds[1] ?? (bounds[0] === undefined || step !== undefined ? max : from);
    const by = step === undefined ? 1 : Number(step);
    if (!Number.isInteger(by) || by < 1) throw invalid();
    return Array.from({ length: Math.max(0, Math.floor((to - from) / by) + 1) }, (_, index) => from + index * by);
  });
}

function dateFits(field: string): (day: Day) => boolean {
  if (field === "L") return ({ date, daysInMonth }) => date === daysInMonth;
  const nearest = /^(\d+)W$/.exec(field);
  if (nearest) return (day) => day.date === nearestWeekday(Number(nearest[1]), day);
  const dates = numbersOf(field, 1, 31);
  return ({ date }) => dates.includes(date);
}

/** The working day of a day's month that is nearest to a date. */
function nearestWeekday(wanted: number, { year, month, daysInMonth }: Day): number {
  const date = Math.min(wanted, daysInMonth);
  const weekday = new Date(Date.UTC(year, month - 1, date)).getUTCDay();
  if (weekday === 6) return date > 1 ? date - 1 : date + 2;
  if (weekday === 0) return date < daysInMonth ? date + 1 : date - 2;
  return date;
}

function weekdayFits(field: string): (day: Day) => boolean {
  const [, day = "", nth, last] = /^(\w+?)(?:#(\d)|(L))$/.exec(field) ?? [];
  if (nth === undefined && last === undefined) {
    const weekdays = numbersOf(field, 1, 7, WEEKDAYS);
    return ({ weekday }) => weekdays.includes(weekday);
  }
  const [wanted] = numbersOf(day, 1, 7, WEEKDAYS);
  return ({ weekday, date, daysInMonth }) =>
    weekday === wanted && (last ? date + 7 > daysInMonth : Math.ceil(date / 7) === Number(nth));
}

function parseCron(text: string): Cron {
  const [minutes, hours, date, month, weekday, year, ...rest] = text.trim().split(/\s+/);
  if (minutes !== "0" || !hours || !date || !month || !weekday || year !== "*" || rest.length > 0) throw invalid();
  const months = numbersOf(month, 1, 12, MONTHS);
  const tests = [dateFits(date), weekdayFits(weekday)];
  return {
    hours: [...new Set(numbersOf(hours, 0, 23))].sort((a, b) => a - b),
    fits: (day) => months.includes(day.month) && tests.every((fits) => fits(day)),
  };
}

function parse(rules: Rules): Schedule {
  const { AutomaticallyAfterDays: days, ScheduleExpression: expression } = rules;
  if (days !== undefined && expression !== undefined) {
    throw invalidParameter("You can't specify both AutomaticallyAfterDays and ScheduleExpression.");
  }
  if (days !== undefined) {
    if (days < 1 || days > 1000) throw invalidParameter("AutomaticallyAfterDays must be between 1 and 1000.");
    return { everyMs: days * DAY_MS };
  }
  const cron = /^cron\((.+)\)$/.exec(expression ?? "");
  if (cron) return parseCron(cron[1] as string);
  const rate = /^rate\((\d+) (hour|day)s?\)$/.exec(expression ?? "");
  const everyMs = Number(rate?.[1]) * (rate?.[2] === "hour" ? HOUR_MS : DAY_MS);
  if (!rate || everyMs < 4 * HOUR_MS || everyMs > 999 * DAY_MS) throw invalid();
  return { everyMs };
}

/** The first time after a moment at which a cron expression fits. */
function nextFit({ hours, fits }: Cron, after: number): number {
  const midnight = after - (after % DAY_MS);
  for (let count = 0; count < HORIZON_DAYS; count++) {
    const time = midnight + count * DAY_MS;
    const day = new Date(time);
    const [year, month] = [day.getUTCFullYear(), day.getUTCMonth()];
    const daysInMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
    if (!fits({ year, month: month + 1, date: day.getUTCDate(), weekday: day.getUTCDay() + 1, daysInMonth })) continue;
    const hour = hours.find((one) => time + one * HOUR_MS > after);
    if (hour !== undefined) return time + hour * HOUR_MS;
  }
  throw invalid();
}

/**
 * The next rotation window of rules: it opens on the hour, for schedules of days at midnight.
 * @throws AwsError `InvalidParameterException` for rules that are none
 */
export function nextWindow(rules: Rules, after: number): { start: number; end: number } {
  const schedule = parse(rules);
  const inHours = "everyMs" in schedule && schedule.everyMs % DAY_MS !== 0;
  const unit = inHours ? HOUR_MS : DAY_MS;
  const due = "everyMs" in schedule ? after + schedule.everyMs : nextFit(schedule, after);
  const start = "everyMs" in schedule ? due - (due % unit) : due;
  const duration = /^(\d+)h$/.exec(rules.Duration ?? "");
  if (rules.Duration !== undefined && !duration) throw invalidParameter("Invalid duration in the rotation rules.");
  if (duration) return { start, end: start + Number(duration[1]) * HOUR_MS };
  return { start, end: inHours ? start + HOUR_MS : start - (start % DAY_MS) + DAY_MS - 1000 };
}
