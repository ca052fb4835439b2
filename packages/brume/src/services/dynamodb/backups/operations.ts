/** CreateBackup, DescribeBackup, ListBackups and DeleteBackup. */
import type { BackupDescription, ListBackupsInput, SourceTableFeatureDetails } from "@aws-sdk/client-dynamodb";
import type { Context } from "../../../kernel/context.js";
import type { Handler } from "../../../kernel/service.js";
import { checkMembers, INDEX_NAME, TABLE_NAME } from "../constraints.js";
import { arnOf, getNamedTable } from "../storage.js";
import type { IndexRow } from "../table.js";
import { type BackupRow, backups, detailsOf, getBackup, type Place, removeBackup, takeBackup } from "./backup.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

const BACKUP_ARN = { BackupArn: { required: true, minLength: 37, maxLength: 1024 } };
const MAX_PAGE = 100;
const TYPES = ["USER", "SYSTEM", "AWS_BACKUP", "ALL"];

/** The ARN of the backup that an input names, for authorization. */
export const backupOf = (input: { BackupArn?: string | undefined }): string => input.BackupArn ?? "";

// Differs from AWS: a new backup can be used at once.
export const createBackup: Handler<Dynamo, "CreateBackup"> = (input, ctx) => {
  checkMembers(input, { TableName: TABLE_NAME, BackupName: { ...INDEX_NAME, required: true } });
  const table = getNamedTable(ctx, input.TableName as string);
  const row = takeBackup(ctx, table, input.BackupName as string, "USER");
  return { BackupDetails: detailsOf(ctx, table, row, "CREATING") };
};

export const describeBackup: Handler<Dynamo, "DescribeBackup"> = (input, ctx) => {
  checkMembers(input, BACKUP_ARN);
  const { row, place } = getBackup(ctx, input.BackupArn as string);
  return { BackupDescription: describe(ctx, place, row, "AVAILABLE") };
};

export const deleteBackup: Handler<Dynamo, "DeleteBackup"> = (input, ctx) => {
  checkMembers(input, BACKUP_ARN);
  const { row, place } = getBackup(ctx, input.BackupArn as string);
  removeBackup(ctx, place, row);
  return { BackupDescription: describe(ctx, place, row, "DELETED") };
};

export const listBackups: Handler<Dynamo, "ListBackups"> = (input, ctx) => {
  checkMembers(input, {
    TableName: { ...TABLE_NAME, required: false },
    Limit: { min: 1, max: MAX_PAGE },
    BackupType: { oneOf: TYPES },
    ExclusiveStartBackupArn: { minLength: 37, maxLength: 1024 },
  });
  const { Limit: limit = MAX_PAGE, ExclusiveStartBackupArn: start } = input;
  const wanted = ctx
    .table(backups)
    .rows()
    .filter((row) => isWanted(input, row))
    .map((row) => ({ ...detailsOf(ctx, ctx, row), ...sourceOf(ctx, row) }));
  const first = start === undefined ? 0 : wanted.findIndex(({ BackupArn }) => BackupArn === start) + 1;
  const page = wanted.slice(first, first + limit);
  return {
    BackupSummaries: page,
    ...(first + limit < wanted.length ? { LastEvaluatedBackupArn: page.at(-1)?.BackupArn } : {}),
  };
};

function isWanted(input: ListBackupsInput, { table, type, createdAt }: BackupRow): boolean {
  const { TableName: name, TimeRangeLowerBound: from, TimeRangeUpperBound: before, BackupType = "USER" } = input;
  if (name !== undefined && table.name !== name.split("/").at(-1)) return false;
  if (from !== undefined && createdAt < from.getTime()) return false;
  if (before !== undefined && createdAt >= before.getTime()) return false;
  return BackupType === "ALL" || BackupType === type;
}

const sourceOf = (ctx: Context, { table }: BackupRow) => ({
  TableName: table.name,
  TableId: table.id,
  TableArn: arnOf(ctx, { account: ctx.account, region: ctx.region, name: table.name }),
});

function describe(ctx: Context, place: Place, row: BackupRow, status: "AVAILABLE" | "DELETED"): BackupDescription {
  const { table, bytes, count } = row;
  return {
    BackupDetails: detailsOf(ctx, place, row, status),
    SourceTableDetails: {
      TableName: table.name,
      TableId: table.id,
      TableArn: arnOf(ctx, { ...place, name: table.name }),
      TableSizeBytes: bytes,
      KeySchema: [...table.keySchema],
      TableCreationDateTime: new Date(table.createdAt),
      ProvisionedThroughput: {
        ReadCapacityUnits: table.throughput.read,
        WriteCapacityUnits: table.throughput.write,
      },
      ItemCount: count,
      BillingMode: table.billingMode,
    },
    SourceTableFeatureDetails: featuresOf(row),
  };
}

function featuresOf({ table }: BackupRow): SourceTableFeatureDetails {
  const index = ({ name, keySchema, projection }: IndexRow) => ({
    IndexName: name,
    KeySchema: [...keySchema],
    Projection: projection,
  });
  const features: SourceTableFeatureDetails = {};
  if (table.localIndexes.length > 0) features.LocalSecondaryIndexes = table.localIndexes.map(index);
  if (table.globalIndexes.length > 0) {
    features.GlobalSecondaryIndexes = table.globalIndexes.map((one) => ({
      ...index(one),
      ProvisionedThroughput: {
        ReadCapacityUnits: one.throughput?.read ?? 0,
        WriteCapacityUnits: one.throughput?.write ?? 0,
      },
    }));
  }
  if (table.streamViewType !== undefined) {
    features.StreamDescription = { StreamEnabled: true, StreamViewType: table.streamViewType as "KEYS_ONLY" };
  }
  features.TimeToLiveDescription =
    table.timeToLive === undefined
      ? { TimeToLiveStatus: "DISABLED" }
      : { TimeToLiveStatus: "ENABLED", AttributeName: table.timeToLive };
  if (table.encryption) {
    features.SSEDescription = { Status: "ENABLED", SSEType: "KMS", KMSMasterKeyArn: table.encryption.keyArn };
  }
  return features;
}
