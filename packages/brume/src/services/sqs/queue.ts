/** The model of a queue and its messages: types, attributes and pure functions. */
import { createHash, hash } from "node:crypto";
import { AwsError } from "../../kernel/errors.js";

/** A queue as it is stored. Attribute values are text, as the API has them. */
export interface Queue {
  readonly name: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly purgedAt?: number;
}

export interface MessageAttribute {
  readonly DataType?: string;
  readonly StringValue?: string;
  readonly BinaryValue?: Uint8Array;
}
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** A message as it is stored. Times are milliseconds since the epoch. */
export interface Message {
  readonly id: string;
  readonly sequence: number;
  readonly body: string;
  readonly attributes?: MessageAttributes;
  readonly systemAttributes?: MessageAttributes;
  readonly senderId: string;
  readonly sentAt: number;
  readonly visibleAt: number;
  readonly receiveCount: number;
  readonly firstReceivedAt?: number;
  /** When it was received last. */
  readonly receivedAt?: number;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  /** The queue that it was moved here from, when this is a dead-letter queue. */
  readonly sourceArn?: string;
}

interface IntegerAttribute {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

/** Attributes that are whole numbers. See SetQueueAttributes in the SQS API Reference. */
export const INTEGER_ATTRIBUTES: Readonly<Record<string, IntegerAttribute>> = {
  DelaySeconds: { default: 0, min: 0, max: 900 },
  MaximumMessageSize: { default: 1_048_576, min: 1024, max: 1_048_576 },
  MessageRetentionPeriod: { default: 345_600, min: 60, max: 1_209_600 },
  ReceiveMessageWaitTimeSeconds: { default: 0, min: 0, max: 20 },
  VisibilityTimeout: { default: 30, min: 0, max: 43_200 },
  KmsDataKeyReusePeriodSeconds: { default: 300, min: 60, max: 86_400 },
};

/** Attributes that are text, and what they may be; any text where nothing is said. */
const TEXT_ATTRIBUTES: Readonly<Record<string, readonly string[] | undefined>> = {
  Policy: undefined,
  RedrivePolicy: undefined,
  RedriveAllowPolicy: undefined,
  KmsMasterKeyId: undefined,
  SqsManagedSseEnabled: ["true", "false"],
  FifoQueue: ["true"],
  ContentBasedDeduplication: ["true", "false"],
  DeduplicationScope: ["queue", "messageGroup"],
  FifoThroughputLimit: ["perQueue", "perMessageGroupId"],
};
const FIFO_ONLY = new Set(["FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"]);

export const isFifo = (queue: Pick<Queue, "name">): boolean => queue.name.endsWith(".fifo");

/** A whole-number attribute of a queue, its default where it was not set. */
export function integerAttribute(queue: Queue, name: keyof typeof INTEGER_ATTRIBUTES): number {
  const value = queue.attributes[name];
  return value === undefined ? (INTEGER_ATTRIBUTES[name] as IntegerAttribute).default : Number(value);
}

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** A queue's redrive policy, if it has one. */
export function redrivePolicy(queue: Queue): RedrivePolicy | undefined {
  const text = queue.attributes.RedrivePolicy;
  if (!text) return undefined;
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(text) as RedrivePolicy;
  return { deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) };
}

/** @throws AwsError unless the name is one that SQS takes */
export function checkQueueName(name: string, fifo: boolean): void {
  if (!/^[A-Za-z0-9_-]{1,80}$|^[A-Za-z0-9_-]{1,75}\.fifo$/.test(name)) {
    throw new AwsError(
      "InvalidParameterValue",
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
  }
  if (fifo !== name.endsWith(".fifo")) {
    throw new AwsError(
      "InvalidParameterValue",
      fifo
        ? "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length."
        : "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
  }
}

/** @throws AwsError `InvalidAttributeName` or `InvalidAttributeValue` */
export function checkAttributes(attributes: Readonly<Record<string, string>>, fifo: boolean): void {
  for (const [name, value] of Object.entries(attributes)) {
    const integer = Object.hasOwn(INTEGER_ATTRIBUTES, name) ? INTEGER_ATTRIBUTES[name] : undefined;
    if (integer) {
      const number = Number(value);
      if (!/^\d+$/.test(value) || number < integer.min || number > integer.max) throw invalidValue(name);
      continue;
    }
    if (!Object.hasOwn(TEXT_ATTRIBUTES, name) || (FIFO_ONLY.has(name) && !fifo)) {
      throw new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
    }
    const allowed = TEXT_ATTRIBUTES[name];
    if (allowed && value !== "" && !allowed.includes(value)) throw invalidValue(name);
    if (value !== "") DOCUMENTS[name]?.(value);
  }
}

/** Attributes that are JSON, and how they are checked. */
const DOCUMENTS: Readonly<Record<string, (text: string) => void>> = {
  Policy: (text) => void parseObject(text, "Policy"),
  RedriveAllowPolicy: (text) => {
    const { redrivePermission, sourceQueueArns, ...more } = parseObject(text, "RedriveAllowPolicy");
    const byQueue = redrivePermission === "byQueue";
    const isList = Array.isArray(sourceQueueArns) && sourceQueueArns.length >= 1 && sourceQueueArns.length <= 10;
    const isKnown = byQueue ? isList : sourceQueueArns === undefined;
    if (!PERMISSIONS.includes(String(redrivePermission)) || !isKnown || Object.keys(more).length > 0)
      throw invalidValue("RedriveAllowPolicy", text);
  },
  RedrivePolicy: checkRedrivePolicy,
};
const PERMISSIONS = ["allowAll", "byQueue", "denyAll"];

/** Checks attributes that depend on others. @throws AwsError `InvalidAttributeValue` */
export function checkTogether(
  attributes: Readonly<Record<string, string>>,
  set: Readonly<Record<string, string>> = attributes,
): void {
  const { FifoThroughputLimit, DeduplicationScope, KmsMasterKeyId } = attributes;
  if (FifoThroughputLimit === "perMessageGroupId" && DeduplicationScope !== "messageGroup") {
    throw new AwsError(
      "InvalidAttributeValue",
      "The perMessageGroupId value for FifoThroughputLimit is allowed only when the value for DeduplicationScope is messageGroup.",
    );
  }
  if (KmsMasterKeyId && set.SqsManagedSseEnabled === "true") {
    throw new AwsError(
      "InvalidAttributeValue",
      "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
    );
  }
}

/** Whether a dead-letter queue takes what comes from another. */
export function allowsRedrive({ attributes }: Queue, sourceArn: string): boolean {
  const { redrivePermission = "allowAll", sourceQueueArns = [] } = JSON.parse(
    attributes.RedriveAllowPolicy ?? "{}",
  ) as { redrivePermission?: string; sourceQueueArns?: string[] };
  return redrivePermission === "allowAll" || (redrivePermission === "byQueue" && sourceQueueArns.includes(sourceArn));
}

function checkRedrivePolicy(text: string): void {
  const { deadLetterTargetArn, maxReceiveCount } = parseObject(text, "RedrivePolicy");
  const count = Number(maxReceiveCount);
  const valid = typeof deadLetterTargetArn === "string" && Number.isInteger(count) && count >= 1 && count <= 1000;
  if (!valid) throw invalidValue("RedrivePolicy", text);
}

function parseObject(text: string, name: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Refused below, as what is no object is.
  }
  throw invalidValue(name, text);
}

function invalidValue(name: string, value?: string): AwsError {
  const of = value === undefined ? "" : `Value ${value} for parameter ${name} is invalid. Reason: `;
  return new AwsError("InvalidAttributeValue", `${of}Invalid value for the parameter ${name}.`);
}

/** MD5 of a message's body. */
export function md5(text: string): string {
  return hash("md5", text);
}

/** MD5 of message attributes, as SQS computes it. See "SQS message metadata" in the Developer Guide. */
export function md5OfAttributes(attributes: MessageAttributes | undefined): string | undefined {
  const names = Object.keys(attributes ?? {}).sort();
  if (names.length === 0) return undefined;
  const hash = createHash("md5");
  const field = (content: string | Uint8Array) => {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const attribute = (attributes as MessageAttributes)[name] as MessageAttribute;
    field(name);
    field(attribute.DataType ?? "");
    const binary = attribute.BinaryValue !== undefined;
    hash.update(Buffer.from([binary ? 2 : 1]));
    field(binary ? (attribute.BinaryValue as Uint8Array) : (attribute.StringValue ?? ""));
  }
  return hash.digest("hex");
}

/** Bytes that count against the maximum message size: the body and the attributes' names, types and values. */
export function messageBytes(body: string, attributes: MessageAttributes | undefined): number {
  let bytes = Buffer.byteLength(body);
  for (const name in attributes) {
    const { DataType = "", StringValue = "", BinaryValue } = attributes[name] as MessageAttribute;
    bytes +=
      Buffer.byteLength(name) + Buffer.byteLength(DataType) + (BinaryValue?.length ?? Buffer.byteLength(StringValue));
  }
  return bytes;
}

/** A receipt handle: opaque to clients, the queue, the message and the receipt to us. */
export function receiptHandle(queue: string, message: Message): string {
  return Buffer.from(`${queue} ${message.sequence} ${message.receiveCount} ${message.id}`).toString("base64");
}

/** Takes a receipt handle apart. @throws AwsError `ReceiptHandleIsInvalid` */
export function parseReceiptHandle(queue: string, handle: string): { sequence: number; receiveCount: number } {
  const [name, sequence, receiveCount, id] = Buffer.from(handle, "base64").toString().split(" ");
  if (name !== queue || !id || !/^\d+$/.test(sequence ?? "") || !/^\d+$/.test(receiveCount ?? "")) {
    throw new AwsError(
      "ReceiptHandleIsInvalid",
      `The input receipt handle "${handle.slice(0, 1024)}" is not a valid receipt handle.`,
    );
  }
  return { sequence: Number(sequence), receiveCount: Number(receiveCount) };
}
