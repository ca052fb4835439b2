/** What CloudWatch tells topics and functions about an alarm. See "Notify users on alarm changes" in its User Guide. */
import type { Context } from "../../kernel/context.js";
import { type Alarm, type CompositeAlarm, Decimal, type MetricAlarm, queriesOf, timestamp, toJson } from "./alarm.js";
import type { Transition } from "./suppression.js";

const REGIONS: Readonly<Record<string, string>> = {
  "af-south-1": "Africa (Cape Town)",
  "ap-east-1": "Asia Pacific (Hong Kong)",
  "ap-northeast-1": "Asia Pacific (Tokyo)",
  "ap-northeast-2": "Asia Pacific (Seoul)",
  "ap-northeast-3": "Asia Pacific (Osaka)",
  "ap-south-1": "Asia Pacific (Mumbai)",
  "ap-southeast-1": "Asia Pacific (Singapore)",
  "ap-southeast-2": "Asia Pacific (Sydney)",
  "ca-central-1": "Canada (Central)",
  "eu-central-1": "EU (Frankfurt)",
  "eu-north-1": "EU (Stockholm)",
  "eu-south-1": "EU (Milan)",
  "eu-west-1": "EU (Ireland)",
  "eu-west-2": "EU (London)",
  "eu-west-3": "EU (Paris)",
  "me-south-1": "Middle East (Bahrain)",
  "sa-east-1": "South America (Sao Paulo)",
  "us-east-1": "US East (N. Virginia)",
  "us-east-2": "US East (Ohio)",
  "us-west-1": "US West (N. California)",
  "us-west-2": "US West (Oregon)",
};
const regionName = ({ region }: Context): string => REGIONS[region] ?? region;

const MAX_SUBJECT = 100;

/** The subject of a notification. */
export function snsSubject(ctx: Context, { name }: Alarm, { to }: Transition): string {
  return `${to.value}: "${name}" in ${regionName(ctx)}`.replace(/[^\x20-\x7e]/g, "?").slice(0, MAX_SUBJECT);
}

/** The body of a notification. */
export function snsMessage(ctx: Context, alarm: Alarm, { from, to }: Transition): string {
  const { settings } = alarm;
  const common = {
    AlarmName: alarm.name,
    AlarmDescription: settings.AlarmDescription ?? null,
    AWSAccountId: ctx.account,
    AlarmConfigurationUpdatedTimestamp: timestamp(alarm.configuredAt),
    NewStateValue: to.value,
    NewStateReason: to.reason,
    StateChangeTime: timestamp(to.transitionedAt),
    Region: regionName(ctx),
    AlarmArn: alarm.arn,
    OldStateValue: from.value,
    OKActions: settings.OKActions ?? [],
    AlarmActions: settings.AlarmActions ?? [],
    InsufficientDataActions: settings.InsufficientDataActions ?? [],
  };
  if (alarm.kind === "metric") return toJson({ ...common, Trigger: triggerOf(alarm) });
  return toJson({ ...common, AlarmRule: alarm.settings.AlarmRule, ...childrenOf(to.reasonData) });
}

function triggerOf({ settings }: MetricAlarm) {
  const { Metrics, MetricName, Namespace, Statistic, ExtendedStatistic, Unit, Period } = settings;
  const common = {
    EvaluationPeriods: settings.EvaluationPeriods,
    ...(settings.DatapointsToAlarm === undefined ? {} : { DatapointsToAlarm: settings.DatapointsToAlarm }),
    ComparisonOperator: settings.ComparisonOperator,
    Threshold: new Decimal(settings.Threshold ?? 0),
    TreatMissingData: settings.TreatMissingData ?? "missing",
    EvaluateLowSampleCountPercentile: settings.EvaluateLowSampleCountPercentile ?? "",
  };
  if (Metrics) {
    const shown = Metrics.map(({ Id, Expression, Label, MetricStat, ReturnData }) => ({
      ...(Expression === undefined ? {} : { Expression }),
      Id,
      ...(Label === undefined ? {} : { Label }),
      ...(MetricStat
        ? {
            MetricStat: {
              Metric: {
                Dimensions: (MetricStat.Metric?.Dimensions ?? []).map(({ Name, Value }) => ({
                  value: Value,
                  name: Name,
                })),
                MetricName: MetricStat.Metric?.MetricName,
                Namespace: MetricStat.Metric?.Namespace,
              },
              Period: MetricStat.Period,
              Stat: MetricStat.Stat,
            },
          }
        : {}),
      ReturnData: ReturnData ?? true,
    }));
    return {
      Metrics: shown,
      Period: Period ?? shown.find(({ MetricStat }) => MetricStat)?.MetricStat?.Period,
      ...common,
    };
  }
  return {
    MetricName,
    Namespace,
    ...(Statistic === undefined
      ? { StatisticType: "ExtendedStatistic", ExtendedStatistic }
      : { StatisticType: "Statistic", Statistic: STATISTICS[Statistic] ?? Statistic }),
    Unit: Unit ?? null,
    Dimensions: (settings.Dimensions ?? []).map(({ Name, Value }) => ({ value: Value, name: Name })),
    Period,
    ...common,
  };
}

/** Statistics as notifications write them. */
const STATISTICS: Readonly<Record<string, string>> = {
  SampleCount: "SAMPLE_COUNT",
  Average: "AVERAGE",
  Sum: "SUM",
  Minimum: "MINIMUM",
  Maximum: "MAXIMUM",
};

function childrenOf(reasonData: string | undefined) {
  if (!reasonData) return {};
  const { triggeringAlarms = [] } = JSON.parse(reasonData) as {
    triggeringAlarms?: { arn: string; state: { value: string; timestamp: string } }[];
  };
  const TriggeringChildren = triggeringAlarms.map(({ arn, state }) => ({
    Arn: arn,
    State: { Value: state.value, Timestamp: state.timestamp },
  }));
  return { TriggeringChildren };
}

const stateOf = ({ value, reason, reasonData, transitionedAt }: Alarm["state"]) => ({
  value,
  reason,
  timestamp: timestamp(transitionedAt),
  ...(reasonData ? { reasonData } : {}),
});

/** What a function is invoked with. */
export function lambdaEvent(ctx: Context, alarm: Alarm, { from, to }: Transition): string {
  return toJson({
    source: "aws.cloudwatch",
    alarmArn: alarm.arn,
    accountId: ctx.account,
    time: timestamp(to.transitionedAt),
    region: ctx.region,
    alarmData: {
      alarmName: alarm.name,
      state: stateOf(to),
      previousState: stateOf(from),
      configuration: alarm.kind === "metric" ? metricConfiguration(alarm) : compositeConfiguration(alarm),
    },
  });
}

function metricConfiguration(alarm: MetricAlarm) {
  const { AlarmDescription: description } = alarm.settings;
  const metrics = queriesOf(alarm).queries.map(({ Id: id, MetricStat, ...query }) => {
    const {
      Expression: expression,
      Label: label,
      ReturnData,
    } = query as { Expression?: string; Label?: string; ReturnData?: boolean };
    if (!MetricStat) return { id, expression, label, returnData: ReturnData ?? true };
    const { Metric, Period: period, Stat: stat } = MetricStat;
    const dimensions = Object.fromEntries((Metric?.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]));
    const metric = { namespace: Metric?.Namespace, name: Metric?.MetricName, dimensions };
    return { id, metricStat: { metric, period, stat }, returnData: ReturnData ?? true };
  });
  return { ...(description === undefined ? {} : { description }), metrics };
}

function compositeConfiguration({ settings }: CompositeAlarm) {
  return {
    ...(settings.AlarmDescription === undefined ? {} : { description: settings.AlarmDescription }),
    alarmRule: settings.AlarmRule,
    ...(settings.ActionsSuppressor === undefined
      ? {}
      : {
          actionsSuppressor: settings.ActionsSuppressor,
          actionsSuppressorWaitPeriod: settings.ActionsSuppressorWaitPeriod,
          actionsSuppressorExtensionPeriod: settings.ActionsSuppressorExtensionPeriod,
        }),
  };
}
