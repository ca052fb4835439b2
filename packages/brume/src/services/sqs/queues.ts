/** The operations on queues. See the SQS API Reference. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { forgetAll } from "./deduplication.js";
import { missing } from "./message-checks.js";
import {
  allowsRedrive,
  checkAttributes,
  checkQueueName,
  checkTogether,
  INTEGER_ATTRIBUTES,
  integerAttribute,
  isFifo,
  type Queue,
  redrivePolicy,
} from "./queue.js";
import { findQueueByArn, getQueue, messages, queueArn, queues, queueUrl, receipts } from "./tables.js";

type Sqs = typeof import("@aws-sdk/client-sqs");

const MAX_TAGS = 50;
const PAGE = 1000;
const PURGE_MS = 60_000;

export const createQueue: Handler<Sqs, "CreateQueue"> = (input, ctx) => {
  const name = input.QueueName;
  if (!name) throw missing("QueueName");
  const attributes = { ...(input.Attributes as Record<string, string>) };
  const fifo = attributes.FifoQueue === "true";
  checkQueueName(name, fifo);
  checkAttributes(attributes, fifo);
  checkTogether(attributes);
  const existing = ctx.table(queues).get(name);
  if (existing) {
    const differing = Object.keys(attributes).find((key) => effective(existing, key) !== attributes[key]);
    if (differing) {
      throw new AwsError(
        "QueueNameExists",
        `A queue already exists with the same name and a different value for attribute ${differing}`,
      );
    }
    return { QueueUrl: queueUrl(ctx, name) };
  }
  checkDeadLetterQueue(ctx, queueArn(ctx, name), attributes.RedrivePolicy);
  const now = ctx.now();
  ctx.table(queues).put([name], {
    name,
    createdAt: now,
    modifiedAt: now,
    attributes: stored({}, attributes),
    tags: checkTags({}, input.tags ?? {}),
  });
  return { QueueUrl: queueUrl(ctx, name) };
};

/** @throws AwsError unless the dead-letter queue of a policy is there, of the same kind, and takes what it is sent */
function checkDeadLetterQueue(ctx: Context, sourceArn: string, policy: string | undefined): void {
  if (!policy) return;
  const { deadLetterTargetArn } = JSON.parse(policy) as { deadLetterTargetArn: string };
  const refuse = (reason: string) =>
    new AwsError("InvalidParameterValue", `Value ${policy} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
  const target = findQueueByArn(ctx, deadLetterTargetArn);
  if (!target) throw refuse("Dead letter target does not exist.");
  if (deadLetterTargetArn.endsWith(".fifo") !== sourceArn.endsWith(".fifo"))
    throw refuse("Dead-letter queue must be same type of queue as the source.");
  if (!allowsRedrive(target.queue, sourceArn)) throw refuse("Dead letter target does not allow this source queue.");
}

/** An attribute's value in force. */
function effective(queue: Queue, name: string): string | undefined {
  return queue.attributes[name] ?? INTEGER_ATTRIBUTES[name]?.default.toString() ?? DEFAULTS[name];
}

const DEFAULTS: Record<string, string> = {
  SqsManagedSseEnabled: "true",
  ContentBasedDeduplication: "false",
  DeduplicationScope: "queue",
  FifoThroughputLimit: "perQueue",
};

/** Attributes after some are set; one that is set to nothing is taken away. */
function stored(
  before: Readonly<Record<string, string>>,
  set: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries({ ...before, ...set }).filter(([, value]) => value !== ""));
}

export const getQueueUrl: Handler<Sqs, "GetQueueUrl"> = (input, ctx) => {
  const account = input.QueueOwnerAWSAccountId ?? ctx.account;
  const { queue } = getQueue(ctx, `/${account}/${input.QueueName ?? ""}`);
  return { QueueUrl: queueUrl(ctx, queue.name, account) };
};

export const listQueues: Handler<Sqs, "ListQueues"> = (input, ctx) => {
  const limit = input.MaxResults ?? PAGE;
  if (limit < 1 || limit > PAGE)
    throw new AwsError(
      "InvalidParameterValue",
      "Value for parameter MaxResults is invalid. Reason: Must be between 1 and 1000.",
    );
  const after = input.NextToken === undefined ? undefined : Buffer.from(input.NextToken, "base64url").toString();
  const urls: string[] = [];
  let position: string | undefined;
  for (const entry of ctx.table(queues).entries({ after })) {
    if (!entry.row.name.startsWith(input.QueueNamePrefix ?? "")) continue;
    if (urls.length === limit)
      return {
        QueueUrls: urls,
        ...(input.MaxResults ? { NextToken: Buffer.from(position as string).toString("base64url") } : {}),
      };
    urls.push(queueUrl(ctx, entry.row.name));
    position = entry.position;
  }
  return { QueueUrls: urls };
};

export const getQueueAttributes: Handler<Sqs, "GetQueueAttributes"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  const all = allAttributes(ctx, queue, account);
  const names = (input.AttributeNames as string[] | undefined) ?? [];
  if (names.includes("All")) return { Attributes: all };
  const unknown = names.find((name) => !Object.hasOwn(all, name) && !OPTIONAL.has(name));
  if (unknown !== undefined) throw new AwsError("InvalidAttributeName", `Unknown Attribute ${unknown}.`);
  const set = names.filter((name) => Object.hasOwn(all, name)).map((name) => [name, all[name] as string]);
  return set.length > 0 ? { Attributes: Object.fromEntries(set) as Record<string, string> } : {};
};

const OPTIONAL = new Set([
  "Policy",
  "RedrivePolicy",
  "RedriveAllowPolicy",
  "KmsMasterKeyId",
  "KmsDataKeyReusePeriodSeconds",
  "FifoQueue",
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoThroughputLimit",
]);

function allAttributes(ctx: Context, queue: Queue, account: string): Record<string, string> {
  const counts = countMessages(ctx, queue, account);
  const attributes: Record<string, string> = {
    QueueArn: queueArn(ctx, queue.name, account),
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedAt / 1000)),
    SqsManagedSseEnabled: queue.attributes.KmsMasterKeyId ? "false" : "true",
    ...(queue.attributes.KmsMasterKeyId ? { KmsDataKeyReusePeriodSeconds: "300" } : {}),
  };
  for (const [name, { default: value }] of Object.entries(INTEGER_ATTRIBUTES)) {
    if (name !== "KmsDataKeyReusePeriodSeconds") attributes[name] = String(value);
  }
  if (isFifo(queue))
    Object.assign(attributes, {
      FifoQueue: "true",
      ContentBasedDeduplication: "false",
      DeduplicationScope: "queue",
      FifoThroughputLimit: "perQueue",
    });
  return { ...attributes, ...queue.attributes };
}

function countMessages(
  ctx: Context,
  queue: Queue,
  account: string,
): { visible: number; inFlight: number; delayed: number } {
  const now = ctx.now();
  const counts = { visible: 0, inFlight: 0, delayed: 0 };
  const oldest = now - integerAttribute(queue, "MessageRetentionPeriod") * 1000;
  for (const { row } of ctx.table(messages, { account }).entries({ prefix: [queue.name] })) {
    if (row.sentAt < oldest) continue;
    if (row.visibleAt <= now) counts.visible++;
    else if (row.receiveCount > 0) counts.inFlight++;
    else counts.delayed++;
  }
  return counts;
}

export const setQueueAttributes: Handler<Sqs, "SetQueueAttributes"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  if (!input.Attributes) throw missing("Attributes");
  const attributes = input.Attributes as Record<string, string>;
  checkAttributes(attributes, isFifo(queue));
  const { FifoQueue } = attributes;
  if (FifoQueue !== undefined && FifoQueue !== queue.attributes.FifoQueue)
    throw new AwsError("InvalidAttributeName", "Unknown Attribute FifoQueue.");
  const { SqsManagedSseEnabled: _, ...others } = queue.attributes;
  // A key of KMS takes the place of the keys of SQS.
  const merged = stored(attributes.KmsMasterKeyId ? others : queue.attributes, attributes);
  checkTogether(merged, attributes);
  checkDeadLetterQueue(ctx, queueArn(ctx, queue.name, account), attributes.RedrivePolicy);
  ctx.table(queues, { account }).put([queue.name], { ...queue, modifiedAt: ctx.now(), attributes: merged });
  return {};
};

// Differs from AWS: the name of a queue that is deleted can be used again at once, not after a minute.
export const deleteQueue: Handler<Sqs, "DeleteQueue"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  empty(ctx, queue.name, account);
  forgetAll(ctx, queue.name, account);
  ctx.table(queues, { account }).delete(queue.name);
  return {};
};

export const purgeQueue: Handler<Sqs, "PurgeQueue"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  if (queue.purgedAt !== undefined && ctx.now() < queue.purgedAt + PURGE_MS) {
    throw new AwsError(
      "PurgeQueueInProgress",
      `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`,
    );
  }
  empty(ctx, queue.name, account);
  ctx.table(queues, { account }).put([queue.name], { ...queue, purgedAt: ctx.now() });
  return {};
};

function empty(ctx: Context, name: string, account: string): void {
  const scope = { account };
  const visibleRows = ctx.table(messages, scope);
  for (const row of visibleRows.rows({ prefix: [name] })) {
    const time = ctx.table(receipts, scope).get(name, row.sequence);
    visibleRows.delete(name, time ?? (name.endsWith(".fifo") ? 0 : row.visibleAt), row.sequence);
    ctx.table(receipts, scope).delete(name, row.sequence);
  }
}

export const listDeadLetterSourceQueues: Handler<Sqs, "ListDeadLetterSourceQueues"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  const arn = queueArn(ctx, queue.name, account);
  const sources = ctx
    .table(queues)
    .rows()
    .filter((one) => redrivePolicy(one)?.deadLetterTargetArn === arn);
  return { queueUrls: sources.map(({ name }) => queueUrl(ctx, name)) };
};

export const tagQueue: Handler<Sqs, "TagQueue"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  if (!input.Tags) throw missing("Tags");
  ctx.table(queues, { account }).put([queue.name], { ...queue, tags: checkTags(queue.tags, input.Tags) });
  return {};
};

function checkTags(
  before: Readonly<Record<string, string>>,
  set: Readonly<Record<string, string>>,
): Record<string, string> {
  for (const [key, value] of Object.entries(set)) {
    if (key.length < 1 || key.length > 128 || value.length > 256) {
      throw new AwsError(
        "InvalidParameterValue",
        "Tag keys must be between 1 and 128 characters in length, tag values at most 256.",
      );
    }
  }
  const tags = { ...before, ...set };
  if (Object.keys(tags).length > MAX_TAGS)
    throw new AwsError("InvalidParameterValue", `Too many tags added for queue, the maximum is ${MAX_TAGS}.`);
  return tags;
}

export const untagQueue: Handler<Sqs, "UntagQueue"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  const { TagKeys: keys } = input;
  if (!keys) throw missing("TagKeys");
  const tags = Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !keys.includes(key)));
  ctx.table(queues, { account }).put([queue.name], { ...queue, tags });
  return {};
};

export const listQueueTags: Handler<Sqs, "ListQueueTags"> = (input, ctx) => {
  const { queue } = getQueue(ctx, input.QueueUrl);
  return Object.keys(queue.tags).length > 0 ? { Tags: { ...queue.tags } } : {};
};

interface PolicyStatement {
  Sid: string;
  Effect: "Allow";
  Principal: { AWS: string[] };
  Action: string[];
  Resource: string;
}

export const addPermission: Handler<Sqs, "AddPermission"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  const { Label = "", AWSAccountIds = [], Actions = [] } = input;
  if (AWSAccountIds.length === 0) throw missing("AWSAccountIds");
  if (Actions.length === 0) throw missing("Actions");
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(Label))
    throw new AwsError("InvalidParameterValue", `Value ${Label} for parameter Label is invalid.`);
  const statements = policyOf(queue);
  if (statements.some(({ Sid }) => Sid === Label))
    throw new AwsError(
      "InvalidParameterValue",
      `Value ${Label} for parameter Label is invalid. Reason: Already exists.`,
    );
  const arn = queueArn(ctx, queue.name, account);
  statements.push({
    Sid: Label,
    Effect: "Allow",
    Principal: { AWS: AWSAccountIds.map((id) => `arn:${ctx.partition}:iam::${id}:root`) },
    Action: Actions.map((action) => `SQS:${action}`),
    Resource: arn,
  });
  putPolicy(ctx, queue, account, statements);
  return {};
};

export const removePermission: Handler<Sqs, "RemovePermission"> = (input, ctx) => {
  const { queue, account } = getQueue(ctx, input.QueueUrl);
  const statements = policyOf(queue);
  const left = statements.filter(({ Sid }) => Sid !== input.Label);
  if (left.length === statements.length)
    throw new AwsError(
      "InvalidParameterValue",
      `Value ${input.Label} for parameter Label is invalid. Reason: can't find label.`,
    );
  putPolicy(ctx, queue, account, left);
  return {};
};

function policyOf(queue: Queue): PolicyStatement[] {
  const { Policy } = queue.attributes;
  const { Statement = [] } = Policy ? (JSON.parse(Policy) as { Statement?: PolicyStatement[] }) : {};
  // What a client put there itself may be anything.
  return [Statement].flat().filter((one) => typeof one === "object" && one !== null);
}

function putPolicy(ctx: Context, queue: Queue, account: string, statements: PolicyStatement[]): void {
  const Policy =
    statements.length > 0
      ? JSON.stringify({
          Version: "2012-10-17",
          Id: `${queueArn(ctx, queue.name, account)}/SQSDefaultPolicy`,
          Statement: statements,
        })
      : "";
  ctx.table(queues, { account }).put([queue.name], { ...queue, attributes: stored(queue.attributes, { Policy }) });
}
