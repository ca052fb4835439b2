/** AWS::SNS::Topic */
import { isAwsError } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";

/** Properties that are topic attributes, by the same name. */
const ATTRIBUTES = [
  "ArchivePolicy",
  "ContentBasedDeduplication",
  "DisplayName",
  "FifoThroughputScope",
  "FifoTopic",
  "KmsMasterKeyId",
  "MaximumMessageSize",
  "SignatureVersion",
  "TracingConfig",
];
const DEFAULTS: Record<string, string> = {
  ContentBasedDeduplication: "false",
  FifoThroughputScope: "Topic",
  SignatureVersion: "1",
  TracingConfig: "PassThrough",
};
const PROTOCOL_PREFIX: Record<string, string> = {
  "http/s": "HTTP",
  sqs: "SQS",
  lambda: "Lambda",
  firehose: "Firehose",
  application: "Application",
};

const toAttribute = (value: Json | undefined): string =>
  typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");

function attributesOf(desired: Properties): Record<string, string> {
  const set = ATTRIBUTES.filter((name) => desired[name] !== undefined);
  const attributes = Object.fromEntries(set.map((name) => [name, toAttribute(desired[name])]));
  // "false" for FifoTopic is what CloudFormation takes; the API takes it for no FIFO topic too.
  if (attributes.FifoTopic === "false") delete attributes.FifoTopic;
  for (const logging of (desired.DeliveryStatusLogging ?? []) as Record<string, string>[]) {
    const prefix = PROTOCOL_PREFIX[logging.Protocol as string];
    for (const name of ["SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn"]) {
      if (logging[name] !== undefined) attributes[`${prefix}${name}`] = String(logging[name]);
    }
  }
  return attributes;
}

interface Tag {
  Key: string;
  Value: string;
}
interface Inline {
  Endpoint: string;
  Protocol: string;
}
const tagsOf = (desired: Properties) => (desired.Tags ?? []) as unknown as Tag[];
const inlineOf = (desired: Properties) => (desired.Subscription ?? []) as unknown as Inline[];

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const TopicArn = actual.TopicArn as string;
  try {
    const { Attributes } = await ctx.call<{ Attributes: Record<string, string> }>("sns", "GetTopicAttributes", {
      TopicArn,
    });
    const { Tags } = await ctx.call<{ Tags: Tag[] }>("sns", "ListTagsForResource", { ResourceArn: TopicArn });
    const { DataProtectionPolicy } = await ctx.call<{ DataProtectionPolicy?: string }>(
      "sns",
      "GetDataProtectionPolicy",
      { ResourceArn: TopicArn },
    );
    const model: Properties = { TopicArn, TopicName: TopicArn.split(":").at(-1) as string };
    for (const name of ATTRIBUTES) {
      const text = Attributes[name];
      if (!text) continue;
      if (name === "ArchivePolicy") model[name] = JSON.parse(text) as Json;
      else if (name === "MaximumMessageSize") model[name] = Number(text);
      else model[name] = text === "true" || text === "false" ? text === "true" : text;
    }
    if (Tags.length > 0) model.Tags = Tags as unknown as Json;
    if (DataProtectionPolicy) model.DataProtectionPolicy = JSON.parse(DataProtectionPolicy) as Json;
    for (const name of ["Subscription", "DeliveryStatusLogging"]) {
      if (actual[name] !== undefined) model[name] = actual[name];
    }
    return model;
  } catch (error) {
    if (isAwsError(error, "NotFoundException")) return undefined;
    throw error;
  }
}

const sameEndpoint = (a: Inline) => (b: Inline) => a.Protocol === b.Protocol && a.Endpoint === b.Endpoint;

async function setSubscriptions(
  TopicArn: string,
  before: Inline[],
  after: Inline[],
  ctx: ResourceContext,
): Promise<void> {
  for (const one of after) {
    if (!before.some(sameEndpoint(one))) await ctx.call("sns", "Subscribe", { TopicArn, ...one });
  }
  const gone = before.filter((one) => !after.some(sameEndpoint(one)));
  if (gone.length === 0) return;
  const { Subscriptions } = await ctx.call<{ Subscriptions: (Inline & { SubscriptionArn: string })[] }>(
    "sns",
    "ListSubscriptionsByTopic",
    { TopicArn },
  );
  for (const { SubscriptionArn, ...one } of Subscriptions) {
    if (SubscriptionArn.startsWith("arn:") && gone.some(sameEndpoint(one))) {
      await ctx.call("sns", "Unsubscribe", { SubscriptionArn });
    }
  }
}

async function modelOf(TopicArn: string, desired: Properties, ctx: ResourceContext): Promise<Properties> {
  const { Subscription, DeliveryStatusLogging } = desired;
  const known = {
    TopicArn,
    ...(Subscription ? { Subscription } : {}),
    ...(DeliveryStatusLogging ? { DeliveryStatusLogging } : {}),
  };
  return (await read(known, ctx)) ?? known;
}

export default defineResource({
  async create(desired, ctx) {
    const fifo = String(desired.FifoTopic) === "true";
    const Name =
      (desired.TopicName as string | undefined) ?? ctx.physicalName({ maxLength: 256, suffix: fifo ? ".fifo" : "" });
    const input = {
      Name,
      Attributes: attributesOf(desired),
      Tags: tagsOf(desired),
      ...(desired.DataProtectionPolicy ? { DataProtectionPolicy: toAttribute(desired.DataProtectionPolicy) } : {}),
    };
    const { TopicArn } = await ctx.call<{ TopicArn: string }>("sns", "CreateTopic", input);
    await setSubscriptions(TopicArn, [], inlineOf(desired), ctx);
    return modelOf(TopicArn, desired, ctx);
  },
  read,
  async update(desired, actual, ctx, previous) {
    const TopicArn = actual.TopicArn as string;
    const before = attributesOf(previous);
    const after = attributesOf(desired);
    delete after.FifoTopic;
    for (const [AttributeName, AttributeValue] of Object.entries(after)) {
      await ctx.call("sns", "SetTopicAttributes", { TopicArn, AttributeName, AttributeValue });
    }
    for (const AttributeName of Object.keys(before)) {
      if (AttributeName in after || AttributeName === "FifoTopic") continue;
      const AttributeValue = DEFAULTS[AttributeName] ?? "";
      await ctx.call("sns", "SetTopicAttributes", { TopicArn, AttributeName, AttributeValue });
    }
    if (desired.DataProtectionPolicy || previous.DataProtectionPolicy) {
      const DataProtectionPolicy = toAttribute(desired.DataProtectionPolicy);
      await ctx.call("sns", "PutDataProtectionPolicy", { ResourceArn: TopicArn, DataProtectionPolicy });
    }
    const tags = tagsOf(desired);
    const TagKeys = tagsOf(actual)
      .map(({ Key }) => Key)
      .filter((key) => !tags.some(({ Key }) => Key === key));
    if (TagKeys.length > 0) await ctx.call("sns", "UntagResource", { ResourceArn: TopicArn, TagKeys });
    if (tags.length > 0) await ctx.call("sns", "TagResource", { ResourceArn: TopicArn, Tags: tags });
    await setSubscriptions(TopicArn, inlineOf(previous), inlineOf(desired), ctx);
    return modelOf(TopicArn, desired, ctx);
  },
  async delete({ TopicArn }, ctx) {
    await ctx.call("sns", "DeleteTopic", { TopicArn });
  },
  async list(ctx) {
    const { Topics } = await ctx.call<{ Topics: { TopicArn: string }[] }>("sns", "ListTopics", {});
    return Topics.map(({ TopicArn }) => ({ TopicArn }));
  },
});
