/** `kill -9` at any moment: the next start has everything that was acknowledged, and ends every deployment. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as cfn from "@aws-sdk/client-cloudformation";
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const command = ["--import", "tsx", new URL("../src/cli.ts", import.meta.url).pathname];
const repository = new URL("../../../", import.meta.url).pathname;
const ROUNDS = 3;
const TIMEOUT_MS = 120_000;

let data: string;
let child: ChildProcess;
let endpoint: string;
let port = 0;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "brume-kill-"));
});
afterAll(async () => {
  child.kill("SIGKILL");
  await rm(data, { recursive: true, force: true });
});

/** Starts the cloud on its data; on the same port at every start, since the addresses that it gave out hold it. */
async function start(): Promise<void> {
  child = spawn(process.execPath, [...command, "start", "--port", String(port), "--data", data], {
    cwd: repository,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.once("data", (chunk: Buffer) => resolve(chunk.toString()));
    child.once("exit", (code) => reject(new Error(`The cloud did not start: exit code ${code}.`)));
  });
  endpoint = /http:\S+/.exec(line)?.[0] as string;
  port = Number(new URL(endpoint).port);
}

async function kill(): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.removeAllListeners("exit");
  child.kill("SIGKILL");
  await Promise.race([gone, delay(100)]);
  while (child.exitCode === null && child.signalCode === null) await delay(5);
}

const options = () => ({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "000000000000", secretAccessKey: "x" },
  maxAttempts: 1,
});

describe("kill -9", { timeout: TIMEOUT_MS }, () => {
  it("loses nothing that was acknowledged, under load", async () => {
    await start();
    await new SQSClient(options()).send(new CreateQueueCommand({ QueueName: "killed" }));
    await new S3Client(options()).send(new CreateBucketCommand({ Bucket: "killed" }));
    const schema = {
      AttributeDefinitions: [{ AttributeName: "k", AttributeType: "S" as const }],
      KeySchema: [{ AttributeName: "k", KeyType: "HASH" as const }],
    };
    await new DynamoDBClient(options()).send(
      new CreateTableCommand({ TableName: "killed", BillingMode: "PAY_PER_REQUEST", ...schema }),
    );
    const acknowledged = { messages: 0, items: [] as string[], objects: [] as string[] };
    let number = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const [sqs, dynamodb, s3] = [new SQSClient(options()), new DynamoDBClient(options()), new S3Client(options())];
      const QueueUrl = `${endpoint}/000000000000/killed`;
      let alive = true;
      // Each writer goes on until the cloud no longer answers.
      const writer = async (write: (id: string) => Promise<void>) => {
        while (alive) await write(`k${number++}`).catch(() => {});
      };
      const writers = [
        ...Array.from({ length: 4 }, () =>
          writer(async (id) => {
            await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: id }));
            acknowledged.messages++;
          }),
        ),
        ...Array.from({ length: 4 }, () =>
          writer(async (id) => {
            await dynamodb.send(new PutItemCommand({ TableName: "killed", Item: { k: { S: id }, v: { S: id } } }));
            acknowledged.items.push(id);
          }),
        ),
        ...Array.from({ length: 2 }, () =>
          writer(async (id) => {
            // Small bodies live in the store, large ones in files.
            const Body = id.repeat(Number(id.slice(1)) % 2 === 0 ? 10 : 20_000);
            await s3.send(new PutObjectCommand({ Bucket: "killed", Key: id, Body }));
            acknowledged.objects.push(id);
          }),
        ),
      ];
      await delay(300 + round * 217);
      await kill();
      alive = false;
      await Promise.all(writers);
      await start();
    }
    expect(Math.min(acknowledged.messages, acknowledged.items.length, acknowledged.objects.length)).toBeGreaterThan(10);
    const [sqs, dynamodb, s3] = [new SQSClient(options()), new DynamoDBClient(options()), new S3Client(options())];
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: `${endpoint}/000000000000/killed`,
        AttributeNames: ["ApproximateNumberOfMessages"],
      }),
    );
    // More is possible: what was written and not yet acknowledged when the process died.
    expect(Number(Attributes?.ApproximateNumberOfMessages)).toBeGreaterThanOrEqual(acknowledged.messages);
    for (const id of acknowledged.items) {
      const { Item } = await dynamodb.send(new GetItemCommand({ TableName: "killed", Key: { k: { S: id } } }));
      expect(Item?.v?.S, `item ${id}`).toBe(id);
    }
    for (const id of acknowledged.objects) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: "killed", Key: id }));
      const text = (await Body?.transformToString()) ?? "";
      expect(text.slice(0, id.length), `object ${id}`).toBe(id);
      expect(text.length).toBe(id.length * (Number(id.slice(1)) % 2 === 0 ? 10 : 20_000));
    }
  });

  it("ends a deployment that it cut short by itself, and makes nothing twice", async () => {
    const Resources: Record<string, object> = {};
    for (let n = 0; n < 20; n++) {
      Resources[`Q${n}`] = { Type: "AWS::SQS::Queue", ...(n > 0 ? { DependsOn: `Q${n - 1}` } : {}) };
      Resources[`R${n}`] = {
        Type: "AWS::IAM::Role",
        Properties: { AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] } },
        ...(n > 0 ? { DependsOn: `Q${n - 1}` } : {}),
      };
    }
    const TemplateBody = JSON.stringify({ Resources });
    for (const [round, wait] of [0, 5, 15, 30].entries()) {
      const StackName = `cut-${round}`;
      await new cfn.CloudFormationClient(options()).send(
        new cfn.CreateStackCommand({ StackName, TemplateBody, Capabilities: ["CAPABILITY_IAM"] }),
      );
      await delay(wait);
      await kill();
      await start();
      const client = new cfn.CloudFormationClient(options());
      let status = "";
      for (let tries = 0; tries < 200 && !/_COMPLETE$|_FAILED$/.test(status); tries++) {
        status = (await client.send(new cfn.DescribeStacksCommand({ StackName }))).Stacks?.[0]?.StackStatus ?? "";
        await delay(20);
      }
      expect(status, `killed after ${wait} ms`).toBe("CREATE_COMPLETE");
      const { QueueUrls = [] } = await new SQSClient(options()).send(
        new ListQueuesCommand({ QueueNamePrefix: `${StackName}-` }),
      );
      expect(QueueUrls).toHaveLength(20);
    }
  });
});
