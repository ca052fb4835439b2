/** SQS as an event source: batches of messages become events, and what was processed is deleted. */
import type { Context } from "../../kernel/context.js";
import { passesFilters } from "./event-filter.js";
import { invoker } from "./invoker.js";
import { functionArn, getVersion } from "./names.js";
import type { Mapping } from "./tables.js";
import { chooseVersion, targetOf } from "./target.js";

interface SqsMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly MD5OfMessageAttributes?: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<
    Record<string, { DataType?: string; StringValue?: string; BinaryValue?: Uint8Array }>
  >;
}

const MAX_RECEIVE = 10;
const LONGEST_WAIT_SECONDS = 20;

/** The ARN's queue as the API names it. */
export function queueUrlOf(ctx: Context, arn: string): string {
  const [, , , , account, name] = arn.split(":");
  return `${ctx.cloud.endpoint}/${account}/${name}`;
}

/** Receives, and counts as in flight only while SQS works: a poller that waits is no work that others wait for. */
async function receive(ctx: Context, input: object, signal: AbortSignal): Promise<SqsMessage[]> {
  const { activity } = ctx.cloud;
  // Loaded before: what is not in flight must not have anything left to do but wait.
  await ctx.cloud.service("sqs");
  activity.leave();
  try {
    const { Messages = [] } = await ctx.call<{ Messages?: SqsMessage[] }>("sqs", "ReceiveMessage", input, { signal });
    return Messages;
  } finally {
    activity.enter();
  }
}

/** Waits for a batch of messages; an empty one when none came for a while. */
export async function receiveBatch(ctx: Context, mapping: Mapping, signal: AbortSignal): Promise<SqsMessage[]> {
  const size = mapping.BatchSize ?? MAX_RECEIVE;
  const windowMs = (mapping.MaximumBatchingWindowInSeconds ?? 0) * 1000;
  const batch: SqsMessage[] = [];
  let until = 0;
  for (;;) {
    const waitMs = batch.length === 0 ? LONGEST_WAIT_SECONDS * 1000 : until - ctx.now();
    const WaitTimeSeconds = Math.min(LONGEST_WAIT_SECONDS, Math.max(0, Math.ceil(waitMs / 1000)));
    const input = {
      QueueUrl: queueUrlOf(ctx, mapping.EventSourceArn as string),
      MaxNumberOfMessages: Math.min(MAX_RECEIVE, size - batch.length),
      WaitTimeSeconds,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["All"],
    };
    batch.push(...(await receive(ctx, input, signal)));
    until ||= ctx.now() + windowMs;
    const isLast = batch.length === 0 || batch.length >= size || windowMs === 0 || ctx.now() >= until;
    if (isLast || signal.aborted) return batch;
  }
}

function recordOf(message: SqsMessage, arn: string, region: string) {
  const messageAttributes = Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        ...(StringValue === undefined ? {} : { stringValue: StringValue }),
        ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString("base64") }),
        stringListValues: [],
        binaryListValues: [],
        dataType: DataType,
      },
    ]),
  );
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes,
    ...(message.MD5OfMessageAttributes ? { md5OfMessageAttributes: message.MD5OfMessageAttributes } : {}),
    md5OfBody: message.MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: arn,
    awsRegion: region,
  };
}

type SqsRecord = ReturnType<typeof recordOf>;

/** Filters see the body as JSON, where it is. */
function passes(record: SqsRecord, mapping: Mapping): boolean {
  let body: unknown = record.body;
  try {
    body = JSON.parse(record.body);
  } catch {
    // A body that is no JSON is compared as text.
  }
  return passesFilters({ ...record, body }, mapping.FilterCriteria?.Filters);
}

/** Runs the function on a batch, and deletes the messages that it has dealt with. The others become visible again. */
export async function processBatch(ctx: Context, mapping: Mapping, batch: readonly SqsMessage[]): Promise<string> {
  const arn = mapping.EventSourceArn as string;
  const records = batch.map((message) => recordOf(message, arn, ctx.region));
  const wanted = records.filter((record) => passes(record, mapping));
  // What the filters do not let through is taken from the queue, as on AWS.
  await remove(
    ctx,
    arn,
    records.filter((record) => !wanted.includes(record)),
  );
  if (wanted.length === 0) return "OK";
  const found = getVersion(ctx, mapping.FunctionArn);
  const work = {
    requestId: ctx.cloud.newRequestId(),
    functionArn: functionArn(ctx, found.name),
    payload: Buffer.from(JSON.stringify({ Records: wanted })),
  };
  const target = targetOf(ctx, found, chooseVersion(ctx, found));
  const result = await ctx.memory(invoker).run(target, work, true);
  if (result.failed) return "PROBLEM: Function call failed";
  const partial = mapping.FunctionResponseTypes?.includes("ReportBatchItemFailures") === true;
  const failed = partial ? failuresIn(result.payload.toString(), wanted) : new Set<string>();
  await remove(
    ctx,
    arn,
    wanted.filter(({ messageId }) => !failed.has(messageId)),
  );
  return "OK";
}

/** The messages that a function says it has failed on; all of them when it does not say it properly. */
function failuresIn(text: string, records: readonly SqsRecord[]): Set<string> {
  const all = new Set(records.map(({ messageId }) => messageId));
  try {
    const { batchItemFailures = [] } = (JSON.parse(text) ?? {}) as {
      batchItemFailures?: { itemIdentifier?: string }[];
    };
    const ids = (batchItemFailures ?? []).map(({ itemIdentifier = "" }) => itemIdentifier);
    return ids.every((id) => all.has(id)) ? new Set(ids) : all;
  } catch {
    return all;
  }
}

async function remove(ctx: Context, arn: string, records: readonly SqsRecord[]): Promise<void> {
  const QueueUrl = queueUrlOf(ctx, arn);
  for (let start = 0; start < records.length; start += MAX_RECEIVE) {
    const Entries = records
      .slice(start, start + MAX_RECEIVE)
      .map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
    await ctx.call("sqs", "DeleteMessageBatch", { QueueUrl, Entries });
  }
}
