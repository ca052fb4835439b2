import * as sdk from "@aws-sdk/client-sns";
import * as sqsSdk from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let sns: sdk.SNSClient;
let sqs: sqsSdk.SQSClient;
beforeAll(async () => {
  cloud = await startCloud();
  sns = cloud.client(sdk.SNSClient);
  sqs = cloud.client(sqsSdk.SQSClient);
});
afterAll(() => cloud.close());

let count = 0;
async function newTopic(ArchivePolicy?: string): Promise<string> {
  const Attributes = { FifoTopic: "true", ...(ArchivePolicy ? { ArchivePolicy } : {}) };
  return (await sns.send(new sdk.CreateTopicCommand({ Name: `t${count++}.fifo`, Attributes }))).TopicArn as string;
}
async function newQueue(): Promise<{ QueueUrl: string; arn: string }> {
  const QueueName = `q${count++}.fifo`;
  const { QueueUrl } = await sqs.send(new sqsSdk.CreateQueueCommand({ QueueName, Attributes: { FifoQueue: "true" } }));
  return { QueueUrl: QueueUrl as string, arn: `arn:aws:sqs:us-east-1:000000000000:${QueueName}` };
}
const publish = (TopicArn: string, Message: string) =>
  sns.send(new sdk.PublishCommand({ TopicArn, Message, MessageGroupId: "g", MessageDeduplicationId: Message }));
const subscribe = (TopicArn: string, Endpoint: string, Attributes?: Record<string, string>) =>
  sns.send(new sdk.SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint, Attributes }));
const replayFrom = (time: number, end?: number) =>
  JSON.stringify({
    PointType: "Timestamp",
    StartingPoint: new Date(time).toISOString(),
    ...(end === undefined ? {} : { EndingPoint: new Date(end).toISOString() }),
  });
async function received(QueueUrl: string): Promise<{ Message: string; Replayed?: boolean }[]> {
  await cloud.clock.advance({ milliseconds: 1 });
  const { Messages = [] } = await sqs.send(new sqsSdk.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.map(({ Body }) => JSON.parse(Body as string));
}

describe("a topic with an archive", () => {
  it("replays what is in it to who subscribes later, in order, and then goes on", async () => {
    const TopicArn = await newTopic('{"MessageRetentionPeriod":"2"}');
    const start = cloud.clock.now();
    await publish(TopicArn, "old");
    await cloud.clock.advance({ days: 1 });
    const middle = cloud.clock.now();
    for (const message of ["1", "2"]) await publish(TopicArn, message);
    await cloud.clock.advance({ minutes: 10 });
    const queue = await newQueue();
    await subscribe(TopicArn, queue.arn, { ReplayPolicy: replayFrom(middle) });
    await cloud.clock.advance({ milliseconds: 1 });
    await publish(TopicArn, "3");
    expect((await received(queue.QueueUrl)).map(({ Message, Replayed }) => [Message, Replayed])).toEqual([
      ["1", true],
      ["2", true],
      ["3", undefined],
    ]);
    const other = await newQueue();
    const { SubscriptionArn } = await subscribe(TopicArn, other.arn);
    const set = (AttributeValue: string) =>
      sns.send(
        new sdk.SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName: "ReplayPolicy", AttributeValue }),
      );
    await set(replayFrom(start, middle - 1));
    expect((await received(other.QueueUrl)).map(({ Message }) => Message)).toEqual(["old"]);
    await cloud.clock.advance({ days: 3 });
    const late = await newQueue();
    await subscribe(TopicArn, late.arn, { ReplayPolicy: replayFrom(start) });
    expect(await received(late.QueueUrl)).toEqual([]);
  });

  it("says from when on it has messages, and forgets them with its policy", async () => {
    const TopicArn = await newTopic('{"MessageRetentionPeriod":"1"}');
    const attributes = async () => (await sns.send(new sdk.GetTopicAttributesCommand({ TopicArn }))).Attributes;
    expect(Date.parse((await attributes())?.BeginningArchiveTime as string)).toBeLessThanOrEqual(cloud.clock.now());
    await sns.send(
      new sdk.SetTopicAttributesCommand({ TopicArn, AttributeName: "ArchivePolicy", AttributeValue: "{}" }),
    );
    expect(await attributes()).not.toHaveProperty("ArchivePolicy");
    const queue = await newQueue();
    await expect(subscribe(TopicArn, queue.arn, { ReplayPolicy: replayFrom(0) })).rejects.toThrow(
      "active archive policy",
    );
    await expect(newTopic('{"MessageRetentionPeriod":"400"}')).rejects.toThrow("between 1 and 365 days");
  });
});
