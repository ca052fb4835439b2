/** Deliveries: timers that take a message to its subscribers, again where that may help, and to dead-letter queues. */
import { type Arn, parseArn } from "../../kernel/arn.js";
import { defineMemory } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { AwsError, isTransient } from "../../kernel/errors.js";
import { putIntoOutbox } from "../../kernel/outbox.js";
import { effectivePolicy, retryDelayMs } from "./delivery-policy.js";
import { bodyFor, lambdaEvent, notification, type Wrapping } from "./envelope.js";
import { DeliveryFailure, headersFor, post } from "./http.js";
import { platformOf } from "./platform.js";
import { signerOf } from "./signing.js";
import { findSubscription, findTopic } from "./tables.js";
import { isFifo, type Message, type MessageAttributes, type Subscription } from "./topic.js";

/** The timers' payloads. */
export interface Delivery {
  message: Message;
  subscriptionArns: string[];
  attempt: number;
}

const MAX_SQS_ATTRIBUTES = 10;
const EMAIL_SUBJECT = "AWS Notification Message";

type Deliver = (ctx: Context, message: Message, wrapping: Wrapping) => Promise<void>;

const PROTOCOLS: Readonly<Record<string, Deliver>> = {
  sqs: deliverToSqs,
  lambda: deliverToLambda,
  firehose: deliverToFirehose,
  http: deliverToHttp,
  https: deliverToHttp,
};

/**
 * What is being delivered of FIFO topics, by their ARNs: one message waits for the one before it.
 * Differs from AWS: a message that is tried again comes after those that were published meanwhile.
 */
const queues = defineMemory("sns/fifo-deliveries", () => new Map<string, Promise<void>>());

/** Takes a message to subscribers. */
export async function deliver(delivery: Delivery, ctx: Context): Promise<void> {
  const { topicArn } = delivery.message;
  if (!isFifo({ name: topicArn })) return deliverNow(delivery, ctx);
  const waiting = ctx.memory(queues);
  const turn = (waiting.get(topicArn) ?? Promise.resolve()).then(() => deliverNow(delivery, ctx));
  // Whoever comes next waits for the end of this one, whichever it is.
  const settled = turn.catch(() => {});
  waiting.set(topicArn, settled);
  await turn;
  if (waiting.get(topicArn) === settled) waiting.delete(topicArn);
}

async function deliverNow({ message, subscriptionArns, attempt }: Delivery, ctx: Context): Promise<void> {
  const signer = await signerOf(ctx);
  await Promise.all(
    subscriptionArns.map(async (arn) => {
      const subscription = findSubscription(ctx, arn);
      const topic = findTopic(ctx, message.topicArn);
      if (!subscription || !topic) return;
      const wrapping = { subscription, topic, signer };
      try {
        await (PROTOCOLS[subscription.protocol] ?? deliverToOutbox)(ctx, message, wrapping);
      } catch (error) {
        const failure = asFailure(error);
        const delay = failure.again ? retryDelayMs(topic, subscription, attempt) : undefined;
        if (delay === undefined) return bury(ctx, message, wrapping, failure);
        const payload: Delivery = { message, subscriptionArns: [arn], attempt: attempt + 1 };
        ctx.schedule({ at: ctx.now() + delay, kind: "deliver", payload });
      }
    }),
  );
}

function asFailure(error: unknown): DeliveryFailure {
  if (error instanceof DeliveryFailure) return error;
  if (!(error instanceof AwsError)) throw error;
  // What AWS calls client-side errors is not retried: the endpoint is gone, or its policy says no.
  return new DeliveryFailure(`${error.code}: ${error.message}`, isTransient(error));
}

const isRaw = ({ attributes }: Subscription) => attributes.RawMessageDelivery?.toLowerCase() === "true";

const arnOf = (arn: string) => parseArn(arn) as Arn;

async function deliverToSqs(ctx: Context, message: Message, wrapping: Wrapping): Promise<void> {
  const { subscription } = wrapping;
  const raw = isRaw(subscription);
  const { length } = Object.keys(message.attributes ?? {});
  if (raw && length > MAX_SQS_ATTRIBUTES) throw new DeliveryFailure("The message has more than 10 attributes.", false);
  const body = raw ? bodyFor(message, "sqs") : notification(ctx, message, wrapping);
  await sendToQueue(ctx, subscription.endpoint, body, message, raw ? message.attributes : undefined);
}

async function sendToQueue(
  ctx: Context,
  queueArn: string,
  body: string,
  { groupId, deduplicationId }: Message,
  attributes: MessageAttributes | undefined,
): Promise<void> {
  const { account, region, resource } = arnOf(queueArn);
  const fifo = queueArn.endsWith(".fifo");
  await ctx.call(
    "sqs",
    "SendMessage",
    {
      QueueUrl: `${ctx.cloud.endpoint}/${account}/${resource}`,
      MessageBody: body,
      ...(attributes ? { MessageAttributes: attributes } : {}),
      ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
      ...(fifo && deduplicationId !== undefined ? { MessageDeduplicationId: deduplicationId } : {}),
    },
    { account, region },
  );
}

async function deliverToLambda(ctx: Context, message: Message, wrapping: Wrapping): Promise<void> {
  const { endpoint } = wrapping.subscription;
  const { account, region } = arnOf(endpoint);
  const Payload = Buffer.from(JSON.stringify(lambdaEvent(ctx, message, wrapping)));
  const input = { FunctionName: endpoint, InvocationType: "Event", Payload };
  await ctx.call("lambda", "Invoke", input, { account, region });
}

async function deliverToFirehose(ctx: Context, message: Message, wrapping: Wrapping): Promise<void> {
  const { endpoint } = wrapping.subscription;
  const { account, region } = arnOf(endpoint);
  const body = isRaw(wrapping.subscription) ? bodyFor(message, "firehose") : notification(ctx, message, wrapping);
  const input = { DeliveryStreamName: endpoint.split("/").at(-1), Record: { Data: Buffer.from(`${body}\n`) } };
  await ctx.call("firehose", "PutRecord", input, { account, region });
}

async function deliverToHttp(ctx: Context, message: Message, wrapping: Wrapping): Promise<void> {
  const { subscription, topic } = wrapping;
  const { protocol, endpoint, arn } = subscription;
  const raw = isRaw(subscription);
  const body = raw ? bodyFor(message, protocol) : notification(ctx, message, wrapping);
  const { headerContentType } = effectivePolicy(topic, subscription).requestPolicy;
  const headers = {
    ...headersFor("Notification", message.id, message.topicArn, headerContentType),
    "x-amz-sns-subscription-arn": arn,
    ...(raw ? { "x-amz-sns-rawdelivery": "true" } : {}),
  };
  await post(endpoint, headers, body);
}

async function deliverToOutbox(ctx: Context, message: Message, wrapping: Wrapping): Promise<void> {
  const { protocol, endpoint } = wrapping.subscription;
  const channel = CHANNELS[protocol] ?? "email";
  const body = bodyFor(message, channel === "push" ? platformOf(endpoint) : protocol);
  putIntoOutbox(ctx, message.id, {
    channel,
    to: endpoint,
    subject: message.subject ?? (channel === "email" ? EMAIL_SUBJECT : undefined),
    text: protocol === "email-json" ? notification(ctx, message, wrapping) : body,
  });
}

const CHANNELS: Readonly<Record<string, "push" | "sms">> = { application: "push", sms: "sms" };

/** Sends what could not be delivered to the subscription's dead-letter queue, if it has one that is there. */
async function bury(ctx: Context, message: Message, wrapping: Wrapping, failure: DeliveryFailure): Promise<void> {
  const { subscription } = wrapping;
  const { RedrivePolicy } = subscription.attributes;
  ctx.emit("delivery failed", {
    subscriptionArn: subscription.arn,
    endpoint: subscription.endpoint,
    messageId: message.id,
    reason: failure.message,
  });
  if (!RedrivePolicy) return;
  const { deadLetterTargetArn } = JSON.parse(RedrivePolicy) as { deadLetterTargetArn: string };
  const raw = isRaw(subscription);
  const body = raw ? bodyFor(message, subscription.protocol) : notification(ctx, message, wrapping);
  try {
    await sendToQueue(ctx, deadLetterTargetArn, body, message, raw ? message.attributes : undefined);
  } catch (error) {
    // A dead-letter queue that is gone or says no loses the message, as on AWS.
    if (!(error instanceof AwsError)) throw error;
  }
}

declare module "../../kernel/events.js" {
  interface CloudEvents {
    /** A message could not be delivered, and will not be tried again. */
    "delivery failed": { subscriptionArn: string; endpoint: string; messageId: string; reason: string };
  }
}
