/** The checks that CloudWatch makes of an alarm's settings. */
import { AwsError } from "../../kernel/errors.js";
import type { MetricSettings } from "./alarm.js";
import { COMPARISONS } from "./evaluation.js";
import { checkPeriod } from "./metric-statistics.js";
import { checkQueries } from "./queries.js";
import { SIMPLE_STATISTICS, statistic } from "./statistic.js";
import { invalidCombination, invalidValue, missing, validationError } from "./tables.js";

const DAY = 86_400;
const TREATMENTS = ["breaching", "notBreaching", "ignore", "missing"];

/** @throws AwsError for what cannot be an alarm's name */
export function checkName(name: string | undefined): void {
  if (!name) throw missing("AlarmName");
  if (name.length > 255) {
    throw validationError(
      `1 validation error detected: Value '${name}' at 'alarmName' failed to satisfy constraint: Member must have length less than or equal to 255`,
    );
  }
}

const notImplemented = (what: string) =>
  new AwsError("NotImplemented", `brume does not implement ${what} of alarms.`, { status: 501 });

/** @throws AwsError for settings that no metric alarm can have, or that brume does not act on */
export function checkMetricAlarm(settings: MetricSettings): void {
  checkName(settings.AlarmName);
  if (settings.EvaluationCriteria) throw notImplemented("PromQL queries");
  if (settings.ThresholdMetricId !== undefined) throw notImplemented("anomaly detection thresholds");
  const { ComparisonOperator: operator, Threshold, EvaluationPeriods: periods, DatapointsToAlarm } = settings;
  if (operator === undefined) throw missing("ComparisonOperator");
  if (!Object.hasOwn(COMPARISONS, operator)) {
    throw validationError(
      `1 validation error detected: Value '${operator}' at 'comparisonOperator' failed to satisfy constraint: Member must satisfy enum value set: [${Object.keys(COMPARISONS).join(", ")}]`,
    );
  }
  if (periods === undefined) throw missing("EvaluationPeriods");
  if (periods < 1) throw invalidValue(`The value ${periods} for parameter EvaluationPeriods is invalid.`);
  if (Threshold === undefined) throw missing("Threshold");
  if (DatapointsToAlarm !== undefined && (DatapointsToAlarm < 1 || DatapointsToAlarm > periods))
    throw validationError("DatapointsToAlarm must be between 1 and EvaluationPeriods.");
  const treatment = settings.TreatMissingData;
  if (treatment !== undefined && !TREATMENTS.includes(treatment))
    throw validationError(`Option provided for 'TreatMissingData' parameter is not valid: ${treatment}.`);
  const period = settings.Metrics ? checkMetrics(settings) : checkMetric(settings);
  const most = period >= 3600 ? 7 * DAY : DAY;
  if (periods * period > most) {
    throw validationError(
      most === DAY
        ? "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)."
        : "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800).",
    );
  }
  const { AlarmActions = [], OKActions = [], InsufficientDataActions = [] } = settings;
  const strange = [...AlarmActions, ...OKActions, ...InsufficientDataActions].find((arn) => !arn.startsWith("arn:"));
  if (strange !== undefined) throw validationError(`Invalid arn syntax: ${strange}`);
}

/** Checks the settings of an alarm on one metric. @returns its period */
function checkMetric(settings: MetricSettings): number {
  if (!settings.MetricName) throw invalidCombination("Either MetricName or Metrics must be specified.");
  if (!settings.Namespace) throw missing("Namespace");
  const { Statistic: simple, ExtendedStatistic: extended } = settings;
  if ((simple === undefined) === (extended === undefined))
    throw invalidCombination("Exactly one of Statistic and ExtendedStatistic must be specified.");
  if (simple !== undefined && !SIMPLE_STATISTICS.includes(simple))
    throw invalidValue(`The value ${simple} for parameter Statistic is invalid.`);
  if (extended !== undefined && !statistic(extended))
    throw invalidValue(`The value ${extended} for parameter ExtendedStatistic is invalid.`);
  return checkPeriod(settings.Period);
}

/** Checks the settings of an alarm on queries. @returns the longest of their periods */
function checkMetrics({ Metrics = [], MetricName, Period }: MetricSettings): number {
  if (MetricName !== undefined || Period !== undefined)
    throw invalidCombination("Metrics must not be specified together with MetricName or Period.");
  const returned = Metrics.filter(({ ReturnData }) => ReturnData ?? true);
  if (returned.length !== 1) {
    throw validationError("Exactly one element of the metrics list should return data.");
  }
  const searching = Metrics.find(({ Expression }) => Expression && /\bSEARCH\s*\(/i.test(Expression));
  if (searching) throw validationError("SEARCH is not supported on Metric Alarms.");
  return Math.max(...[...checkQueries(Metrics).values()].map(({ period }) => period));
}
