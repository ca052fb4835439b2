import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as dynamo from "@aws-sdk/client-dynamodb";
import * as sdk from "@aws-sdk/client-lambda";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { Functions, zip } from "./testing.js";

let cloud: RunningCloud;
let functions: Functions;
let client: dynamo.DynamoDBClient;
let sqs: SQSClient;
beforeAll(async () => {
  cloud = await startCloud();
  functions = new Functions(cloud);
  client = cloud.client(dynamo.DynamoDBClient);
  sqs = cloud.client(SQSClient);
});
afterAll(() => cloud.close());

/** What the functions say they got, one entry each batch. */
let got: string[] = [];
let stop: () => void;
beforeEach(() => {
  got = [];
  stop = cloud.kernel.events.on("functionLog", ({ message }) => {
    const [, text] = /\tgot (.*)/.exec(message) ?? [];
    if (text !== undefined) got.push(text);
  });
});
afterEach(() => stop());

/** A handler that tells the numbers of its batch, and fails on some. */
const handler = (fails = "false", answer = "undefined") => `exports.handler = async ({ Records }) => {
  const numbers = Records.map(({ dynamodb }) => Number((dynamodb.NewImage ?? dynamodb.OldImage).n.N));
  console.log("got " + numbers.join(" "));
  if (numbers.some((n) => ${fails})) throw new Error("no");
  const failed = Records.filter(({ dynamodb }) => { const n = Number(dynamodb.NewImage.n.N); return ${answer} ?? false; });
  return { batchItemFailures: failed.map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })) };
};`;

let count = 0;
async function newTable(): Promise<{ TableName: string; arn: string }> {
  const TableName = `source-${count++}`;
  const { TableDescription } = await client.send(
    new dynamo.CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "p", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "p", KeyType: "HASH" }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    }),
  );
  return { TableName, arn: TableDescription?.LatestStreamArn as string };
}

/** Writes numbers, one after the other, into one item: they stay in order. */
async function write(TableName: string, ...numbers: number[]): Promise<void> {
  for (const n of numbers) {
    await client.send(new dynamo.PutItemCommand({ TableName, Item: { p: { S: "a" }, n: { N: String(n) } } }));
  }
}

async function map(
  FunctionName: string,
  EventSourceArn: string,
  more: Partial<sdk.CreateEventSourceMappingCommandInput> = {},
): Promise<sdk.EventSourceMappingConfiguration> {
  const input = { FunctionName, EventSourceArn, StartingPosition: "TRIM_HORIZON" as const, ...more };
  return functions.client.send(new sdk.CreateEventSourceMappingCommand(input));
}

async function newQueue(): Promise<{ QueueUrl: string; arn: string }> {
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: `failures-${count++}` }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  return { QueueUrl, arn: Attributes?.QueueArn as string };
}
async function messages(QueueUrl: string): Promise<Record<string, Record<string, unknown>>[]> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.map(({ Body = "{}" }) => JSON.parse(Body));
}

describe("CreateEventSourceMapping, for a DynamoDB stream", () => {
  it("describes the mapping with what Lambda takes for granted", async () => {
    const { arn } = await newTable();
    const mapping = await map(await functions.create(handler()), arn);
    expect(mapping).toMatchObject({
      EventSourceArn: arn,
      StartingPosition: "TRIM_HORIZON",
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 0,
      ParallelizationFactor: 1,
      BisectBatchOnFunctionError: false,
      MaximumRecordAgeInSeconds: -1,
      MaximumRetryAttempts: -1,
      TumblingWindowInSeconds: 0,
      DestinationConfig: { OnFailure: {} },
      LastProcessingResult: "No records processed",
      StateTransitionReason: "User action",
      State: "Enabled",
    });
  });

  it("refuses what cannot be read, or is out of range", async () => {
    const { arn } = await newTable();
    const name = await functions.create(handler());
    const none = `${arn.slice(0, -1)}${(Number(arn.at(-1)) + 1) % 10}`;
    await expect(map(name, none)).rejects.toThrow(`Stream not found: ${none}`);
    await expect(map(name, arn, { StartingPosition: undefined })).rejects.toThrow(
      "Value null at 'startingPosition' failed to satisfy constraint: Member must not be null",
    );
    await expect(map(name, arn, { StartingPosition: "AT_TIMESTAMP" })).rejects.toThrow(
      `Unsupported starting position for arn type: ${arn}`,
    );
    await expect(map(name, arn, { MaximumRetryAttempts: 10_001 })).rejects.toThrow(
      "Value '10001' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 10000",
    );
  });

  it("hands records over as Lambda does", async () => {
    const { TableName, arn } = await newTable();
    const name = await functions.create(
      "exports.handler = async ({ Records }) => { for (const one of Records) console.log('got ' + JSON.stringify(one)); };",
    );
    await map(name, arn);
    const Item = { p: { S: "a" }, b: { B: Buffer.from("bytes") }, l: { L: [{ BOOL: true }] } };
    await client.send(new dynamo.PutItemCommand({ TableName, Item }));
    await cloud.idle();
    expect(got.map((text) => JSON.parse(text))).toEqual([
      {
        eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
        eventName: "INSERT",
        eventVersion: "1.1",
        eventSource: "aws:dynamodb",
        awsRegion: "us-east-1",
        dynamodb: {
          ApproximateCreationDateTime: expect.any(Number),
          Keys: { p: { S: "a" } },
          NewImage: { p: { S: "a" }, b: { B: "Ynl0ZXM=" }, l: { L: [{ BOOL: true }] } },
          SequenceNumber: expect.stringMatching(/^\d{21}$/),
          SizeBytes: expect.any(Number),
          StreamViewType: "NEW_AND_OLD_IMAGES",
        },
        eventSourceARN: arn,
      },
    ]);
  });

  it("begins with the oldest records, or with what comes next", async () => {
    const { TableName, arn } = await newTable();
    await write(TableName, 1);
    await map(await functions.create(handler()), arn);
    await cloud.idle();
    expect(got).toEqual(["1"]);
    await map(await functions.create(handler().replace("got ", "got latest ")), arn, { StartingPosition: "LATEST" });
    await write(TableName, 2);
    await cloud.idle();
    expect(got.sort()).toEqual(["1", "2", "latest 2"]);
    await cloud.clock.advance({ hours: 3 });
    await write(TableName, 3);
    await cloud.idle();
    expect(got.sort()).toEqual(["1", "2", "3", "latest 2", "latest 3"]);
  });

  it("finds its place again when nothing came for longer than an iterator lasts", async () => {
    const { TableName, arn } = await newTable();
    await write(TableName, 1);
    await map(await functions.create(handler()), arn, { StartingPosition: "LATEST" });
    await cloud.idle();
    await cloud.clock.advance({ minutes: 20 });
    await write(TableName, 2);
    await cloud.idle();
    expect(got).toEqual(["2"]);
  });

  it("waits for a batch to fill, as long as it may", async () => {
    const { TableName, arn } = await newTable();
    await map(await functions.create(handler()), arn, { BatchSize: 3, MaximumBatchingWindowInSeconds: 30 });
    await write(TableName, 1, 2);
    await cloud.idle();
    expect(got).toEqual([]);
    await write(TableName, 3, 4);
    await cloud.idle();
    expect(got).toEqual(["1 2 3"]);
    await cloud.clock.advance({ seconds: 29 });
    expect(got).toEqual(["1 2 3"]);
    await cloud.clock.advance({ seconds: 2 });
    expect(got).toEqual(["1 2 3", "4"]);
  });

  it("lets through what a filter does", async () => {
    const { TableName, arn } = await newTable();
    const Pattern = JSON.stringify({ eventName: ["MODIFY"], dynamodb: { NewImage: { n: { N: ["2", "3"] } } } });
    await map(await functions.create(handler()), arn, { FilterCriteria: { Filters: [{ Pattern }] } });
    await write(TableName, 2, 1, 2, 3);
    await cloud.idle();
    expect(got.join(" ")).toBe("2 3");
  });
});

describe("a batch that fails", () => {
  it("is tried again, in its place, until the function does it", async () => {
    const { TableName, arn } = await newTable();
    const name = await functions.create(handler("n === 2"));
    const { UUID } = await map(name, arn, { BatchSize: 1 });
    await write(TableName, 1, 2, 3);
    await cloud.idle();
    expect(got).toEqual(["1", "2"]);
    const shown = () => functions.client.send(new sdk.GetEventSourceMappingCommand({ UUID }));
    expect((await shown()).LastProcessingResult).toBe("PROBLEM: Function call failed");
    await cloud.clock.advance({ minutes: 2 });
    expect(got.length).toBeGreaterThan(4);
    expect(new Set(got.slice(1))).toEqual(new Set(["2"]));
    const ZipFile = await zip({ "index.js": handler() });
    await functions.client.send(new sdk.UpdateFunctionCodeCommand({ FunctionName: name, ZipFile }));
    await cloud.clock.advance({ minutes: 2 });
    expect(got.slice(-2)).toEqual(["2", "3"]);
    expect((await shown()).LastProcessingResult).toBe("OK");
  });

  it("is given up after so many retries, and the destination is told", async () => {
    const { TableName, arn } = await newTable();
    const { QueueUrl, arn: Destination } = await newQueue();
    await map(await functions.create(handler("n === 1")), arn, {
      MaximumRetryAttempts: 2,
      DestinationConfig: { OnFailure: { Destination } },
    });
    await write(TableName, 1);
    await cloud.idle();
    await cloud.clock.advance({ minutes: 1 });
    await write(TableName, 2);
    await cloud.idle();
    expect(got).toEqual(["1", "1", "1", "2"]);
    const [message] = await messages(QueueUrl);
    expect(message).toEqual({
      requestContext: {
        requestId: expect.any(String),
        functionArn: expect.stringMatching(/:function:f\d+$/),
        condition: "RetryAttemptsExhausted",
        approximateInvokeCount: 3,
      },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      version: "1.0",
      timestamp: expect.stringMatching(/Z$/),
      DDBStreamBatchInfo: {
        shardId: expect.stringMatching(/^shardId-/),
        startSequenceNumber: expect.stringMatching(/^\d{21}$/),
        endSequenceNumber: message?.DDBStreamBatchInfo?.startSequenceNumber,
        approximateArrivalOfFirstRecord: expect.stringMatching(/:\d\dZ$/),
        approximateArrivalOfLastRecord: expect.stringMatching(/:\d\dZ$/),
        batchSize: 1,
        streamArn: arn,
      },
    });
  });

  it("is given up when its records are too old, and kept in a bucket", async () => {
    const { TableName, arn } = await newTable();
    const s3 = cloud.client(S3Client);
    await s3.send(new CreateBucketCommand({ Bucket: "given-up" }));
    const { UUID } = await map(await functions.create(handler("n === 1")), arn, {
      MaximumRecordAgeInSeconds: 60,
      DestinationConfig: { OnFailure: { Destination: "arn:aws:s3:::given-up" } },
    });
    await write(TableName, 1);
    await cloud.idle();
    await cloud.clock.advance({ minutes: 3 });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "given-up" }));
    expect(Contents).toHaveLength(1);
    const { Key = "" } = Contents[0] ?? {};
    expect(Key).toMatch(
      new RegExp(`^aws/lambda/${UUID}/shardId-[^/]+/\\d{4}/\\d\\d/\\d\\d/\\d{4}-\\d\\d-\\d\\dT\\d\\d\\.`),
    );
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "given-up", Key }));
    const kept = JSON.parse((await Body?.transformToString()) ?? "");
    expect(kept.requestContext.condition).toBe("RecordAgeExceeded");
    expect(JSON.parse(kept.payload).Records[0].dynamodb.NewImage.n).toEqual({ N: "1" });
  });

  it("is split in two, where the mapping says so, until the bad record is alone", async () => {
    const { TableName, arn } = await newTable();
    const { QueueUrl, arn: Destination } = await newQueue();
    await write(TableName, 1, 2, 3, 4);
    await map(await functions.create(handler("n === 3")), arn, {
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination } },
    });
    await cloud.idle();
    expect(got).toEqual(["1 2 3 4", "1 2", "3 4", "3", "4"]);
    const [message] = await messages(QueueUrl);
    expect(message?.DDBStreamBatchInfo?.batchSize).toBe(1);
  });

  it("goes on from the record that the function says it failed on", async () => {
    const { TableName, arn } = await newTable();
    const { QueueUrl, arn: Destination } = await newQueue();
    await write(TableName, 1, 2, 3, 4);
    await map(await functions.create(handler("false", "n === 3")), arn, {
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination } },
    });
    await cloud.idle();
    await cloud.clock.advance({ seconds: 10 });
    expect(got).toEqual(["1 2 3 4", "3 4"]);
    const [message] = await messages(QueueUrl);
    expect(message?.DDBStreamBatchInfo?.batchSize).toBe(2);
    expect(message?.responseContext).toEqual({ statusCode: 200, executedVersion: "$LATEST" });
  });
});

describe("UpdateEventSourceMapping, DeleteEventSourceMapping", () => {
  it("stop reading, and go on where it stopped", async () => {
    const { TableName, arn } = await newTable();
    const { UUID } = await map(await functions.create(handler()), arn);
    await write(TableName, 1);
    await cloud.idle();
    const update = (Enabled: boolean) =>
      functions.client.send(new sdk.UpdateEventSourceMappingCommand({ UUID, Enabled }));
    await update(false);
    await write(TableName, 2);
    await cloud.idle();
    expect(got).toEqual(["1"]);
    await update(true);
    await cloud.idle();
    expect(got).toEqual(["1", "2"]);
    await functions.client.send(new sdk.DeleteEventSourceMappingCommand({ UUID }));
    await write(TableName, 3);
    await cloud.idle();
    expect(got).toEqual(["1", "2"]);
  });

  it("comes to its end with the stream", async () => {
    const { TableName, arn } = await newTable();
    const { UUID } = await map(await functions.create(handler()), arn);
    await write(TableName, 1);
    await client.send(new dynamo.DeleteTableCommand({ TableName }));
    await cloud.idle();
    expect(got).toEqual(["1"]);
    await cloud.clock.advance({ hours: 30 });
    const shown = await functions.client.send(new sdk.GetEventSourceMappingCommand({ UUID }));
    expect(shown.State).toBe("Enabled");
  });
});

describe("a cloud that starts again", () => {
  it("goes on where it stopped, and misses nothing", async () => {
    const directory = mkdtempSync(join(tmpdir(), "brume-streams-"));
    const first = await startCloud({ data: directory });
    const one = { functions, client };
    [functions, client] = [new Functions(first), first.client(dynamo.DynamoDBClient)];
    const { TableName, arn } = await newTable();
    const { UUID } = await map(await functions.create(handler("n > 5")), arn, { StartingPosition: "LATEST" });
    await write(TableName, 1);
    await first.idle();
    await write(TableName, 6);
    await first.idle();
    await first.close();

    await using second = await startCloud({ data: directory });
    const texts: string[] = [];
    second.kernel.events.on("functionLog", ({ message }) => {
      const [, text] = /\tgot (.*)/.exec(message) ?? [];
      if (text !== undefined) texts.push(text);
    });
    [functions, client] = [new Functions(second), second.client(dynamo.DynamoDBClient)];
    await second.clock.advance({ seconds: 1 });
    expect(texts[0]).toBe("6");
    await functions.client.send(new sdk.UpdateEventSourceMappingCommand({ UUID, MaximumRetryAttempts: 0 }));
    await second.clock.advance({ minutes: 5 });
    await write(TableName, 2);
    await second.idle();
    expect(texts).not.toContain("1");
    expect(texts.at(-1)).toBe("2");
    ({ functions, client } = one);
    rmSync(directory, { recursive: true, force: true });
  });
});

describe("a stack with a table whose changes a function gets", () => {
  it("works as soon as it is deployed", async () => {
    const [stack] = await cloud.deploy({
      Resources: {
        Table: {
          Type: "AWS::DynamoDB::Table",
          Properties: {
            TableName: "deployed-source",
            KeySchema: [{ AttributeName: "p", KeyType: "HASH" }],
            AttributeDefinitions: [{ AttributeName: "p", AttributeType: "S" }],
            BillingMode: "PAY_PER_REQUEST",
            StreamSpecification: { StreamViewType: "NEW_IMAGE" },
          },
        },
        Role: {
          Type: "AWS::IAM::Role",
          Properties: {
            AssumeRolePolicyDocument: {
              Version: "2012-10-17",
              Statement: [
                { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } },
              ],
            },
          },
        },
        Policy: {
          Type: "AWS::IAM::Policy",
          Properties: {
            PolicyName: "reads-stream",
            Roles: [{ Ref: "Role" }],
            PolicyDocument: {
              Version: "2012-10-17",
              Statement: [
                { Effect: "Allow", Action: "dynamodb:ListStreams", Resource: "*" },
                {
                  Effect: "Allow",
                  Action: ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
                  Resource: { "Fn::GetAtt": ["Table", "StreamArn"] },
                },
              ],
            },
          },
        },
        Function: {
          Type: "AWS::Lambda::Function",
          DependsOn: ["Policy", "Role"],
          Properties: {
            Runtime: "nodejs20.x",
            Handler: "index.handler",
            Role: { "Fn::GetAtt": ["Role", "Arn"] },
            Code: { ZipFile: handler() },
          },
        },
        Mapping: {
          Type: "AWS::Lambda::EventSourceMapping",
          Properties: {
            FunctionName: { Ref: "Function" },
            EventSourceArn: { "Fn::GetAtt": ["Table", "StreamArn"] },
            StartingPosition: "LATEST",
            BatchSize: 5,
            BisectBatchOnFunctionError: true,
            MaximumRetryAttempts: 10,
          },
        },
      },
      Outputs: { Stream: { Value: { "Fn::GetAtt": ["Table", "StreamArn"] } } },
    });
    expect(stack?.outputs.Stream).toContain(":table/deployed-source/stream/");
    await write("deployed-source", 7);
    await cloud.idle();
    expect(got).toEqual(["7"]);
  });
});
