/** Requests that cloudwatch refuses. */
import { one, type Refusal } from "./refusal.js";

export default [
  ["PutMetricData", { MetricData: [] }, "MissingRequiredParameterException", "The parameter Namespace is required."],
  [
    "PutMetricAlarm",
    { AlarmName: "a", EvaluationPeriods: 1, ComparisonOperator: "Equal" },
    "ValidationError",
    /Value 'Equal' at 'comparisonOperator' failed to satisfy constraint: Member must satisfy enum value set: \[GreaterThanOrEqualToThreshold, /,
  ],
  ["SetAlarmState", { AlarmName: "none", StateValue: "OK", StateReason: "a" }, "ResourceNotFound", ""],
  [
    "SetAlarmState",
    { AlarmName: "none", StateValue: "FINE", StateReason: "a" },
    "ValidationError",
    one("'FINE'", "stateValue", "satisfy enum value set: [OK, ALARM, INSUFFICIENT_DATA]"),
  ],
  ["GetDashboard", { DashboardName: "none" }, "DashboardNotFoundError", "Dashboard none does not exist"],
  [
    "DescribeAlarms",
    { MaxRecords: 101 },
    "ValidationError",
    one("'101'", "maxRecords", "have value less than or equal to 100"),
  ],
] satisfies Refusal[];
