/** The example, through the library: deployed, called, updated, broken and restored, destroyed. */
import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, type StackResult, startCloud } from "../../src/index.js";
import { type AppCopy, copyExample } from "./app-copy.js";

let cloud: RunningCloud;
let app: AppCopy;
let stack: StackResult;
beforeAll(async () => {
  cloud = await startCloud();
  app = await copyExample("hit-counter");
  [stack] = (await cloud.deploy(app.folder)) as [StackResult];
}, 120_000);
afterAll(async () => {
  await cloud.close();
  await app.remove();
});

const url = (path: string) => `${stack.outputs.Url}${path}`;
const get = async (path: string) => {
  const response = await fetch(url(path));
  return { status: response.status, hits: response.headers.get("x-hits"), body: await response.text() };
};

describe("the hit counter", () => {
  it("answers through its API, and counts", async () => {
    expect(await get("hello")).toEqual({ status: 200, hits: "1", body: "Hello, CDK! You've hit /hello\n" });
    expect((await get("hello")).hits).toBe("2");
    expect((await get("deeper/path")).body).toBe("Hello, CDK! You've hit /deeper/path\n");
  });

  it("was seeded by its custom resource", async () => {
    expect(stack.outputs.SeededPath).toBe("/welcome");
    expect((await get("welcome")).hits).toBe("42");
  });

  it("keeps what is put into its table, bucket and queue", async () => {
    const { ViewerTable, UploadsBucket, InboxUrl, NewsTopic } = stack.outputs;
    const { Item } = await cloud
      .client(DynamoDBClient)
      .send(new GetItemCommand({ TableName: ViewerTable, Key: { path: { S: "/hello" } } }));
    expect(Number(Item?.hits?.N)).toBeGreaterThanOrEqual(2);
    await cloud.client(SNSClient).send(new PublishCommand({ TopicArn: NewsTopic, Message: "extra" }));
    await cloud.idle();
    const { Messages } = await cloud.client(SQSClient).send(new ReceiveMessageCommand({ QueueUrl: InboxUrl }));
    expect(Messages?.[0]?.Body).toBe("extra");
    const s3 = cloud.client(S3Client);
    await s3.send(new PutObjectCommand({ Bucket: UploadsBucket, Key: "a/../b", Body: "x" }));
    expect((await s3.send(new ListObjectsV2Command({ Bucket: UploadsBucket }))).Contents?.[0]?.Key).toBe("a/../b");
  });

  it("has no modelled resources", () => {
    expect(stack.modelled).toEqual([]);
  });

  it("is left alone when nothing changed", async () => {
    const [again] = await cloud.deploy(app.folder);
    expect(again).toMatchObject({ changed: false, outputs: stack.outputs });
  });

  it("changes in place when its code and context do, and keeps its data", async () => {
    app.edit("lambda/hello.js", "You've hit", "You have hit");
    const [changed] = await cloud.deploy(app.folder, { context: { greeting: "Good morning!" } });
    expect(changed).toMatchObject({ changed: true, outputs: stack.outputs });
    const { body, hits } = await get("hello");
    expect(body).toBe("Good morning! You have hit /hello\n");
    expect(Number(hits)).toBeGreaterThanOrEqual(3);
  });

  it("is restored when an update fails, and the error names the construct", async () => {
    const before = await get("hello");
    app.edit(
      "lib/hit-counter-stack.ts",
      'new Queue(this, "Inbox");',
      'new Queue(this, "Inbox");\n    new Queue(this, "Broken", { queueName: "no spaces allowed" });',
    );
    app.edit("lambda/hello.js", "You have hit", "You should never read");
    await expect(cloud.deploy(app.folder)).rejects.toMatchObject({
      code: "DeploymentFailed",
      where: "HitCounterStack/Broken/Resource",
    });
    const { Stacks } = await cloud
      .client(CloudFormationClient)
      .send(new DescribeStacksCommand({ StackName: "HitCounterStack" }));
    expect(Stacks?.[0]?.StackStatus).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(await get("hello")).toEqual({ ...before, hits: String(Number(before.hits) + 1) });
  });

  it("is destroyed, its bucket emptied by its own custom resource", async () => {
    expect(await cloud.destroy("HitCounterStack")).toBe(true);
    expect((await fetch(url("hello"))).status).toBe(403);
    const listing = cloud.client(S3Client).send(new ListObjectsV2Command({ Bucket: stack.outputs.UploadsBucket }));
    await expect(listing).rejects.toMatchObject({ name: "NoSuchBucket" });
  });
});
