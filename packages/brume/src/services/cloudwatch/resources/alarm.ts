/** AWS::CloudWatch::Alarm */
import { alarmResource } from "./alarm-model.js";

const PROPERTIES = [
  "ActionsEnabled",
  "AlarmActions",
  "AlarmDescription",
  "AlarmName",
  "ComparisonOperator",
  "DatapointsToAlarm",
  "Dimensions",
  "EvaluateLowSampleCountPercentile",
  "EvaluationCriteria",
  "EvaluationInterval",
  "EvaluationPeriods",
  "EvaluationWindow",
  "ExtendedStatistic",
  "InsufficientDataActions",
  "MetricName",
  "Metrics",
  "Namespace",
  "OKActions",
  "Period",
  "Statistic",
  "Threshold",
  "ThresholdMetricId",
  "TreatMissingData",
  "Unit",
  "WarmUpConfiguration",
];
const TYPES = {
  numbers: ["DatapointsToAlarm", "EvaluationInterval", "EvaluationPeriods", "Period", "Threshold"],
  booleans: ["ActionsEnabled", "ReturnData"],
};

export default alarmResource("MetricAlarms", PROPERTIES, TYPES);
