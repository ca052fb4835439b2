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
const attributesOf = async (QueueUrl: string, ...AttributeNames: sdk.QueueAttributeName[]) =>
  (await sqs.send(new sdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes;
const send = (QueueUrl: string, MessageBody: string) => sqs.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody }));
const receive = async (QueueUrl: string, more: Partial<sdk.ReceiveMessageCommandInput> = {}) =>
  (await sqs.send(new sdk.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more }))).Messages ?? [];

describe("CreateQueue", () => {
  it("answers with the same URL for the same attributes, and refuses others", async () => {
    const create = (VisibilityTimeout: string) =>
      sqs.send(new sdk.CreateQueueCommand({ QueueName: "twice", Attributes: { VisibilityTimeout } }));
    const { QueueUrl } = await create("5");
    expect(QueueUrl).toBe(`${cloud.endpoint}/000000000000/twice`);
    expect((await create("5")).QueueUrl).toBe(QueueUrl);
    await expect(create("6")).rejects.toThrow(
      "A queue already exists with the same name and a different value for attribute VisibilityTimeout",
    );
  });

  it("rejects names and values that SQS does not take", async () => {
    const create = (QueueName: string, Attributes?: Record<string, string>) =>
      sqs.send(new sdk.CreateQueueCommand({ QueueName, Attributes }));
    await expect(create("a b")).rejects.toThrow("Can only include alphanumeric characters");
    await expect(create("plain", { FifoQueue: "true" })).rejects.toThrow("must end with .fifo suffix");
    await expect(create("odd", { VisibilityTimeout: "-1" })).rejects.toThrow(sdk.InvalidAttributeValue);
    await expect(create("odd", { Nonsense: "1" })).rejects.toThrow("Unknown Attribute Nonsense.");
  });
});

describe("GetQueueUrl", () => {
  it("finds a queue by its name", async () => {
    const url = await newQueue();
    const QueueName = url.split("/").at(-1) as string;
    expect((await sqs.send(new sdk.GetQueueUrlCommand({ QueueName }))).QueueUrl).toBe(url);
    await expect(sqs.send(new sdk.GetQueueUrlCommand({ QueueName: "none" }))).rejects.toThrow(sdk.QueueDoesNotExist);
  });
});

describe("ListQueues", () => {
  it("lists by prefix, in pages where a size is given", async () => {
    for (const QueueName of ["list-a", "list-b", "list-c"]) {
      await sqs.send(new sdk.CreateQueueCommand({ QueueName }));
    }
    const list = (more: Partial<sdk.ListQueuesCommandInput>) =>
      sqs.send(new sdk.ListQueuesCommand({ QueueNamePrefix: "list-", ...more }));
    const names = ({ QueueUrls = [] }: sdk.ListQueuesCommandOutput) => QueueUrls.map((url) => url.split("/").at(-1));
    expect(names(await list({}))).toEqual(["list-a", "list-b", "list-c"]);
    const first = await list({ MaxResults: 2 });
    expect(names(first)).toEqual(["list-a", "list-b"]);
    expect(names(await list({ MaxResults: 2, NextToken: first.NextToken }))).toEqual(["list-c"]);
  });
});

describe("GetQueueAttributes, SetQueueAttributes", () => {
  it("shows defaults, what is set, and how many messages there are", async () => {
    const QueueUrl = await newQueue();
    await sqs.send(new sdk.SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "7" } }));
    await send(QueueUrl, "a");
    await send(QueueUrl, "b");
    await sqs.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody: "c", DelaySeconds: 5 }));
    await receive(QueueUrl, { MaxNumberOfMessages: 1 });
    expect(await attributesOf(QueueUrl, "All")).toMatchObject({
      VisibilityTimeout: "7",
      MessageRetentionPeriod: "345600",
      ApproximateNumberOfMessages: "1",
      ApproximateNumberOfMessagesNotVisible: "1",
      ApproximateNumberOfMessagesDelayed: "1",
    });
    expect(await attributesOf(QueueUrl, "VisibilityTimeout")).toEqual({ VisibilityTimeout: "7" });
  });

  it("rejects values that are out of range", async () => {
    const QueueUrl = await newQueue();
    const set = (Attributes: Record<string, string>) =>
      sqs.send(new sdk.SetQueueAttributesCommand({ QueueUrl, Attributes }));
    await expect(set({ DelaySeconds: "901" })).rejects.toThrow(sdk.InvalidAttributeValue);
    await expect(set({ RedrivePolicy: "{" })).rejects.toThrow("RedrivePolicy");
  });
});

describe("attributes that depend on others", () => {
  const set = (QueueUrl: string, Attributes: Record<string, string>) =>
    sqs.send(new sdk.SetQueueAttributesCommand({ QueueUrl, Attributes }));

  it("name a dead-letter queue that is there, of the same kind, and takes what it is sent", async () => {
    const [source, dead] = [await newQueue(), await newQueue()];
    const arnOf = (url: string) => `arn:aws:sqs:us-east-1:000000000000:${url.split("/").at(-1)}`;
    const bury = (deadLetterTargetArn: string) =>
      set(source, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 }) });
    await expect(bury(arnOf("/none"))).rejects.toThrow("Dead letter target does not exist.");
    await expect(bury(arnOf(await newQueue({ FifoQueue: "true" })))).rejects.toThrow("must be same type of queue");
    const allow = (policy: object) => set(dead, { RedriveAllowPolicy: JSON.stringify(policy) });
    await allow({ redrivePermission: "denyAll" });
    await expect(bury(arnOf(dead))).rejects.toThrow("does not allow this source queue");
    await allow({ redrivePermission: "byQueue", sourceQueueArns: [arnOf("/other")] });
    await expect(bury(arnOf(dead))).rejects.toThrow("does not allow this source queue");
    await allow({ redrivePermission: "byQueue", sourceQueueArns: [arnOf(source)] });
    await bury(arnOf(dead));
    for (const policy of [{ redrivePermission: "some" }, { redrivePermission: "byQueue" }, { a: 1 }]) {
      await expect(allow(policy)).rejects.toThrow(sdk.InvalidAttributeValue);
    }
  });

  it("choose one kind of encryption", async () => {
    const QueueUrl = await newQueue({ SqsManagedSseEnabled: "true" });
    await set(QueueUrl, { KmsMasterKeyId: "alias/aws/sqs" });
    expect(await attributesOf(QueueUrl, "All")).toMatchObject({
      KmsMasterKeyId: "alias/aws/sqs",
      KmsDataKeyReusePeriodSeconds: "300",
      SqsManagedSseEnabled: "false",
    });
    await expect(set(QueueUrl, { SqsManagedSseEnabled: "true" })).rejects.toThrow("one type of server-side encryption");
    await set(QueueUrl, { KmsMasterKeyId: "", SqsManagedSseEnabled: "true" });
    expect(await attributesOf(QueueUrl, "SqsManagedSseEnabled")).toEqual({ SqsManagedSseEnabled: "true" });
  });

  it("allow high throughput only where duplicates are told by group", async () => {
    const QueueUrl = await newQueue({ FifoQueue: "true" });
    const high = { FifoThroughputLimit: "perMessageGroupId" };
    await expect(set(QueueUrl, high)).rejects.toThrow("only when the value for DeduplicationScope is messageGroup");
    await set(QueueUrl, { ...high, DeduplicationScope: "messageGroup" });
  });
});

describe("PurgeQueue", () => {
  it("empties a queue once a minute", async () => {
    const QueueUrl = await newQueue();
    const purge = () => sqs.send(new sdk.PurgeQueueCommand({ QueueUrl }));
    await purge();
    await expect(purge()).rejects.toThrow(sdk.PurgeQueueInProgress);
    await cloud.clock.advance({ minutes: 1 });
    await purge();
  });
});

describe("DeleteQueue, PurgeQueue", () => {
  it("empties a queue, received messages too, and takes it away", async () => {
    const QueueUrl = await newQueue({ VisibilityTimeout: "1" });
    await send(QueueUrl, "a");
    await send(QueueUrl, "b");
    await receive(QueueUrl, { MaxNumberOfMessages: 1 });
    await sqs.send(new sdk.PurgeQueueCommand({ QueueUrl }));
    await cloud.clock.advance({ seconds: 2 });
    expect(await receive(QueueUrl)).toEqual([]);
    await sqs.send(new sdk.DeleteQueueCommand({ QueueUrl }));
    await expect(receive(QueueUrl)).rejects.toThrow(sdk.QueueDoesNotExist);
  });

  it("leaves nothing behind for a queue of the same name", async () => {
    const QueueUrl = await newQueue();
    const QueueName = QueueUrl.split("/").at(-1);
    await send(QueueUrl, "old");
    await sqs.send(new sdk.DeleteQueueCommand({ QueueUrl }));
    await sqs.send(new sdk.CreateQueueCommand({ QueueName }));
    expect(await receive(QueueUrl)).toEqual([]);
  });
});

describe("ListDeadLetterSourceQueues", () => {
  it("lists the queues that bury their messages there", async () => {
    const dead = await newQueue();
    const deadLetterTargetArn = (await attributesOf(dead, "QueueArn"))?.QueueArn;
    const source = await newQueue({ RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 }) });
    const { queueUrls } = await sqs.send(new sdk.ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
    expect(queueUrls).toEqual([source]);
  });
});

describe("TagQueue, UntagQueue, ListQueueTags", () => {
  it("adds, replaces and removes tags", async () => {
    const QueueUrl = await newQueue();
    await sqs.send(new sdk.TagQueueCommand({ QueueUrl, Tags: { a: "1", b: "2" } }));
    await sqs.send(new sdk.TagQueueCommand({ QueueUrl, Tags: { a: "3" } }));
    await sqs.send(new sdk.UntagQueueCommand({ QueueUrl, TagKeys: ["b"] }));
    expect((await sqs.send(new sdk.ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ a: "3" });
  });
});

describe("AddPermission, RemovePermission", () => {
  it("adds a statement to the policy and takes it off", async () => {
    const QueueUrl = await newQueue();
    const input = { QueueUrl, Label: "other", AWSAccountIds: ["111111111111"], Actions: ["SendMessage"] };
    await sqs.send(new sdk.AddPermissionCommand(input));
    const QueueArn = (await attributesOf(QueueUrl, "QueueArn"))?.QueueArn;
    expect(JSON.parse((await attributesOf(QueueUrl, "Policy"))?.Policy as string)).toEqual({
      Version: "2012-10-17",
      Id: `${QueueArn}/SQSDefaultPolicy`,
      Statement: [
        {
          Sid: "other",
          Effect: "Allow",
          Principal: { AWS: ["arn:aws:iam::111111111111:root"] },
          Action: ["SQS:SendMessage"],
          Resource: QueueArn,
        },
      ],
    });
    await expect(sqs.send(new sdk.AddPermissionCommand(input))).rejects.toThrow("Already exists");
    await sqs.send(new sdk.RemovePermissionCommand({ QueueUrl, Label: "other" }));
    expect(await attributesOf(QueueUrl, "Policy")).toBeUndefined();
    await expect(sqs.send(new sdk.RemovePermissionCommand({ QueueUrl, Label: "other" }))).rejects.toThrow(
      "can't find label",
    );
  });
});

describe("SendMessageBatch, DeleteMessageBatch, ChangeMessageVisibilityBatch", () => {
  it("performs each entry by itself", async () => {
    const QueueUrl = await newQueue();
    const sent = await sqs.send(
      new sdk.SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "a", MessageBody: "one" },
          { Id: "b", MessageBody: "two" },
          { Id: "c", MessageBody: "late", DelaySeconds: 901 },
        ],
      }),
    );
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(["a", "b"]);
    expect(sent.Failed).toMatchObject([{ Id: "c", SenderFault: true, Code: "InvalidParameterValue" }]);
    const [one, two] = await receive(QueueUrl);
    const changed = await sqs.send(
      new sdk.ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: [{ Id: "1", ReceiptHandle: one?.ReceiptHandle, VisibilityTimeout: 0 }],
      }),
    );
    expect(changed.Successful).toHaveLength(1);
    expect((await receive(QueueUrl)).map(({ Body }) => Body)).toEqual([one?.Body]);
    const deleted = await sqs.send(
      new sdk.DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: "1", ReceiptHandle: one?.ReceiptHandle },
          { Id: "2", ReceiptHandle: two?.ReceiptHandle },
          { Id: "3", ReceiptHandle: "nonsense" },
        ],
      }),
    );
    expect(deleted.Successful?.map(({ Id }) => Id)).toEqual(["1", "2"]);
    expect(deleted.Failed).toMatchObject([{ Id: "3", Code: "ReceiptHandleIsInvalid" }]);
  });

  it("rejects batches that are empty, too long, or name an entry twice", async () => {
    const QueueUrl = await newQueue();
    const sending = (...Ids: string[]) =>
      sqs.send(new sdk.SendMessageBatchCommand({ QueueUrl, Entries: Ids.map((Id) => ({ Id, MessageBody: "x" })) }));
    await expect(sending()).rejects.toThrow(sdk.EmptyBatchRequest);
    await expect(sending("a", "a")).rejects.toThrow(sdk.BatchEntryIdsNotDistinct);
    await expect(sending(..."abcdefghijk")).rejects.toThrow(sdk.TooManyEntriesInBatchRequest);
  });
});

describe("DeleteMessage", () => {
  it("deletes by the newest receipt handle, and does nothing for a message that is gone", async () => {
    const QueueUrl = await newQueue({ VisibilityTimeout: "1" });
    await send(QueueUrl, "a");
    const [message] = await receive(QueueUrl);
    const deleting = () => sqs.send(new sdk.DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
    await deleting();
    await deleting();
    await cloud.clock.advance({ seconds: 2 });
    expect(await receive(QueueUrl)).toEqual([]);
  });
});

describe("ChangeMessageVisibility", () => {
  it("hides a message for longer, and refuses a message that is not in flight", async () => {
    const QueueUrl = await newQueue({ VisibilityTimeout: "5" });
    await send(QueueUrl, "a");
    const [message] = await receive(QueueUrl);
    const change = () =>
      sqs.send(
        new sdk.ChangeMessageVisibilityCommand({
          QueueUrl,
          ReceiptHandle: message?.ReceiptHandle,
          VisibilityTimeout: 60,
        }),
      );
    await change();
    await cloud.clock.advance({ seconds: 30 });
    expect(await receive(QueueUrl)).toEqual([]);
    await cloud.clock.advance({ seconds: 31 });
    await expect(change()).rejects.toThrow(sdk.MessageNotInflight);
    expect(await receive(QueueUrl)).toHaveLength(1);
  });
});
