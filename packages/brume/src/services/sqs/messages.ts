/** The operations on messages. See the SQS API Reference. */

import { createHash } from "node:crypto";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import {
  integerAttribute,
  isFifo,
  type Message,
  type MessageAttribute,
  type MessageAttributes,
  md5,
  md5OfAttributes,
  messageBytes,
  parseReceiptHandle,
  type Queue,
  receiptHandle,
  redrivePolicy,
} from "./queue.js";
import {
  arrivals,
  deduplications,
  findQueueByArn,
  getQueue,
  messages,
  queueArn,
  receipts,
  sequence,
} from "./tables.js";

type Sqs = typeof import("@aws-sdk/client-sqs");

const DEDUPLICATION_MS = 5 * 60 * 1000;
const MAX_BATCH = 10;
const MAX_BATCH_BYTES = 1_048_576;
/** XML 1.0 characters: all that a message may hold. */
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

interface Sending {
  MessageBody?: string | undefined;
  DelaySeconds?: number | undefined;
  MessageAttributes?: MessageAttributes | undefined;
  MessageSystemAttributes?: MessageAttributes | undefined;
  MessageDeduplicationId?: string | undefined;
  MessageGroupId?: string | undefined;
}

export const sendMessage: Handler<Sqs, "SendMessage"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  return send(ctx, queue, account, input as Sending);
};

interface Sent {
  MessageId: string;
  MD5OfMessageBody: string;
  MD5OfMessageAttributes: string | undefined;
  MD5OfMessageSystemAttributes: string | undefined;
  SequenceNumber: string | undefined;
}

function send(ctx: Context, queue: Queue, account: string, sending: Sending): Sent {
  const body = checkMessage(queue, sending);
  const fifo = isFifo(queue);
  const now = ctx.now();
  const delay = sending.DelaySeconds ?? integerAttribute(queue, "DelaySeconds");
  const deduplicationId = fifo ? deduplicationOf(queue, sending, body) : undefined;
  const scope = { account };
  let id = uuid();
  let number = ctx.memory(sequence).next();
  const duplicate =
    deduplicationId === undefined ? undefined : ctx.table(deduplications, scope).get(queue.name, deduplicationId);
  if (duplicate && duplicate.expiresAt > now) {
    id = duplicate.messageId;
    number = duplicate.sequence;
  } else {
    const visibleAt = delay > 0 ? now + delay * 1000 : now;
    ctx.table(messages, scope).put([queue.name, fifo ? 0 : visibleAt, number], {
      id,
      sequence: number,
      body,
      attributes: sending.MessageAttributes,
      systemAttributes: sending.MessageSystemAttributes,
      senderId: ctx.principal.userId,
      sentAt: now,
      visibleAt,
      receiveCount: 0,
      groupId: sending.MessageGroupId,
      deduplicationId,
    });
    if (deduplicationId !== undefined) {
      ctx
        .table(deduplications, scope)
        .put([queue.name, deduplicationId], { messageId: id, sequence: number, expiresAt: now + DEDUPLICATION_MS });
    }
    ctx.memory(arrivals).announce(queueArn(ctx, queue.name, account));
  }
  return {
    MessageId: id,
    MD5OfMessageBody: md5(body),
    MD5OfMessageAttributes: md5OfAttributes(sending.MessageAttributes),
    MD5OfMessageSystemAttributes: md5OfAttributes(sending.MessageSystemAttributes),
    SequenceNumber: fifo ? String(number).padStart(20, "0") : undefined,
  };
}

function checkMessage(queue: Queue, sending: Sending): string {
  const body = sending.MessageBody;
  if (body === undefined) throw new AwsError("MissingParameter", "The request must contain the parameter MessageBody.");
  if (body === "") throw new AwsError("InvalidParameterValue", "The request must contain the parameter MessageBody.");
  if (FORBIDDEN.test(body))
    throw new AwsError(
      "InvalidMessageContents",
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
    );
  checkMessageAttributes(sending.MessageAttributes);
  const limit = integerAttribute(queue, "MaximumMessageSize");
  if (messageBytes(body, sending.MessageAttributes) > limit) {
    throw new AwsError(
      "InvalidParameterValue",
      `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`,
    );
  }
  const { DelaySeconds: delay, MessageGroupId: group } = sending;
  if (delay !== undefined && (!Number.isInteger(delay) || delay < 0 || delay > 900)) {
    throw new AwsError(
      "InvalidParameterValue",
      `Value ${delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.`,
    );
  }
  if (isFifo(queue)) {
    if (delay !== undefined && delay > 0) {
      throw new AwsError(
        "InvalidParameterValue",
        `Value ${delay} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.`,
      );
    }
    if (group === undefined)
      throw new AwsError("MissingParameter", "The request must contain the parameter MessageGroupId.");
    checkToken("MessageGroupId", group);
  }
  return body;
}

function checkToken(name: string, value: string): void {
  if (!/^[\x21-\x7e]{1,128}$/.test(value)) {
    throw new AwsError(
      "InvalidParameterValue",
      `Value ${value} for parameter ${name} is invalid. Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
    );
  }
}

function checkMessageAttributes(attributes: MessageAttributes | undefined): void {
  if (!attributes) return;
  const entries = Object.entries(attributes);
  if (entries.length > 10)
    throw new AwsError(
      "InvalidParameterValue",
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [10].`,
    );
  for (const [name, attribute] of entries) {
    const { DataType, StringValue, BinaryValue } = attribute as MessageAttribute;
    if (!DataType)
      throw new AwsError(
        "InvalidParameterValue",
        `The message attribute '${name}' must contain a non-empty attribute type.`,
      );
    if (!/^(String|Number|Binary)(\.|$)/.test(DataType)) {
      throw new AwsError(
        "InvalidParameterValue",
        `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
      );
    }
    const value = DataType.startsWith("Binary") ? BinaryValue : StringValue;
    if (value === undefined || value.length === 0) {
      throw new AwsError(
        "InvalidParameterValue",
        `The message attribute '${name}' must contain a non-empty message attribute value for message attribute type '${DataType}'.`,
      );
    }
  }
}

function deduplicationOf(queue: Queue, sending: Sending, body: string): string {
  const given = sending.MessageDeduplicationId;
  const byGroup = queue.attributes.DeduplicationScope === "messageGroup" ? `${sending.MessageGroupId} ` : "";
  if (given !== undefined) {
    checkToken("MessageDeduplicationId", given);
    return byGroup + given;
  }
  if (queue.attributes.ContentBasedDeduplication !== "true") {
    throw new AwsError(
      "InvalidParameterValue",
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    );
  }
  return byGroup + createHash("sha256").update(body).digest("hex");
}

/** Performs each entry of a batch; one that fails does not stop the others. */
function batch<E extends { Id?: string | undefined }, R>(entries: readonly E[] | undefined, perform: (entry: E) => R) {
  if (!entries || entries.length === 0)
    throw new AwsError("EmptyBatchRequest", "There should be at least one entry in the request.");
  if (entries.length > MAX_BATCH) {
    throw new AwsError(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${MAX_BATCH}. You have sent ${entries.length}.`,
    );
  }
  const ids = new Set<string>();
  for (const { Id = "" } of entries) {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(Id)) {
      throw new AwsError(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
      );
    }
    if (ids.has(Id)) throw new AwsError("BatchEntryIdsNotDistinct", `Id ${Id} repeated.`);
    ids.add(Id);
  }
  const Successful: (R & { Id: string })[] = [];
  const Failed: { Id: string; SenderFault: boolean; Code: string; Message: string }[] = [];
  for (const entry of entries) {
    const Id = entry.Id as string;
    try {
      Successful.push({ Id, ...perform(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
}

export const sendMessageBatch: Handler<Sqs, "SendMessageBatch"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  const entries = (input.Entries ?? []) as (Sending & { Id?: string })[];
  const bytes = entries.reduce(
    (sum, { MessageBody = "", MessageAttributes }) => sum + messageBytes(MessageBody, MessageAttributes),
    0,
  );
  if (bytes > MAX_BATCH_BYTES) {
    throw new AwsError(
      "BatchRequestTooLong",
      `Batch requests cannot be longer than ${MAX_BATCH_BYTES} bytes. You have sent ${bytes} bytes.`,
    );
  }
  return batch(entries, (entry) => send(ctx, queue, account, entry));
};

export const receiveMessage: Handler<Sqs, "ReceiveMessage"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  const max = input.MaxNumberOfMessages ?? 1;
  if (!Number.isInteger(max) || max < 1 || max > 10) {
    throw new AwsError(
      "InvalidParameterValue",
      `Value ${max} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
    );
  }
  const timeout = input.VisibilityTimeout ?? integerAttribute(queue, "VisibilityTimeout");
  checkVisibility(timeout);
  const wait = input.WaitTimeSeconds ?? integerAttribute(queue, "ReceiveMessageWaitTimeSeconds");
  if (!Number.isInteger(wait) || wait < 0 || wait > 20) {
    throw new AwsError(
      "InvalidParameterValue",
      `Value ${wait} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.`,
    );
  }
  const reader = { ctx, queue, account, max, timeout };
  const shape = (found: Message[]) => ({
    Messages: found.length > 0 ? found.map((message) => present(queue, message, input)) : undefined,
  });
  const found = receive(reader);
  if (found.length > 0 || wait === 0) return shape(found);
  return longPoll(reader, ctx.now() + wait * 1000).then(shape);
};

function checkVisibility(timeout: number): void {
  if (!Number.isInteger(timeout) || timeout < 0 || timeout > 43_200) {
    throw new AwsError(
      "InvalidParameterValue",
      `Value ${timeout} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided.`,
    );
  }
}

interface Reader {
  ctx: Context;
  queue: Queue;
  account: string;
  max: number;
  timeout: number;
}

async function longPoll(reader: Reader, deadline: number): Promise<Message[]> {
  const { ctx, queue, account } = reader;
  const client = ctx.caller.signal;
  for (;;) {
    const { arrival, stop } = ctx.memory(arrivals).listen(queueArn(ctx, queue.name, account));
    try {
      const until = Math.min(deadline, nextVisible(reader));
      const signal = client ? AbortSignal.any([arrival, client]) : arrival;
      await ctx.wait(Math.max(0, until - ctx.now()), signal);
    } finally {
      stop();
    }
    // Whoever has gone gets nothing: a message handed out now would be invisible for nobody's sake.
    if (client?.aborted) return [];
    const found = receive(reader);
    if (found.length > 0 || ctx.now() >= deadline) return found;
  }
}

/** When the next message that is not visible now becomes so. */
function nextVisible({ ctx, queue, account }: Reader): number {
  const now = ctx.now();
  let next = Number.POSITIVE_INFINITY;
  for (const { row } of ctx.table(messages, { account }).entries({ prefix: [queue.name] })) {
    if (row.visibleAt <= now) continue;
    next = Math.min(next, row.visibleAt);
    if (!isFifo(queue)) break;
  }
  return next;
}

function receive({ ctx, queue, account, max, timeout }: Reader): Message[] {
  const now = ctx.now();
  const scope = { account };
  const table = ctx.table(messages, scope);
  const fifo = isFifo(queue);
  const policy = redrivePolicy(queue);
  const oldest = now - integerAttribute(queue, "MessageRetentionPeriod") * 1000;
  const blocked = new Set<string>();
  const found: Message[] = [];
  const candidates = table.entries({ prefix: [queue.name], ...(fifo ? {} : { before: [now + 1] }) });
  for (const { row } of candidates) {
    const time = fifo ? 0 : row.visibleAt;
    if (row.sentAt < oldest) {
      remove(ctx, queue, account, row, time);
      continue;
    }
    if (fifo) {
      const group = row.groupId as string;
      if (row.visibleAt > now) blocked.add(group);
      if (blocked.has(group)) continue;
    }
    if (
      policy &&
      row.receiveCount >= policy.maxReceiveCount &&
      bury(ctx, queue, account, row, time, policy.deadLetterTargetArn)
    )
      continue;
    const received: Message = {
      ...row,
      receiveCount: row.receiveCount + 1,
      firstReceivedAt: row.firstReceivedAt ?? now,
      visibleAt: now + timeout * 1000,
    };
    move(ctx, queue, account, received, time);
    found.push(received);
    if (found.length === max) break;
  }
  return found;
}

/** Puts a changed message where its visibility says, and notes where that is. */
function move(ctx: Context, queue: Queue, account: string, message: Message, from: number): void {
  const table = ctx.table(messages, { account });
  const to = isFifo(queue) ? 0 : message.visibleAt;
  if (to !== from) table.delete(queue.name, from, message.sequence);
  table.put([queue.name, to, message.sequence], message);
  ctx.table(receipts, { account }).put([queue.name, message.sequence], to);
}

function remove(ctx: Context, queue: Queue, account: string, message: Message, time: number): void {
  ctx.table(messages, { account }).delete(queue.name, time, message.sequence);
  ctx.table(receipts, { account }).delete(queue.name, message.sequence);
}

/** Moves a message that was received too often to the dead-letter queue, if that is there. */
function bury(ctx: Context, queue: Queue, account: string, message: Message, time: number, targetArn: string): boolean {
  const target = findQueueByArn(ctx, targetArn);
  if (!target) return false;
  remove(ctx, queue, account, message, time);
  const visibleAt = ctx.now();
  const key = [target.queue.name, isFifo(target.queue) ? 0 : visibleAt, message.sequence];
  ctx
    .table(messages, { account: target.account })
    .put(key, { ...message, visibleAt, sourceArn: queueArn(ctx, queue.name, account) });
  ctx.memory(arrivals).announce(targetArn);
  return true;
}

function present(
  queue: Queue,
  message: Message,
  input: { AttributeNames?: string[]; MessageSystemAttributeNames?: string[]; MessageAttributeNames?: string[] },
) {
  const system = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  const all: Record<string, string | undefined> = {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    SequenceNumber: isFifo(queue) ? String(message.sequence).padStart(20, "0") : undefined,
    DeadLetterQueueSourceArn: message.sourceArn,
    AWSTraceHeader: message.systemAttributes?.AWSTraceHeader?.StringValue,
  };
  const chosen = Object.entries(all).filter(
    ([name, value]) => value !== undefined && (system.includes("All") || system.includes(name)),
  );
  const wanted = input.MessageAttributeNames ?? [];
  const attributes = Object.entries(message.attributes ?? {}).filter(([name]) =>
    wanted.some((pattern) => wants(pattern, name)),
  );
  const shown = attributes.length > 0 ? Object.fromEntries(attributes) : undefined;
  return {
    MessageId: message.id,
    ReceiptHandle: receiptHandle(queue.name, message),
    MD5OfBody: md5(message.body),
    Body: message.body,
    Attributes: chosen.length > 0 ? (Object.fromEntries(chosen) as Record<string, string>) : undefined,
    MessageAttributes: shown as Record<string, MessageAttribute & { DataType: string | undefined }> | undefined,
    MD5OfMessageAttributes: md5OfAttributes(shown),
  };
}

function wants(pattern: string, name: string): boolean {
  if (pattern === "All" || pattern === ".*") return true;
  return pattern.endsWith(".*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

export const deleteMessage: Handler<Sqs, "DeleteMessage"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  deleteByReceipt(ctx, queue, account, input.ReceiptHandle);
  return {};
};

function deleteByReceipt(
  ctx: Context,
  queue: Queue,
  account: string,
  handle: string | undefined,
): Record<never, never> {
  if (!handle) throw new AwsError("MissingParameter", "The request must contain the parameter ReceiptHandle.");
  const { sequence: number } = parseReceiptHandle(queue.name, handle);
  const time = ctx.table(receipts, { account }).get(queue.name, number);
  const message = time === undefined ? undefined : ctx.table(messages, { account }).get(queue.name, time, number);
  if (message && time !== undefined) remove(ctx, queue, account, message, time);
  return {};
}

export const deleteMessageBatch: Handler<Sqs, "DeleteMessageBatch"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  return batch(input.Entries, ({ ReceiptHandle }) => deleteByReceipt(ctx, queue, account, ReceiptHandle));
};

export const changeMessageVisibility: Handler<Sqs, "ChangeMessageVisibility"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  changeVisibility(ctx, queue, account, input.ReceiptHandle, input.VisibilityTimeout);
  return {};
};

function changeVisibility(
  ctx: Context,
  queue: Queue,
  account: string,
  handle: string | undefined,
  timeout: number | undefined,
): Record<never, never> {
  if (!handle) throw new AwsError("MissingParameter", "The request must contain the parameter ReceiptHandle.");
  if (timeout === undefined)
    throw new AwsError("MissingParameter", "The request must contain the parameter VisibilityTimeout.");
  checkVisibility(timeout);
  const { sequence: number, receiveCount } = parseReceiptHandle(queue.name, handle);
  const time = ctx.table(receipts, { account }).get(queue.name, number);
  const message = time === undefined ? undefined : ctx.table(messages, { account }).get(queue.name, time, number);
  if (!message || time === undefined || message.visibleAt <= ctx.now() || message.receiveCount !== receiveCount) {
    throw new AwsError(
      "MessageNotInflight",
      `Value ${handle.slice(0, 1024)} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
    );
  }
  move(ctx, queue, account, { ...message, visibleAt: ctx.now() + timeout * 1000 }, time);
  if (timeout === 0) ctx.memory(arrivals).announce(queueArn(ctx, queue.name, account));
  return {};
}

export const changeMessageVisibilityBatch: Handler<Sqs, "ChangeMessageVisibilityBatch"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  return batch(input.Entries, ({ ReceiptHandle, VisibilityTimeout }) =>
    changeVisibility(ctx, queue, account, ReceiptHandle, VisibilityTimeout),
  );
};
