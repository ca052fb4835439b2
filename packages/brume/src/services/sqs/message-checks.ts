/** The checks that SQS makes of a message before it takes it. See "Amazon SQS message quotas". */
import { createHash } from "node:crypto";
import { AwsError } from "../../kernel/errors.js";
import {
  integerAttribute,
  isFifo,
  type MessageAttribute,
  type MessageAttributes,
  messageBytes,
  type Queue,
} from "./queue.js";

/** A message that is to be sent. */
export interface Sending {
  MessageBody?: string | undefined;
  DelaySeconds?: number | undefined;
  MessageAttributes?: MessageAttributes | undefined;
  MessageSystemAttributes?: MessageAttributes | undefined;
  MessageDeduplicationId?: string | undefined;
  MessageGroupId?: string | undefined;
}

/** XML 1.0 characters: all that a message may hold. */
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
const MAX_ATTRIBUTES = 10;
const ATTRIBUTE_NAME = /^(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/;
const RESERVED_NAME = /^(aws|amazon)\./i;
const SYSTEM_ATTRIBUTES = ["AWSTraceHeader"];

const invalid = (message: string) => new AwsError("InvalidParameterValue", message);
const invalidFor = (name: string, value: unknown, reason: string) =>
  invalid(`Value ${value} for parameter ${name} is invalid. Reason: ${reason}`);
const RECEIVED_ATTRIBUTES = [
  "All",
  "AWSTraceHeader",
  "ApproximateFirstReceiveTimestamp",
  "ApproximateReceiveCount",
  "DeadLetterQueueSourceArn",
  "MessageDeduplicationId",
  "MessageGroupId",
  "SenderId",
  "SentTimestamp",
  "SequenceNumber",
];

/** Checks which system attributes are asked for. @throws AwsError `InvalidAttributeName` */
export function checkSystemNames(names: readonly string[] | undefined): void {
  const unknown = names?.find((name) => !RECEIVED_ATTRIBUTES.includes(name));
  if (unknown !== undefined) throw new AwsError("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
}

/** The error for a parameter that a request has to have. */
export const missing = (name: string) =>
  new AwsError("MissingParameter", `The request must contain the parameter ${name}.`);
const WRONG_TYPE = "The request include parameter that is not valid for this queue type.";

/** The body of a message that a queue can take. @throws AwsError */
export function checkMessage(queue: Queue, sending: Sending): string {
  const { MessageBody: body, MessageAttributes: attributes } = sending;
  if (body === undefined) throw missing("MessageBody");
  if (body === "") throw invalid("The request must contain the parameter MessageBody.");
  if (FORBIDDEN.test(body))
    throw new AwsError(
      "InvalidMessageContents",
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
    );
  checkAttributes(attributes);
  checkSystemAttributes(sending.MessageSystemAttributes);
  const limit = integerAttribute(queue, "MaximumMessageSize");
  if (messageBytes(body, attributes) > limit)
    throw invalid(`One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`);
  const { DelaySeconds: delay, MessageGroupId: group, MessageDeduplicationId: deduplicationId } = sending;
  if (delay !== undefined && (!Number.isInteger(delay) || delay < 0 || delay > 900))
    throw invalidFor("DelaySeconds", delay, "DelaySeconds must be >= 0 and <= 900.");
  if (group !== undefined) checkToken("MessageGroupId", group);
  if (deduplicationId !== undefined) checkToken("MessageDeduplicationId", deduplicationId);
  if (!isFifo(queue)) {
    if (deduplicationId !== undefined) throw invalidFor("MessageDeduplicationId", deduplicationId, WRONG_TYPE);
    return body;
  }
  if (delay !== undefined && delay > 0) throw invalidFor("DelaySeconds", delay, WRONG_TYPE);
  if (group === undefined) throw missing("MessageGroupId");
  return body;
}

function checkToken(name: string, value: string): void {
  if (!/^[\x21-\x7e]{1,128}$/.test(value))
    throw invalidFor(
      name,
      value,
      `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
    );
}

function checkAttributes(attributes: MessageAttributes | undefined): void {
  if (!attributes) return;
  const entries = Object.entries(attributes);
  if (entries.length > MAX_ATTRIBUTES)
    throw invalid(`Number of message attributes [${entries.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`);
  for (const [name, attribute] of entries) {
    if (RESERVED_NAME.test(name))
      throw invalid(
        `You can't use message attribute names beginning with 'AWS.' or 'Amazon.' or any similar strings. These are reserved for internal use.`,
      );
    if (!ATTRIBUTE_NAME.test(name)) throw invalid(`The message attribute name '${name}' is invalid.`);
    checkAttribute(name, attribute);
  }
}

function checkAttribute(name: string, { DataType, StringValue, BinaryValue }: MessageAttribute): void {
  const refuse = (what: string) => invalid(`The message attribute '${name}' ${what}`);
  if (!DataType) throw refuse("must contain a non-empty attribute type.");
  if (!/^(String|Number|Binary)(\.|$)/.test(DataType))
    throw refuse(
      "has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
    );
  const value = DataType.startsWith("Binary") ? BinaryValue : StringValue;
  if (value === undefined || value.length === 0)
    throw refuse(`must contain a non-empty message attribute value for message attribute type '${DataType}'.`);
  if (DataType.startsWith("Number") && !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(StringValue ?? ""))
    throw invalid(`Can't cast the value of message (user) attribute '${name}' to a number.`);
}

function checkSystemAttributes(attributes: MessageAttributes | undefined): void {
  for (const [name, { DataType, StringValue }] of Object.entries(attributes ?? {})) {
    if (!SYSTEM_ATTRIBUTES.includes(name)) throw invalid(`Message system attribute name '${name}' is invalid.`);
    if (DataType !== "String" || !StringValue)
      throw invalid(`The message system attribute '${name}' must be a non-empty String.`);
  }
}

/** What tells duplicates of a message in a FIFO queue: its id for that, or what stands for its body. */
export function deduplicationIdOf(queue: Queue, sending: Sending, body: string): string {
  if (sending.MessageDeduplicationId !== undefined) return sending.MessageDeduplicationId;
  if (queue.attributes.ContentBasedDeduplication !== "true")
    throw invalid(
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    );
  return createHash("sha256").update(body).digest("hex");
}
