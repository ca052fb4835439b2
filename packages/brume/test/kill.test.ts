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
  ListQueuesCommand,
  ReceiveMessageCommand,
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

/** The bodies of all messages of a queue. */
async function receiveAll(sqs: SQSClient, QueueUrl: string): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body }) => Body as string));
  }
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
    const acknowledged = { messages: [] as string[], items: [] as string[], objects: [] as string[] };
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
            acknowledged.messages.push(id);
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
    for (const ids of Object.values(acknowledged)) expect(ids.length).toBeGreaterThan(0);
    const [sqs, dynamodb, s3] = [new SQSClient(options()), new DynamoDBClient(options()), new S3Client(options())];
    // More is possible: what was written and not yet acknowledged when the process died.
    const messages = new Set(await receiveAll(sqs, `${endpoint}/000000000000/killed`));
    expect(acknowledged.messages.filter((id) => !messages.has(id))).toEqual([]);
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

  /** Waits for a stack to rest. */
  async function rest(StackName: string): Promise<string> {
    const client = new cfn.CloudFormationClient(options());
    for (let tries = 0; tries < 500; tries++) {
      const { Stacks } = await client.send(new cfn.DescribeStacksCommand({ StackName }));
      const status = Stacks?.[0]?.StackStatus ?? "";
      if (/_(COMPLETE|FAILED)$/.test(status)) return status;
      await delay(20);
    }
    throw new Error(`The stack ${StackName} does not come to rest.`);
  }

  /** What 20 steps, one after the other, leave: a queue and a role each. */
  function templateOf(VisibilityTimeout: number, names: string): string {
    const Resources: Record<string, object> = {};
    for (let n = 0; n < 20; n++) {
      const DependsOn = n > 0 ? `Q${n - 1}` : undefined;
      // Another name for every other queue: an update replaces those, and changes the rest in place.
      const Properties = { VisibilityTimeout, ...(n % 2 === 0 ? { QueueName: `${names}-${n}` } : {}) };
      Resources[`Q${n}`] = { Type: "AWS::SQS::Queue", DependsOn, Properties };
      const AssumeRolePolicyDocument = { Version: "2012-10-17", Statement: [] };
      Resources[`R${n}`] = { Type: "AWS::IAM::Role", DependsOn, Properties: { AssumeRolePolicyDocument } };
    }
    return JSON.stringify({ Resources });
  }

  async function queues(): Promise<string[]> {
    const { QueueUrls = [] } = await new SQSClient(options()).send(new ListQueuesCommand({ QueueNamePrefix: "cut-" }));
    return QueueUrls.map((url) => url.split("/").pop() as string);
  }

  it("ends a deployment that it cut short by itself, and makes nothing twice", async () => {
    const cutShort = async (send: (client: cfn.CloudFormationClient) => Promise<unknown>, wait: number) => {
      await send(new cfn.CloudFormationClient(options()));
      await delay(wait);
      await kill();
      await start();
    };
    for (const [round, wait] of [0, 10, 40].entries()) {
      const StackName = `cut-${round}`;
      const given = { StackName, Capabilities: ["CAPABILITY_IAM" as const] };
      const create = new cfn.CreateStackCommand({ ...given, TemplateBody: templateOf(10, `${StackName}-a`) });
      await cutShort((client) => client.send(create), wait);
      expect(await rest(StackName), `created, and killed after ${wait} ms`).toBe("CREATE_COMPLETE");
      expect(await queues()).toHaveLength(20);
      const update = new cfn.UpdateStackCommand({ ...given, TemplateBody: templateOf(20, `${StackName}-b`) });
      await cutShort((client) => client.send(update), wait);
      expect(await rest(StackName), `updated, and killed after ${wait} ms`).toBe("UPDATE_COMPLETE");
      const names = await queues();
      expect(names).toHaveLength(20);
      expect(names.filter((name) => name.startsWith(`${StackName}-b-`))).toHaveLength(10);
      const { Stacks } = await new cfn.CloudFormationClient(options()).send(
        new cfn.DescribeStacksCommand({ StackName }),
      );
      await cutShort((client) => client.send(new cfn.DeleteStackCommand({ StackName })), wait);
      expect(await rest(Stacks?.[0]?.StackId as string), `deleted, and killed after ${wait} ms`).toBe(
        "DELETE_COMPLETE",
      );
      expect(await queues()).toEqual([]);
    }
  });
});
