import * as sdk from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let sqs: sdk.SQSClient;
beforeAll(async () => {
  cloud = await startCloud();
  sqs = cloud.client(sdk.SQSClient);
});
afterAll(() => cloud.close());

let count = 0;
async function newQueue(Attributes?: Record<string, string>): Promise<string> {
  const QueueName = `q${count++}${Attributes?.FifoQueue ? ".fifo" : ""}`;
  return (await sqs.send(new sdk.CreateQueueCommand({ QueueName, Attributes }))).QueueUrl as string;
}
const receive = async (QueueUrl: string, more: Partial<sdk.ReceiveMessageCommandInput> = {}) =>
  (await sqs.send(new sdk.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more }))).Messages ?? [];

describe("SendMessage", () => {
  it("answers with the digests that the SDK checks, and the message can be received", async () => {
    const QueueUrl = await newQueue();
    const MessageAttributes = {
      kind: { DataType: "String", StringValue: "x" },
      raw: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2]) },
    };
    const sent = await sqs.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody: "hello", MessageAttributes }));
    expect(sent.MD5OfMessageBody).toBe("5d41402abc4b2a76b9719d911017c592");
    const [message] = await receive(QueueUrl, { MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"] });
    expect(message?.Body).toBe("hello");
    expect(message?.MessageAttributes?.raw?.BinaryValue).toEqual(new Uint8Array([1, 2]));
    expect(message?.Attributes?.ApproximateReceiveCount).toBe("1");
  });

  it("throws the SDK's own exception for a queue that is not there", async () => {
    const sending = sqs.send(
      new sdk.SendMessageCommand({ QueueUrl: `${cloud.endpoint}/000000000000/none`, MessageBody: "x" }),
    );
    await expect(sending).rejects.toThrow(sdk.QueueDoesNotExist);
    await expect(sending).rejects.toThrow("The specified queue does not exist.");
  });

  it("rejects a body over 1 MiB", async () => {
    const QueueUrl = await newQueue();
    const sending = sqs.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody: "x".repeat(1_048_577) }));
    await expect(sending).rejects.toMatchObject({
      name: "InvalidParameterValue",
      message: expect.stringContaining("shorter than 1048576 bytes"),
    });
  });
});

describe("ReceiveMessage", () => {
  it("hides a message for the visibility timeout, and shows it again after", async () => {
    const QueueUrl = await newQueue({ VisibilityTimeout: "10" });
    await sqs.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody: "m" }));
    expect(await receive(QueueUrl)).toHaveLength(1);
    expect(await receive(QueueUrl)).toHaveLength(0);
    await cloud.clock.advance({ seconds: 10 });
    const [again] = await receive(QueueUrl, { MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
    expect(again?.Attributes?.ApproximateReceiveCount).toBe("2");
    await sqs.send(new sdk.DeleteMessageCommand({ QueueUrl, ReceiptHandle: again?.ReceiptHandle }));
    await cloud.clock.advance({ minutes: 1 });
    expect(await receive(QueueUrl)).toHaveLength(0);
  });

  it("waits for a message that is sent meanwhile", async () => {
    const QueueUrl = await newQueue();
    const waiting = receive(QueueUrl, { WaitTimeSeconds: 20 });
    await sqs.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody: "late" }));
    expect((await waiting)[0]?.Body).toBe("late");
  });

  it("keeps the order of a group in a FIFO queue, and sends a duplicate once", async () => {
    const QueueUrl = await newQueue({ FifoQueue: "true", ContentBasedDeduplication: "true" });
    for (const body of ["1", "2", "2", "3"]) {
      await sqs.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody: body, MessageGroupId: "g" }));
    }
    const first = await receive(QueueUrl, { MaxNumberOfMessages: 1 });
    expect(first.map(({ Body }) => Body)).toEqual(["1"]);
    expect(await receive(QueueUrl)).toEqual([]);
    await sqs.send(new sdk.DeleteMessageCommand({ QueueUrl, ReceiptHandle: first[0]?.ReceiptHandle }));
    expect((await receive(QueueUrl)).map(({ Body }) => Body)).toEqual(["2", "3"]);
  });

  it("moves a message to the dead-letter queue when it was received too often", async () => {
    const dead = await newQueue();
    const { Attributes } = await sqs.send(
      new sdk.GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ["QueueArn"] }),
    );
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 1 });
    const QueueUrl = await newQueue({ RedrivePolicy, VisibilityTimeout: "1" });
    await sqs.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody: "poison" }));
    expect(await receive(QueueUrl)).toHaveLength(1);
    await cloud.clock.advance({ seconds: 1 });
    expect(await receive(QueueUrl)).toHaveLength(0);
    expect((await receive(dead))[0]?.Body).toBe("poison");
  });
});

describe("SendMessage, to a FIFO queue", () => {
  it("tells duplicates by message group where the queue says so, and shows their ids as they were given", async () => {
    const QueueUrl = await newQueue({ FifoQueue: "true", DeduplicationScope: "messageGroup" });
    const send = (MessageGroupId: string) =>
      sqs.send(
        new sdk.SendMessageCommand({ QueueUrl, MessageBody: "m", MessageGroupId, MessageDeduplicationId: "same" }),
      );
    const [first, second] = [await send("a"), await send("a")];
    expect(second.MessageId).toBe(first.MessageId);
    expect((await send("b")).MessageId).not.toBe(first.MessageId);
    const messages = await receive(QueueUrl, { MessageSystemAttributeNames: ["MessageDeduplicationId"] });
    expect(messages.map(({ Attributes }) => Attributes?.MessageDeduplicationId)).toEqual(["same", "same"]);
  });

  it("forgets duplicates after five minutes", async () => {
    const QueueUrl = await newQueue({ FifoQueue: "true", ContentBasedDeduplication: "true" });
    const send = async () =>
      (await sqs.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody: "m", MessageGroupId: "g" }))).MessageId;
    const first = await send();
    await cloud.clock.advance({ minutes: 4, seconds: 59 });
    expect(await send()).toBe(first);
    await cloud.clock.advance({ seconds: 2 });
    expect(await send()).not.toBe(first);
  });
});

describe("SendMessage, with attributes", () => {
  it.each<[string, Record<string, sdk.MessageAttributeValue>, string]>([
    ["a reserved name", { "AWS.x": { DataType: "String", StringValue: "x" } }, "reserved for internal use"],
    ["a name with strange signs", { "a b": { DataType: "String", StringValue: "x" } }, "name 'a b' is invalid"],
    ["a number that is none", { a: { DataType: "Number", StringValue: "x" } }, "Can't cast the value"],
    ["no value", { a: { DataType: "String" } }, "must contain a non-empty message attribute value"],
  ])("rejects %s", async (_, MessageAttributes, message) => {
    const QueueUrl = await newQueue();
    const sending = sqs.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody: "m", MessageAttributes }));
    await expect(sending).rejects.toThrow(message);
  });

  it("rejects what is for FIFO queues only", async () => {
    const QueueUrl = await newQueue();
    const sending = sqs.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody: "m", MessageDeduplicationId: "x" }));
    await expect(sending).rejects.toThrow("parameter that is not valid for this queue type");
    await sqs.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody: "m", MessageGroupId: "fair" }));
    const [message] = await receive(QueueUrl, { MessageSystemAttributeNames: ["All"] });
    expect(message?.Attributes?.MessageGroupId).toBe("fair");
  });
});

describe("DeleteMessage, ChangeMessageVisibility", () => {
  it("take no receipt of a FIFO queue that has expired", async () => {
    const QueueUrl = await newQueue({ FifoQueue: "true", ContentBasedDeduplication: "true", VisibilityTimeout: "5" });
    await sqs.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody: "m", MessageGroupId: "g" }));
    const [message] = await receive(QueueUrl);
    await cloud.clock.advance({ seconds: 5 });
    const deleting = sqs.send(new sdk.DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
    await expect(deleting).rejects.toThrow("The receipt handle has expired.");
    expect(await receive(QueueUrl)).toHaveLength(1);
  });

  it("hide a message for twelve hours at most", async () => {
    const QueueUrl = await newQueue();
    await sqs.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody: "m" }));
    const [message] = await receive(QueueUrl, { VisibilityTimeout: 43_200 });
    await cloud.clock.advance({ hours: 1 });
    const change = (VisibilityTimeout: number) =>
      sqs.send(
        new sdk.ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout }),
      );
    await expect(change(43_200)).rejects.toThrow("beyond the limit [43200 seconds]");
    await change(39_000);
  });
});
