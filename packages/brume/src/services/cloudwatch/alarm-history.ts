/** The operation that reads the history of alarms. */
import type { Handler } from "../../kernel/service.js";
import { ALARM_TYPES } from "./alarm.js";
import { history, page } from "./tables.js";

type CloudWatch = typeof import("@aws-sdk/client-cloudwatch");

const MAX_RECORDS = 100;
const KEPT_MS = 30 * 86_400_000;

export const describeAlarmHistory: Handler<CloudWatch, "DescribeAlarmHistory"> = (input, ctx) => {
  const { AlarmName, AlarmTypes = ["MetricAlarm"], HistoryItemType, StartDate, EndDate, ScanBy } = input;
  const from = Math.max(StartDate?.getTime() ?? 0, ctx.now() - KEPT_MS);
  const to = EndDate?.getTime() ?? Number.POSITIVE_INFINITY;
  const found = ctx
    .table(history)
    .rows(AlarmName === undefined ? {} : { prefix: [AlarmName] })
    .filter(({ kind }) => AlarmName !== undefined || AlarmTypes.includes(ALARM_TYPES[kind]))
    .filter(({ type, at }) => (HistoryItemType === undefined || type === HistoryItemType) && at >= from && at <= to)
    .sort((a, b) => a.at - b.at);
  if (ScanBy !== "TimestampAscending") found.reverse();
  const { items, NextToken } = page(found, input.MaxRecords ?? MAX_RECORDS, input.NextToken);
  return {
    AlarmHistoryItems: items.map(({ alarm, kind, at, type, summary, data }) => ({
      AlarmName: alarm,
      AlarmType: ALARM_TYPES[kind],
      Timestamp: new Date(at),
      HistoryItemType: type,
      HistorySummary: summary,
      HistoryData: data,
    })),
    NextToken,
  };
};
