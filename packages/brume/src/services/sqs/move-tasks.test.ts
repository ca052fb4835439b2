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

const arnOf = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const receive = async (QueueUrl: string) =>
  (await sqs.send(new sdk.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))).Messages ?? [];

let count = 0;
/** A queue whose messages have all been buried in its dead-letter queue. */
async function buried(messages: number) {
  const dead = `dead${count}`;
  const { QueueUrl: deadUrl } = await sqs.send(new sdk.CreateQueueCommand({ QueueName: dead }));
  const { QueueUrl: url } = await sqs.send(
    new sdk.CreateQueueCommand({
      QueueName: `live${count++}`,
      Attributes: {
        VisibilityTimeout: "1",
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf(dead), maxReceiveCount: 1 }),
      },
    }),
  );
  for (let i = 0; i < messages; i++) await sqs.send(new sdk.SendMessageCommand({ QueueUrl: url, MessageBody: `${i}` }));
  await receive(url as string);
  await cloud.clock.advance({ seconds: 2 });
  await receive(url as string);
  return { url: url as string, deadUrl: deadUrl as string, SourceArn: arnOf(dead) };
}

describe("StartMessageMoveTask", () => {
  it("moves messages back to the queue that they came from", async () => {
    const { url, deadUrl, SourceArn } = await buried(3);
    await sqs.send(new sdk.StartMessageMoveTaskCommand({ SourceArn }));
    await cloud.clock.advance({ seconds: 3 });
    expect(await receive(deadUrl)).toEqual([]);
    expect((await receive(url)).map(({ Body }) => Body).sort()).toEqual(["0", "1", "2"]);
  });

  it("refuses a queue that is no dead-letter queue", async () => {
    await sqs.send(new sdk.CreateQueueCommand({ QueueName: "plain" }));
    const starting = sqs.send(new sdk.StartMessageMoveTaskCommand({ SourceArn: arnOf("plain") }));
    await expect(starting).rejects.toThrow("Source queue must be configured as a Dead Letter Queue.");
  });
});

describe("CancelMessageMoveTask, ListMessageMoveTasks", () => {
  it("stops a task that moves one message a second", async () => {
    const { SourceArn, url } = await buried(3);
    const { TaskHandle } = await sqs.send(
      new sdk.StartMessageMoveTaskCommand({ SourceArn, MaxNumberOfMessagesPerSecond: 1 }),
    );
    await cloud.clock.advance({ milliseconds: 1 });
    const cancelled = await sqs.send(new sdk.CancelMessageMoveTaskCommand({ TaskHandle }));
    expect(cancelled.ApproximateNumberOfMessagesMoved).toBe(1);
    await cloud.clock.advance({ seconds: 10 });
    expect(await receive(url)).toHaveLength(1);
    const { Results } = await sqs.send(new sdk.ListMessageMoveTasksCommand({ SourceArn }));
    expect(Results).toMatchObject([{ Status: "CANCELLED", ApproximateNumberOfMessagesToMove: 3 }]);
    await expect(sqs.send(new sdk.CancelMessageMoveTaskCommand({ TaskHandle }))).rejects.toThrow(
      sdk.ResourceNotFoundException,
    );
  });
});
