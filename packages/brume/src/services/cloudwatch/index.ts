/** Amazon CloudWatch: metrics, alarms and dashboards. */
import type { Context } from "../../kernel/context.js";
import { constrained } from "../../kernel/input-constraints.js";
import { defineService, operation } from "../../kernel/service.js";
import { act } from "./actions.js";
import { describeAlarmHistory } from "./alarm-history.js";
import * as alarms from "./alarms.js";
import constraints from "./constraints.json" with { type: "json" };
import * as dashboards from "./dashboards.js";
import { getMetricData } from "./metric-data.js";
import { getMetricStatistics } from "./metric-statistics.js";
import { listMetrics, putMetricData } from "./metrics.js";
import { unsuppress } from "./suppression.js";
import { alarmArn, dashboardArn, refusal } from "./tables.js";
import * as tags from "./tags.js";
import { evaluateAlarm } from "./watch.js";

const alarmOf = ({ AlarmName = "*" }: { AlarmName?: string | undefined }, ctx: Context) => alarmArn(ctx, AlarmName);
const alarmsOf = ({ AlarmNames = [] }: { AlarmNames?: string[] | undefined }, ctx: Context) =>
  AlarmNames.map((name) => alarmArn(ctx, name));
const dashboardOf = ({ DashboardName = "*" }: { DashboardName?: string | undefined }, ctx: Context) =>
  dashboardArn(ctx, DashboardName);
const taggedOf = ({ ResourceARN = "*" }: { ResourceARN?: string | undefined }) => ResourceARN;

export default defineService<typeof import("@aws-sdk/client-cloudwatch")>({
  id: "cloudwatch",
  iamPrefix: "cloudwatch",
  operations: constrained(constraints, refusal, {
    DeleteAlarms: operation(alarms.deleteAlarms, alarmsOf),
    DeleteDashboards: operation(dashboards.deleteDashboards, ({ DashboardNames = [] }, ctx) =>
      DashboardNames.map((name) => dashboardArn(ctx, name)),
    ),
    DescribeAlarmHistory: operation(describeAlarmHistory, alarmOf),
    DescribeAlarms: operation(alarms.describeAlarms, (_, ctx) => alarmArn(ctx, "*")),
    DescribeAlarmsForMetric: operation(alarms.describeAlarmsForMetric, "*"),
    DisableAlarmActions: operation(alarms.disableAlarmActions, alarmsOf),
    EnableAlarmActions: operation(alarms.enableAlarmActions, alarmsOf),
    GetDashboard: operation(dashboards.getDashboard, dashboardOf),
    GetMetricData: operation(getMetricData, "*"),
    GetMetricStatistics: operation(getMetricStatistics, "*"),
    ListDashboards: operation(dashboards.listDashboards, "*"),
    ListMetrics: operation(listMetrics, "*"),
    ListTagsForResource: operation(tags.listTagsForResource, taggedOf),
    PutCompositeAlarm: operation(alarms.putCompositeAlarm, alarmOf),
    PutDashboard: operation(dashboards.putDashboard, dashboardOf),
    PutMetricAlarm: operation(alarms.putMetricAlarm, alarmOf),
    PutMetricData: operation(putMetricData, "*"),
    SetAlarmState: operation(alarms.setAlarmState, alarmOf),
    TagResource: operation(tags.tagResource, taggedOf),
    UntagResource: operation(tags.untagResource, taggedOf),
  }),
  resources: {
    "AWS::CloudWatch::Alarm": () => import("./resources/alarm.js"),
    "AWS::CloudWatch::CompositeAlarm": () => import("./resources/composite-alarm.js"),
    "AWS::CloudWatch::Dashboard": () => import("./resources/dashboard.js"),
  },
  timers: { act, evaluate: evaluateAlarm, unsuppress },
  unsupported: {
    "anomaly detection is not implemented": ["DeleteAnomalyDetector", "DescribeAnomalyDetectors", "PutAnomalyDetector"],
    "Contributor Insights is not implemented": [
      "DeleteInsightRules",
      "DescribeInsightRules",
      "DisableInsightRules",
      "EnableInsightRules",
      "GetInsightRuleReport",
      "ListManagedInsightRules",
      "PutInsightRule",
      "PutManagedInsightRules",
    ],
    "metric streams are not implemented": [
      "DeleteMetricStream",
      "GetMetricStream",
      "ListMetricStreams",
      "PutMetricStream",
      "StartMetricStreams",
      "StopMetricStreams",
    ],
    "graphs are not drawn": ["GetMetricWidgetImage"],
    "alarms on logs, contributors and mute rules are not implemented": [
      "DeleteAlarmMuteRule",
      "DescribeAlarmContributors",
      "GetAlarmMuteRule",
      "ListAlarmMuteRules",
      "PutAlarmMuteRule",
      "PutLogAlarm",
    ],
    "OpenTelemetry data sets are not implemented": [
      "AssociateDatasetKmsKey",
      "CreateResourceMetricsConfiguration",
      "DeleteResourceMetricsConfiguration",
      "DisassociateDatasetKmsKey",
      "GetDataset",
      "GetOTelEnrichment",
      "GetResourceMetricsConfiguration",
      "StartOTelEnrichment",
      "StopOTelEnrichment",
      "UpdateOTelEnrichment",
      "UpdateResourceMetricsConfiguration",
    ],
  },
});
