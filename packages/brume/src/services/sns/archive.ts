/** The archives of FIFO topics, and what replays them to subscribers. See "Message archiving and replay for FIFO topics". */
import type { Context } from "../../kernel/context.js";
import { defineTable } from "../../kernel/store.js";
import { wants } from "./filter-policy.js";
import { findSubscription, findTopic } from "./tables.js";
import { invalid, isFifo, type Message, parseObject, type Subscription, type Topic } from "./topic.js";

/** [topic, sent at, sequence number] */
const archive = defineTable<Message>("sns/archive");
const DAY_MS = 24 * 60 * 60 * 1000;

interface ReplayPolicy {
  readonly from: number;
  readonly to: number | undefined;
}

const retentionMs = ({ attributes }: Topic): number => {
  const { MessageRetentionPeriod } = JSON.parse(attributes.ArchivePolicy ?? "{}") as {
    MessageRetentionPeriod?: unknown;
  };
  return Number(MessageRetentionPeriod ?? 0) * DAY_MS;
};

/** Keeps a message of a topic that has an archive, and forgets those that are too old. */
export function keepInArchive(ctx: Context, topic: Topic, message: Message): void {
  const retained = retentionMs(topic);
  if (retained === 0) return;
  const table = ctx.table(archive, topic);
  table.clear({ prefix: [topic.name], before: [Math.max(0, ctx.now() - retained)] });
  table.put([topic.name, message.sentAt, message.sequenceNumber ?? ""], message);
}

/** Forgets the archive of a topic that goes, or has no archive any more. */
export function forgetArchive(ctx: Context, topic: Topic): void {
  ctx.table(archive, topic).clear({ prefix: [topic.name] });
}

/** The earliest time from which a replay can start, as topic attributes show it. */
export function beginningOfArchive(ctx: Context, topic: Topic): string {
  const since = Math.max(topic.archivedSince ?? ctx.now(), ctx.now() - retentionMs(topic));
  return new Date(since).toISOString();
}

function parseReplay(text: string): ReplayPolicy {
  const { PointType, StartingPoint, EndingPoint } = parseObject(text, "ReplayPolicy");
  const time = (value: unknown) => (typeof value === "string" ? Date.parse(value) : Number.NaN);
  const [from, to] = [time(StartingPoint), EndingPoint === undefined ? undefined : time(EndingPoint)];
  if (PointType !== "Timestamp") throw invalid("ReplayPolicy Reason: PointType must be Timestamp");
  if (Number.isNaN(from)) throw invalid("ReplayPolicy Reason: StartingPoint must be a timestamp");
  if (to !== undefined && !(to >= from)) throw invalid("ReplayPolicy Reason: EndingPoint must be after StartingPoint");
  return { from, to };
}

/** @throws AwsError `InvalidParameter` for a policy that cannot be followed */
export function checkReplayPolicy(topic: Topic, text: string): void {
  parseReplay(text);
  if (!isFifo(topic) || retentionMs(topic) === 0)
    throw invalid("ReplayPolicy Reason: the topic does not have an active archive policy");
}

/** Has what is archived sent to a subscription again, as its policy says. */
export function scheduleReplay(ctx: Context, { arn, attributes }: Subscription): void {
  if (!attributes.ReplayPolicy) return;
  ctx.schedule({ at: ctx.now(), kind: "replay", payload: { arn, policy: attributes.ReplayPolicy } });
}

/** The timer that replays: a policy that was replaced meanwhile is followed no more. */
export function replay({ arn, policy }: { arn: string; policy: string }, ctx: Context): void {
  const subscription = findSubscription(ctx, arn);
  const topic = subscription && findTopic(ctx, subscription.topicArn);
  if (!topic || subscription.attributes.ReplayPolicy !== policy) return;
  const { from, to } = parseReplay(policy);
  const oldest = Math.max(0, from, ctx.now() - retentionMs(topic));
  const range = { prefix: [topic.name], from: [oldest], ...(to === undefined ? {} : { before: [to + 1] }) };
  for (const message of ctx.table(archive, topic).rows(range)) {
    const body = message.bodies[subscription.protocol] ?? (message.bodies.default as string);
    if (!wants(subscription.attributes, { body, attributes: message.attributes })) continue;
    const payload = { message: { ...message, replayed: true }, subscriptionArns: [arn], attempt: 0 };
    ctx.schedule({ at: ctx.now(), kind: "deliver", payload });
  }
}
