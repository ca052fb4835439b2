/** The operations on messages. See the SQS API Reference. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { numberAt } from "../../kernel/store.js";
import { batch } from "./batch.js";
import { duplicateOf, remember } from "./deduplication.js";
import { checkMessage, checkSystemNames, deduplicationIdOf, type Sending } from "./message-checks.js";
import {
  integerAttribute,
  isFifo,
  type Message,
  type MessageAttribute,
  md5,
  md5OfAttributes,
  messageBytes,
  parseReceiptHandle,
  type Queue,
  receiptHandle,
  redrivePolicy,
} from "./queue.js";
import { arrivals, findQueueByArn, getQueue, messages, queueArn, receipts, sequence } from "./tables.js";

type Sqs = typeof import("@aws-sdk/client-sqs");

const MAX_BATCH_BYTES = 1_048_576;
/** The longest that a message stays invisible from when it was received. */
const MAX_INVISIBLE_MS = 43_200_000;

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
  const { MessageGroupId: group, MessageAttributes: attributes, MessageSystemAttributes: systemAttributes } = sending;
  const deduplicationId = fifo ? deduplicationIdOf(queue, sending, body) : undefined;
  const duplicate =
    deduplicationId === undefined ? undefined : duplicateOf(ctx, queue, account, { group, id: deduplicationId });
  const id = duplicate?.messageId ?? uuid();
  const number = duplicate?.sequence ?? ctx.memory(sequence).next();
  if (!duplicate) {
    const delay = sending.DelaySeconds ?? integerAttribute(queue, "DelaySeconds");
    const visibleAt = now + delay * 1000;
    ctx.table(messages, { account }).put([queue.name, fifo ? 0 : visibleAt, number], {
      id,
      sequence: number,
      body,
      attributes,
      systemAttributes,
      senderId: ctx.principal.userId,
      sentAt: now,
      visibleAt,
      receiveCount: 0,
      groupId: group,
      deduplicationId,
    });
    if (deduplicationId !== undefined)
      remember(ctx, queue, account, { group, id: deduplicationId, messageId: id, sequence: number });
    ctx.memory(arrivals).announce(queueArn(ctx, queue.name, account));
  }
  return {
    MessageId: id,
    MD5OfMessageBody: md5(body),
    MD5OfMessageAttributes: md5OfAttributes(attributes),
    MD5OfMessageSystemAttributes: md5OfAttributes(systemAttributes),
    SequenceNumber: fifo ? String(number).padStart(20, "0") : undefined,
  };
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

// Differs from AWS: any number of messages can be in flight, and ReceiveRequestAttemptId is not looked at.
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
  checkSystemNames(input.MessageSystemAttributeNames);
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
  const blocked = fifo ? groupsInFlight(ctx, queue, account) : new Set<string>();
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
      receivedAt: now,
      visibleAt: now + timeout * 1000,
    };
    move(ctx, queue, account, received, time);
    found.push(received);
    if (found.length === max) break;
  }
  return found;
}

/** The groups of which a message is in flight: none of theirs is handed out before that is over. */
function groupsInFlight(ctx: Context, queue: Queue, account: string): Set<string> {
  const groups = new Set<string>();
  // Only what has been received has a receipt.
  for (const { position } of ctx.table(receipts, { account }).entries({ prefix: [queue.name] })) {
    const message = ctx.table(messages, { account }).get(queue.name, 0, numberAt(position, -1));
    if (message && message.visibleAt > ctx.now()) groups.add(message.groupId as string);
  }
  return groups;
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
  ctx.table(messages, { account: target.account }).put(key, {
    ...message,
    // In a FIFO queue the retention period begins anew.
    sentAt: isFifo(target.queue) ? visibleAt : message.sentAt,
    visibleAt,
    sourceArn: queueArn(ctx, queue.name, account),
  });
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
  const { sequence: number, receiveCount } = parseReceiptHandle(queue.name, handle);
  const time = ctx.table(receipts, { account }).get(queue.name, number);
  const message = time === undefined ? undefined : ctx.table(messages, { account }).get(queue.name, time, number);
  if (!message || time === undefined) return {};
  const isCurrent = message.receiveCount === receiveCount && message.visibleAt > ctx.now();
  if (isFifo(queue) && !isCurrent) {
    throw new AwsError(
      "InvalidParameterValue",
      `Value ${handle.slice(0, 1024)} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
    );
  }
  remove(ctx, queue, account, message, time);
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
  const visibleAt = ctx.now() + timeout * 1000;
  if (visibleAt > (message.receivedAt ?? ctx.now()) + MAX_INVISIBLE_MS) {
    throw new AwsError(
      "InvalidParameterValue",
      `Value ${timeout} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].`,
    );
  }
  move(ctx, queue, account, { ...message, visibleAt }, time);
  if (timeout === 0) ctx.memory(arrivals).announce(queueArn(ctx, queue.name, account));
  return {};
}

export const changeMessageVisibilityBatch: Handler<Sqs, "ChangeMessageVisibilityBatch"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  return batch(input.Entries, ({ ReceiptHandle, VisibilityTimeout }) =>
    changeVisibility(ctx, queue, account, ReceiptHandle, VisibilityTimeout),
  );
};
