/** What subscribers are sent: the notification as JSON, the event that a Lambda function gets, and what asks for consent. */
import type { Context } from "../../kernel/context.js";
import type { Signer } from "./signing.js";
import type { Message, MessageAttributes, Subscription, Topic } from "./topic.js";

const VERSION = "2010-03-31";

type ShownAttributes = Record<string, { Type: string; Value: string }>;

/** What a message is wrapped in for: the subscription, its topic, and who signs. */
export interface Wrapping {
  readonly subscription: Subscription;
  readonly topic: Topic;
  readonly signer: Signer;
}

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

const link = (ctx: Context, parameters: Record<string, string>) =>
  `${ctx.cloud.endpoint}/?${new URLSearchParams(parameters).toString()}`;

/** What ends a subscription when it is visited. */
export function unsubscribeUrl(ctx: Context, { arn }: Pick<Subscription, "arn">): string {
  return link(ctx, { Action: "Unsubscribe", SubscriptionArn: arn, Version: VERSION });
}

/** What confirms a subscription when it is visited. */
export function subscribeUrl(ctx: Context, { topicArn, token }: Pick<Subscription, "topicArn" | "token">): string {
  return link(ctx, { Action: "ConfirmSubscription", TopicArn: topicArn, Token: token, Version: VERSION });
}

const versionOf = ({ attributes }: Topic): string => attributes.SignatureVersion ?? "1";

/** The JSON text that SQS, HTTP and `email-json` subscribers are sent. */
export function notification(ctx: Context, message: Message, { subscription, topic, signer }: Wrapping): string {
  const { id, topicArn, subject, sequenceNumber, attributes } = message;
  const content = {
    Type: "Notification",
    MessageId: id,
    ...(sequenceNumber === undefined ? {} : { SequenceNumber: sequenceNumber }),
    TopicArn: topicArn,
    ...(subject === undefined ? {} : { Subject: subject }),
    Message: bodyFor(message, subscription.protocol),
    Timestamp: new Date(message.sentAt).toISOString(),
  };
  return JSON.stringify({
    ...content,
    // Messages of FIFO topics are not signed.
    ...(sequenceNumber === undefined ? signed(content, topic, signer) : {}),
    UnsubscribeURL: unsubscribeUrl(ctx, subscription),
    ...(message.replayed ? { Replayed: true } : {}),
    ...(attributes && Object.keys(attributes).length > 0 ? { MessageAttributes: shownAttributes(attributes) } : {}),
  });
}

function signed(content: Record<string, string> & { Type: string }, topic: Topic, signer: Signer) {
  const SignatureVersion = versionOf(topic);
  return {
    SignatureVersion,
    Signature: signer.sign(content, SignatureVersion),
    SigningCertURL: signer.certificateUrl,
  };
}

/** The event that a Lambda function gets. */
export function lambdaEvent(ctx: Context, message: Message, { subscription, topic, signer }: Wrapping): object {
  const { id, topicArn, subject, attributes } = message;
  const content = {
    Type: "Notification",
    MessageId: id,
    TopicArn: topicArn,
    Message: bodyFor(message, "lambda"),
    Timestamp: new Date(message.sentAt).toISOString(),
  };
  const { SigningCertURL, ...signature } = signed(
    subject === undefined ? content : { ...content, Subject: subject },
    topic,
    signer,
  );
  return {
    Records: [
      {
        EventSource: "aws:sns",
        EventVersion: "1.0",
        EventSubscriptionArn: subscription.arn,
        Sns: {
          Type: content.Type,
          MessageId: id,
          TopicArn: topicArn,
          Subject: subject ?? null,
          Message: content.Message,
          Timestamp: content.Timestamp,
          ...signature,
          SigningCertUrl: SigningCertURL,
          UnsubscribeUrl: unsubscribeUrl(ctx, subscription),
          MessageAttributes: shownAttributes(attributes),
        },
      },
    ],
  };
}

const CONSENT = {
  SubscriptionConfirmation: (topicArn: string) =>
    `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
  UnsubscribeConfirmation: (_topicArn: string, arn: string) =>
    `You have chosen to deactivate subscription ${arn}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`,
} satisfies Record<string, (topicArn: string, arn: string) => string>;

/** What an HTTP endpoint is sent before anything else and after all else, so that it can say that it wants the messages. */
export function consentRequest(
  ctx: Context,
  type: keyof typeof CONSENT,
  id: string,
  { subscription, topic, signer }: Wrapping,
): string {
  const { topicArn, token, arn } = subscription;
  const content = {
    Type: type as string,
    MessageId: id,
    Token: token,
    TopicArn: topicArn,
    Message: CONSENT[type](topicArn, arn),
    SubscribeURL: subscribeUrl(ctx, subscription),
    Timestamp: new Date(ctx.now()).toISOString(),
  };
  return JSON.stringify({ ...content, ...signed(content, topic, signer) });
}
