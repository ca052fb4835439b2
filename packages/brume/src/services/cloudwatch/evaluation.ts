/** How datapoints make a state. See "Configuring how alarms treat missing data" in the CloudWatch User Guide. */
import { decimal, type MetricSettings, type StateValue } from "./alarm.js";

/** A datapoint: the start of its period, and its value where there is one. */
export interface Point {
  readonly at: number;
  readonly value?: number | undefined;
}

interface Comparison {
  readonly holds: (value: number, threshold: number) => boolean;
  readonly text: string;
}

export const COMPARISONS: Readonly<Record<string, Comparison>> = {
  GreaterThanOrEqualToThreshold: { holds: (value, threshold) => value >= threshold, text: "greater than or equal to" },
  GreaterThanThreshold: { holds: (value, threshold) => value > threshold, text: "greater than" },
  LessThanThreshold: { holds: (value, threshold) => value < threshold, text: "less than" },
  LessThanOrEqualToThreshold: { holds: (value, threshold) => value <= threshold, text: "less than or equal to" },
};

/** How far back beyond its evaluation periods an alarm looks for real datapoints. */
export const EXTRA_PERIODS = 2;

/** A state and why; `undefined` where the alarm stays as it is. */
export type Verdict =
  | { readonly value: StateValue; readonly reason: string; readonly used: readonly Point[] }
  | undefined;

/**
 * Judges datapoints, the newest first. Real ones from further back stand in for missing ones; if there are still too
 * few, the missing ones are treated as the alarm says.
 */
export function judge(settings: MetricSettings, points: readonly Point[]): Verdict {
  const periods = settings.EvaluationPeriods ?? 1;
  const toAlarm = settings.DatapointsToAlarm ?? periods;
  const threshold = settings.Threshold ?? 0;
  const comparison = COMPARISONS[settings.ComparisonOperator ?? ""];
  const treatment = settings.TreatMissingData ?? "missing";
  const breaches = ({ value }: Point) => value !== undefined && comparison?.holds(value, threshold) === true;

  const used = points.filter(({ value }) => value !== undefined).slice(0, periods);
  const filled = periods - used.length;
  const breaching = used.filter(breaches);
  const total = breaching.length + (treatment === "breaching" ? filled : 0);
  const verdict = (value: StateValue): Verdict => {
    const reason = used.length === 0 ? missingReason(treatment, periods) : reasonOf(value);
    return { value, reason, used };
  };
  const reasonOf = (value: StateValue) => {
    const alarming = value === "ALARM";
    const shown = alarming ? breaching : used.filter((point) => !breaches(point));
    const shownPoints = [...shown]
      .sort((a, b) => a.at - b.at)
      .map(({ at, value: v = 0 }) => `${decimal(v)} (${shortTime(at)})`);
    if (shown.length === 0) return missingReason(alarming ? "breaching" : "notBreaching", filled, false);
    const one = shown.length === 1;
    const minimum = alarming ? toAlarm : periods - toAlarm + 1;
    const verb = one ? "was" : "were";
    return `Threshold Crossed: ${shown.length} out of the last ${periods} datapoints [${shownPoints.join(", ")}] ${verb} ${
      alarming ? "" : "not "
    }${comparison?.text} the threshold (${decimal(threshold)}) (minimum ${minimum} datapoint${minimum === 1 ? "" : "s"} for ${
      alarming ? "OK -> ALARM" : "ALARM -> OK"
    } transition).`;
  };

  if (used.length === 0) {
    if (treatment === "ignore") return undefined;
    if (treatment === "missing") {
      const reason = `Insufficient Data: ${periods} datapoint${periods === 1 ? " was" : "s were"} unknown.`;
      return { value: "INSUFFICIENT_DATA", reason, used };
    }
  }
  if (total >= toAlarm) return verdict("ALARM");
  const undecided = filled > 0 && used.length > 0 && breaching.length === used.length;
  if (!undecided || treatment === "notBreaching" || treatment === "breaching") return verdict("OK");
  if (treatment === "ignore") return undefined;
  // All that is known breaches: enough once the oldest of it is as old as it takes to alarm.
  const oldest = points.findIndex(({ at }) => at === breaching.at(-1)?.at);
  if (oldest + 1 >= toAlarm) return verdict("ALARM");
  return undefined;
}

function missingReason(treatment: string, count: number, noneReceived = true): string {
  const name = treatment === "breaching" ? "Breaching" : "NonBreaching";
  const [s, verb] = count === 1 ? ["", "was"] : ["s", "were"];
  const received = noneReceived ? `no datapoints were received for ${count} period${s} and ` : "";
  return `Threshold Crossed: ${received}${count} missing datapoint${s} ${verb} treated as [${name}].`;
}

/** `24/11/26 07:30:00` */
function shortTime(time: number): string {
  const iso = new Date(time).toISOString();
  return `${iso.slice(8, 10)}/${iso.slice(5, 7)}/${iso.slice(2, 4)} ${iso.slice(11, 19)}`;
}
