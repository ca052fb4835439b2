/** What memory brume holds before, in the middle of and after a great many requests of each kind: it has to stay flat. */
import { createApi } from "./api.js";
import { type DynamoDbKind, dynamoDbRequests, fillTable } from "./dynamodb.js";
import type { Figure } from "./figure.js";
import { round, type Subject } from "./load.js";
import type { Measurement } from "./measurement.js";
import { queueCycle } from "./queue-cycle.js";
import { createBucket, smallRequests } from "./s3.js";
import { ServerProcess } from "./server-process.js";
import { createTopic } from "./sns.js";
import { createQueue, sendRequest } from "./sqs.js";

const REQUESTS = 100_000;
const QUICK_REQUESTS = 2_000;
/** What share of them comes first, so that what is made once is there. */
const WARM_UP = 0.2;
/** How much less than at the end there may be in the middle. */
const FLAT = 0.9;
const MB = 1e6;

type Requests = Subject["requests"];

async function cycles(url: string): Promise<Requests> {
  const queue = await createQueue(url, "cycles");
  return (await queueCycle(url, queue, await sendRequest(url, queue))).requests;
}

async function published(url: string): Promise<Requests> {
  const { queueUrl, publish } = await createTopic(url);
  return (await queueCycle(url, queueUrl, publish)).requests;
}

const ofTable = (kind: DynamoDbKind) => async (url: string) => {
  await fillTable(url);
  // Tokens are remembered for ten minutes.
  return (await dynamoDbRequests(url, kind, false)).requests;
};

const ofBucket = (kind: "put" | "get") => async (url: string) => {
  await createBucket(url);
  return smallRequests(url, kind);
};

async function called(url: string): Promise<Requests> {
  const request = await createApi(url);
  return () => [request];
}

/** What is sent to a new cloud, after what it needs has been made there. None of it leaves more behind than it found. */
const KINDS: Readonly<Record<string, (url: string) => Promise<Requests>>> = {
  "SQS send, receive, delete": cycles,
  "SNS publish, SQS receive, delete": published,
  "DynamoDB PutItem": ofTable("put"),
  "DynamoDB GetItem": ofTable("get"),
  "DynamoDB Query of 100 items": ofTable("query"),
  "DynamoDB TransactWriteItems": ofTable("transact"),
  "S3 PUT (1 KB)": ofBucket("put"),
  "S3 GET (1 KB)": ofBucket("get"),
  "REST API to Lambda": called,
};

export const memory: Measurement = async ({ quick, scratch }) => {
  const amount = quick ? QUICK_REQUESTS : REQUESTS;
  const figures: Figure[] = [];
  for (const [what, prepare] of Object.entries(KINDS)) {
    await using server = await ServerProcess.startBrume(scratch);
    const subject = { server, requests: await prepare(server.url) };
    const held: number[] = [];
    for (const share of [WARM_UP, 0.5, 0.5]) {
      await round(subject, { amount: amount * share });
      held.push((await server.memoryBytes()) / MB);
    }
    const [before, middle, value] = held as [number, number, number];
    const name = `memory after ${amount.toLocaleString("en")} requests: ${what}`;
    figures.push(
      { name, value, unit: "MB", peer: { name: "before them", value: before } },
      {
        name,
        value,
        unit: "MB",
        peer: { name: "after half of them", value: middle },
        aim: { of: "ratio", atLeast: FLAT },
      },
    );
  }
  return figures;
};
