/**
 * What the topics of a stack are told of its events.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stack.html
 */
import { parseArn } from "../kernel/arn.js";
import type { Context } from "../kernel/context.js";
import { isAwsError } from "../kernel/errors.js";
import type { StackEvent } from "./events.js";
import type { Stack } from "./stack.js";

interface Notification {
  readonly topics: readonly string[];
  readonly message: string;
}

/** Sees to it that the stack's topics are told of an event. */
export function notify(ctx: Context, stack: Stack, event: StackEvent, number: number): void {
  const topics = stack.notificationArns;
  if (topics.length === 0) return;
  const payload: Notification = { topics, message: messageOf(ctx, event) };
  // In the order of the events: timers of one time fire in the order of their ids.
  const id = `cloudformation/${stack.id}/notification/${String(number).padStart(9, "0")}`;
  ctx.schedule({ at: ctx.now(), kind: "notification", payload, id });
}

function messageOf(ctx: Context, event: StackEvent): string {
  const lines: [name: string, value: string | undefined][] = [
    ["StackId", event.stackId],
    ["Timestamp", new Date(event.at).toISOString()],
    ["EventId", event.id],
    ["LogicalResourceId", event.logicalId],
    ["Namespace", ctx.account],
    ["PhysicalResourceId", event.physicalId],
    ["PrincipalId", ctx.account],
    ["ResourceProperties", event.properties && JSON.stringify(event.properties)],
    ["ResourceStatus", event.status],
    ["ResourceStatusReason", event.reason ?? ""],
    ["ResourceType", event.resourceType],
    ["StackName", event.stackName],
    ["ClientRequestToken", event.clientRequestToken],
  ];
  return lines.map(([name, value]) => `${name}='${value ?? "null"}'\n`).join("");
}

/** The timer handler: publishes a notification. A topic that is gone, or refuses it, is passed over. */
export async function publishNotification({ topics, message }: Notification, ctx: Context): Promise<void> {
  for (const TopicArn of topics) {
    const { account, region } = parseArn(TopicArn) ?? {};
    const input = { TopicArn, Subject: "AWS CloudFormation Notification", Message: message };
    try {
      await ctx.call("sns", "Publish", input, { account, region });
    } catch (error) {
      if (!isAwsError(error)) throw error;
    }
  }
}
