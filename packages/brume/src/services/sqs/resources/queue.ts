/** AWS::SQS::Queue */
import { isAwsError, orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { INTEGER_ATTRIBUTES } from "../queue.js";

/** Properties that are queue attributes, by the same name. */
const ATTRIBUTES = [
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "DelaySeconds",
  "FifoQueue",
  "FifoThroughputLimit",
  "KmsDataKeyReusePeriodSeconds",
  "KmsMasterKeyId",
  "MaximumMessageSize",
  "MessageRetentionPeriod",
  "ReceiveMessageWaitTimeSeconds",
  "RedriveAllowPolicy",
  "RedrivePolicy",
  "SqsManagedSseEnabled",
  "VisibilityTimeout",
];
const JSON_ATTRIBUTES = new Set(["RedrivePolicy", "RedriveAllowPolicy"]);

function toAttribute(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function attributesOf(desired: Properties): Record<string, string> {
  const set = ATTRIBUTES.filter((name) => desired[name] !== undefined);
  // "false" for FifoQueue is what CloudFormation takes and the API does not.
  return Object.fromEntries(
    set
      .map((name) => [name, toAttribute(desired[name])])
      .filter(([name, value]) => name !== "FifoQueue" || value === "true"),
  );
}

function tagsOf(desired: Properties): Record<string, string> {
  return Object.fromEntries(
    ((desired.Tags ?? []) as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]),
  );
}

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  try {
    const { QueueUrl } = actual;
    const { Attributes } = await ctx.call<{ Attributes: Record<string, string> }>("sqs", "GetQueueAttributes", {
      QueueUrl,
      AttributeNames: ["All"],
    });
    const { Tags } = await ctx.call<{ Tags?: Record<string, string> }>("sqs", "ListQueueTags", { QueueUrl });
    const QueueName = (Attributes.QueueArn as string).split(":").at(-1) as string;
    const model: Properties = { QueueUrl: QueueUrl as string, Arn: Attributes.QueueArn as string, QueueName };
    for (const name of ATTRIBUTES) {
      const text = Attributes[name];
      if (text !== undefined) model[name] = JSON_ATTRIBUTES.has(name) ? (JSON.parse(text) as Json) : typed(text);
    }
    if (Tags) model.Tags = Object.entries(Tags).map(([Key, Value]) => ({ Key, Value }));
    return model;
  } catch (error) {
    if (isAwsError(error, "QueueDoesNotExist")) return undefined;
    throw error;
  }
}

function typed(text: string): Json {
  if (text === "true" || text === "false") return text === "true";
  return /^\d+$/.test(text) ? Number(text) : text;
}

async function readExisting(QueueUrl: string, ctx: ResourceContext): Promise<Properties> {
  return (await read({ QueueUrl }, ctx)) ?? { QueueUrl };
}

export default defineResource({
  async create(desired, ctx) {
    const fifo = String(desired.FifoQueue) === "true";
    const QueueName =
      (desired.QueueName as string | undefined) ?? ctx.physicalName({ maxLength: 80, suffix: fifo ? ".fifo" : "" });
    const input = { QueueName, Attributes: attributesOf(desired), tags: tagsOf(desired) };
    const { QueueUrl } = await ctx.call<{ QueueUrl: string }>("sqs", "CreateQueue", input);
    return readExisting(QueueUrl, ctx);
  },
  read,
  async update(desired, actual, ctx, previous) {
    const { QueueUrl } = actual;
    const Attributes = { ...cleared(previous, desired), ...attributesOf(desired) };
    delete Attributes.FifoQueue;
    if (Object.keys(Attributes).length > 0) await ctx.call("sqs", "SetQueueAttributes", { QueueUrl, Attributes });
    const [before, after] = [tagsOf(actual), tagsOf(desired)];
    const TagKeys = Object.keys(before).filter((key) => !(key in after));
    if (TagKeys.length > 0) await ctx.call("sqs", "UntagQueue", { QueueUrl, TagKeys });
    if (Object.keys(after).length > 0) await ctx.call("sqs", "TagQueue", { QueueUrl, Tags: after });
    return readExisting(QueueUrl as string, ctx);
  },
  async delete({ QueueUrl }, ctx) {
    await orUndefined(ctx.call("sqs", "DeleteQueue", { QueueUrl }), "QueueDoesNotExist");
  },
  async list(ctx) {
    const { QueueUrls = [] } = await ctx.call<{ QueueUrls?: string[] }>("sqs", "ListQueues", {});
    return QueueUrls.map((QueueUrl) => ({ QueueUrl }));
  },
});

/** Attributes that the template no longer sets go back to their defaults; setting a text to nothing clears it. */
function cleared(previous: Properties, desired: Properties): Record<string, string> {
  const gone = ATTRIBUTES.filter((name) => previous[name] !== undefined && desired[name] === undefined);
  return Object.fromEntries(gone.map((name) => [name, INTEGER_ATTRIBUTES[name]?.default.toString() ?? ""]));
}
