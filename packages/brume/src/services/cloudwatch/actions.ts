/** What alarms do when their state changes: SNS topics are told, Lambda functions invoked. */
import type { Context } from "../../kernel/context.js";
import { isAwsError } from "../../kernel/errors.js";
import type { Alarm } from "./alarm.js";
import { lambdaEvent, snsMessage, snsSubject } from "./notification.js";
import type { Transition } from "./suppression.js";
import { alarms } from "./tables.js";
import { record } from "./transitions.js";

declare module "../../kernel/events.js" {
  interface CloudEvents {
    /** An action that brume does not perform, or could not. */
    "alarm-action": { alarm: string; action: string; error?: string };
  }
}

type Perform = (ctx: Context, alarm: Alarm, action: string, change: Transition) => Promise<unknown>;

const serviceOf = (arn: string) => arn.split(":")[2] ?? "";
const placeOf = (arn: string) => {
  const [, , , region = "", account = ""] = arn.split(":");
  return { region, account };
};

const ACTIONS: Readonly<Record<string, Perform>> = {
  sns: (ctx, alarm, TopicArn, change) => {
    const input = { TopicArn, Subject: snsSubject(ctx, alarm, change), Message: snsMessage(ctx, alarm, change) };
    return ctx.call("sns", "Publish", input, placeOf(TopicArn));
  },
  lambda: (ctx, alarm, FunctionName, change) => {
    const Payload = Buffer.from(lambdaEvent(ctx, alarm, change));
    return ctx.call("lambda", "Invoke", { FunctionName, InvocationType: "Event", Payload }, placeOf(FunctionName));
  },
};

/** Timer: performs the actions of a transition. What cannot be performed is said in the alarm's history. */
export async function act(change: Transition, ctx: Context): Promise<void> {
  const alarm = ctx.table(alarms).get(change.name);
  if (!alarm) return;
  const failures = await Promise.all(change.actions.map((action) => perform(ctx, alarm, action, change)));
  change.actions.forEach((action, index) => {
    const error = failures[index];
    const summary =
      error === undefined ? `Successfully executed action ${action}` : `Failed to execute action ${action}. ${error}`;
    record(ctx, alarm, "Action", summary, {
      actionState: error === undefined ? "Succeeded" : "Failed",
      stateUpdateTimestamp: change.to.transitionedAt,
      notificationResource: action,
      ...(error === undefined ? {} : { error }),
    });
    ctx.emit("alarm-action", { alarm: alarm.arn, action, error });
  });
}

/** Performs one action. @returns why it failed, if it did */
async function perform(ctx: Context, alarm: Alarm, action: string, change: Transition): Promise<string | undefined> {
  const how = ACTIONS[serviceOf(action)];
  // Differs from AWS: scaling policies, EC2 and Systems Manager actions are recorded only.
  if (!how) return "brume does not perform actions of this kind.";
  try {
    await how(ctx, alarm, action, change);
    return undefined;
  } catch (error) {
    if (!isAwsError(error)) throw error;
    return `Received error: "${error.message}"`;
  }
}
