import * as sdk from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import type { Properties, ResourceContext } from "../../../kernel/resource.js";
import { resourceContext } from "../../testing.js";
import globalTable from "./global-table.js";
import table from "./table.js";

let cloud: RunningCloud;
let dynamo: sdk.DynamoDBClient;
let ctx: ResourceContext;
beforeAll(async () => {
  cloud = await startCloud();
  dynamo = cloud.client(sdk.DynamoDBClient);
  ctx = { ...resourceContext(cloud, "AWS::DynamoDB::Table"), physicalName: () => "stack-Table-ABC" };
});
afterAll(() => cloud.close());

const attribute = (AttributeName: string, AttributeType = "S") => ({ AttributeName, AttributeType });
const hash = (AttributeName: string) => [{ AttributeName, KeyType: "HASH" }];
const index = (IndexName: string, key: string) => ({
  IndexName,
  KeySchema: hash(key),
  Projection: { ProjectionType: "ALL" },
});

describe("AWS::DynamoDB::Table", () => {
  const base: Properties = {
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [attribute("p"), attribute("a"), attribute("b")],
    KeySchema: hash("p"),
    GlobalSecondaryIndexes: [index("by-a", "a"), index("by-b", "b")],
    StreamSpecification: { StreamViewType: "NEW_IMAGE" },
    TimeToLiveSpecification: { AttributeName: "until", Enabled: "true" },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    Tags: [{ Key: "k", Value: "v" }],
    ContributorInsightsSpecification: { Enabled: true },
    DeletionProtectionEnabled: "false",
  };

  it("creates, reads, updates in place and deletes", async () => {
    const model = await table.create(base, ctx);
    expect(model).toMatchObject({
      TableName: "stack-Table-ABC",
      Arn: "arn:aws:dynamodb:us-east-1:000000000000:table/stack-Table-ABC",
      StreamArn: expect.stringContaining("table/stack-Table-ABC/stream/"),
      BillingMode: "PAY_PER_REQUEST",
      TimeToLiveSpecification: { AttributeName: "until", Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
      Tags: [{ Key: "k", Value: "v" }],
      ContributorInsightsSpecification: { Enabled: true },
    });
    expect(await table.read(model, ctx)).toEqual(model);

    const desired: Properties = {
      BillingMode: "PROVISIONED",
      ProvisionedThroughput: { ReadCapacityUnits: "5", WriteCapacityUnits: 6 },
      AttributeDefinitions: [attribute("p"), attribute("b"), attribute("c", "N")],
      KeySchema: hash("p"),
      GlobalSecondaryIndexes: [
        { ...index("by-b", "b"), ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 2 } },
        { ...index("by-c", "c"), ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 } },
      ],
      Tags: [{ Key: "other", Value: "w" }],
      ResourcePolicy: { PolicyDocument: { Version: "2012-10-17", Statement: [] } },
    };
    const updated = await table.update(desired, model, ctx, base);
    expect(updated).toEqual({
      ...desired,
      TableName: model.TableName,
      Arn: model.Arn,
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 6 },
      DeletionProtectionEnabled: false,
    });
    const back = await table.update(base, updated, ctx, desired);
    expect(back).toMatchObject({ BillingMode: "PAY_PER_REQUEST", Tags: [{ Key: "k", Value: "v" }] });
    expect(await table.list(ctx)).toEqual([{ TableName: model.TableName }]);
    await table.delete(model, ctx);
    await table.delete(model, ctx);
    expect(await table.read(model, ctx)).toBeUndefined();
  });

  it("sets what is attached to the table, its indexes and its stream, and takes it away again", async () => {
    const policy = (Sid: string) => ({ Version: "2012-10-17", Statement: [{ Sid, Effect: "Deny" }] });
    const plain: Properties = {
      TableName: "attached",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [attribute("p"), attribute("a")],
      KeySchema: hash("p"),
      GlobalSecondaryIndexes: [index("by-a", "a")],
      StreamSpecification: { StreamViewType: "KEYS_ONLY" },
    };
    const full: Properties = {
      ...plain,
      GlobalSecondaryIndexes: [
        {
          ...index("by-a", "a"),
          ContributorInsightsSpecification: { Enabled: true, Mode: "THROTTLED_KEYS" },
          OnDemandThroughput: { MaxReadRequestUnits: 4 },
          WarmThroughput: { ReadUnitsPerSecond: 13_000, WriteUnitsPerSecond: 5_000 },
        },
      ],
      StreamSpecification: {
        StreamViewType: "KEYS_ONLY",
        ResourcePolicy: { PolicyDocument: policy("stream") },
        Tags: [{ Key: "of", Value: "stream" }],
      },
      ResourcePolicy: { PolicyDocument: policy("table") },
      Tags: [{ Key: "of", Value: "table" }],
      KinesisStreamSpecification: {
        StreamArn: "arn:aws:kinesis:us-east-1:000000000000:stream/some",
        ApproximateCreationDateTimePrecision: "MICROSECOND",
      },
      OnDemandThroughput: { MaxReadRequestUnits: 5, MaxWriteRequestUnits: 6 },
      WarmThroughput: { ReadUnitsPerSecond: 14_000, WriteUnitsPerSecond: 6_000 },
      SSESpecification: { SSEEnabled: true, SSEType: "KMS", KMSMasterKeyId: "arn:aws:kms:us-east-1:0:key/1" },
      TableClass: "STANDARD_INFREQUENT_ACCESS",
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
      TimeToLiveSpecification: { AttributeName: "until", Enabled: true },
      ContributorInsightsSpecification: { Enabled: true, Mode: "ACCESSED_AND_THROTTLED_KEYS" },
    };
    const model = await table.create(full, ctx);
    const identity = { Arn: expect.any(String), StreamArn: expect.any(String) };
    expect(model).toEqual({ ...full, ...identity });
    const { WarmThroughput, ...back } = await table.update(plain, model, ctx, full);
    // What a table is ready for does not decrease.
    expect(WarmThroughput).toEqual(full.WarmThroughput);
    expect(back).toEqual({
      ...plain,
      ...identity,
      GlobalSecondaryIndexes: [
        { ...index("by-a", "a"), WarmThroughput: { ReadUnitsPerSecond: 13_000, WriteUnitsPerSecond: 5_000 } },
      ],
      DeletionProtectionEnabled: false,
      TableClass: "STANDARD",
    });
    const again = await table.update(full, back, ctx, plain);
    expect(again).toEqual(model);
    const kinesis = {
      ...(full.KinesisStreamSpecification as object),
      ApproximateCreationDateTimePrecision: "MILLISECOND",
    };
    const other = { ...full, KinesisStreamSpecification: kinesis, DeletionProtectionEnabled: false };
    expect(await table.update(other, again, ctx, full)).toMatchObject({ KinesisStreamSpecification: kinesis });
    await table.delete(model, ctx);
  });

  it("refuses what is not here", async () => {
    const refused = (more: Properties) => expect(table.create({ ...base, TableName: "refused", ...more }, ctx)).rejects;
    await refused({ ImportSourceSpecification: { InputFormat: "CSV" } }).toMatchObject({ name: "NotImplemented" });
    await refused({ VectorIndexes: [{ IndexName: "v" }] }).toMatchObject({ name: "NotImplemented" });
  });
});

describe("AWS::DynamoDB::GlobalTable", () => {
  const desired: Properties = {
    TableName: "global",
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [attribute("p")],
    KeySchema: hash("p"),
    StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
    TimeToLiveSpecification: { AttributeName: "until", Enabled: true },
    Replicas: [
      { Region: "us-east-1", PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
      {
        Region: "eu-west-1",
        TableClass: "STANDARD_INFREQUENT_ACCESS",
        DeletionProtectionEnabled: "true",
        Tags: [{ Key: "k", Value: "v" }],
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: "true" },
        ContributorInsightsSpecification: { Enabled: true },
      },
    ],
  };

  it("makes a table in each region, with what each replica has for itself", async () => {
    const model = await globalTable.create(desired, ctx);
    expect(model).toMatchObject({
      TableName: "global",
      Arn: "arn:aws:dynamodb:us-east-1:000000000000:table/global",
      TableId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      StreamArn: expect.stringContaining("/stream/"),
      TimeToLiveSpecification: { AttributeName: "until", Enabled: true },
      Replicas: [
        { Region: "us-east-1", PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
        {
          Region: "eu-west-1",
          TableClass: "STANDARD_INFREQUENT_ACCESS",
          DeletionProtectionEnabled: true,
          Tags: [{ Key: "k", Value: "v" }],
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          ContributorInsightsSpecification: { Enabled: true },
        },
      ],
    });
    expect(await globalTable.read(model, ctx)).toEqual(model);
    expect(await globalTable.list(ctx)).toEqual([{ TableName: "global" }]);
    const there = cloud.client(sdk.DynamoDBClient, { region: "eu-west-1" });
    await there.send(new sdk.PutItemCommand({ TableName: "global", Item: { p: { S: "a" } } }));
    const found = await dynamo.send(new sdk.GetItemCommand({ TableName: "global", Key: { p: { S: "a" } } }));
    expect(found.Item).toEqual({ p: { S: "a" } });

    const changed: Properties = {
      ...desired,
      Replicas: [{ Region: "us-east-1" }, { Region: "eu-west-1", Tags: [{ Key: "k", Value: "w" }] }],
    };
    const updated = await globalTable.update(changed, model, ctx, desired);
    expect(updated.Replicas).toEqual([
      { Region: "us-east-1", DeletionProtectionEnabled: false },
      {
        Region: "eu-west-1",
        DeletionProtectionEnabled: false,
        Tags: [{ Key: "k", Value: "w" }],
        TableClass: "STANDARD_INFREQUENT_ACCESS",
      },
    ]);
    const fewer = { ...desired, Replicas: [{ Region: "us-east-1" }] };
    const left = await globalTable.update(fewer, updated, ctx, changed);
    expect(left.Replicas).toEqual([{ Region: "us-east-1", DeletionProtectionEnabled: false }]);
    await expect(there.send(new sdk.DescribeTableCommand({ TableName: "global" }))).rejects.toThrow(
      sdk.ResourceNotFoundException,
    );
    const back = await globalTable.update(changed, left, ctx, fewer);
    await globalTable.delete(back, ctx);
    await globalTable.delete(back, ctx);
    expect(await globalTable.read(back, ctx)).toBeUndefined();
    const { TableNames } = await there.send(new sdk.ListTablesCommand({}));
    expect(TableNames).toEqual([]);
  });
});
