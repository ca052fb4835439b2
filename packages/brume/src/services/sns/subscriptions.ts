/** The operations on subscriptions. See the SNS API Reference. */
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomHex, uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { checkReplayPolicy, scheduleReplay } from "./archive.js";
import { askToConfirm, isAsked, subscriptionByToken, tellOfEnd } from "./consent.js";
import { checkDeliveryPolicy, effectivePolicy } from "./delivery-policy.js";
import { checkFilterPolicy } from "./filter-policy.js";
import { page } from "./paging.js";
import {
  findSubscription,
  getSubscription,
  getTopic,
  putSubscription,
  putTopic,
  subscriptions,
  subscriptionsOf,
} from "./tables.js";
import { invalid, isFifo, parseObject, type Subscription, type Topic } from "./topic.js";

type Sns = typeof import("@aws-sdk/client-sns");

const PENDING = "PendingConfirmation";

/** What an endpoint of each protocol looks like, and what AWS says of one that does not. */
const ENDPOINTS: Readonly<Record<string, { pattern: RegExp; message: string }>> = {
  application: { pattern: /^arn:/, message: "Endpoint Reason: Endpoint must be an ARN" },
  email: { pattern: /^[^@\s]+@[^@\s]+$/, message: "Email address" },
  "email-json": { pattern: /^[^@\s]+@[^@\s]+$/, message: "Email address" },
  firehose: { pattern: /^arn:[^:]+:firehose:/, message: "Firehose endpoint ARN" },
  http: { pattern: /^http:\/\/./, message: "Endpoint must match the specified protocol" },
  https: { pattern: /^https:\/\/./, message: "Endpoint must match the specified protocol" },
  lambda: { pattern: /^arn:[^:]+:lambda:[^:]+:\d+:function:./, message: "Lambda endpoint ARN" },
  sms: { pattern: /^\+?[\d().\s-]{3,}$/, message: "SMS endpoint" },
  sqs: { pattern: /^arn:[^:]+:sqs:[^:]+:\d+:./, message: "SQS endpoint ARN" },
};
const ATTRIBUTES = new Set([
  "DeliveryPolicy",
  "FilterPolicy",
  "FilterPolicyScope",
  "RawMessageDelivery",
  "RedrivePolicy",
  "ReplayPolicy",
  "SubscriptionRoleArn",
]);

export const subscribe: Handler<Sns, "Subscribe"> = (input, ctx) => {
  const topic = getTopic(ctx, input.TopicArn);
  const { Protocol: protocol = "", Endpoint: endpoint = "" } = input;
  const attributes = Object.fromEntries(
    Object.entries((input.Attributes ?? {}) as Record<string, string>).filter(([, value]) => value !== ""),
  );
  checkEndpoint(topic, protocol, endpoint);
  checkAttributes(attributes, protocol);
  checkDeadLetters(topic, attributes);
  if (attributes.ReplayPolicy) checkReplayPolicy(topic, attributes.ReplayPolicy);
  const existing = subscriptionsOf(ctx, topic).find((one) => one.protocol === protocol && one.endpoint === endpoint);
  const differs = (one: Subscription) =>
    Object.entries(attributes).some(([name, value]) => !sameValue(one.attributes[name], value));
  if (existing && differs(existing)) {
    throw invalid("Attributes Reason: Subscription already exists with different attributes");
  }
  const confirmed = !isAsked(protocol);
  const id = uuid();
  const subscription: Subscription = existing ?? {
    id,
    arn: `${topic.arn}:${id}`,
    topicArn: topic.arn,
    protocol,
    endpoint,
    owner: ctx.account,
    principal: ctx.principal.arn,
    confirmed,
    authenticated: confirmed,
    token: randomHex(200),
    attributes,
  };
  if (!existing) {
    putSubscription(ctx, topic, subscription);
    scheduleReplay(ctx, subscription);
  }
  if (!subscription.confirmed) askToConfirm(ctx, subscription);
  const shown = subscription.confirmed || input.ReturnSubscriptionArn === true;
  return { SubscriptionArn: shown ? subscription.arn : "pending confirmation" };
};

function sameValue(before: string | undefined, after: string): boolean {
  if (before === after) return true;
  try {
    return before !== undefined && JSON.stringify(JSON.parse(before)) === JSON.stringify(JSON.parse(after));
  } catch {
    return false;
  }
}

function checkEndpoint(topic: Topic, protocol: string, endpoint: string): void {
  const known = Object.hasOwn(ENDPOINTS, protocol) ? ENDPOINTS[protocol] : undefined;
  if (!known) throw invalid(`Amazon SNS does not support this protocol string: ${protocol}`);
  if (endpoint === "") throw invalid("Endpoint");
  if (!known.pattern.test(endpoint)) throw invalid(known.message);
  if (isFifo(topic) && protocol !== "sqs") {
    throw invalid("Invalid parameter: Endpoint Reason: Please use FIFO SQS queue");
  }
  if (protocol === "sqs" && !isFifo(topic) && endpoint.endsWith(".fifo")) {
    throw invalid("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics");
  }
}

function checkAttributes(attributes: Readonly<Record<string, string>>, protocol: string): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (!ATTRIBUTES.has(name)) throw invalid("AttributeName");
    if (value === "") continue;
    if (name === "RawMessageDelivery") {
      if (!/^(true|false)$/i.test(value))
        throw invalid(`RawMessageDelivery: Invalid value [${value}]. Must be true or false.`);
      if (!["sqs", "http", "https", "firehose"].includes(protocol) && value.toLowerCase() === "true")
        throw invalid(`Delivery protocol [${protocol}] does not support raw message delivery.`);
    }
    if (name === "FilterPolicyScope" && !["MessageAttributes", "MessageBody"].includes(value))
      throw invalid(`FilterPolicyScope: Invalid value [${value}]. Please use either MessageBody or MessageAttributes`);
    if (name === "RedrivePolicy") checkRedrivePolicy(value);
    if (name === "DeliveryPolicy") checkDeliveryPolicy(value);
    if (name === "FilterPolicy") checkFilterPolicy(value, attributes.FilterPolicyScope ?? "MessageAttributes");
  }
}

function checkRedrivePolicy(text: string): void {
  const { deadLetterTargetArn } = parseObject(text, "RedrivePolicy");
  if (typeof deadLetterTargetArn !== "string" || parseArn(deadLetterTargetArn)?.service !== "sqs")
    throw invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn");
}

/** @throws AwsError `InvalidParameter` unless the dead-letter queue is of the topic's kind */
function checkDeadLetters(topic: Topic, { RedrivePolicy }: Readonly<Record<string, string>>): void {
  if (!RedrivePolicy) return;
  const { deadLetterTargetArn } = JSON.parse(RedrivePolicy) as { deadLetterTargetArn: string };
  if (deadLetterTargetArn.endsWith(".fifo") !== isFifo(topic))
    throw invalid("RedrivePolicy: must use a dead-letter queue of the same type as the topic");
}

export const confirmSubscription: Handler<Sns, "ConfirmSubscription"> = (input, ctx) => {
  const topic = getTopic(ctx, input.TopicArn);
  if (!input.Token) throw invalid("Token");
  const subscription = subscriptionByToken(ctx, topic, input.Token);
  if (!subscription) throw invalid("Token");
  const authenticated = input.AuthenticateOnUnsubscribe?.toLowerCase() === "true" && ctx.principal.type !== "anonymous";
  putSubscription(ctx, topic, { ...subscription, confirmed: true, authenticated });
  return { SubscriptionArn: subscription.arn };
};

export const unsubscribe: Handler<Sns, "Unsubscribe"> = (input, ctx) => {
  const subscription = findSubscription(ctx, input.SubscriptionArn);
  if (!subscription) return {};
  if (ctx.principal.type === "anonymous" && subscription.authenticated)
    throw new AwsError("AuthorizationErrorException", "User: anonymous is not authorized to perform: SNS:Unsubscribe");
  const topic = getTopic(ctx, subscription.topicArn);
  ctx.table(subscriptions, topic).delete(topic.name, subscription.id);
  tellOfEnd(ctx, topic, subscription);
  putTopic(ctx, { ...topic, subscriptionsDeleted: topic.subscriptionsDeleted + 1 });
  return {};
};

export const getSubscriptionAttributes: Handler<Sns, "GetSubscriptionAttributes"> = (input, ctx) => {
  const subscription = getSubscription(ctx, input.SubscriptionArn);
  const { arn, topicArn, protocol, endpoint, owner, principal, confirmed, authenticated, attributes } = subscription;
  return {
    Attributes: {
      SubscriptionPrincipal: principal,
      Owner: owner,
      RawMessageDelivery: "false",
      TopicArn: topicArn,
      Endpoint: endpoint,
      Protocol: protocol,
      PendingConfirmation: String(!confirmed),
      ConfirmationWasAuthenticated: String(authenticated),
      SubscriptionArn: arn,
      ...(/^https?$/.test(protocol)
        ? { EffectiveDeliveryPolicy: JSON.stringify(effectivePolicy(getTopic(ctx, topicArn), subscription)) }
        : {}),
      ...(attributes.ReplayPolicy ? { ReplayStatus: "Completed" } : {}),
      ...(attributes.FilterPolicy ? { FilterPolicyScope: "MessageAttributes" } : {}),
      ...attributes,
    },
  };
};

export const setSubscriptionAttributes: Handler<Sns, "SetSubscriptionAttributes"> = (input, ctx) => {
  const subscription = getSubscription(ctx, input.SubscriptionArn);
  const topic = getTopic(ctx, subscription.topicArn);
  const { AttributeName: name, AttributeValue: value = "" } = input;
  if (!name) throw invalid("AttributeName");
  const merged = { ...subscription.attributes, [name]: value };
  checkAttributes(name === "FilterPolicyScope" ? { ...merged, FilterPolicy: "" } : merged, subscription.protocol);
  if (name === "RedrivePolicy") checkDeadLetters(topic, merged);
  if (name === "ReplayPolicy" && value !== "") checkReplayPolicy(topic, value);
  const attributes = Object.fromEntries(
    // An empty filter policy lets everything through: it is taken away, as an empty text is.
    Object.entries(merged).filter(([key, text]) => text !== "" && !(key === "FilterPolicy" && text === "{}")),
  );
  const changed = { ...subscription, attributes };
  putSubscription(ctx, topic, changed);
  if (name === "ReplayPolicy") scheduleReplay(ctx, changed);
  return {};
};

function paged(rows: Subscription[], token: string | undefined) {
  const { items, NextToken } = page(rows, token);
  return {
    Subscriptions: items.map(({ arn, confirmed, owner, protocol, endpoint, topicArn }) => ({
      SubscriptionArn: confirmed ? arn : PENDING,
      Owner: owner,
      Protocol: protocol,
      Endpoint: endpoint,
      TopicArn: topicArn,
    })),
    NextToken,
  };
}

export const listSubscriptions: Handler<Sns, "ListSubscriptions"> = (input, ctx: Context) =>
  paged(ctx.table(subscriptions).rows(), input.NextToken);

export const listSubscriptionsByTopic: Handler<Sns, "ListSubscriptionsByTopic"> = (input, ctx) =>
  paged(subscriptionsOf(ctx, getTopic(ctx, input.TopicArn)), input.NextToken);
