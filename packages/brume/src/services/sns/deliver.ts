/** Deliveries: timers that take a message to its subscribers, again where that may help, and to dead-letter queues. */
import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import { bodyFor, confirmation, lambdaEvent, notification } from "./envelope.js";
import { findSubscription, getTopic, send } from "./tables.js";
import type { Message, MessageAttributes, Subscription } from "./topic.js";

/** The timers' payloads. */
export interface Delivery {
  message: Message;
  subscriptionArns: string[];
  attempt: number;
}

const HTTP_TIMEOUT_MS = 15_000;
const MAX_SQS_ATTRIBUTES = 10;

/** Why a delivery failed, and whether it is worth trying again. */
class DeliveryFailure extends Error {
  readonly again: boolean;
  constructor(message: string, again: boolean) {
    super(message);
    this.again = again;
  }
}

type Deliver = (ctx: Context, message: Message, subscription: Subscription, version: string) => Promise<void>;

const PROTOCOLS: Readonly<Record<string, Deliver>> = {
  sqs: deliverToSqs,
  lambda: deliverToLambda,
  firehose: deliverToFirehose,
  http: deliverToHttp,
  https: deliverToHttp,
};

/** Takes a message to subscribers. */
export async function deliver({ message, subscriptionArns, attempt }: Delivery, ctx: Context): Promise<void> {
  await Promise.all(
    subscriptionArns.map(async (arn) => {
      const subscription = findSubscription(ctx, arn);
      if (!subscription) return;
      try {
        const version = getTopic(ctx, message.topicArn).attributes.SignatureVersion ?? "1";
        await (PROTOCOLS[subscription.protocol] ?? putIntoOutbox)(ctx, message, subscription, version);
      } catch (error) {
        const failure = asFailure(error);
        const retry = retryPolicy(subscription);
        if (failure.again && attempt < retry.numRetries) {
          const at = ctx.now() + retry.minDelayTarget * 1000;
          ctx.schedule({ at, kind: "deliver", payload: { message, subscriptionArns: [arn], attempt: attempt + 1 } });
        } else {
          await bury(ctx, message, subscription, failure);
        }
      }
    }),
  );
}

function asFailure(error: unknown): DeliveryFailure {
  if (error instanceof DeliveryFailure) return error;
  if (!(error instanceof AwsError)) throw error;
  // What AWS calls client-side errors: the endpoint is gone, or the policy says no. They are not retried.
  return new DeliveryFailure(`${error.code}: ${error.message}`, false);
}

function retryPolicy({ attributes }: Subscription): { numRetries: number; minDelayTarget: number } {
  const fallback = { numRetries: 3, minDelayTarget: 20 };
  if (!attributes.DeliveryPolicy) return fallback;
  const { healthyRetryPolicy } = JSON.parse(attributes.DeliveryPolicy) as { healthyRetryPolicy?: typeof fallback };
  return { ...fallback, ...healthyRetryPolicy };
}

const isRaw = ({ attributes }: Subscription) => attributes.RawMessageDelivery?.toLowerCase() === "true";

/** The account and region of a queue, and its URL. */
function queueAt(ctx: Context, arn: string) {
  const { account, region, resource } = parseArn(arn) as NonNullable<ReturnType<typeof parseArn>>;
  return { QueueUrl: `${ctx.cloud.endpoint}/${account}/${resource}`, where: { account, region } };
}

async function deliverToSqs(
  ctx: Context,
  message: Message,
  subscription: Subscription,
  version: string,
): Promise<void> {
  const raw = isRaw(subscription);
  const { length } = Object.keys(message.attributes ?? {});
  if (raw && length > MAX_SQS_ATTRIBUTES) throw new DeliveryFailure("The message has more than 10 attributes.", false);
  const body = raw ? bodyFor(message, "sqs") : notification(ctx, message, subscription, version);
  await sendToQueue(ctx, subscription.endpoint, body, message, raw ? message.attributes : undefined);
}

async function sendToQueue(
  ctx: Context,
  queueArn: string,
  body: string,
  { groupId, deduplicationId }: Message,
  attributes: MessageAttributes | undefined,
): Promise<void> {
  const { QueueUrl, where } = queueAt(ctx, queueArn);
  const fifo = queueArn.endsWith(".fifo");
  await ctx.call(
    "sqs",
    "SendMessage",
    {
      QueueUrl,
      MessageBody: body,
      ...(attributes ? { MessageAttributes: attributes } : {}),
      ...(groupId === undefined ? {} : { MessageGroupId: groupId }),
      ...(fifo && deduplicationId !== undefined ? { MessageDeduplicationId: deduplicationId } : {}),
    },
    where,
  );
}

async function deliverToLambda(
  ctx: Context,
  message: Message,
  subscription: Subscription,
  version: string,
): Promise<void> {
  const arn = parseArn(subscription.endpoint) as NonNullable<ReturnType<typeof parseArn>>;
  const Payload = Buffer.from(JSON.stringify(lambdaEvent(ctx, message, subscription, version)));
  const input = { FunctionName: subscription.endpoint, InvocationType: "Event", Payload };
  await ctx.call("lambda", "Invoke", input, { account: arn.account, region: arn.region });
}

async function deliverToFirehose(
  ctx: Context,
  message: Message,
  subscription: Subscription,
  version: string,
): Promise<void> {
  const body = isRaw(subscription) ? bodyFor(message, "firehose") : notification(ctx, message, subscription, version);
  const DeliveryStreamName = subscription.endpoint.split("/").at(-1);
  await ctx.call("firehose", "PutRecord", { DeliveryStreamName, Record: { Data: Buffer.from(`${body}\n`) } });
}

async function deliverToHttp(
  ctx: Context,
  message: Message,
  subscription: Subscription,
  version: string,
): Promise<void> {
  const raw = isRaw(subscription);
  const body = raw ? bodyFor(message, subscription.protocol) : notification(ctx, message, subscription, version);
  const headers = {
    ...headersFor("Notification", message.id, message.topicArn),
    "x-amz-sns-subscription-arn": subscription.arn,
    ...(raw ? { "x-amz-sns-rawdelivery": "true" } : {}),
  };
  await post(subscription.endpoint, headers, body);
}

function headersFor(type: string, id: string, topicArn: string): Record<string, string> {
  return {
    "x-amz-sns-message-type": type,
    "x-amz-sns-message-id": id,
    "x-amz-sns-topic-arn": topicArn,
    "content-type": "text/plain; charset=UTF-8",
    "user-agent": "Amazon Simple Notification Service Agent",
  };
}

/** @throws DeliveryFailure unless the endpoint answers 2xx; a 4xx other than 429 is final */
function post(url: string, headers: Record<string, string>, body: string): Promise<void> {
  const content = Buffer.from(body);
  const options: RequestOptions = {
    method: "POST",
    headers: { ...headers, "content-length": String(content.length) },
    timeout: HTTP_TIMEOUT_MS,
  };
  return new Promise((resolve, reject) => {
    const request = (url.startsWith("https:") ? httpsRequest : httpRequest)(url, options, (response) => {
      response.resume();
      const status = response.statusCode as number;
      if (status >= 200 && status < 300) resolve();
      else reject(new DeliveryFailure(`HTTP ${status}`, status >= 500 || status === 429));
    });
    request.on("timeout", () => request.destroy(new Error("The endpoint did not answer in time.")));
    request.on("error", ({ message }) => reject(new DeliveryFailure(message, true)));
    request.end(content);
  });
}

async function putIntoOutbox(
  ctx: Context,
  message: Message,
  subscription: Subscription,
  version: string,
): Promise<void> {
  const { protocol, endpoint } = subscription;
  const body =
    protocol === "email-json" ? notification(ctx, message, subscription, version) : bodyFor(message, protocol);
  send(ctx, message.id, { protocol, endpoint, topicArn: message.topicArn, subject: message.subject, body });
}

/** Sends what could not be delivered to the subscription's dead-letter queue, if it has one that is there. */
async function bury(
  ctx: Context,
  message: Message,
  subscription: Subscription,
  failure: DeliveryFailure,
): Promise<void> {
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
  const body = raw ? bodyFor(message, subscription.protocol) : notification(ctx, message, subscription, "1");
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

/** Asks an HTTP endpoint whether it wants the messages. */
export async function confirm(payload: { subscriptionArn: string; attempt?: number }, ctx: Context): Promise<void> {
  const subscription = findSubscription(ctx, payload.subscriptionArn);
  if (!subscription || subscription.confirmed) return;
  const id = uuid();
  const headers = headersFor("SubscriptionConfirmation", id, subscription.topicArn);
  try {
    await post(subscription.endpoint, headers, confirmation(ctx, subscription, id));
  } catch (error) {
    if (!(error instanceof DeliveryFailure)) throw error;
    const { attempt = 0 } = payload;
    const retry = retryPolicy(subscription);
    if (!error.again || attempt >= retry.numRetries) return;
    const at = ctx.now() + retry.minDelayTarget * 1000;
    ctx.schedule({ at, kind: "confirm", payload: { ...payload, attempt: attempt + 1 } });
  }
}
