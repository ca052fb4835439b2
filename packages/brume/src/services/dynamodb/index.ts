/** Amazon DynamoDB. */
import { defineService, operation } from "../../kernel/service.js";
import { resourceOf } from "./arn-resource.js";
import { expireBackup } from "./backups/backup.js";
import { describeContinuousBackups, updateContinuousBackups } from "./backups/continuous-backups.js";
import * as backups from "./backups/operations.js";
import { trimRecovery } from "./backups/recovery-log.js";
import { restoredTable, restoreTableFromBackup, restoreTableToPointInTime } from "./backups/restore.js";
import * as batch from "./batch.js";
import * as insights from "./contributor-insights.js";
import * as items from "./items.js";
import * as kinesis from "./kinesis-destinations.js";
import { describeEndpoints, describeLimits } from "./limits.js";
import * as partiql from "./partiql/execute.js";
import { executeTransaction } from "./partiql/execute-transaction.js";
import { query, scan } from "./query.js";
import * as policies from "./resource-policies.js";
import { readOf, tableOf } from "./storage.js";
import { trim } from "./streams/stream.js";
import * as tables from "./tables.js";
import * as tags from "./tags.js";
import * as timeToLive from "./time-to-live.js";
import * as transactions from "./transactions.js";
import { updateTable } from "./update-table.js";

export default defineService<typeof import("@aws-sdk/client-dynamodb")>({
  id: "dynamodb",
  iamPrefix: "dynamodb",
  operations: {
    // Statements are authorized when they are parsed: each kind needs another permission.
    BatchExecuteStatement: { handler: partiql.batchExecuteStatement, resources: () => [], actions: [] },
    BatchGetItem: operation(batch.batchGetItem, batch.tablesOf),
    BatchWriteItem: operation(batch.batchWriteItem, batch.tablesOf),
    CreateBackup: operation(backups.createBackup, tableOf),
    CreateTable: operation(tables.createTable, tableOf),
    DeleteBackup: operation(backups.deleteBackup, backups.backupOf),
    DeleteItem: operation(items.deleteItem, tableOf),
    DeleteResourcePolicy: operation(policies.deleteResourcePolicy, resourceOf),
    DeleteTable: operation(tables.deleteTable, tableOf),
    DescribeBackup: operation(backups.describeBackup, backups.backupOf),
    DescribeContinuousBackups: operation(describeContinuousBackups, tableOf),
    DescribeContributorInsights: operation(insights.describeContributorInsights, readOf),
    DescribeEndpoints: operation(describeEndpoints, "*"),
    DescribeKinesisStreamingDestination: operation(kinesis.describeKinesisStreamingDestination, tableOf),
    DescribeLimits: operation(describeLimits, "*"),
    DescribeTable: operation(tables.describeTable, tableOf),
    DescribeTimeToLive: operation(timeToLive.describeTimeToLive, tableOf),
    DisableKinesisStreamingDestination: operation(kinesis.disableKinesisStreamingDestination, tableOf),
    EnableKinesisStreamingDestination: operation(kinesis.enableKinesisStreamingDestination, tableOf),
    ExecuteStatement: { handler: partiql.executeStatement, resources: () => [], actions: [] },
    ExecuteTransaction: { handler: executeTransaction, resources: () => [], actions: [] },
    GetItem: operation(items.getItem, tableOf),
    GetResourcePolicy: operation(policies.getResourcePolicy, resourceOf),
    ListBackups: operation(backups.listBackups, "*"),
    ListContributorInsights: operation(insights.listContributorInsights, "*"),
    ListTables: operation(tables.listTables, "*"),
    ListTagsOfResource: operation(tags.listTagsOfResource, resourceOf),
    PutItem: operation(items.putItem, tableOf),
    PutResourcePolicy: operation(policies.putResourcePolicy, resourceOf),
    Query: operation(query, readOf),
    RestoreTableFromBackup: operation(restoreTableFromBackup, backups.backupOf),
    RestoreTableToPointInTime: operation(restoreTableToPointInTime, restoredTable),
    Scan: operation(scan, readOf),
    TagResource: operation(tags.tagResource, resourceOf),
    TransactGetItems: operation(transactions.transactGetItems, transactions.gottenTables, "dynamodb:GetItem"),
    // Its parts are authorized one by one: each needs the permission of its kind.
    TransactWriteItems: { handler: transactions.transactWriteItems, resources: () => [], actions: [] },
    UntagResource: operation(tags.untagResource, resourceOf),
    UpdateContinuousBackups: operation(updateContinuousBackups, tableOf),
    UpdateContributorInsights: operation(insights.updateContributorInsights, readOf),
    UpdateItem: operation(items.updateItem, tableOf),
    UpdateKinesisStreamingDestination: operation(kinesis.updateKinesisStreamingDestination, tableOf),
    UpdateTable: operation(updateTable, tableOf),
    UpdateTimeToLive: operation(timeToLive.updateTimeToLive, tableOf),
  },
  resources: {
    "AWS::DynamoDB::GlobalTable": () => import("./resources/global-table.js"),
    "AWS::DynamoDB::Table": () => import("./resources/table.js"),
  },
  timers: { expire: timeToLive.expire, expireBackup, trim, trimRecovery },
  unsupported: {
    "tables are neither exported nor imported": [
      "DescribeExport",
      "DescribeImport",
      "ExportTableToPointInTime",
      "ImportTable",
      "ListExports",
      "ListImports",
    ],
    "global tables of version 2017.11.29 are of the past": [
      "CreateGlobalTable",
      "DescribeGlobalTable",
      "DescribeGlobalTableSettings",
      "ListGlobalTables",
      "UpdateGlobalTable",
      "UpdateGlobalTableSettings",
    ],
    "capacity is not scaled": ["DescribeTableReplicaAutoScaling", "UpdateTableReplicaAutoScaling"],
    "vector indexes are not built": ["SearchVectors"],
  },
});
