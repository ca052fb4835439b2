/** Changes of alarms' states: kept as history, acted on, and followed by the composite alarms that look at them. */
import type { Context } from "../../kernel/context.js";
import { type Alarm, type CompositeAlarm, type HistoryItem, type StateValue, timestamp } from "./alarm.js";
import { alarmsIn, holds, parseRule } from "./alarm-rule.js";
import { actOrWait, followSuppressor, scheduleActions } from "./suppression.js";
import { alarms, history } from "./tables.js";

declare module "../../kernel/events.js" {
  interface CloudEvents {
    alarm: { alarm: string; from: string; to: string; reason: string };
  }
}

export interface NewState {
  readonly value: StateValue;
  readonly reason: string;
  readonly reasonData?: string | undefined;
}

/** Adds to an alarm's history. */
export function record(ctx: Context, alarm: Alarm, type: HistoryItem["type"], summary: string, data: object): void {
  const at = ctx.now();
  const table = ctx.table(history);
  const item: HistoryItem = { alarm: alarm.name, kind: alarm.kind, at, type, summary, data: JSON.stringify(data) };
  table.put([alarm.name, at, table.count({ prefix: [alarm.name, at] })], item);
}

const stateData = ({ value, reason, reasonData }: Alarm["state"]) => ({
  stateValue: value,
  stateReason: reason,
  ...(reasonData ? { stateReasonData: JSON.parse(reasonData) as unknown } : {}),
});

/** Brings an alarm to a state; the actions for it are performed if it is another than before. */
export function transition(ctx: Context, alarm: Alarm, to: NewState): void {
  const now = ctx.now();
  const from = alarm.state;
  const changed = to.value !== from.value;
  const state = { ...to, updatedAt: now, transitionedAt: changed ? now : from.transitionedAt };
  if (!changed) return ctx.table(alarms).put([alarm.name], { ...alarm, state });
  const after: Alarm = { ...alarm, state };
  ctx.table(alarms).put([alarm.name], after);
  ctx.emit("alarm", { alarm: alarm.arn, from: from.value, to: to.value, reason: to.reason });
  record(ctx, after, "StateUpdate", `Alarm updated from ${from.value} to ${to.value}`, {
    version: "1.0",
    oldState: stateData(from),
    newState: stateData(state),
  });
  if (after.kind === "composite") actOrWait(ctx, after, from);
  else scheduleActions(ctx, after, from);
  followSuppressor(ctx, after, from);
  followUp(ctx, after);
}

/** Whether a composite alarm's rule holds now. */
export function ruleHolds(ctx: Context, { settings }: CompositeAlarm): boolean {
  const stateOf = (name: string) => ctx.table(alarms).get(name)?.state.value;
  return holds(parseRule(settings.AlarmRule ?? ""), stateOf);
}

/** Evaluates the composite alarms that look at an alarm whose state changed. */
function followUp(ctx: Context, child: Alarm): void {
  for (const alarm of ctx.table(alarms).rows()) {
    if (alarm.kind !== "composite" || !alarmsIn(parseRule(alarm.settings.AlarmRule ?? "")).includes(child.name))
      continue;
    const value = ruleHolds(ctx, alarm) ? "ALARM" : "OK";
    if (value === alarm.state.value) continue;
    transition(ctx, alarm, {
      value,
      reason: `${child.arn} transitioned to ${child.state.value} at ${longTime(ctx.now())}`,
      reasonData: JSON.stringify({
        triggeringAlarms: [
          { arn: child.arn, state: { value: child.state.value, timestamp: timestamp(child.state.transitionedAt) } },
        ],
      }),
    });
  }
}

/** `Friday 14 August, 2020 17:33:37 UTC` */
function longTime(time: number): string {
  const date = new Date(time);
  const part = (options: Intl.DateTimeFormatOptions) =>
    date.toLocaleDateString("en-US", { timeZone: "UTC", ...options });
  const day = String(date.getUTCDate()).padStart(2, "0");
  return `${part({ weekday: "long" })} ${day} ${part({ month: "long" })}, ${date.getUTCFullYear()} ${date.toISOString().slice(11, 19)} UTC`;
}
