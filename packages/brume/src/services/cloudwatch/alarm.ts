/** The model of alarms: what they were told, and the state they are in. */
import type { Input } from "../../kernel/service.js";

type CloudWatch = typeof import("@aws-sdk/client-cloudwatch");

export type StateValue = "OK" | "ALARM" | "INSUFFICIENT_DATA";

export interface State {
  readonly value: StateValue;
  readonly reason: string;
  /** JSON. */
  readonly reasonData?: string | undefined;
  readonly updatedAt: number;
  readonly transitionedAt: number;
}

type Settings<Name extends "PutMetricAlarm" | "PutCompositeAlarm"> = Omit<Input<CloudWatch, Name>, "Tags">;
export type MetricSettings = Settings<"PutMetricAlarm">;
export type CompositeSettings = Settings<"PutCompositeAlarm">;

interface Common {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly configuredAt: number;
  readonly state: State;
}
export interface MetricAlarm extends Common {
  readonly kind: "metric";
  readonly settings: MetricSettings;
}
export interface CompositeAlarm extends Common {
  readonly kind: "composite";
  readonly settings: CompositeSettings;
  /** Why its actions are not performed now, if they are not. */
  readonly suppressed?:
    | { readonly by: "Alarm" | "ExtensionPeriod" | "WaitPeriod"; readonly reason: string }
    | undefined;
  /** While they are suppressed: the state on which it acted last. */
  readonly actedOn?: State | undefined;
}
export type Alarm = MetricAlarm | CompositeAlarm;

export interface HistoryItem {
  readonly alarm: string;
  readonly kind: Alarm["kind"];
  readonly at: number;
  readonly type: "ConfigurationUpdate" | "StateUpdate" | "Action";
  readonly summary: string;
  /** JSON. */
  readonly data: string;
}

export const ALARM_TYPES = { metric: "MetricAlarm", composite: "CompositeAlarm" } as const;

/** A time as CloudWatch writes it in reasons and notifications. */
export const timestamp = (time: number): string => new Date(time).toISOString().replace("Z", "+0000");

/** A number as CloudWatch writes it: with a decimal point. */
export const decimal = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value));

/** JSON in which these members are written with a decimal point, as CloudWatch's notifications are. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, member) =>
    member instanceof Decimal ? `\0${decimal(member.value)}\0` : member,
  ).replace(/"\\u0000([^"\\]+)\\u0000"/g, "$1");
}

/** A number that `toJson` writes with a decimal point. */
export class Decimal {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** The period of an alarm in seconds: that of its metric, or the longest of its metrics. */
export function periodOf({ settings }: MetricAlarm): number {
  if (settings.Period !== undefined) return settings.Period;
  const periods = (settings.Metrics ?? []).map(({ MetricStat, Period }) => MetricStat?.Period ?? Period ?? 0);
  return Math.max(0, ...periods) || 60;
}

/** The queries whose points an alarm looks at, and the one that it compares. */
export function queriesOf({ settings }: MetricAlarm) {
  const { Namespace, MetricName, Dimensions, Period, Statistic, ExtendedStatistic, Unit, Metrics } = settings;
  if (Metrics) return { queries: Metrics, id: Metrics.find(({ ReturnData }) => ReturnData ?? true)?.Id ?? "" };
  const Metric = { Namespace, MetricName, Dimensions };
  return {
    queries: [{ Id: "m1", MetricStat: { Metric, Period, Stat: Statistic ?? ExtendedStatistic, Unit } }],
    id: "m1",
  };
}

/** What an alarm is told to do when it comes to a state. */
export function actionsOf({ settings }: Alarm, state: StateValue): readonly string[] {
  const { AlarmActions, OKActions, InsufficientDataActions } = settings;
  return { ALARM: AlarmActions, OK: OKActions, INSUFFICIENT_DATA: InsufficientDataActions }[state] ?? [];
}
