import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sdk from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let dynamo: sdk.DynamoDBClient;
let documents: DynamoDBDocument;
beforeAll(async () => {
  cloud = await startCloud();
  dynamo = cloud.client(sdk.DynamoDBClient);
  documents = DynamoDBDocument.from(dynamo);
});
afterAll(() => cloud.close());

let count = 0;
const simple = (): sdk.CreateTableInput => ({
  TableName: `table-${count++}`,
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [{ AttributeName: "p", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "p", KeyType: "HASH" }],
});
async function newTable(more: Partial<sdk.CreateTableInput> = {}): Promise<{ TableName: string; arn: string }> {
  const { TableDescription } = await dynamo.send(new sdk.CreateTableCommand({ ...simple(), ...more }));
  return { TableName: TableDescription?.TableName as string, arn: TableDescription?.TableArn as string };
}
const table = async (TableName: string) => (await dynamo.send(new sdk.DescribeTableCommand({ TableName }))).Table;
const updateTable = (input: sdk.UpdateTableInput) => dynamo.send(new sdk.UpdateTableCommand(input));
const invalid = (message: string) => ({ name: "ValidationException", message });

describe("CreateTable", () => {
  it("makes a table that waiters find at once", async () => {
    const { TableName } = await newTable();
    const { state } = await sdk.waitUntilTableExists({ client: dynamo, maxWaitTime: 30 }, { TableName });
    expect(state).toBe("SUCCESS");
  });

  it("rejects a name that is taken", async () => {
    const { TableName } = await newTable();
    const again = newTable({ TableName });
    await expect(again).rejects.toThrow(sdk.ResourceInUseException);
    await expect(again).rejects.toThrow(`Table already exists: ${TableName}`);
  });

  it("checks definitions in AWS's words", async () => {
    const more = [
      { AttributeName: "p", AttributeType: "S" as const },
      { AttributeName: "x", AttributeType: "N" as const },
    ];
    const index = { IndexName: "index", Projection: { ProjectionType: "ALL" as const } };
    const of = (message: string) => `One or more parameter values were invalid: ${message}`;
    const cases: [Partial<sdk.CreateTableInput>, string][] = [
      [
        { AttributeDefinitions: more },
        of(
          "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions",
        ),
      ],
      [
        { KeySchema: [{ AttributeName: "q", KeyType: "HASH" }] },
        of("Some index key attributes are not defined in AttributeDefinitions. Keys: [q], AttributeDefinitions: [p]"),
      ],
      [
        { KeySchema: [{ AttributeName: "p", KeyType: "RANGE" }] },
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
      ],
      [
        { BillingMode: "PROVISIONED" },
        of("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"),
      ],
      [
        { ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } },
        of("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"),
      ],
      [
        { TableName: "xy" },
        "1 validation error detected: Value 'xy' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
      ],
      [
        {
          AttributeDefinitions: more,
          LocalSecondaryIndexes: [
            {
              ...index,
              KeySchema: [
                { AttributeName: "p", KeyType: "HASH" },
                { AttributeName: "x", KeyType: "RANGE" },
              ],
            },
          ],
        },
        of("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"),
      ],
      [
        {
          AttributeDefinitions: more,
          GlobalSecondaryIndexes: [
            {
              ...index,
              Projection: { ProjectionType: "INCLUDE" },
              KeySchema: [{ AttributeName: "x", KeyType: "HASH" }],
            },
          ],
        },
        of("ProjectionType is INCLUDE, but NonKeyAttributes is not specified"),
      ],
    ];
    for (const [changed, message] of cases) await expect(newTable(changed)).rejects.toMatchObject(invalid(message));
  });

  it("refuses what is not built", async () => {
    const asked = newTable({ GlobalTableSourceArn: "arn:aws:dynamodb:us-east-1:111111111111:table/x" });
    await expect(asked).rejects.toMatchObject({ name: "NotImplemented", $metadata: { httpStatusCode: 501 } });
  });
});

describe("DescribeTable", () => {
  it("describes everything that was asked for", async () => {
    const { TableName, arn } = await newTable({
      BillingMode: "PROVISIONED",
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 },
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
      SSESpecification: { Enabled: true, SSEType: "KMS" },
      TableClass: "STANDARD_INFREQUENT_ACCESS",
      DeletionProtectionEnabled: true,
    });
    await documents.put({ TableName, Item: { p: "a", v: "bc" } });
    const described = await table(TableName);
    expect(described).toMatchObject({
      TableName,
      TableStatus: "ACTIVE",
      ItemCount: 1,
      TableSizeBytes: 5,
      TableArn: `arn:aws:dynamodb:us-east-1:000000000000:table/${TableName}`,
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6, NumberOfDecreasesToday: 0 },
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
      SSEDescription: { Status: "ENABLED", SSEType: "KMS" },
      TableClassSummary: { TableClass: "STANDARD_INFREQUENT_ACCESS" },
      DeletionProtectionEnabled: true,
    });
    expect(described?.LatestStreamArn).toBe(`${arn}/stream/${described?.LatestStreamLabel}`);
    expect(described?.BillingModeSummary).toBeUndefined();
    expect((await table(arn))?.TableName).toBe(TableName);
  });

  it("names the table that is not there", async () => {
    const missing = table("missing");
    await expect(missing).rejects.toThrow(sdk.ResourceNotFoundException);
    await expect(missing).rejects.toThrow("Requested resource not found: Table: missing not found");
  });
});

describe("a cloud that starts again", () => {
  it("has its tables and items, and expires them", async () => {
    const data = mkdtempSync(join(tmpdir(), "brume-dynamodb-"));
    try {
      const open = async () => {
        const opened = await startCloud({ data });
        return { opened, documents: DynamoDBDocument.from(opened.client(sdk.DynamoDBClient)) };
      };
      const first = await open();
      const input = simple();
      const { TableName } = input;
      await first.documents.send(new sdk.CreateTableCommand(input));
      await first.documents.send(
        new sdk.UpdateTimeToLiveCommand({
          TableName,
          TimeToLiveSpecification: { AttributeName: "until", Enabled: true },
        }),
      );
      const until = Math.floor(first.opened.clock.now() / 1000) + 3600;
      await first.documents.put({ TableName, Item: { p: "a", until, bytes: new Uint8Array([1, 2]) } });
      await first.opened.close();
      const second = await open();
      const read = async () => (await second.documents.get({ TableName, Key: { p: "a" } })).Item;
      expect(await read()).toEqual({ p: "a", until, bytes: new Uint8Array([1, 2]) });
      await second.opened.clock.advance({ hours: 2 });
      expect(await read()).toBeUndefined();
      await second.opened.close();
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  });
});

describe("ListTables", () => {
  it("pages in the order of names", async () => {
    const other = cloud.client(sdk.DynamoDBClient, { region: "eu-west-1" });
    for (const name of ["ccc", "aaa", "bbb"]) {
      await other.send(new sdk.CreateTableCommand({ ...simple(), TableName: name }));
    }
    const first = await other.send(new sdk.ListTablesCommand({ Limit: 2 }));
    expect(first).toMatchObject({ TableNames: ["aaa", "bbb"], LastEvaluatedTableName: "bbb" });
    const second = await other.send(new sdk.ListTablesCommand({ ExclusiveStartTableName: "bbb", Limit: 2 }));
    expect(second.TableNames).toEqual(["ccc"]);
    expect(second.LastEvaluatedTableName).toBeUndefined();
  });
});

describe("DeleteTable", () => {
  it("takes the items with it, and is held back by protection", async () => {
    const { TableName } = await newTable({ DeletionProtectionEnabled: true });
    await documents.put({ TableName, Item: { p: "a" } });
    const remove = () => dynamo.send(new sdk.DeleteTableCommand({ TableName }));
    await expect(remove()).rejects.toThrow("protected against deletion");
    await updateTable({ TableName, DeletionProtectionEnabled: false });
    expect((await remove()).TableDescription?.TableStatus).toBe("DELETING");
    await sdk.waitUntilTableNotExists({ client: dynamo, maxWaitTime: 30 }, { TableName });
    await newTable({ TableName });
    expect((await documents.scan({ TableName })).Count).toBe(0);
  });
});

describe("UpdateTable", () => {
  it("fills an index that is added from the items that are there, and drops it", async () => {
    const { TableName } = await newTable();
    await documents.put({ TableName, Item: { p: "a", x: 1, y: "kept" } });
    await documents.put({ TableName, Item: { p: "b", x: "no number" } });
    await updateTable({
      TableName,
      AttributeDefinitions: [{ AttributeName: "x", AttributeType: "N" }],
      GlobalSecondaryIndexUpdates: [
        {
          Create: {
            IndexName: "by-x",
            KeySchema: [{ AttributeName: "x", KeyType: "HASH" }],
            Projection: { ProjectionType: "ALL" },
          },
        },
      ],
    });
    const read = () =>
      documents.query({
        TableName,
        IndexName: "by-x",
        KeyConditionExpression: "x = :x",
        ExpressionAttributeValues: { ":x": 1 },
      });
    expect((await read()).Items).toEqual([{ p: "a", x: 1, y: "kept" }]);
    expect((await table(TableName))?.GlobalSecondaryIndexes?.[0]).toMatchObject({
      IndexStatus: "ACTIVE",
      ItemCount: 1,
    });
    await expect(documents.put({ TableName, Item: { p: "c", x: "text" } })).rejects.toMatchObject(
      invalid(
        "One or more parameter values were invalid: Type mismatch for Index Key x Expected: N Actual: S IndexName: by-x",
      ),
    );
    await updateTable({ TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: "by-x" } }] });
    const after = await table(TableName);
    expect(after?.GlobalSecondaryIndexes).toBeUndefined();
    expect(after?.AttributeDefinitions).toHaveLength(1);
    await expect(read()).rejects.toThrow("The table does not have the specified index: by-x");
  });

  it("switches billing, streams, encryption and replicas", async () => {
    const { TableName } = await newTable();
    await updateTable({
      TableName,
      BillingMode: "PROVISIONED",
      ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 },
    });
    await updateTable({ TableName, StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" } });
    expect(await table(TableName)).toMatchObject({
      BillingModeSummary: { BillingMode: "PROVISIONED" },
      ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 },
      StreamSpecification: { StreamEnabled: true, StreamViewType: "KEYS_ONLY" },
    });
    await updateTable({ TableName, StreamSpecification: { StreamEnabled: false } });
    const after = await table(TableName);
    expect(after?.StreamSpecification).toBeUndefined();
    expect(after?.LatestStreamArn).toContain("/stream/");
    await expect(updateTable({ TableName })).rejects.toThrow("At least one of ProvisionedThroughput");
  });
});

describe("TagResource, UntagResource, ListTagsOfResource", () => {
  it("sets and takes away tags", async () => {
    const { arn: ResourceArn } = await newTable({ Tags: [{ Key: "a", Value: "1" }] });
    await dynamo.send(new sdk.TagResourceCommand({ ResourceArn, Tags: [{ Key: "b", Value: "2" }] }));
    await dynamo.send(new sdk.UntagResourceCommand({ ResourceArn, TagKeys: ["a"] }));
    const { Tags } = await dynamo.send(new sdk.ListTagsOfResourceCommand({ ResourceArn }));
    expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
  });
});

describe("UpdateTimeToLive, DescribeTimeToLive", () => {
  const expiring = (AttributeName: string, Enabled: boolean) => ({
    TimeToLiveSpecification: { AttributeName, Enabled },
  });

  it("deletes items when their time has come, also those that were there before", async () => {
    const { TableName } = await newTable({
      AttributeDefinitions: [
        { AttributeName: "p", AttributeType: "S" },
        { AttributeName: "g", AttributeType: "S" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "by-g",
          KeySchema: [{ AttributeName: "g", KeyType: "HASH" }],
          Projection: { ProjectionType: "ALL" },
        },
      ],
    });
    const now = Math.floor(cloud.clock.now() / 1000);
    await documents.put({ TableName, Item: { p: "before", g: "x", until: now + 100 } });
    await dynamo.send(new sdk.UpdateTimeToLiveCommand({ TableName, ...expiring("until", true) }));
    await documents.put({ TableName, Item: { p: "after", g: "x", until: now + 50 } });
    await documents.put({ TableName, Item: { p: "moved", g: "x", until: now + 50 } });
    await documents.put({ TableName, Item: { p: "moved", g: "x", until: now + 500 } });
    await documents.put({ TableName, Item: { p: "long ago", g: "x", until: now - 6 * 365 * 24 * 3600 } });
    await documents.put({ TableName, Item: { p: "text", g: "x", until: String(now) } });
    const left = async (IndexName?: string) =>
      (await documents.scan({ TableName, IndexName })).Items?.map(({ p }) => p).sort();
    expect(await left()).toEqual(["after", "before", "long ago", "moved", "text"]);
    await cloud.clock.advance({ seconds: 60 });
    expect(await left()).toEqual(["before", "long ago", "moved", "text"]);
    await cloud.clock.advance({ seconds: 60 });
    expect(await left()).toEqual(["long ago", "moved", "text"]);
    expect(await left("by-g")).toEqual(["long ago", "moved", "text"]);
    await dynamo.send(new sdk.UpdateTimeToLiveCommand({ TableName, ...expiring("until", false) }));
    await cloud.clock.advance({ hours: 1 });
    expect(await left()).toEqual(["long ago", "moved", "text"]);
  });

  it("says which attribute is active, and rejects what is so already", async () => {
    const { TableName } = await newTable();
    const status = async () =>
      (await dynamo.send(new sdk.DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;
    const set = (name: string, enabled: boolean) =>
      dynamo.send(new sdk.UpdateTimeToLiveCommand({ TableName, ...expiring(name, enabled) }));
    expect(await status()).toEqual({ TimeToLiveStatus: "DISABLED" });
    await expect(set("until", false)).rejects.toMatchObject(invalid("TimeToLive is already disabled"));
    await set("until", true);
    expect(await status()).toEqual({ TimeToLiveStatus: "ENABLED", AttributeName: "until" });
    await expect(set("until", true)).rejects.toMatchObject(invalid("TimeToLive is already enabled"));
  });
});

describe("UpdateContinuousBackups, DescribeContinuousBackups", () => {
  it("turns point-in-time recovery on and off", async () => {
    const { TableName } = await newTable();
    const set = (PointInTimeRecoveryEnabled: boolean) =>
      dynamo.send(
        new sdk.UpdateContinuousBackupsCommand({
          TableName,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled },
        }),
      );
    const status = async () =>
      (await dynamo.send(new sdk.DescribeContinuousBackupsCommand({ TableName }))).ContinuousBackupsDescription
        ?.PointInTimeRecoveryDescription;
    expect(await status()).toEqual({ PointInTimeRecoveryStatus: "DISABLED" });
    await set(true);
    expect(await status()).toMatchObject({ PointInTimeRecoveryStatus: "ENABLED", RecoveryPeriodInDays: 35 });
    await set(false);
    expect(await status()).toEqual({ PointInTimeRecoveryStatus: "DISABLED" });
    await expect(dynamo.send(new sdk.DescribeContinuousBackupsCommand({ TableName: "missing" }))).rejects.toThrow(
      sdk.TableNotFoundException,
    );
  });
});

describe("UpdateContributorInsights, DescribeContributorInsights, ListContributorInsights", () => {
  it("record whether they are wanted", async () => {
    const { TableName } = await newTable();
    await dynamo.send(new sdk.UpdateContributorInsightsCommand({ TableName, ContributorInsightsAction: "ENABLE" }));
    const described = await dynamo.send(new sdk.DescribeContributorInsightsCommand({ TableName }));
    expect(described).toMatchObject({ TableName, ContributorInsightsStatus: "ENABLED" });
    const listed = await dynamo.send(new sdk.ListContributorInsightsCommand({ TableName }));
    expect(listed.ContributorInsightsSummaries).toEqual([
      {
        TableName,
        ContributorInsightsStatus: "ENABLED",
        ContributorInsightsMode: "ACCESSED_AND_THROTTLED_KEYS",
      },
    ]);
  });
});

describe("PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy", () => {
  it("keeps one policy with its revision", async () => {
    const { arn: ResourceArn } = await newTable();
    const get = () => dynamo.send(new sdk.GetResourcePolicyCommand({ ResourceArn }));
    await expect(get()).rejects.toThrow(sdk.PolicyNotFoundException);
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    const { RevisionId } = await dynamo.send(new sdk.PutResourcePolicyCommand({ ResourceArn, Policy }));
    expect(await get()).toMatchObject({ Policy, RevisionId });
    await expect(
      dynamo.send(new sdk.PutResourcePolicyCommand({ ResourceArn, Policy, ExpectedRevisionId: "other" })),
    ).rejects.toThrow(sdk.PolicyNotFoundException);
    await dynamo.send(new sdk.DeleteResourcePolicyCommand({ ResourceArn, ExpectedRevisionId: RevisionId }));
    await expect(get()).rejects.toThrow(sdk.PolicyNotFoundException);
    const put = (policy: string) => dynamo.send(new sdk.PutResourcePolicyCommand({ ResourceArn, Policy: policy }));
    await expect(put("none")).rejects.toThrow("Policy document is malformed");
    await expect(put(JSON.stringify({ Id: "x".repeat(20 * 1024) }))).rejects.toThrow("maximum allowed size of 20 KB");
  });

  it("keep those of a table and of its stream apart, as tags are", async () => {
    const { arn, TableName } = await newTable();
    const StreamSpecification = { StreamEnabled: true, StreamViewType: "KEYS_ONLY" as const };
    const { TableDescription } = await dynamo.send(new sdk.UpdateTableCommand({ TableName, StreamSpecification }));
    const ResourceArn = TableDescription?.LatestStreamArn as string;
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    await dynamo.send(new sdk.PutResourcePolicyCommand({ ResourceArn, Policy }));
    expect((await dynamo.send(new sdk.GetResourcePolicyCommand({ ResourceArn }))).Policy).toBe(Policy);
    await expect(dynamo.send(new sdk.GetResourcePolicyCommand({ ResourceArn: arn }))).rejects.toThrow(
      sdk.PolicyNotFoundException,
    );
    await dynamo.send(new sdk.TagResourceCommand({ ResourceArn, Tags: [{ Key: "of", Value: "stream" }] }));
    const tags = async (of: string) => (await dynamo.send(new sdk.ListTagsOfResourceCommand({ ResourceArn: of }))).Tags;
    expect([await tags(ResourceArn), await tags(arn)]).toEqual([[{ Key: "of", Value: "stream" }], []]);
    await dynamo.send(new sdk.DeleteResourcePolicyCommand({ ResourceArn }));
    await dynamo.send(new sdk.UntagResourceCommand({ ResourceArn, TagKeys: ["of"] }));
    expect(await tags(ResourceArn)).toEqual([]);
  });
});

describe("DescribeLimits, DescribeEndpoints", () => {
  it("answers the account's limits and this cloud's address", async () => {
    expect(await dynamo.send(new sdk.DescribeLimitsCommand({}))).toMatchObject({ TableMaxReadCapacityUnits: 40_000 });
    const { Endpoints } = await dynamo.send(new sdk.DescribeEndpointsCommand({}));
    expect(`http://${Endpoints?.[0]?.Address}`).toBe(cloud.endpoint);
  });
});

describe("EnableKinesisStreamingDestination, UpdateKinesisStreamingDestination, DisableKinesisStreamingDestination, DescribeKinesisStreamingDestination", () => {
  it("record what the changes are for", async () => {
    const { TableName } = await newTable();
    const StreamArn = "arn:aws:kinesis:us-east-1:000000000000:stream/some";
    const target = { TableName, StreamArn };
    const precision = (ApproximateCreationDateTimePrecision: "MICROSECOND" | "MILLISECOND") => ({
      ApproximateCreationDateTimePrecision,
    });
    const enabled = await dynamo.send(
      new sdk.EnableKinesisStreamingDestinationCommand({
        ...target,
        EnableKinesisStreamingConfiguration: precision("MICROSECOND"),
      }),
    );
    expect(enabled.DestinationStatus).toBe("ENABLING");
    await expect(dynamo.send(new sdk.EnableKinesisStreamingDestinationCommand(target))).rejects.toThrow(
      sdk.ResourceInUseException,
    );
    const update = () =>
      dynamo.send(
        new sdk.UpdateKinesisStreamingDestinationCommand({
          ...target,
          UpdateKinesisStreamingConfiguration: precision("MILLISECOND"),
        }),
      );
    await update();
    await expect(update()).rejects.toThrow("Precision is already set to the desired value of MILLISECOND");
    const described = () => dynamo.send(new sdk.DescribeKinesisStreamingDestinationCommand({ TableName }));
    expect((await described()).KinesisDataStreamDestinations).toEqual([
      { StreamArn, DestinationStatus: "ACTIVE", ...precision("MILLISECOND") },
    ]);
    const disable = () => dynamo.send(new sdk.DisableKinesisStreamingDestinationCommand(target));
    expect((await disable()).DestinationStatus).toBe("DISABLING");
    await expect(disable()).rejects.toThrow(sdk.ResourceNotFoundException);
    expect((await described()).KinesisDataStreamDestinations).toMatchObject([{ DestinationStatus: "DISABLED" }]);
  });
});
