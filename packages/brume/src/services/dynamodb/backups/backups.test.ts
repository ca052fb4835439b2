import * as sdk from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";

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
const newName = () => `kept-${count++}`;

/** A table with two indexes, a stream, tags and time to live. */
async function newTable(): Promise<string> {
  const TableName = newName();
  const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });
  await dynamo.send(
    new sdk.CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [attribute("p"), attribute("s"), attribute("g")],
      KeySchema: [
        { AttributeName: "p", KeyType: "HASH" },
        { AttributeName: "s", KeyType: "RANGE" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "by-g",
          KeySchema: [{ AttributeName: "g", KeyType: "HASH" }],
          Projection: { ProjectionType: "ALL" },
        },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: "local",
          KeySchema: [
            { AttributeName: "p", KeyType: "HASH" },
            { AttributeName: "g", KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
      Tags: [{ Key: "k", Value: "v" }],
    }),
  );
  const TimeToLiveSpecification = { AttributeName: "until", Enabled: true };
  await dynamo.send(new sdk.UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  return TableName;
}

const put = (TableName: string, s: string, v: number) =>
  documents.put({ TableName, Item: { p: "a", s, g: `g${v}`, v } });
/** What a table holds, in short. */
const content = async (TableName: string) =>
  ((await documents.scan({ TableName })).Items ?? []).map(({ s, v }) => `${s}=${v}`).join(" ");
const recovery = (TableName: string, PointInTimeRecoveryEnabled: boolean, RecoveryPeriodInDays?: number) =>
  dynamo.send(
    new sdk.UpdateContinuousBackupsCommand({
      TableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled, RecoveryPeriodInDays },
    }),
  );
const restoreTo = (SourceTableName: string, at: Date | "latest", more: object = {}) =>
  dynamo.send(
    new sdk.RestoreTableToPointInTimeCommand({
      SourceTableName,
      TargetTableName: newName(),
      ...(at === "latest" ? { UseLatestRestorableTime: true } : { RestoreDateTime: at }),
      ...more,
    }),
  );
const now = () => new Date(cloud.clock.now());

describe("CreateBackup, DescribeBackup, ListBackups, DeleteBackup", () => {
  it("keep a table's definition and its items, until they are deleted", async () => {
    const TableName = await newTable();
    await put(TableName, "x", 1);
    const { BackupDetails } = await dynamo.send(new sdk.CreateBackupCommand({ TableName, BackupName: "first" }));
    const BackupArn = BackupDetails?.BackupArn as string;
    expect(BackupDetails).toMatchObject({
      BackupArn: expect.stringMatching(new RegExp(`:table/${TableName}/backup/\\d{14}-[0-9a-f]{8}$`)),
      BackupName: "first",
      BackupStatus: "CREATING",
      BackupType: "USER",
      BackupCreationDateTime: expect.any(Date),
    });
    const { BackupDescription } = await dynamo.send(new sdk.DescribeBackupCommand({ BackupArn }));
    expect(BackupDescription).toMatchObject({
      BackupDetails: { BackupStatus: "AVAILABLE", BackupName: "first" },
      SourceTableDetails: {
        TableName,
        ItemCount: 1,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [{ AttributeName: "p" }, { AttributeName: "s" }],
      },
      SourceTableFeatureDetails: {
        GlobalSecondaryIndexes: [{ IndexName: "by-g" }],
        LocalSecondaryIndexes: [{ IndexName: "local" }],
        StreamDescription: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
        TimeToLiveDescription: { TimeToLiveStatus: "ENABLED", AttributeName: "until" },
      },
    });
    const gone = await dynamo.send(new sdk.DeleteBackupCommand({ BackupArn }));
    expect(gone.BackupDescription?.BackupDetails?.BackupStatus).toBe("DELETED");
    await expect(dynamo.send(new sdk.DescribeBackupCommand({ BackupArn }))).rejects.toThrow(
      sdk.BackupNotFoundException,
    );
    await expect(dynamo.send(new sdk.DeleteBackupCommand({ BackupArn }))).rejects.toThrow(
      `Backup not found: ${BackupArn}`,
    );
    const missing = new sdk.CreateBackupCommand({ TableName: "missing", BackupName: "none" });
    await expect(dynamo.send(missing)).rejects.toThrow(sdk.TableNotFoundException);
  });

  it("are listed by table, time and kind, page by page", async () => {
    const TableName = await newTable();
    const start = now();
    for (const BackupName of ["one", "two", "three"]) {
      await dynamo.send(new sdk.CreateBackupCommand({ TableName, BackupName }));
      await cloud.clock.advance({ minutes: 1 });
    }
    const list = async (input: sdk.ListBackupsCommandInput) => {
      const page = await dynamo.send(new sdk.ListBackupsCommand(input));
      const names = page.BackupSummaries?.map(({ BackupName }) => BackupName);
      return { names, next: page.LastEvaluatedBackupArn };
    };
    const first = await list({ TableName, Limit: 2 });
    expect(first.names).toEqual(["one", "two"]);
    expect((await list({ TableName, ExclusiveStartBackupArn: first.next })).names).toEqual(["three"]);
    const TimeRangeLowerBound = new Date(start.getTime() + 30_000);
    expect((await list({ TableName, TimeRangeLowerBound })).names).toEqual(["two", "three"]);
    expect((await list({ TableName, TimeRangeUpperBound: TimeRangeLowerBound })).names).toEqual(["one"]);
    expect((await list({ TableName, BackupType: "SYSTEM" })).names).toEqual([]);
  });
});

describe("RestoreTableFromBackup", () => {
  it("makes a table with the items and indexes of the backup, and nothing else of its settings", async () => {
    const TableName = await newTable();
    await put(TableName, "x", 1);
    const { BackupDetails } = await dynamo.send(new sdk.CreateBackupCommand({ TableName, BackupName: "first" }));
    const BackupArn = BackupDetails?.BackupArn as string;
    await put(TableName, "x", 2);
    await put(TableName, "y", 3);
    await dynamo.send(new sdk.DeleteTableCommand({ TableName }));
    const TargetTableName = newName();
    const restore = (more: object = {}) =>
      dynamo.send(new sdk.RestoreTableFromBackupCommand({ BackupArn, TargetTableName, ...more }));
    const { TableDescription } = await restore();
    expect(TableDescription).toMatchObject({
      TableStatus: "CREATING",
      RestoreSummary: { SourceBackupArn: BackupArn, RestoreInProgress: true },
    });
    expect(await content(TargetTableName)).toBe("x=1");
    const found = await documents.query({
      TableName: TargetTableName,
      IndexName: "by-g",
      KeyConditionExpression: "g = :g",
      ExpressionAttributeValues: { ":g": "g1" },
    });
    expect(found.Count).toBe(1);
    const { Table } = await dynamo.send(new sdk.DescribeTableCommand({ TableName: TargetTableName }));
    expect(Table).toMatchObject({
      TableStatus: "ACTIVE",
      LocalSecondaryIndexes: [{ IndexName: "local" }],
      RestoreSummary: { SourceTableArn: expect.stringContaining(TableName), RestoreInProgress: false },
    });
    expect(Table?.StreamSpecification).toBeUndefined();
    const ResourceArn = Table?.TableArn;
    expect((await dynamo.send(new sdk.ListTagsOfResourceCommand({ ResourceArn }))).Tags).toEqual([]);
    await expect(restore()).rejects.toThrow(sdk.TableAlreadyExistsException);
  });

  it("leaves out indexes, and changes billing and encryption, where it is told to", async () => {
    const TableName = await newTable();
    await put(TableName, "x", 1);
    const { BackupDetails } = await dynamo.send(new sdk.CreateBackupCommand({ TableName, BackupName: "first" }));
    const restore = (more: Partial<sdk.RestoreTableFromBackupCommandInput>) =>
      dynamo.send(
        new sdk.RestoreTableFromBackupCommand({
          BackupArn: BackupDetails?.BackupArn,
          TargetTableName: newName(),
          ...more,
        }),
      );
    const { TableDescription } = await restore({
      BillingModeOverride: "PROVISIONED",
      ProvisionedThroughputOverride: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 },
      GlobalSecondaryIndexOverride: [],
      LocalSecondaryIndexOverride: [],
      SSESpecificationOverride: { Enabled: true },
    });
    expect(TableDescription).toMatchObject({
      ProvisionedThroughput: { ReadCapacityUnits: 3, WriteCapacityUnits: 4 },
      AttributeDefinitions: [{ AttributeName: "p" }, { AttributeName: "s" }],
      SSEDescription: { SSEType: "KMS" },
    });
    expect(TableDescription?.GlobalSecondaryIndexes).toBeUndefined();
    expect(TableDescription?.LocalSecondaryIndexes).toBeUndefined();
    await expect(restore({ BillingModeOverride: "PROVISIONED" })).rejects.toThrow(
      "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
    );
    const other = { IndexName: "other", KeySchema: [{ AttributeName: "g", KeyType: "HASH" as const }] };
    await expect(
      restore({ GlobalSecondaryIndexOverride: [{ ...other, Projection: { ProjectionType: "ALL" } }] }),
    ).rejects.toThrow("Index other does not match an index of the source table");
  });
});

describe("RestoreTableToPointInTime", () => {
  it("makes a table with the items of that moment", async () => {
    const TableName = await newTable();
    await put(TableName, "before", 0);
    await recovery(TableName, true);
    const moments: Date[] = [];
    const contents: string[] = [];
    const changes = [
      () => put(TableName, "x", 1),
      () => put(TableName, "x", 2),
      () => documents.delete({ TableName, Key: { p: "a", s: "before" } }),
      () =>
        documents.transactWrite({
          TransactItems: [
            { Put: { TableName, Item: { p: "a", s: "y", v: 3 } } },
            { Delete: { TableName, Key: { p: "a", s: "x" } } },
          ],
        }),
      () => documents.put({ TableName, Item: { p: "a", s: "z", v: 4, until: Math.floor(cloud.clock.now() / 1000) } }),
    ];
    for (const change of changes) {
      await change();
      moments.push(now());
      contents.push(await content(TableName));
      await cloud.clock.advance({ minutes: 10 });
    }
    expect(await content(TableName)).toBe("y=3");
    for (const [i, moment] of moments.entries()) {
      const { TableDescription } = await restoreTo(TableName, moment);
      expect(await content(TableDescription?.TableName as string)).toBe(contents[i]);
      expect(TableDescription?.RestoreSummary).toMatchObject({ RestoreDateTime: moment });
    }
    const { TableDescription } = await restoreTo(TableName, "latest");
    expect(await content(TableDescription?.TableName as string)).toBe("y=3");
  });

  it("goes back no further than its period, and not to the last five minutes", async () => {
    const TableName = await newTable();
    await expect(restoreTo(TableName, "latest")).rejects.toThrow(sdk.PointInTimeRecoveryUnavailableException);
    await expect(restoreTo(TableName, "latest")).rejects.toThrow(
      `Point in time recovery is not enabled for table '${TableName}'`,
    );
    await recovery(TableName, true, 2);
    const start = now();
    await put(TableName, "x", 1);
    await cloud.clock.advance({ hours: 47 });
    await put(TableName, "x", 2);
    await cloud.clock.advance({ minutes: 30 });
    const { TableDescription } = await restoreTo(TableName, new Date(start.getTime() + 60_000));
    expect(await content(TableDescription?.TableName as string)).toBe("x=1");
    await expect(restoreTo(TableName, now())).rejects.toThrow(sdk.InvalidRestoreTimeException);
    await cloud.clock.advance({ hours: 1 });
    await expect(restoreTo(TableName, new Date(start.getTime() + 60_000))).rejects.toThrow(
      sdk.InvalidRestoreTimeException,
    );
    await expect(restoreTo("missing", "latest")).rejects.toThrow(sdk.TableNotFoundException);
    await expect(restoreTo(TableName, "latest", { TargetTableName: TableName })).rejects.toThrow(
      sdk.TableAlreadyExistsException,
    );
    await expect(restoreTo(TableName, "latest", { RestoreDateTime: start })).rejects.toThrow(
      "Exactly one of UseLatestRestorableTime and RestoreDateTime must be specified",
    );
  });

  it("forgets what was before it was switched off", async () => {
    const TableName = await newTable();
    await recovery(TableName, true);
    const start = now();
    await cloud.clock.advance({ minutes: 10 });
    await recovery(TableName, false);
    await cloud.clock.advance({ minutes: 10 });
    await recovery(TableName, true);
    await cloud.clock.advance({ minutes: 10 });
    await expect(restoreTo(TableName, start)).rejects.toThrow(sdk.InvalidRestoreTimeException);
    const { ContinuousBackupsDescription } = await dynamo.send(new sdk.DescribeContinuousBackupsCommand({ TableName }));
    const { EarliestRestorableDateTime: earliest } = ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
    expect(earliest?.getTime()).toBeGreaterThan(start.getTime());
  });

  it("leaves a backup of a table that is deleted, for 35 days", async () => {
    const TableName = await newTable();
    await recovery(TableName, true);
    await put(TableName, "x", 1);
    await dynamo.send(new sdk.DeleteTableCommand({ TableName }));
    const list = async () =>
      (await dynamo.send(new sdk.ListBackupsCommand({ TableName, BackupType: "ALL" }))).BackupSummaries ?? [];
    const [backup] = await list();
    expect(backup).toMatchObject({ BackupName: `${TableName}$DeletedTableBackup`, BackupType: "SYSTEM" });
    await dynamo.send(
      new sdk.RestoreTableFromBackupCommand({ BackupArn: backup?.BackupArn, TargetTableName: TableName }),
    );
    expect(await content(TableName)).toBe("x=1");
    await cloud.clock.advance({ days: 36 });
    expect(await list()).toEqual([]);
  });
});
