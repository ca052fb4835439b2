/** Where topics, subscriptions and what was sent to people are kept, and how a topic is found. */
import { type Arn, parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { defineSequence } from "../../kernel/sequence.js";
import { defineTable } from "../../kernel/store.js";
import { invalid, type Subscription, type Topic } from "./topic.js";

/** [name] */
export const topics = defineTable<Topic>("sns/topics", "region", { cached: true });
/** [topic, id] */
export const subscriptions = defineTable<Subscription>("sns/subscriptions", "region", { cached: true });
/** [topic, deduplication id] */
export const deduplications = defineTable<{ messageId: string; sequenceNumber: string; expiresAt: number }>(
  "sns/deduplications",
);
/** [name]: settings for text messages. */
export const smsAttributes = defineTable<string>("sns/sms-attributes");

export const topicArn = (ctx: Context, name: string): string => ctx.arn(name, "sns");

/** The ARN in an input, for authorization. */
export function topicOf(input: {
  TopicArn?: string | undefined;
  ResourceArn?: string | undefined;
  TargetArn?: string | undefined;
}): string {
  return input.TopicArn ?? input.ResourceArn ?? input.TargetArn ?? "*";
}

/** The ARN of the topic that an input's `SubscriptionArn` belongs to, for authorization. */
export function topicOfSubscription(input: { SubscriptionArn?: string | undefined }): string {
  return (input.SubscriptionArn ?? "").split(":").slice(0, 6).join(":") || "*";
}

/** Takes a topic's or a subscription's ARN apart. @throws AwsError `InvalidParameter` */
export function parseSnsArn(arn: string | undefined, parameter: string): Arn {
  if (!arn) throw invalid(`${parameter} Reason: no value for required parameter`);
  const elements = arn.split(":").length;
  if (elements < 6) throw invalid(`${parameter} Reason: An ARN must have at least 6 elements, not ${elements}`);
  const parsed = parseArn(arn);
  if (parsed?.service !== "sns") throw invalid(parameter);
  return parsed;
}

/** A topic by its ARN, whichever account's it is. @throws AwsError `InvalidParameter`, `NotFound` */
export function getTopic(ctx: Context, arn: string | undefined, parameter = "TopicArn"): Topic {
  const parsed = parseSnsArn(arn, parameter);
  const topic = ctx.table(topics, parsed).get(parsed.resource);
  if (!topic) throw new AwsError("NotFoundException", "Topic does not exist");
  return topic;
}

/** A topic by its ARN; `undefined` when it is gone. */
export function findTopic(ctx: Context, arn: string): Topic | undefined {
  const parsed = parseSnsArn(arn, "TopicArn");
  return ctx.table(topics, parsed).get(parsed.resource);
}

export function putTopic(ctx: Context, topic: Topic): void {
  ctx.table(topics, topic).put([topic.name], topic);
}

/** A subscription by its ARN; `undefined` when it has ended. */
export function findSubscription(ctx: Context, arn: string | undefined): Subscription | undefined {
  const parsed = parseSnsArn(arn, "SubscriptionArn");
  const [topic, id] = parsed.resource.split(":");
  if (!topic || !id) {
    const elements = (arn ?? "").split(":").length;
    throw invalid(`SubscriptionArn Reason: An ARN must have at least 7 elements, not ${elements}`);
  }
  return ctx.table(subscriptions, parsed).get(topic, id);
}

/** @throws AwsError `InvalidParameter`, `NotFound` */
export function getSubscription(ctx: Context, arn: string | undefined): Subscription {
  const subscription = findSubscription(ctx, arn);
  if (!subscription) throw new AwsError("NotFoundException", "Subscription does not exist");
  return subscription;
}

export function putSubscription(ctx: Context, topic: Topic, subscription: Subscription): void {
  ctx.table(subscriptions, topic).put([topic.name, subscription.id], subscription);
}

/** The subscriptions of a topic. */
export function subscriptionsOf(ctx: Context, topic: Topic): Subscription[] {
  return ctx.table(subscriptions, topic).rows({ prefix: [topic.name] });
}

/** Orders the messages of FIFO topics. */
export const sequence = defineSequence("sns/sequence");
