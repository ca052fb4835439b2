/** What subscribers are sent: the notification as JSON, and the event that a Lambda function gets. */
import { createHash } from "node:crypto";
import type { Context } from "../../kernel/context.js";
import type { Message, MessageAttributes, Subscription } from "./topic.js";

const VERSION = "2010-03-31";

type ShownAttributes = Record<string, { Type: string; Value: string }>;

/** Message attributes as notifications show them. */
export function shownAttributes(attributes: MessageAttributes | undefined): ShownAttributes {
  return Object.fromEntries(
    Object.entries(attributes ?? {}).map(([name, { DataType = "String", StringValue, BinaryValue }]) => [
      name,
      { Type: DataType, Value: BinaryValue ? Buffer.from(BinaryValue).toString("base64") : (StringValue ?? "") },
    ]),
  );
}

export function bodyFor(message: Message, protocol: string): string {
  return message.bodies[protocol] ?? (message.bodies.default as string);
}

/**
 * A signature of the right form.
 * Differs from AWS: there is no certificate behind it, so that it cannot be verified.
 */
function signature(...parts: string[]): string {
  const digest = (i: number) =>
    createHash("sha512")
      .update([i, ...parts].join("\n"))
      .digest();
  return Buffer.concat([digest(0), digest(1), digest(2), digest(3)]).toString("base64");
}

function signingCertUrl(ctx: Context): string {
  return `https://sns.${ctx.region}.${ctx.urlSuffix}/SimpleNotificationService-9c6465fa7f48f5cacd23014631ec1136.pem`;
}

const link = (ctx: Context, parameters: Record<string, string>) =>
  `${ctx.cloud.endpoint}/?${new URLSearchParams(parameters).toString()}`;

function unsubscribeUrl(ctx: Context, { arn }: Subscription): string {
  return link(ctx, { Action: "Unsubscribe", SubscriptionArn: arn, Version: VERSION });
}

/** The JSON text that SQS, HTTP and `email-json` subscribers are sent. */
export function notification(
  ctx: Context,
  message: Message,
  subscription: Subscription,
  signatureVersion: string,
): string {
  const { id, topicArn, subject, sequenceNumber, attributes } = message;
  const body = bodyFor(message, subscription.protocol);
  const Timestamp = new Date(message.sentAt).toISOString();
  return JSON.stringify({
    Type: "Notification",
    MessageId: id,
    ...(sequenceNumber === undefined ? {} : { SequenceNumber: sequenceNumber }),
    TopicArn: topicArn,
    ...(subject === undefined ? {} : { Subject: subject }),
    Message: body,
    Timestamp,
    ...(sequenceNumber === undefined
      ? {
          SignatureVersion: signatureVersion,
          Signature: signature(id, topicArn, Timestamp, body),
          SigningCertURL: signingCertUrl(ctx),
        }
      : {}),
    UnsubscribeURL: unsubscribeUrl(ctx, subscription),
    ...(attributes && Object.keys(attributes).length > 0 ? { MessageAttributes: shownAttributes(attributes) } : {}),
  });
}

/** The event that a Lambda function gets. */
export function lambdaEvent(
  ctx: Context,
  message: Message,
  subscription: Subscription,
  signatureVersion: string,
): object {
  const { id, topicArn, subject, attributes } = message;
  const body = bodyFor(message, "lambda");
  const Timestamp = new Date(message.sentAt).toISOString();
  return {
    Records: [
      {
        EventSource: "aws:sns",
        EventVersion: "1.0",
        EventSubscriptionArn: subscription.arn,
        Sns: {
          Type: "Notification",
          MessageId: id,
          TopicArn: topicArn,
          Subject: subject ?? null,
          Message: body,
          Timestamp,
          SignatureVersion: signatureVersion,
          Signature: signature(id, topicArn, Timestamp, body),
          SigningCertUrl: signingCertUrl(ctx),
          UnsubscribeUrl: unsubscribeUrl(ctx, subscription),
          MessageAttributes: shownAttributes(attributes),
        },
      },
    ],
  };
}

/** What an HTTP endpoint is sent before anything else, so that it can say that it wants the messages. */
export function confirmation(ctx: Context, subscription: Subscription, id: string): string {
  const { topicArn, token } = subscription;
  const Timestamp = new Date(ctx.now()).toISOString();
  return JSON.stringify({
    Type: "SubscriptionConfirmation",
    MessageId: id,
    Token: token,
    TopicArn: topicArn,
    Message: `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
    SubscribeURL: link(ctx, { Action: "ConfirmSubscription", TopicArn: topicArn, Token: token, Version: VERSION }),
    Timestamp,
    SignatureVersion: "1",
    Signature: signature(id, topicArn, Timestamp, token),
    SigningCertURL: signingCertUrl(ctx),
  });
}
