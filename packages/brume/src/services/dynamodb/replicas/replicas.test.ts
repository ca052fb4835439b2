import * as sdk from "@aws-sdk/client-dynamodb";
import * as streamSdk from "@aws-sdk/client-dynamodb-streams";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";

let cloud: RunningCloud;
/** The same account in two other regions, and where the cloud is by default. */
let here: sdk.DynamoDBClient;
let there: sdk.DynamoDBClient;
let third: sdk.DynamoDBClient;
beforeAll(async () => {
  cloud = await startCloud();
  here = cloud.client(sdk.DynamoDBClient);
  there = cloud.client(sdk.DynamoDBClient, { region: "eu-west-1" });
  third = cloud.client(sdk.DynamoDBClient, { region: "ap-south-1" });
});
afterAll(() => cloud.close());

let count = 0;
async function newTable(more: Partial<sdk.CreateTableCommandInput> = {}): Promise<string> {
  const TableName = `global-${count++}`;
  await here.send(
    new sdk.CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "p", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "p", KeyType: "HASH" }],
      ...more,
    }),
  );
  return TableName;
}
const update = (client: sdk.DynamoDBClient, input: sdk.UpdateTableCommandInput) =>
  client.send(new sdk.UpdateTableCommand(input));
const add = (TableName: string, RegionName: string, more: object = {}) =>
  update(here, { TableName, ReplicaUpdates: [{ Create: { RegionName, ...more } }] });
const remove = (client: sdk.DynamoDBClient, TableName: string, RegionName: string) =>
  update(client, { TableName, ReplicaUpdates: [{ Delete: { RegionName } }] });
const table = async (client: sdk.DynamoDBClient, TableName: string) =>
  (await client.send(new sdk.DescribeTableCommand({ TableName }))).Table as sdk.TableDescription;
const put = (client: sdk.DynamoDBClient, TableName: string, p: string, v: number, more: object = {}) =>
  DynamoDBDocument.from(client).put({ TableName, Item: { p, v, ...more } });
/** What a table holds, in short. */
const content = async (client: sdk.DynamoDBClient, TableName: string) =>
  ((await DynamoDBDocument.from(client).scan({ TableName })).Items ?? [])
    .map(({ p, v }) => `${p}=${v}`)
    .sort()
    .join(" ");

/** The events of a table's stream, in short. */
async function changes(region: string, StreamArn: string | undefined): Promise<string[]> {
  const client = cloud.client(streamSdk.DynamoDBStreamsClient, { region });
  const { StreamDescription } = await client.send(new streamSdk.DescribeStreamCommand({ StreamArn }));
  const found: streamSdk._Record[] = [];
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const input = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" as const };
    const { ShardIterator } = await client.send(new streamSdk.GetShardIteratorCommand(input));
    const { Records = [] } = await client.send(new streamSdk.GetRecordsCommand({ ShardIterator }));
    found.push(...Records);
  }
  const sequence = ({ dynamodb }: streamSdk._Record) => dynamodb?.SequenceNumber ?? "";
  return found
    .sort((a, b) => (sequence(a) < sequence(b) ? -1 : 1))
    .map(({ eventName, awsRegion, dynamodb, userIdentity }) =>
      [eventName, awsRegion, dynamodb?.Keys?.p?.S, userIdentity?.PrincipalId ?? ""].join(" ").trim(),
    );
}

describe("UpdateTable, with replicas", () => {
  it("makes tables in other regions that hold the same items, whoever writes", async () => {
    const TableName = await newTable();
    await put(here, TableName, "a", 1);
    await add(TableName, "eu-west-1");
    expect(await content(there, TableName)).toBe("a=1");
    await put(there, TableName, "b", 2);
    await update(there, { TableName, ReplicaUpdates: [{ Create: { RegionName: "ap-south-1" } }] });
    await put(third, TableName, "a", 3);
    await DynamoDBDocument.from(here).transactWrite({
      TransactItems: [{ Put: { TableName, Item: { p: "c", v: 4 } } }, { Delete: { TableName, Key: { p: "b" } } }],
    });
    for (const client of [here, there, third]) expect(await content(client, TableName)).toBe("a=3 c=4");
  });

  it("tells of the other replicas", async () => {
    const TableName = await newTable({ Tags: [{ Key: "k", Value: "v" }] });
    await add(TableName, "eu-west-1", { TableClassOverride: "STANDARD_INFREQUENT_ACCESS" });
    const [one, other] = [await table(here, TableName), await table(there, TableName)];
    expect(one).toMatchObject({
      GlobalTableVersion: "2019.11.21",
      MultiRegionConsistency: "EVENTUAL",
      Replicas: [
        {
          RegionName: "eu-west-1",
          ReplicaStatus: "ACTIVE",
          ReplicaTableClassSummary: { TableClass: "STANDARD_INFREQUENT_ACCESS" },
        },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    });
    expect(other).toMatchObject({
      TableArn: `arn:aws:dynamodb:eu-west-1:000000000000:table/${TableName}`,
      Replicas: [{ RegionName: "us-east-1", ReplicaStatus: "ACTIVE" }],
      TableClassSummary: { TableClass: "STANDARD_INFREQUENT_ACCESS" },
    });
    expect(other.LatestStreamArn).toContain(":eu-west-1:");
    expect(other.TableId).not.toBe(one.TableId);
    const { Tags } = await there.send(new sdk.ListTagsOfResourceCommand({ ResourceArn: other.TableArn }));
    expect(Tags).toEqual([]);
  });

  it("keeps indexes, billing and time to live in step, and read capacity apart", async () => {
    const TableName = await newTable({
      BillingMode: "PROVISIONED",
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
    });
    await put(here, TableName, "a", 1, { g: "x" });
    await add(TableName, "eu-west-1", { ProvisionedThroughputOverride: { ReadCapacityUnits: 9 } });
    await update(there, {
      TableName,
      AttributeDefinitions: [{ AttributeName: "g", AttributeType: "S" }],
      GlobalSecondaryIndexUpdates: [
        {
          Create: {
            IndexName: "by-g",
            KeySchema: [{ AttributeName: "g", KeyType: "HASH" }],
            Projection: { ProjectionType: "ALL" },
            ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 2 },
          },
        },
      ],
    });
    const query = {
      TableName,
      IndexName: "by-g",
      KeyConditionExpression: "g = :g",
      ExpressionAttributeValues: { ":g": "x" },
    };
    for (const client of [here, there]) expect((await DynamoDBDocument.from(client).query(query)).Count).toBe(1);
    await update(here, { TableName, ProvisionedThroughput: { ReadCapacityUnits: 7, WriteCapacityUnits: 8 } });
    expect((await table(here, TableName)).ProvisionedThroughput).toMatchObject({
      ReadCapacityUnits: 7,
      WriteCapacityUnits: 8,
    });
    expect((await table(there, TableName)).ProvisionedThroughput).toMatchObject({
      ReadCapacityUnits: 9,
      WriteCapacityUnits: 8,
    });
    await update(here, {
      TableName,
      ReplicaUpdates: [
        { Update: { RegionName: "eu-west-1", ProvisionedThroughputOverride: { ReadCapacityUnits: 11 } } },
      ],
    });
    expect((await table(there, TableName)).ProvisionedThroughput?.ReadCapacityUnits).toBe(11);
    const TimeToLiveSpecification = { AttributeName: "until", Enabled: true };
    await there.send(new sdk.UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    const { TimeToLiveDescription } = await here.send(new sdk.DescribeTimeToLiveCommand({ TableName }));
    expect(TimeToLiveDescription).toEqual({ AttributeName: "until", TimeToLiveStatus: "ENABLED" });
  });

  it("has a stream in each region, and says of an expired item only in one who deleted it", async () => {
    const TableName = await newTable();
    const TimeToLiveSpecification = { AttributeName: "until", Enabled: true };
    await here.send(new sdk.UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
    await add(TableName, "eu-west-1");
    await put(there, TableName, "a", 1, { until: Math.floor(cloud.clock.now() / 1000) + 60 });
    await cloud.clock.advance({ minutes: 2 });
    for (const client of [here, there]) expect(await content(client, TableName)).toBe("");
    const arns = [(await table(here, TableName)).LatestStreamArn, (await table(there, TableName)).LatestStreamArn];
    const all = [await changes("us-east-1", arns[0]), await changes("eu-west-1", arns[1])];
    expect(all[0]?.map((text) => text.replace(" dynamodb.amazonaws.com", ""))).toEqual([
      "INSERT us-east-1 a",
      "REMOVE us-east-1 a",
    ]);
    expect(all[1]?.map((text) => text.replace(" dynamodb.amazonaws.com", ""))).toEqual([
      "INSERT eu-west-1 a",
      "REMOVE eu-west-1 a",
    ]);
    expect(all.flat().filter((text) => text.endsWith("dynamodb.amazonaws.com"))).toHaveLength(1);
    const off = { TableName, StreamSpecification: { StreamEnabled: false } };
    await expect(update(here, off)).rejects.toThrow("The stream of a table with replicas cannot be disabled");
  });

  it("deletes a replica with its table, which may be any but a fresh one's source", async () => {
    const TableName = await newTable();
    await add(TableName, "eu-west-1");
    await put(here, TableName, "a", 1);
    await expect(here.send(new sdk.DeleteTableCommand({ TableName }))).rejects.toThrow(
      "Replica cannot be deleted because it has acted as a source region",
    );
    await update(there, { TableName, DeletionProtectionEnabled: true });
    await expect(remove(here, TableName, "eu-west-1")).rejects.toThrow("currently protected against deletion");
    await update(there, { TableName, DeletionProtectionEnabled: false });
    await remove(here, TableName, "eu-west-1");
    await expect(table(there, TableName)).rejects.toThrow(sdk.ResourceNotFoundException);
    const left = await table(here, TableName);
    expect([left.Replicas, left.GlobalTableVersion]).toEqual([undefined, undefined]);
    expect(await content(here, TableName)).toBe("a=1");

    await add(TableName, "eu-west-1");
    await cloud.clock.advance({ hours: 25 });
    await here.send(new sdk.DeleteTableCommand({ TableName }));
    expect((await table(there, TableName)).Replicas).toBeUndefined();
    expect(await content(there, TableName)).toBe("a=1");
  });

  it("refuses replicas that cannot be", async () => {
    const TableName = await newTable();
    await expect(add(TableName, "us-east-1")).rejects.toThrow("Cannot add, delete, or update the local region");
    await expect(add(TableName, "nowhere")).rejects.toThrow("Region nowhere is not supported.");
    await expect(remove(here, TableName, "eu-west-1")).rejects.toThrow(
      "Update global table operation failed because one or more replicas were not part of the global table.",
    );
    await add(TableName, "eu-west-1");
    await expect(add(TableName, "eu-west-1")).rejects.toThrow(
      `Failed to create a the new replica of table with name: '${TableName}' because one or more replicas already existed as tables.`,
    );
    const streamed = await newTable({ StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" } });
    await expect(add(streamed, "eu-west-1")).rejects.toThrow("NEW_AND_OLD_IMAGES");
    await expect(update(here, { TableName, MultiRegionConsistency: "STRONG" })).rejects.toMatchObject({
      name: "NotImplemented",
    });
  });
});
