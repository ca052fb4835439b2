/** The operations on alarms. See the CloudWatch API Reference. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { ALARM_TYPES, type Alarm, type CompositeAlarm, type MetricAlarm, type StateValue, timestamp } from "./alarm.js";
import { alarmsIn, parseRule } from "./alarm-rule.js";
import { checkMetricAlarm, checkName } from "./alarm-settings.js";
import { metricKey } from "./metric.js";
import { stopSuppression } from "./suppression.js";
import { alarmArn, alarms, invalidValue, missing, page, tags, validationError, watchers } from "./tables.js";
import { withTags } from "./tags.js";
import { record, ruleHolds, transition } from "./transitions.js";
import { stopWatching, wake } from "./watch.js";

type CloudWatch = typeof import("@aws-sdk/client-cloudwatch");

const MAX_RECORDS = 100;

/** The metrics that an alarm looks at. */
function watched({ settings }: MetricAlarm): [string, string, string][] {
  const { Namespace, MetricName, Dimensions, Metrics } = settings;
  const found = Metrics ? Metrics.map(({ MetricStat }) => MetricStat?.Metric) : [{ Namespace, MetricName, Dimensions }];
  return found.flatMap((metric) =>
    metric ? [metricKey(metric.Namespace ?? "", metric.MetricName ?? "", metric.Dimensions)] : [],
  );
}

/** Puts an alarm, in the state it was in before if there was one. */
function put<A extends Alarm>(ctx: Context, settings: A["settings"], kind: A["kind"], Tags: TagList): A {
  const name = settings.AlarmName as string;
  const now = ctx.now();
  const before = ctx.table(alarms).get(name);
  if (before && before.kind !== kind) throw validationError(`An alarm of another type has the name ${name} already.`);
  const arn = alarmArn(ctx, name);
  const unchecked = { value: "INSUFFICIENT_DATA" as const, reason: "Unchecked: Initial alarm creation" };
  const alarm = {
    kind,
    name,
    arn,
    createdAt: before?.createdAt ?? now,
    configuredAt: now,
    state: before?.state ?? { ...unchecked, updatedAt: now, transitionedAt: now },
    settings: { ...settings, ActionsEnabled: settings.ActionsEnabled ?? true },
  } as A;
  ctx.table(alarms).put([name], alarm);
  if (!before && Tags) ctx.table(tags).put([arn], withTags({}, Tags));
  const type = before ? "Update" : "Create";
  record(ctx, alarm, "ConfigurationUpdate", `Alarm "${name}" ${before ? "updated" : "created"}`, {
    version: "1.0",
    type,
    [before ? "updatedAlarm" : "createdAlarm"]: configuration(alarm),
  });
  return alarm;
}

type TagList = readonly { Key: string | undefined; Value: string | undefined }[] | undefined;

/** An alarm as its history shows it: members begin with a small letter. */
function configuration({ arn, configuredAt, settings, state }: Alarm) {
  const members = Object.entries(settings).map(([name, value]) => [`${name[0]?.toLowerCase()}${name.slice(1)}`, value]);
  return {
    ...Object.fromEntries(members),
    alarmArn: arn,
    alarmConfigurationUpdatedTimestamp: timestamp(configuredAt),
    stateValue: state.value,
  };
}

export const putMetricAlarm: Handler<CloudWatch, "PutMetricAlarm"> = ({ Tags, ...settings }, ctx) => {
  checkMetricAlarm(settings);
  const before = ctx.table(alarms).get(settings.AlarmName as string);
  if (before?.kind === "metric") unwatch(ctx, before);
  const alarm = put<MetricAlarm>(ctx, settings, "metric", Tags);
  for (const key of watched(alarm)) ctx.table(watchers).put([...key, alarm.name], true);
  wake(ctx, alarm.name);
  return {};
};

function unwatch(ctx: Context, alarm: MetricAlarm): void {
  for (const key of watched(alarm)) ctx.table(watchers).delete(...key, alarm.name);
}

export const putCompositeAlarm: Handler<CloudWatch, "PutCompositeAlarm"> = ({ Tags, ...settings }, ctx) => {
  checkName(settings.AlarmName);
  if (!settings.AlarmRule) throw missing("AlarmRule");
  const name = settings.AlarmName as string;
  const children = alarmsIn(parseRule(settings.AlarmRule));
  const strangers = [...new Set(children)].filter((child) => !ctx.table(alarms).has(child));
  if (strangers.length > 0) {
    throw validationError(
      `Could not save the composite alarm as alarms [${strangers.join(", ")}] in the alarm rule do not exist`,
    );
  }
  if (leadsTo(ctx, children, name)) {
    throw validationError("Could not save the composite alarm as it would create a cycle of alarm rules");
  }
  checkSuppressor(ctx, settings);
  const isNew = !ctx.table(alarms).has(name);
  const alarm = put<CompositeAlarm>(ctx, settings, "composite", Tags);
  const value = ruleHolds(ctx, alarm) ? "ALARM" : "OK";
  if (value === alarm.state.value) return {};
  const reason = `${alarm.arn} was ${isNew ? "created" : "updated"} and its alarm rule evaluates to ${value}`;
  transition(ctx, alarm, { value, reason });
  return {};
};

/** @throws AwsError for periods without a suppressor, or a suppressor that is not there */
function checkSuppressor(ctx: Context, settings: CompositeAlarm["settings"]): void {
  const { ActionsSuppressor: suppressor, ActionsSuppressorWaitPeriod, ActionsSuppressorExtensionPeriod } = settings;
  const periods = [ActionsSuppressorWaitPeriod, ActionsSuppressorExtensionPeriod];
  const given = periods.filter((period) => period !== undefined).length;
  if (suppressor === undefined) {
    if (given > 0) throw validationError("ActionsSuppressor is required with a wait period or an extension period.");
    return;
  }
  if (given < periods.length)
    throw validationError(
      "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod are required with ActionsSuppressor.",
    );
  if (periods.some((period) => (period as number) < 0))
    throw validationError("Periods of a suppressor cannot be negative.");
  if (!ctx.table(alarms).has(suppressor.split(":alarm:").at(-1) as string))
    throw validationError(`Could not save the composite alarm as the alarm ${suppressor} does not exist`);
}

/** Whether any of some alarms is another, or looks at it. */
function leadsTo(ctx: Context, names: readonly string[], wanted: string): boolean {
  return names.some((name) => {
    if (name === wanted) return true;
    const alarm = ctx.table(alarms).get(name);
    return alarm?.kind === "composite" && leadsTo(ctx, alarmsIn(parseRule(alarm.settings.AlarmRule ?? "")), wanted);
  });
}

function stateMembers({ arn, name, state, configuredAt }: Alarm) {
  return {
    AlarmName: name,
    AlarmArn: arn,
    AlarmConfigurationUpdatedTimestamp: new Date(configuredAt),
    StateValue: state.value,
    StateReason: state.reason,
    StateReasonData: state.reasonData,
    StateUpdatedTimestamp: new Date(state.updatedAt),
    StateTransitionedTimestamp: new Date(state.transitionedAt),
  };
}

const metricAnswer = (alarm: MetricAlarm) => ({
  OKActions: [],
  AlarmActions: [],
  InsufficientDataActions: [],
  ...(alarm.settings.Metrics ? {} : { Dimensions: [] }),
  ...alarm.settings,
  ...stateMembers(alarm),
});

const compositeAnswer = (alarm: CompositeAlarm) => ({
  OKActions: [],
  AlarmActions: [],
  InsufficientDataActions: [],
  ...alarm.settings,
  ...stateMembers(alarm),
  ActionsSuppressedBy: alarm.suppressed?.by,
  ActionsSuppressedReason: alarm.suppressed?.reason,
});

export const describeAlarms: Handler<CloudWatch, "DescribeAlarms"> = (input, ctx) => {
  const { AlarmNames, AlarmNamePrefix = "", StateValue, ActionPrefix, AlarmTypes = ["MetricAlarm"] } = input;
  const limit = input.MaxRecords ?? MAX_RECORDS;
  if (limit < 1 || limit > MAX_RECORDS) throw invalidValue(`The value ${limit} for parameter MaxRecords is invalid.`);
  if (AlarmNames && input.AlarmNamePrefix)
    throw validationError("AlarmNamePrefix and AlarmNames cannot be used together.");
  const related = relatives(ctx, input);
  const found = ctx
    .table(alarms)
    .rows()
    .filter(({ kind }) => AlarmTypes.includes(ALARM_TYPES[kind]) || related !== undefined)
    .filter(({ name }) => name.startsWith(AlarmNamePrefix) && (!AlarmNames?.length || AlarmNames.includes(name)))
    .filter(({ name }) => related === undefined || related.includes(name))
    .filter(({ state }) => StateValue === undefined || state.value === StateValue)
    .filter(({ settings }) => {
      const { OKActions = [], AlarmActions = [], InsufficientDataActions = [] } = settings;
      const actions = [...OKActions, ...AlarmActions, ...InsufficientDataActions];
      return ActionPrefix === undefined || actions.some((action) => action.startsWith(ActionPrefix));
    });
  const { items, NextToken } = page(found, limit, input.NextToken);
  return {
    MetricAlarms: items.flatMap((alarm) => (alarm.kind === "metric" ? [metricAnswer(alarm)] : [])),
    CompositeAlarms: items.flatMap((alarm) => (alarm.kind === "composite" ? [compositeAnswer(alarm)] : [])),
    NextToken,
  };
};

/** The alarms that are asked for as children or parents of another; `undefined` where none are. */
function relatives(
  ctx: Context,
  input: { ChildrenOfAlarmName?: string | undefined; ParentsOfAlarmName?: string | undefined },
): string[] | undefined {
  const childrenOf = (alarm: Alarm | undefined) =>
    alarm?.kind === "composite" ? alarmsIn(parseRule(alarm.settings.AlarmRule ?? "")) : [];
  const { ChildrenOfAlarmName: parent, ParentsOfAlarmName: child } = input;
  if (parent !== undefined) return childrenOf(ctx.table(alarms).get(parent));
  if (child === undefined) return undefined;
  const parents = ctx
    .table(alarms)
    .rows()
    .filter((alarm) => childrenOf(alarm).includes(child));
  return parents.map(({ name }) => name);
}

export const describeAlarmsForMetric: Handler<CloudWatch, "DescribeAlarmsForMetric"> = (input, ctx) => {
  const { Namespace, MetricName, Dimensions, Statistic, ExtendedStatistic, Period, Unit } = input;
  if (!MetricName) throw missing("MetricName");
  if (!Namespace) throw missing("Namespace");
  const key = metricKey(Namespace, MetricName, Dimensions).join("\0");
  const MetricAlarms = ctx
    .table(alarms)
    .rows()
    .flatMap((alarm) => {
      if (alarm.kind !== "metric" || !watched(alarm).some((one) => one.join("\0") === key)) return [];
      const wanted = { Statistic, ExtendedStatistic, Period, Unit };
      const fits = (Object.keys(wanted) as (keyof typeof wanted)[]).every(
        (name) => wanted[name] === undefined || wanted[name] === alarm.settings[name],
      );
      return fits ? [metricAnswer(alarm)] : [];
    });
  return { MetricAlarms };
};

export const setAlarmState: Handler<CloudWatch, "SetAlarmState"> = (input, ctx) => {
  const { AlarmName, StateValue, StateReason, StateReasonData } = input;
  if (!AlarmName) throw missing("AlarmName");
  if (!StateValue) throw missing("StateValue");
  if (StateReason === undefined) throw missing("StateReason");
  if (!["OK", "ALARM", "INSUFFICIENT_DATA"].includes(StateValue)) {
    throw validationError(
      `1 validation error detected: Value '${StateValue}' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]`,
    );
  }
  const alarm = ctx.table(alarms).get(AlarmName);
  if (!alarm) throw new AwsError("ResourceNotFound", "");
  if (StateReasonData) checkJson(StateReasonData);
  transition(ctx, alarm, { value: StateValue as StateValue, reason: StateReason, reasonData: StateReasonData });
  wake(ctx, AlarmName);
  return {};
};

/** @throws AwsError `InvalidFormatFault` */
function checkJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw new AwsError("InvalidFormatFault", "StateReasonData must be valid JSON.");
  }
}

const setActions =
  <Name extends "EnableAlarmActions" | "DisableAlarmActions">(enabled: boolean): Handler<CloudWatch, Name> =>
  ({ AlarmNames = [] }, ctx) => {
    for (const name of AlarmNames) {
      const alarm = ctx.table(alarms).get(name);
      if (!alarm) continue;
      const settings = { ...alarm.settings, ActionsEnabled: enabled };
      const changed = { ...alarm, settings, configuredAt: ctx.now() } as Alarm;
      ctx.table(alarms).put([name], changed);
      record(ctx, changed, "ConfigurationUpdate", `Alarm "${name}" updated`, {
        version: "1.0",
        type: "Update",
        updatedAlarm: configuration(changed),
      });
    }
    return {} as never;
  };
export const enableAlarmActions = setActions<"EnableAlarmActions">(true);
export const disableAlarmActions = setActions<"DisableAlarmActions">(false);

export const deleteAlarms: Handler<CloudWatch, "DeleteAlarms"> = ({ AlarmNames = [] }, ctx) => {
  for (const name of AlarmNames) {
    const alarm = ctx.table(alarms).get(name);
    if (!alarm) continue;
    if (alarm.kind === "metric") {
      unwatch(ctx, alarm);
      stopWatching(ctx, name);
    } else stopSuppression(ctx, name);
    ctx.table(alarms).delete(name);
    ctx.table(tags).delete(alarm.arn);
    record(ctx, alarm, "ConfigurationUpdate", `Alarm "${name}" deleted`, {
      version: "1.0",
      type: "Delete",
      deletedAlarm: configuration(alarm),
    });
  }
  return {};
};
