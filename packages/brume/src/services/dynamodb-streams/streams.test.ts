import * as dynamo from "@aws-sdk/client-dynamodb";
import * as sdk from "@aws-sdk/client-dynamodb-streams";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let client: dynamo.DynamoDBClient;
let streams: sdk.DynamoDBStreamsClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(dynamo.DynamoDBClient);
  streams = cloud.client(sdk.DynamoDBStreamsClient);
});
afterAll(() => cloud.close());

const DAY = { hours: 24 };
let count = 0;

/** A table with a stream, unless the view type is left out. */
async function newTable(viewType?: sdk.StreamViewType): Promise<{ TableName: string; StreamArn: string }> {
  const TableName = `streamed-${count++}`;
  const { TableDescription } = await client.send(
    new dynamo.CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "p", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "p", KeyType: "HASH" }],
      ...(viewType ? { StreamSpecification: { StreamEnabled: true, StreamViewType: viewType } } : {}),
    }),
  );
  return { TableName, StreamArn: TableDescription?.LatestStreamArn ?? "" };
}

const put = (TableName: string, p: string, n = 0) =>
  client.send(new dynamo.PutItemCommand({ TableName, Item: { p: { S: p }, n: { N: String(n) } } }));
const describeStream = async (StreamArn: string) =>
  (await streams.send(new sdk.DescribeStreamCommand({ StreamArn }))).StreamDescription as sdk.StreamDescription;
const iterator = async (
  StreamArn: string,
  ShardId: string | undefined,
  ShardIteratorType: sdk.ShardIteratorType = "TRIM_HORIZON",
  SequenceNumber?: string,
) => {
  const input = { StreamArn, ShardId, ShardIteratorType, SequenceNumber };
  return (await streams.send(new sdk.GetShardIteratorCommand(input))).ShardIterator as string;
};
const records = (ShardIterator: string, Limit?: number) =>
  streams.send(new sdk.GetRecordsCommand({ ShardIterator, Limit }));

/** All records of a stream, in the order in which they were written. */
async function allRecords(StreamArn: string): Promise<sdk._Record[]> {
  const found: sdk._Record[] = [];
  for (const { ShardId } of (await describeStream(StreamArn)).Shards ?? []) {
    found.push(...((await records(await iterator(StreamArn, ShardId))).Records ?? []));
  }
  const sequence = ({ dynamodb }: sdk._Record) => dynamodb?.SequenceNumber ?? "";
  return found.sort((a, b) => (sequence(a) < sequence(b) ? -1 : 1));
}

/** What records say, in short: the event, the key, and `n` before and after. */
const summary = (found: sdk._Record[]) =>
  found.map(({ eventName, dynamodb: { Keys, OldImage, NewImage } = {} }) =>
    [eventName, Keys?.p?.S, OldImage?.n?.N ?? "-", NewImage?.n?.N ?? "-"].join(" "),
  );

/** The shard that has the records of a key, and those records. */
async function shardWith(StreamArn: string): Promise<{ ShardId: string; found: sdk._Record[] }> {
  for (const { ShardId = "" } of (await describeStream(StreamArn)).Shards ?? []) {
    const { Records: found = [] } = await records(await iterator(StreamArn, ShardId));
    if (found.length > 0) return { ShardId, found };
  }
  throw new Error("No shard has records.");
}

describe("GetRecords", () => {
  it("has a record of every change, however it is made, and none of what changes nothing", async () => {
    const { TableName, StreamArn } = await newTable("NEW_AND_OLD_IMAGES");
    await put(TableName, "a", 1);
    await put(TableName, "a", 1);
    await client.send(
      new dynamo.UpdateItemCommand({
        TableName,
        Key: { p: { S: "a" } },
        UpdateExpression: "SET n = :n",
        ExpressionAttributeValues: { ":n": { N: "2" } },
      }),
    );
    await client.send(
      new dynamo.BatchWriteItemCommand({
        RequestItems: {
          [TableName]: [
            { PutRequest: { Item: { p: { S: "b" }, n: { N: "3" } } } },
            { DeleteRequest: { Key: { p: { S: "none" } } } },
          ],
        },
      }),
    );
    await client.send(
      new dynamo.TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: { p: { S: "c" }, n: { N: "4" } } } },
          { Delete: { TableName, Key: { p: { S: "b" } } } },
          { ConditionCheck: { TableName, Key: { p: { S: "a" } }, ConditionExpression: "attribute_exists(p)" } },
        ],
      }),
    );
    await client.send(
      new dynamo.ExecuteStatementCommand({ Statement: `UPDATE "${TableName}" SET n = 5 WHERE p = 'c'` }),
    );
    await client.send(new dynamo.DeleteItemCommand({ TableName, Key: { p: { S: "c" } } }));
    await client.send(new dynamo.DeleteItemCommand({ TableName, Key: { p: { S: "c" } } }));
    expect(summary(await allRecords(StreamArn))).toEqual([
      "INSERT a - 1",
      "MODIFY a 1 2",
      "INSERT b - 3",
      "INSERT c - 4",
      "REMOVE b 3 -",
      "MODIFY c 4 5",
      "REMOVE c 5 -",
    ]);
  });

  it("has no record of what failed", async () => {
    const { TableName, StreamArn } = await newTable("KEYS_ONLY");
    const Item = { p: { S: "a" } };
    const put = { TableName, Item, ConditionExpression: "attribute_exists(p)" };
    await expect(client.send(new dynamo.PutItemCommand(put))).rejects.toThrow("The conditional request failed");
    const both = [{ Put: { TableName, Item: { p: { S: "b" } } } }, { Put: put }];
    const writing = client.send(new dynamo.TransactWriteItemsCommand({ TransactItems: both }));
    await expect(writing).rejects.toThrow("Transaction cancelled");
    expect(await allRecords(StreamArn)).toEqual([]);
  });

  it.each([
    ["KEYS_ONLY", false, false],
    ["NEW_IMAGE", false, true],
    ["OLD_IMAGE", true, false],
    ["NEW_AND_OLD_IMAGES", true, true],
  ] as const)("shows of an item what %s says", async (viewType, old, fresh) => {
    const { TableName, StreamArn } = await newTable(viewType);
    await put(TableName, "a", 1);
    await put(TableName, "a", 2);
    const [, record] = await allRecords(StreamArn);
    expect(record).toEqual({
      eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventName: "MODIFY",
      eventVersion: "1.1",
      eventSource: "aws:dynamodb",
      awsRegion: "us-east-1",
      dynamodb: {
        ApproximateCreationDateTime: expect.any(Date),
        Keys: { p: { S: "a" } },
        ...(fresh ? { NewImage: { p: { S: "a" }, n: { N: "2" } } } : {}),
        ...(old ? { OldImage: { p: { S: "a" }, n: { N: "1" } } } : {}),
        SequenceNumber: expect.stringMatching(/^\d{21}$/),
        SizeBytes: 2 + (fresh ? 5 : 0) + (old ? 5 : 0),
        StreamViewType: viewType,
      },
    });
    expect((record?.dynamodb?.ApproximateCreationDateTime?.getTime() ?? 1) % 1000).toBe(0);
  });

  it("says of an item whose time has come who deleted it", async () => {
    const { TableName, StreamArn } = await newTable("OLD_IMAGE");
    const TimeToLiveSpecification = { AttributeName: "n", Enabled: true };
    await client.send(new dynamo.UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    await put(TableName, "a", Math.floor(cloud.clock.now() / 1000) + 60);
    await cloud.clock.advance({ minutes: 2 });
    const [, removed] = await allRecords(StreamArn);
    expect(removed).toMatchObject({
      eventName: "REMOVE",
      userIdentity: { Type: "Service", PrincipalId: "dynamodb.amazonaws.com" },
    });
  });

  it("reads on where it stopped, and keeps the changes of a key in order", async () => {
    const { TableName, StreamArn } = await newTable("NEW_IMAGE");
    for (let n = 1; n <= 7; n++) await put(TableName, "a", n);
    const { ShardId } = await shardWith(StreamArn);
    let next: string | undefined = await iterator(StreamArn, ShardId);
    const found: (string | undefined)[][] = [];
    for (let page = 0; page < 4; page++) {
      const { Records = [], NextShardIterator }: sdk.GetRecordsOutput = await records(next as string, 3);
      found.push(Records.map(({ dynamodb }) => dynamodb?.NewImage?.n?.N));
      next = NextShardIterator;
    }
    expect(found).toEqual([["1", "2", "3"], ["4", "5", "6"], ["7"], []]);
    await put(TableName, "a", 8);
    expect(summary((await records(next as string)).Records ?? [])).toEqual(["MODIFY a - 8"]);
  });

  it("answers at most a mebibyte of records", async () => {
    const { TableName, StreamArn } = await newTable("NEW_IMAGE");
    for (let n = 0; n < 4; n++) {
      const Item = { p: { S: "a" }, n: { N: String(n) }, text: { S: "x".repeat(300_000) } };
      await client.send(new dynamo.PutItemCommand({ TableName, Item }));
    }
    const { ShardId } = await shardWith(StreamArn);
    const first = await records(await iterator(StreamArn, ShardId));
    expect(first.Records).toHaveLength(3);
    expect((await records(first.NextShardIterator as string)).Records).toHaveLength(1);
  });

  it("keeps records for 24 hours", async () => {
    const { TableName, StreamArn } = await newTable("NEW_IMAGE");
    await put(TableName, "a", 1);
    const { ShardId, found } = await shardWith(StreamArn);
    const first = found[0]?.dynamodb?.SequenceNumber as string;
    await cloud.clock.advance({ hours: 23, minutes: 55 });
    await put(TableName, "a", 2);
    const before = await iterator(StreamArn, ShardId, "AT_SEQUENCE_NUMBER", first);
    const horizon = await iterator(StreamArn, ShardId);
    await cloud.clock.advance({ minutes: 10 });
    await expect(records(before)).rejects.toThrow(sdk.TrimmedDataAccessException);
    expect(summary((await records(horizon)).Records ?? [])).toEqual(["MODIFY a - 2"]);
    await expect(iterator(StreamArn, ShardId, "AFTER_SEQUENCE_NUMBER", first)).rejects.toThrow(
      sdk.TrimmedDataAccessException,
    );
    await cloud.clock.advance(DAY);
    expect(await allRecords(StreamArn)).toEqual([]);
    expect(
      cloud.kernel.store.begin().everywhere({ name: "dynamodb/stream-records", scope: "region", cached: false }),
    ).toEqual([]);
  });

  it("refuses iterators that are older than 15 minutes, and what is none", async () => {
    const { StreamArn } = await newTable("NEW_IMAGE");
    const { Shards } = await describeStream(StreamArn);
    const old = await iterator(StreamArn, Shards?.[0]?.ShardId);
    await cloud.clock.advance({ minutes: 14 });
    const { NextShardIterator } = await records(old);
    await cloud.clock.advance({ minutes: 2 });
    await expect(records(old)).rejects.toThrow(sdk.ExpiredIteratorException);
    await records(NextShardIterator as string);
    await expect(records(`${StreamArn}|1|none`)).rejects.toThrow("Invalid ShardIterator");
    await expect(records(old, 1001)).rejects.toThrow("Member must have value less than or equal to 1000");
  });
});

describe("GetShardIterator", () => {
  it("starts at the oldest record, after the newest, at a record or after it", async () => {
    const { TableName, StreamArn } = await newTable("NEW_IMAGE");
    for (let n = 1; n <= 3; n++) await put(TableName, "a", n);
    const { ShardId, found } = await shardWith(StreamArn);
    const second = found[1]?.dynamodb?.SequenceNumber;
    const latest = await iterator(StreamArn, ShardId, "LATEST");
    await put(TableName, "a", 4);
    const read = async (from: string) =>
      (await records(from)).Records?.map(({ dynamodb }) => dynamodb?.NewImage?.n?.N).join("");
    expect(await read(await iterator(StreamArn, ShardId))).toBe("1234");
    expect(await read(latest)).toBe("4");
    expect(await read(await iterator(StreamArn, ShardId, "AT_SEQUENCE_NUMBER", second))).toBe("234");
    expect(await read(await iterator(StreamArn, ShardId, "AFTER_SEQUENCE_NUMBER", second))).toBe("34");
  });

  it("refuses what is not there, and what is missing", async () => {
    const { StreamArn } = await newTable("NEW_IMAGE");
    const { Shards } = await describeStream(StreamArn);
    const ShardId = Shards?.[0]?.ShardId as string;
    await expect(iterator(`${StreamArn}9`, ShardId)).rejects.toThrow(
      `Requested resource not found: Stream: ${StreamArn}9 not found`,
    );
    await expect(iterator("arn:aws:sqs:us-east-1:000000000000:some-queue", ShardId)).rejects.toThrow(
      "Invalid StreamArn",
    );
    await expect(iterator(StreamArn, `${ShardId.slice(0, -1)}x`)).rejects.toThrow(sdk.ResourceNotFoundException);
    await expect(iterator(StreamArn, ShardId, "AT_SEQUENCE_NUMBER")).rejects.toThrow("SequenceNumber is required");
    await expect(iterator(StreamArn, ShardId, "SOMEWHERE" as "LATEST")).rejects.toThrow(
      "Member must satisfy enum value set: [TRIM_HORIZON, LATEST, AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER]",
    );
  });
});

describe("DescribeStream", () => {
  it("describes a stream and its shards, page by page", async () => {
    const { TableName, StreamArn } = await newTable("KEYS_ONLY");
    const described = await describeStream(StreamArn);
    expect(described).toMatchObject({
      StreamArn,
      StreamLabel: StreamArn.split("/").at(-1),
      StreamStatus: "ENABLED",
      StreamViewType: "KEYS_ONLY",
      CreationRequestDateTime: expect.any(Date),
      TableName,
      KeySchema: [{ AttributeName: "p", KeyType: "HASH" }],
    });
    expect(described.LastEvaluatedShardId).toBeUndefined();
    const ids = described.Shards?.map(({ ShardId }) => ShardId);
    expect(new Set(ids).size).toBe(2);
    const first = await streams.send(new sdk.DescribeStreamCommand({ StreamArn, Limit: 1 }));
    expect(first.StreamDescription).toMatchObject({ Shards: [{ ShardId: ids?.[0] }], LastEvaluatedShardId: ids?.[0] });
    const rest = await streams.send(new sdk.DescribeStreamCommand({ StreamArn, ExclusiveStartShardId: ids?.[0] }));
    expect(rest.StreamDescription?.Shards).toEqual([described.Shards?.[1]]);
    const filtered = new sdk.DescribeStreamCommand({
      StreamArn,
      ShardFilter: { Type: "CHILD_SHARDS", ShardId: ids?.[0] },
    });
    expect((await streams.send(filtered)).StreamDescription?.Shards).toEqual([]);
  });

  it("spreads keys over the shards", async () => {
    const { TableName, StreamArn } = await newTable("KEYS_ONLY");
    for (let i = 0; i < 20; i++) await put(TableName, `key-${i}`);
    for (const { ShardId } of (await describeStream(StreamArn)).Shards ?? []) {
      const { Records } = await records(await iterator(StreamArn, ShardId));
      expect(Records?.length).toBeGreaterThan(3);
    }
  });

  it("tells of closed streams for 24 hours, of those of deleted tables too", async () => {
    const { TableName, StreamArn } = await newTable("NEW_IMAGE");
    await put(TableName, "a", 1);
    const { ShardId } = await shardWith(StreamArn);
    const update = (StreamSpecification: dynamo.StreamSpecification) =>
      client.send(new dynamo.UpdateTableCommand({ TableName, StreamSpecification }));
    await update({ StreamEnabled: false });
    await put(TableName, "a", 2);
    const { TableDescription } = await update({ StreamEnabled: true, StreamViewType: "OLD_IMAGE" });
    const second = TableDescription?.LatestStreamArn as string;
    expect(second).not.toBe(StreamArn);
    await put(TableName, "a", 3);

    const closed = await describeStream(StreamArn);
    expect(closed.StreamStatus).toBe("DISABLED");
    expect(closed.Shards?.[0]?.SequenceNumberRange?.EndingSequenceNumber).toMatch(/^\d{21}$/);
    const all = await records(await iterator(StreamArn, ShardId));
    expect(summary(all.Records ?? [])).toEqual(["INSERT a - 1"]);
    expect(all.NextShardIterator).toBeUndefined();
    expect(summary(await allRecords(second))).toEqual(["MODIFY a 2 -"]);

    await client.send(new dynamo.DeleteTableCommand({ TableName }));
    expect(summary(await allRecords(second))).toEqual(["MODIFY a 2 -"]);
    await cloud.clock.advance({ hours: 24, minutes: 1 });
    await expect(describeStream(StreamArn)).rejects.toThrow(sdk.ResourceNotFoundException);
    await expect(describeStream(second)).rejects.toThrow(sdk.ResourceNotFoundException);
  });
});

describe("ListStreams", () => {
  it("lists the streams of a table, and of all, page by page", async () => {
    const { TableName, StreamArn } = await newTable("NEW_IMAGE");
    await newTable();
    const list = (input: sdk.ListStreamsInput) => streams.send(new sdk.ListStreamsCommand(input));
    const own = await list({ TableName });
    expect(own.Streams).toEqual([{ StreamArn, TableName, StreamLabel: StreamArn.split("/").at(-1) }]);
    const { Streams: all = [] } = await list({});
    expect(all.length).toBeGreaterThan(2);
    const paged: (string | undefined)[] = [];
    let start: string | undefined;
    do {
      const page: sdk.ListStreamsOutput = await list({ Limit: 2, ExclusiveStartStreamArn: start });
      paged.push(...(page.Streams ?? []).map((one) => one.StreamArn));
      start = page.LastEvaluatedStreamArn;
    } while (start);
    expect(paged).toEqual(all.map((one) => one.StreamArn));
  });
});
