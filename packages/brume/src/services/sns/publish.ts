/** Publishing: what is sent is checked, and leaves for the subscribers when the publisher's call has committed. */
import { createHash } from "node:crypto";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import { putIntoOutbox } from "../../kernel/outbox.js";
import type { Handler } from "../../kernel/service.js";
import { keepInArchive } from "./archive.js";
import { wants } from "./filter-policy.js";
import { endpointToPush, platformOf } from "./platform.js";
import { deduplications, getTopic, sequence, subscriptionsOf } from "./tables.js";
import { invalid, isFifo, type Message, type MessageAttributes, type Topic } from "./topic.js";

type Sns = typeof import("@aws-sdk/client-sns");

const MAX_BYTES = 262_144;
const MAX_BATCH = 10;
const DEDUPLICATION_MS = 5 * 60 * 1000;

interface Publication {
  Message?: string | undefined;
  Subject?: string | undefined;
  MessageStructure?: string | undefined;
  MessageAttributes?: MessageAttributes | undefined;
  MessageDeduplicationId?: string | undefined;
  MessageGroupId?: string | undefined;
}

export const publish: Handler<Sns, "Publish"> = (input, ctx) => {
  const publication = input as Publication;
  if (input.PhoneNumber !== undefined) return publishText(ctx, input.PhoneNumber, publication);
  const arn = input.TopicArn ?? input.TargetArn;
  if (!arn) throw invalid("TopicArn or TargetArn Reason: no value for required parameter");
  if (/^arn:[^:]+:sns:[^:]*:[^:]*:endpoint\//.test(arn)) return push(ctx, arn, publication);
  return publishTo(ctx, getTopic(ctx, arn), publication);
};

/** Sends a message to one app on one device. */
function push(ctx: Context, arn: string, publication: Publication) {
  const bodies = bodiesOf(publication);
  checkAttributes(publication.MessageAttributes);
  if (bytesOf(publication) > MAX_BYTES) throw invalid("Message too long");
  const endpoint = endpointToPush(ctx, arn);
  const MessageId = uuid();
  putIntoOutbox(ctx, MessageId, {
    channel: "push",
    to: endpoint.arn,
    subject: publication.Subject,
    text: bodies[platformOf(arn)] ?? (bodies.default as string),
  });
  return { MessageId };
}

function publishText(ctx: Context, phoneNumber: string, publication: Publication) {
  if (!/^\+?[\d().\s-]{3,}$/.test(phoneNumber))
    throw invalid(`PhoneNumber Reason: ${phoneNumber} is not valid to publish to`);
  const bodies = bodiesOf(publication);
  const MessageId = uuid();
  putIntoOutbox(ctx, MessageId, {
    channel: "sms",
    to: phoneNumber,
    subject: publication.Subject,
    text: bodies.sms ?? (bodies.default as string),
  });
  return { MessageId };
}

function publishTo(ctx: Context, topic: Topic, publication: Publication) {
  const bodies = bodiesOf(publication);
  checkSubject(publication.Subject);
  checkAttributes(publication.MessageAttributes);
  if (bytesOf(publication) > sizeLimit(topic)) throw invalid("Message too long");
  const message: Message = {
    id: uuid(),
    topicArn: topic.arn,
    subject: publication.Subject,
    bodies,
    attributes: publication.MessageAttributes,
    sentAt: ctx.now(),
    groupId: publication.MessageGroupId,
  };
  if (isFifo(topic)) return publishInOrder(ctx, topic, publication, message);
  if (publication.MessageDeduplicationId !== undefined) {
    throw invalid(
      "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type",
    );
  }
  dispatch(ctx, topic, message);
  return { MessageId: message.id };
}

function publishInOrder(ctx: Context, topic: Topic, publication: Publication, message: Message) {
  const group = publication.MessageGroupId;
  if (!group) throw invalid("The MessageGroupId parameter is required for FIFO topics");
  const deduplicationId = deduplicationOf(topic, publication);
  const scoped =
    topic.attributes.FifoThroughputScope === "MessageGroup" ? `${group} ${deduplicationId}` : deduplicationId;
  const table = ctx.table(deduplications, topic);
  const duplicate = table.get(topic.name, scoped);
  if (duplicate && duplicate.expiresAt > ctx.now()) {
    return { MessageId: duplicate.messageId, SequenceNumber: duplicate.sequenceNumber };
  }
  const sequenceNumber = String(ctx.memory(sequence).next()).padStart(20, "1");
  table.put([topic.name, scoped], { messageId: message.id, sequenceNumber, expiresAt: ctx.now() + DEDUPLICATION_MS });
  const numbered = { ...message, sequenceNumber, deduplicationId };
  keepInArchive(ctx, topic, numbered);
  dispatch(ctx, topic, numbered);
  return { MessageId: message.id, SequenceNumber: sequenceNumber };
}

function deduplicationOf(topic: Topic, { MessageDeduplicationId: given, Message = "" }: Publication): string {
  if (given !== undefined) {
    if (/^[\x21-\x7e]{1,128}$/.test(given)) return given;
    throw invalid(
      "MessageDeduplicationId Reason: MessageDeduplicationId can only include alphanumeric and punctuation characters. 1 to 128 in length",
    );
  }
  if (topic.attributes.ContentBasedDeduplication === "true") return createHash("sha256").update(Message).digest("hex");
  throw invalid(
    "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
  );
}

/** Leaves a message for the subscribers that want it: their deliveries are part of the publisher's transaction. */
function dispatch(ctx: Context, topic: Topic, message: Message): void {
  const wanting = subscriptionsOf(ctx, topic).filter(({ confirmed, protocol, attributes }) => {
    const body = message.bodies[protocol] ?? (message.bodies.default as string);
    return confirmed && wants(attributes, { body, attributes: message.attributes });
  });
  if (wanting.length === 0) return;
  ctx.schedule({
    at: ctx.now(),
    kind: "deliver",
    payload: { message, subscriptionArns: wanting.map(({ arn }) => arn), attempt: 0 },
  });
}

function sizeLimit(topic: Topic): number {
  return Number(topic.attributes.MaximumMessageSize ?? MAX_BYTES);
}

/** The text for each protocol. @throws AwsError `InvalidParameter` */
function bodiesOf({ Message: text, MessageStructure: structure }: Publication): Record<string, string> {
  if (!text) throw invalid("Empty message");
  if (structure === undefined || structure === "") return { default: text };
  if (structure !== "json") throw invalid("MessageStructure");
  let bodies: unknown;
  try {
    bodies = JSON.parse(text);
  } catch {
    throw invalid("Message Structure - JSON message body failed to parse");
  }
  if (typeof bodies !== "object" || bodies === null) {
    throw invalid("Message Structure - JSON message body failed to parse");
  }
  const texts = Object.fromEntries(Object.entries(bodies).filter(([, body]) => typeof body === "string"));
  if (texts.default === undefined) throw invalid("Message Structure - No default entry in JSON message body");
  return texts;
}

function checkSubject(subject: string | undefined): void {
  if (subject === undefined) return;
  if (subject.length === 0 || subject.length > 100 || /[\0-\x1f\x7f]/.test(subject)) throw invalid("Subject");
}

function checkAttributes(attributes: MessageAttributes | undefined): void {
  const refuse = (message: string) => new AwsError("InvalidParameterValueException", message);
  for (const [name, { DataType: type = "", StringValue, BinaryValue }] of Object.entries(attributes ?? {})) {
    if (!/^[A-Za-z0-9_.-]{1,256}$/.test(name) || /^\.|\.$|\.\./.test(name)) {
      throw refuse(`Invalid attribute name: ${name}`);
    }
    if (type === "") throw refuse(`The message attribute '${name}' must contain non-empty message attribute type.`);
    if (!/^(String|Number|Binary)(\.|$)/.test(type)) {
      throw refuse(
        `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
      );
    }
    const value = type.startsWith("Binary") ? BinaryValue : StringValue;
    if (value === undefined || value.length === 0) {
      throw refuse(
        `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
      );
    }
    if (type.startsWith("Number") && !Number.isFinite(Number(StringValue))) {
      throw refuse(`Could not cast message attribute '${name}' value to number.`);
    }
  }
}

function bytesOf({ Message: text = "", MessageAttributes: attributes = {} }: Publication): number {
  let bytes = Buffer.byteLength(text);
  for (const [name, { DataType = "", StringValue = "", BinaryValue }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name + DataType) + (BinaryValue?.length ?? Buffer.byteLength(StringValue));
  }
  return bytes;
}

export const publishBatch: Handler<Sns, "PublishBatch"> = (input, ctx) => {
  const topic = getTopic(ctx, input.TopicArn);
  const entries = (input.PublishBatchRequestEntries ?? []) as (Publication & { Id?: string })[];
  if (entries.length === 0)
    throw new AwsError("EmptyBatchRequestException", "The batch request doesn't contain any entries.");
  if (entries.length > MAX_BATCH) {
    throw new AwsError(
      "TooManyEntriesInBatchRequestException",
      "The batch request contains more entries than permissible.",
    );
  }
  const ids = entries.map(({ Id = "" }) => Id);
  if (ids.some((id) => !/^[A-Za-z0-9_-]{1,80}$/.test(id))) {
    throw new AwsError(
      "InvalidBatchEntryIdException",
      "The Id of a batch entry in a batch request doesn't abide by the specification.",
    );
  }
  if (new Set(ids).size < ids.length) {
    throw new AwsError(
      "BatchEntryIdsNotDistinctException",
      "Two or more batch entries in the request have the same Id.",
    );
  }
  if (entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > sizeLimit(topic)) {
    throw new AwsError(
      "BatchRequestTooLongException",
      "The length of all the batch messages put together is more than the limit.",
    );
  }
  const Successful: { Id: string; MessageId: string; SequenceNumber?: string }[] = [];
  const Failed: { Id: string; Code: string; Message: string; SenderFault: boolean }[] = [];
  for (const [index, entry] of entries.entries()) {
    const Id = ids[index] as string;
    try {
      Successful.push({ Id, ...publishTo(ctx, topic, entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id, Code: error.code.replace(/Exception$/, ""), Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
};
