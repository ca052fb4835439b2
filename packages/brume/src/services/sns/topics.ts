/** The operations on topics: attributes, tags, permissions, data protection. See the SNS API Reference. */
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { beginningOfArchive, forgetArchive } from "./archive.js";
import { checkTopicDeliveryPolicy, DEFAULT_DELIVERY_POLICY } from "./delivery-policy.js";
import {
  deduplications,
  getTopic,
  parseSnsArn,
  putTopic,
  smsAttributes,
  subscriptions,
  subscriptionsOf,
  topicArn,
  topics,
} from "./tables.js";
import {
  checkGiven,
  checkTopicAttributes,
  checkTopicName,
  defaultPolicy,
  invalid,
  isFifo,
  parseObject,
  type Topic,
} from "./topic.js";

type Sns = typeof import("@aws-sdk/client-sns");
type Tags = { Key: string | undefined; Value: string | undefined }[] | undefined;

const PAGE = 100;
const MAX_TAGS = 50;

export const createTopic: Handler<Sns, "CreateTopic"> = (input, ctx) => {
  const name = input.Name;
  const attributes = Object.fromEntries(
    Object.entries((input.Attributes ?? {}) as Record<string, string>).filter(([, value]) => value !== ""),
  );
  const fifo = attributes.FifoTopic === "true";
  checkTopicName(name, fifo);
  checkTopicAttributes(attributes, fifo);
  if (attributes.DeliveryPolicy) checkTopicDeliveryPolicy(attributes.DeliveryPolicy);
  const tags = tagged({}, input.Tags);
  const TopicArn = topicArn(ctx, name);
  const existing = ctx.table(topics).get(name);
  if (existing) {
    if (Object.entries(attributes).some(([key, value]) => existing.attributes[key] !== value))
      throw invalid("Attributes Reason: Topic already exists with different attributes");
    const { length } = Object.keys(tags);
    if (
      length > 0 &&
      (length !== Object.keys(existing.tags).length ||
        Object.entries(tags).some(([key, value]) => existing.tags[key] !== value))
    )
      throw invalid("Tags Reason: Topic already exists with different tags");
    return { TopicArn };
  }
  const { account, region } = ctx;
  const dataProtectionPolicy = input.DataProtectionPolicy;
  if (dataProtectionPolicy) parseObject(dataProtectionPolicy, "DataProtectionPolicy");
  putTopic(ctx, {
    name,
    account,
    region,
    arn: TopicArn,
    attributes,
    tags,
    ...(dataProtectionPolicy ? { dataProtectionPolicy } : {}),
    subscriptionsDeleted: 0,
    archivedSince: attributes.ArchivePolicy === undefined ? undefined : ctx.now(),
  });
  return { TopicArn };
};

export const deleteTopic: Handler<Sns, "DeleteTopic"> = (input, ctx) => {
  const arn = parseSnsArn(input.TopicArn, "TopicArn");
  const topic = ctx.table(topics, arn).get(arn.resource);
  // Deleting a topic that is not there succeeds.
  if (!topic) return {};
  for (const { id } of subscriptionsOf(ctx, topic)) ctx.table(subscriptions, topic).delete(topic.name, id);
  forgetArchive(ctx, topic);
  ctx.table(deduplications, topic).clear({ prefix: [topic.name] });
  ctx.table(topics, topic).delete(topic.name);
  return {};
};

export const listTopics: Handler<Sns, "ListTopics"> = (input, ctx) => {
  const after = input.NextToken === undefined ? undefined : Buffer.from(input.NextToken, "base64url").toString();
  const found = [...ctx.table(topics).entries({ after, limit: PAGE + 1 })];
  const page = found.slice(0, PAGE);
  const last = found.length > PAGE ? page.at(-1) : undefined;
  return {
    Topics: page.map(({ row }) => ({ TopicArn: row.arn })),
    ...(last ? { NextToken: Buffer.from(last.position).toString("base64url") } : {}),
  };
};

export const getTopicAttributes: Handler<Sns, "GetTopicAttributes"> = (input, ctx) => {
  const topic = getTopic(ctx, input.TopicArn);
  const all = subscriptionsOf(ctx, topic);
  const confirmed = all.filter((one) => one.confirmed).length;
  return {
    Attributes: {
      Policy: defaultPolicy(topic.arn, topic.account),
      Owner: topic.account,
      SubscriptionsPending: String(all.length - confirmed),
      TopicArn: topic.arn,
      EffectiveDeliveryPolicy: topic.attributes.DeliveryPolicy ?? JSON.stringify(DEFAULT_DELIVERY_POLICY),
      SubscriptionsConfirmed: String(confirmed),
      DisplayName: "",
      SubscriptionsDeleted: String(topic.subscriptionsDeleted),
      ...(isFifo(topic) ? { ContentBasedDeduplication: "false", FifoThroughputScope: "Topic" } : {}),
      ...(topic.attributes.ArchivePolicy ? { BeginningArchiveTime: beginningOfArchive(ctx, topic) } : {}),
      ...topic.attributes,
    },
  };
};

export const setTopicAttributes: Handler<Sns, "SetTopicAttributes"> = (input, ctx) => {
  const topic = getTopic(ctx, input.TopicArn);
  const { AttributeName: name, AttributeValue: value = "" } = input;
  if (!name) throw invalid("AttributeName");
  if (name === "FifoTopic") throw invalid("AttributeName Reason: FifoTopic cannot be changed");
  checkTopicAttributes({ [name]: value }, isFifo(topic));
  if (name === "DeliveryPolicy" && value !== "") checkTopicDeliveryPolicy(value);
  const attributes = Object.fromEntries(
    Object.entries({ ...topic.attributes, [name]: value }).filter(([, text]) => text !== ""),
  );
  const isArchived = attributes.ArchivePolicy !== undefined && attributes.ArchivePolicy !== "{}";
  if (!isArchived) {
    delete attributes.ArchivePolicy;
    forgetArchive(ctx, topic);
  }
  const archivedSince = isArchived ? (topic.archivedSince ?? ctx.now()) : undefined;
  putTopic(ctx, { ...topic, attributes, archivedSince });
  return {};
};

function tagged(before: Readonly<Record<string, string>>, set: Tags): Record<string, string> {
  const keys = (set ?? []).map(({ Key = "" }) => Key);
  if (new Set(keys).size < keys.length) throw invalid("Duplicated keys are not allowed.");
  for (const [index, { Key = "", Value }] of (set ?? []).entries()) {
    checkGiven(`tags.${index + 1}.member.value`, Value);
    if (Key.length < 1 || Key.length > 128 || (Value ?? "").length > 256) throw invalid("Tags");
  }
  const tags = { ...before, ...Object.fromEntries((set ?? []).map(({ Key = "", Value = "" }) => [Key, Value])) };
  if (Object.keys(tags).length > MAX_TAGS)
    throw new AwsError("TagLimitExceededException", "Could not complete request: tag quota of per resource exceeded");
  return tags;
}

function getTagged(...[ctx, arn]: Parameters<typeof getTopic>): Topic {
  const parsed = parseSnsArn(arn, "ResourceArn");
  const topic = ctx.table(topics, parsed).get(parsed.resource);
  if (!topic) throw new AwsError("ResourceNotFoundException", "Resource does not exist");
  return topic;
}

export const tagResource: Handler<Sns, "TagResource"> = (input, ctx) => {
  const topic = getTagged(ctx, input.ResourceArn);
  checkGiven("tags", input.Tags);
  putTopic(ctx, { ...topic, tags: tagged(topic.tags, input.Tags) });
  return {};
};

export const untagResource: Handler<Sns, "UntagResource"> = (input, ctx) => {
  const topic = getTagged(ctx, input.ResourceArn);
  checkGiven("tagKeys", input.TagKeys);
  const tags = Object.fromEntries(Object.entries(topic.tags).filter(([key]) => !input.TagKeys?.includes(key)));
  putTopic(ctx, { ...topic, tags });
  return {};
};

export const listTagsForResource: Handler<Sns, "ListTagsForResource"> = (input, ctx) => {
  const topic = getTagged(ctx, input.ResourceArn);
  return { Tags: Object.entries(topic.tags).map(([Key, Value]) => ({ Key, Value })) };
};

interface Policy {
  Statement?: { Sid?: string } | { Sid?: string }[];
}

function policyOf(topic: Topic): Policy & { Statement: { Sid?: string }[] } {
  const policy = JSON.parse(topic.attributes.Policy || defaultPolicy(topic.arn, topic.account)) as Policy;
  return { ...policy, Statement: [policy.Statement ?? []].flat() };
}

export const addPermission: Handler<Sns, "AddPermission"> = (input, ctx) => {
  const topic = getTopic(ctx, input.TopicArn);
  const { Label, AWSAccountId = [], ActionName = [] } = input;
  if (!Label) throw invalid("Label");
  if (AWSAccountId.length === 0) throw invalid("AWSAccountId");
  if (ActionName.length === 0) throw invalid("ActionName");
  const policy = policyOf(topic);
  if (policy.Statement.some(({ Sid }) => Sid === Label)) throw invalid("Statement already exists");
  const statement = {
    Sid: Label,
    Effect: "Allow",
    Principal: { AWS: AWSAccountId.map((id) => `arn:${ctx.partition}:iam::${id}:root`) },
    Action: ActionName.map((name) => `SNS:${name}`),
    Resource: topic.arn,
  };
  const Policy = JSON.stringify({ ...policy, Statement: [...policy.Statement, statement] });
  putTopic(ctx, { ...topic, attributes: { ...topic.attributes, Policy } });
  return {};
};

export const removePermission: Handler<Sns, "RemovePermission"> = (input, ctx) => {
  const topic = getTopic(ctx, input.TopicArn);
  if (!input.Label) throw invalid("Label");
  const policy = policyOf(topic);
  const Statement = policy.Statement.filter(({ Sid }) => Sid !== input.Label);
  putTopic(ctx, { ...topic, attributes: { ...topic.attributes, Policy: JSON.stringify({ ...policy, Statement }) } });
  return {};
};

export const putDataProtectionPolicy: Handler<Sns, "PutDataProtectionPolicy"> = (input, ctx) => {
  const topic = getTopic(ctx, input.ResourceArn, "ResourceArn");
  const { dataProtectionPolicy: _, ...rest } = topic;
  const policy = input.DataProtectionPolicy;
  checkGiven("dataProtectionPolicy", policy);
  if (policy) parseObject(policy, "DataProtectionPolicy");
  putTopic(ctx, policy ? { ...rest, dataProtectionPolicy: policy } : rest);
  return {};
};

export const getDataProtectionPolicy: Handler<Sns, "GetDataProtectionPolicy"> = (input, ctx) => {
  const { dataProtectionPolicy } = getTopic(ctx, input.ResourceArn, "ResourceArn");
  return dataProtectionPolicy === undefined ? {} : { DataProtectionPolicy: dataProtectionPolicy };
};

export const setSmsAttributes: Handler<Sns, "SetSMSAttributes"> = (input, ctx) => {
  checkGiven("attributes", input.attributes);
  for (const [name, value] of Object.entries(input.attributes ?? {})) ctx.table(smsAttributes).put([name], value);
  return {};
};

const SMS_ATTRIBUTES = [
  "MonthlySpendLimit",
  "DeliveryStatusIAMRole",
  "DeliveryStatusSuccessSamplingRate",
  "DefaultSenderID",
  "DefaultSMSType",
  "UsageReportS3Bucket",
];

export const getSmsAttributes: Handler<Sns, "GetSMSAttributes"> = (input, ctx) => {
  const names = input.attributes && input.attributes.length > 0 ? input.attributes : SMS_ATTRIBUTES;
  const set = names.map((name) => [name, ctx.table(smsAttributes).get(name)] as const);
  return {
    attributes: Object.fromEntries(set.filter((entry): entry is [string, string] => entry[1] !== undefined)),
  };
};
