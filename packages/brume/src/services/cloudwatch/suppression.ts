/** Suppression: how an alarm keeps a composite alarm from acting. See "Composite alarm action suppression" in the User Guide. */
import type { Context } from "../../kernel/context.js";
import { type Alarm, actionsOf, type CompositeAlarm, type State } from "./alarm.js";
import { alarmArn, alarms } from "./tables.js";

/** What the actions of a transition are told: a timer's payload. */
export interface Transition {
  readonly name: string;
  readonly actions: readonly string[];
  readonly from: State;
  readonly to: State;
}

const timerOf = (ctx: Context, name: string) => `cloudwatch/suppression/${ctx.account}/${ctx.region}/${name}`;

const suppressorOf = ({ settings }: CompositeAlarm): string | undefined =>
  settings.ActionsSuppressor?.split(":alarm:").at(-1);

/** Has the actions for an alarm's change performed, if it has any and they are on. */
export function scheduleActions(ctx: Context, alarm: Alarm, from: State): void {
  const { name, settings, state: to } = alarm;
  const actions = [...new Set(actionsOf(alarm, to.value))];
  if (actions.length === 0 || !(settings.ActionsEnabled ?? true)) return;
  const payload: Transition = { name, actions, from, to };
  ctx.schedule({ at: ctx.now(), kind: "act", payload });
}

/**
 * Has a composite alarm act on a change of its state, or not: not while its suppressor is in alarm, nor while it waits
 * whether the suppressor goes there, nor for a while after that.
 */
export function actOrWait(ctx: Context, alarm: CompositeAlarm, from: State): void {
  const suppressor = suppressorOf(alarm);
  if (suppressor === undefined) return scheduleActions(ctx, alarm, from);
  const pending = { ...alarm, actedOn: alarm.actedOn ?? from };
  const isSuppressing = ctx.table(alarms).get(suppressor)?.state.value === "ALARM";
  if (isSuppressing) return suppress(ctx, pending, "Alarm", suppressor);
  // A wait or an extension that has begun goes on, whatever the alarm does meanwhile.
  if (alarm.suppressed && alarm.suppressed.by !== "Alarm") return put(ctx, pending);
  const seconds = alarm.settings.ActionsSuppressorWaitPeriod ?? 0;
  suppress(ctx, pending, "WaitPeriod", suppressor);
  ctx.schedule({
    id: timerOf(ctx, alarm.name),
    at: ctx.now() + seconds * 1000,
    kind: "unsuppress",
    payload: { name: alarm.name },
  });
}

function put(ctx: Context, alarm: CompositeAlarm): void {
  ctx.table(alarms).put([alarm.name], alarm);
}

function suppress(
  ctx: Context,
  alarm: CompositeAlarm,
  by: NonNullable<CompositeAlarm["suppressed"]>["by"],
  suppressor: string,
): void {
  const arn = alarmArn(ctx, suppressor);
  put(ctx, { ...alarm, suppressed: { by, reason: REASONS[by](arn) } });
}

const REASONS: Readonly<Record<NonNullable<CompositeAlarm["suppressed"]>["by"], (arn: string) => string>> = {
  Alarm: (arn) => `Actions suppressed by ${arn}`,
  WaitPeriod: (arn) => `Actions suppressed while waiting for ${arn} to go into ALARM`,
  ExtensionPeriod: (arn) => `Actions suppressed for the extension period after ${arn} left ALARM`,
};

/** Follows the change of an alarm in those whose suppressor it is. */
export function followSuppressor(ctx: Context, changed: Alarm, from: State): void {
  const isAlarm = changed.state.value === "ALARM";
  if (!isAlarm && from.value !== "ALARM") return;
  for (const alarm of ctx.table(alarms).rows()) {
    if (alarm.kind !== "composite" || suppressorOf(alarm) !== changed.name) continue;
    const id = timerOf(ctx, alarm.name);
    if (isAlarm) {
      if (!alarm.suppressed) continue;
      ctx.cancel(id);
      suppress(ctx, alarm, "Alarm", changed.name);
    } else {
      const seconds = alarm.settings.ActionsSuppressorExtensionPeriod ?? 0;
      suppress(ctx, alarm, "ExtensionPeriod", changed.name);
      ctx.schedule({ id, at: ctx.now() + seconds * 1000, kind: "unsuppress", payload: { name: alarm.name } });
    }
  }
}

/** Timer: ends a suppression; the alarm acts if it is in another state than the one it acted on last. */
export function unsuppress({ name }: { name: string }, ctx: Context): void {
  const alarm = ctx.table(alarms).get(name);
  if (alarm?.kind !== "composite" || !alarm.suppressed) return;
  const { suppressed: _, actedOn, ...rest } = alarm;
  put(ctx, rest);
  if (actedOn && actedOn.value !== alarm.state.value) scheduleActions(ctx, rest, actedOn);
}

/** Ends what waits for an alarm that goes. */
export function stopSuppression(ctx: Context, name: string): void {
  ctx.cancel(timerOf(ctx, name));
}
