/** The operation that reads statistics of one metric. */
import type { Handler } from "../../kernel/service.js";
import { metricKey } from "./metric.js";
import { SIMPLE_STATISTICS, statistic } from "./statistic.js";
import { invalidCombination, invalidValue, missing, readPeriods, unitsOf } from "./tables.js";

type CloudWatch = typeof import("@aws-sdk/client-cloudwatch");

const MAX_POINTS = 1440;

/** @throws AwsError for a period that CloudWatch does not have */
export function checkPeriod(period: number | undefined, parameter = "Period"): number {
  if (period === undefined) throw missing(parameter);
  if (![1, 5, 10, 20, 30].includes(period) && (period < 60 || period % 60 !== 0)) {
    throw invalidValue(`The parameter ${parameter} must be a multiple of 60, or one of 1, 5, 10, 20 and 30.`);
  }
  return period;
}

export const getMetricStatistics: Handler<CloudWatch, "GetMetricStatistics"> = (input, ctx) => {
  const { Namespace, MetricName, Dimensions, StartTime, EndTime, Unit } = input;
  if (!Namespace) throw missing("Namespace");
  if (!MetricName) throw missing("MetricName");
  if (!StartTime) throw missing("StartTime");
  if (!EndTime) throw missing("EndTime");
  const period = checkPeriod(input.Period);
  const periodMs = period * 1000;
  const { Statistics = [], ExtendedStatistics = [] } = input;
  if (Statistics.length === 0 && ExtendedStatistics.length === 0)
    throw invalidCombination("Must specify either Statistics or ExtendedStatistics");
  for (const name of Statistics) {
    if (!SIMPLE_STATISTICS.includes(name)) throw invalidValue(`The value ${name} for parameter Statistics is invalid.`);
  }
  for (const name of ExtendedStatistics) {
    if (SIMPLE_STATISTICS.includes(name) || !statistic(name))
      throw invalidValue(`The value ${name} for parameter ExtendedStatistics is invalid.`);
  }
  const [start, before] = [StartTime.getTime(), EndTime.getTime()];
  if (start >= before) throw invalidCombination("The parameter StartTime must be less than the parameter EndTime.");
  const points = Math.ceil((before - start) / periodMs);
  if (points > MAX_POINTS) {
    throw invalidCombination(
      `You have requested up to ${points} datapoints, which exceeds the limit of ${MAX_POINTS}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  }
  const from = start - (start % periodMs);
  const key = metricKey(Namespace, MetricName, Dimensions);
  const units = Unit === undefined ? unitsOf(ctx, key, from, before) : [Unit];
  const Datapoints = units.flatMap((unit) =>
    [...readPeriods(ctx, key, { from, before, periodMs, unit })].map(([time, data]) => {
      const value = (name: string) => statistic(name)?.(data);
      const extended = ExtendedStatistics.map((name) => [name, value(name)] as const);
      return {
        Timestamp: new Date(time),
        ...Object.fromEntries(Statistics.map((name) => [name, value(name)])),
        ...(extended.length > 0
          ? { ExtendedStatistics: Object.fromEntries(extended.flatMap(([n, v]) => (v === undefined ? [] : [[n, v]]))) }
          : {}),
        Unit: unit as "None",
      };
    }),
  );
  return { Label: MetricName, Datapoints };
};
