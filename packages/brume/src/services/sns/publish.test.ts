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
async function newTopic(Attributes?: Record<string, string>): Promise<string> {
  const Name = `t${count++}${Attributes?.FifoTopic ? ".fifo" : ""}`;
  return (await sns.send(new sdk.CreateTopicCommand({ Name, Attributes }))).TopicArn as string;
}
async function newQueue(Attributes?: Record<string, string>): Promise<{ url: string; arn: string }> {
  const QueueName = `q${count++}${Attributes?.FifoQueue ? ".fifo" : ""}`;
  const { QueueUrl } = await sqs.send(new sqsSdk.CreateQueueCommand({ QueueName, Attributes }));
  return { url: QueueUrl as string, arn: `arn:aws:sqs:us-east-1:000000000000:${QueueName}` };
}
const subscribe = (TopicArn: string, Endpoint: string, Attributes?: Record<string, string>) =>
  sns.send(new sdk.SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint, Attributes }));
const publish = (TopicArn: string, more: Partial<sdk.PublishCommandInput> = {}) =>
  sns.send(new sdk.PublishCommand({ TopicArn, Message: "hello", ...more }));
async function receive(QueueUrl: string): Promise<sqsSdk.Message[]> {
  await cloud.clock.advance({ seconds: 0 });
  const { Messages = [] } = await sqs.send(
    new sqsSdk.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] }),
  );
  return Messages;
}
const string = (StringValue: string) => ({ DataType: "String", StringValue });

describe("Publish", () => {
  it("reaches a queue as the notification that AWS makes", async () => {
    const TopicArn = await newTopic();
    const queue = await newQueue();
    await subscribe(TopicArn, queue.arn);
    const { MessageId } = await publish(TopicArn, { Subject: "s", MessageAttributes: { kind: string("x") } });
    const [message] = await receive(queue.url);
    const body = JSON.parse(message?.Body as string) as Record<string, unknown>;
    expect(Object.keys(body)).toEqual([
      "Type",
      "MessageId",
      "TopicArn",
      "Subject",
      "Message",
      "Timestamp",
      "SignatureVersion",
      "Signature",
      "SigningCertURL",
      "UnsubscribeURL",
      "MessageAttributes",
    ]);
    expect(body).toMatchObject({
      Type: "Notification",
      MessageId,
      TopicArn,
      Subject: "s",
      Message: "hello",
      MessageAttributes: { kind: { Type: "String", Value: "x" } },
    });
    expect(message?.MessageAttributes).toBeUndefined();
  });

  it("reaches a queue raw, with its attributes, where the subscription says so", async () => {
    const TopicArn = await newTopic();
    const queue = await newQueue();
    await subscribe(TopicArn, queue.arn, { RawMessageDelivery: "true" });
    await publish(TopicArn, { MessageAttributes: { kind: string("x") } });
    const [message] = await receive(queue.url);
    expect(message?.Body).toBe("hello");
    expect(message?.MessageAttributes?.kind?.StringValue).toBe("x");
  });

  it("sends each protocol its own text", async () => {
    const TopicArn = await newTopic();
    const queue = await newQueue();
    await subscribe(TopicArn, queue.arn, { RawMessageDelivery: "true" });
    const Message = JSON.stringify({ default: "d", sqs: "for queues" });
    await publish(TopicArn, { Message, MessageStructure: "json" });
    expect((await receive(queue.url))[0]?.Body).toBe("for queues");
    await expect(publish(TopicArn, { Message: "{}", MessageStructure: "json" })).rejects.toThrow(
      "Invalid parameter: Message Structure - No default entry in JSON message body",
    );
  });

  it("reaches only the subscriptions that want it", async () => {
    const TopicArn = await newTopic();
    const [byAttribute, byBody] = [await newQueue(), await newQueue()];
    await subscribe(TopicArn, byAttribute.arn, { FilterPolicy: '{"kind":["a"]}' });
    await subscribe(TopicArn, byBody.arn, {
      FilterPolicy: '{"order":{"total":[{"numeric":[">",10]}]}}',
      FilterPolicyScope: "MessageBody",
    });
    await publish(TopicArn, { Message: '{"order":{"total":11}}', MessageAttributes: { kind: string("b") } });
    expect(await receive(byAttribute.url)).toHaveLength(0);
    expect(await receive(byBody.url)).toHaveLength(1);
  });

  it("keeps the order in a FIFO topic, and sends a duplicate once", async () => {
    const TopicArn = await newTopic({ FifoTopic: "true", ContentBasedDeduplication: "true" });
    const queue = await newQueue({ FifoQueue: "true" });
    await subscribe(TopicArn, queue.arn, { RawMessageDelivery: "true" });
    for (const Message of ["1", "2", "2", "3"]) await publish(TopicArn, { Message, MessageGroupId: "g" });
    expect((await receive(queue.url)).map(({ Body }) => Body)).toEqual(["1", "2", "3"]);
    await expect(publish(TopicArn)).rejects.toThrow("The MessageGroupId parameter is required for FIFO topics");
  });

  it("sends what cannot be delivered to the dead-letter queue", async () => {
    const TopicArn = await newTopic();
    const dead = await newQueue();
    await subscribe(TopicArn, "arn:aws:sqs:us-east-1:000000000000:gone", {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn }),
    });
    await publish(TopicArn);
    const [message] = await receive(dead.url);
    expect(JSON.parse(message?.Body as string)).toMatchObject({ Message: "hello" });
  });

  it("puts texts to phones into the outbox", async () => {
    const sent: unknown[] = [];
    const stop = cloud.kernel.events.on("outgoing", ({ message: { channel, to, text } }) =>
      sent.push([channel, to, text]),
    );
    await sns.send(new sdk.PublishCommand({ PhoneNumber: "+15550100", Message: "text" }));
    stop();
    expect(sent).toEqual([["sms", "+15550100", "text"]]);
  });

  it("keeps the order of a FIFO topic, and sends a duplicate once", async () => {
    const TopicArn = await newTopic({ FifoTopic: "true", ContentBasedDeduplication: "true" });
    const queue = await newQueue({ FifoQueue: "true" });
    await subscribe(TopicArn, queue.arn, { RawMessageDelivery: "true" });
    const bodies = Array.from({ length: 9 }, (_, i) => `m${i}`);
    for (const Message of [...bodies, "m0"]) await publish(TopicArn, { Message, MessageGroupId: "g" });
    expect((await receive(queue.url)).map(({ Body }) => Body)).toEqual(bodies);
  });

  it("comes to the dead-letter queue of a subscription whose queue is gone", async () => {
    const TopicArn = await newTopic();
    const dead = await newQueue();
    const deadLetterTargetArn = dead.arn;
    await subscribe(TopicArn, "arn:aws:sqs:us-east-1:000000000000:gone", {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn }),
    });
    await publish(TopicArn);
    const [message] = await receive(dead.url);
    expect(JSON.parse(message?.Body as string)).toMatchObject({ Type: "Notification", Message: "hello" });
  });

  it("is tried again where a queue was too busy", async () => {
    const TopicArn = await newTopic();
    const queue = await newQueue();
    await subscribe(TopicArn, queue.arn, { RawMessageDelivery: "true" });
    const error = { code: "ThrottlingException" };
    cloud.kernel.faults.inject({ service: "sqs", operation: "SendMessage", times: 4, error });
    await publish(TopicArn);
    expect(await receive(queue.url)).toEqual([]);
    await cloud.clock.advance({ seconds: 1 });
    expect((await receive(queue.url)).map(({ Body }) => Body)).toEqual(["hello"]);
  });

  it("rejects what AWS rejects", async () => {
    const TopicArn = await newTopic();
    await expect(publish(TopicArn, { Message: "" })).rejects.toThrow("Invalid parameter: Empty message");
    await expect(publish(TopicArn, { Message: "x".repeat(262_145) })).rejects.toThrow(
      "Invalid parameter: Message too long",
    );
    await expect(publish(`${TopicArn}x`)).rejects.toMatchObject({ name: "NotFoundException" });
    await expect(
      publish(TopicArn, { MessageAttributes: { a: { DataType: "Odd", StringValue: "x" } } }),
    ).rejects.toThrow("The message attribute 'a' has an invalid message attribute type");
    await expect(sns.send(new sdk.PublishCommand({ Message: "x" }))).rejects.toThrow(
      "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter",
    );
  });
});

describe("PublishBatch", () => {
  it("publishes what it can and says what it cannot", async () => {
    const TopicArn = await newTopic();
    const queue = await newQueue();
    await subscribe(TopicArn, queue.arn, { RawMessageDelivery: "true" });
    const { Successful, Failed } = await sns.send(
      new sdk.PublishBatchCommand({
        TopicArn,
        PublishBatchRequestEntries: [
          { Id: "a", Message: "one" },
          { Id: "b", Message: "" },
        ],
      }),
    );
    expect(Successful?.map(({ Id }) => Id)).toEqual(["a"]);
    expect(Failed).toMatchObject([{ Id: "b", Code: "InvalidParameter", SenderFault: true }]);
    expect((await receive(queue.url)).map(({ Body }) => Body)).toEqual(["one"]);
  });

  it("rejects ids that are the same", async () => {
    const entry = { Id: "a", Message: "x" };
    const publishing = sns.send(
      new sdk.PublishBatchCommand({ TopicArn: await newTopic(), PublishBatchRequestEntries: [entry, entry] }),
    );
    await expect(publishing).rejects.toThrow("Two or more batch entries in the request have the same Id.");
  });
});
