/** RestoreTableFromBackup and RestoreTableToPointInTime. */
import type {
  BillingMode,
  GlobalSecondaryIndex,
  LocalSecondaryIndex,
  OnDemandThroughput,
  ProvisionedThroughput,
  SSESpecification,
  TableDescription,
} from "@aws-sdk/client-dynamodb";
import type { Context } from "../../../kernel/context.js";
import { AwsError } from "../../../kernel/errors.js";
import { uuid } from "../../../kernel/identifiers.js";
import type { Handler } from "../../../kernel/service.js";
import { type Item, validation } from "../attribute-value.js";
import { checkMembers, NEW_TABLE_NAME } from "../constraints.js";
import { globalIndexRows, localIndexRows, onDemandOf, throughputOf } from "../definition.js";
import { describe } from "../describe.js";
import { writeItem } from "../item-rows.js";
import { rowKey } from "../keys.js";
import { addressOf, arnOf, getNamedTable, saveTable, tableOf, tables } from "../storage.js";
import { type IndexRow, layoutOf, type TableRow } from "../table.js";
import { BILLING_MODES, encryptionOf, refuse } from "../tables.js";
import { backupArn, getBackup, itemsOf } from "./backup.js";
import { itemsAt, restorableTimes } from "./recovery-log.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

/** What both operations take alike. */
interface RestoreInput {
  TargetTableName?: string | undefined;
  BillingModeOverride?: BillingMode | undefined;
  GlobalSecondaryIndexOverride?: GlobalSecondaryIndex[] | undefined;
  LocalSecondaryIndexOverride?: LocalSecondaryIndex[] | undefined;
  ProvisionedThroughputOverride?: ProvisionedThroughput | undefined;
  OnDemandThroughputOverride?: OnDemandThroughput | undefined;
  SSESpecificationOverride?: SSESpecification | undefined;
  VectorIndexOverride?: unknown;
}

const TARGET = { TargetTableName: NEW_TABLE_NAME, BillingModeOverride: { oneOf: BILLING_MODES } };

/** The ARN of the table that is restored to a time, for authorization. */
export const restoredTable = (
  input: { SourceTableArn?: string | undefined; SourceTableName?: string | undefined },
  ctx: Context,
): string => tableOf({ TableName: input.SourceTableArn ?? input.SourceTableName }, ctx);

export const restoreTableFromBackup: Handler<Dynamo, "RestoreTableFromBackup"> = (input, ctx) => {
  checkMembers(input, { ...TARGET, BackupArn: { required: true, minLength: 37, maxLength: 1024 } });
  const { row: backup, place } = getBackup(ctx, input.BackupArn as string);
  const origin = {
    tableArn: arnOf(ctx, { ...place, name: backup.table.name }),
    backupArn: backupArn(ctx, place, backup),
    at: backup.createdAt,
  };
  return { TableDescription: restore(ctx, input, backup.table, origin, () => itemsOf(ctx, place, backup)) };
};

export const restoreTableToPointInTime: Handler<Dynamo, "RestoreTableToPointInTime"> = (input, ctx) => {
  checkMembers(input, TARGET);
  const name = input.SourceTableArn ?? input.SourceTableName;
  if (name === undefined) throw validation("Either SourceTableName or SourceTableArn must be specified");
  if ((input.UseLatestRestorableTime === true) === (input.RestoreDateTime !== undefined)) {
    throw validation("Exactly one of UseLatestRestorableTime and RestoreDateTime must be specified");
  }
  const table = getNamedTable(ctx, name);
  const { recovery } = table.row;
  if (!recovery) {
    throw new AwsError(
      "PointInTimeRecoveryUnavailableException",
      `Point in time recovery is not enabled for table '${table.row.name}'`,
    );
  }
  const { earliest, latest } = restorableTimes(recovery, ctx.now());
  const at = input.RestoreDateTime?.getTime() ?? latest;
  // A moment is named by its second: the one in which recovery was enabled counts whole.
  if (at < Math.floor(earliest / 1000) * 1000 || at > latest) {
    throw new AwsError(
      "InvalidRestoreTimeException",
      `RestoreDateTime must be between ${new Date(earliest).toISOString()} and ${new Date(latest).toISOString()}`,
    );
  }
  const origin = { tableArn: arnOf(ctx, { ...table, name: table.row.name }), backupArn: undefined, at };
  return { TableDescription: restore(ctx, input, table.row, origin, () => itemsAt(ctx, table, at)) };
};

/** From what, and from when, a table is made. */
interface Origin {
  readonly tableArn: string;
  readonly backupArn: string | undefined;
  readonly at: number;
}

// Differs from AWS: a restored table can be used at once.
function restore(
  ctx: Context,
  input: RestoreInput,
  source: TableRow,
  origin: Origin,
  read: () => Iterable<Item>,
): TableDescription {
  refuse(input, "VectorIndexOverride");
  const { name, ...place } = addressOf(ctx, input.TargetTableName as string);
  if (ctx.table(tables, place).has(name)) {
    throw new AwsError("TableAlreadyExistsException", `Table already exists: ${name}`);
  }
  const row = restoredRow(ctx, input, source, origin);
  const layout = layoutOf(row, place.account, place.region);
  for (const item of read()) writeItem(ctx, layout, rowKey(layout.prefix, layout.schema, item), undefined, item);
  saveTable(ctx, row, place);
  return describe(ctx, row, layout, "CREATING");
}

/** The definition of the new table: what the source's was, without what does not come along, and as it is overridden. */
function restoredRow(ctx: Context, input: RestoreInput, source: TableRow, origin: Origin): TableRow {
  const { attributes: known, keySchema, encryption: sourceEncryption } = source;
  const billingMode = input.BillingModeOverride ?? source.billingMode;
  const provisioned = billingMode === "PROVISIONED";
  const { ProvisionedThroughputOverride: given } = input;
  if (provisioned && !given && source.billingMode !== billingMode) {
    throw validation(
      "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
    );
  }
  const throughput = !provisioned ? { read: 0, write: 0 } : given ? throughputOf(given) : source.throughput;
  const globalIndexes = input.GlobalSecondaryIndexOverride
    ? existing(
        input.GlobalSecondaryIndexOverride.length === 0
          ? []
          : globalIndexRows(input.GlobalSecondaryIndexOverride, known, provisioned),
        source.globalIndexes,
      )
    : source.globalIndexes.map(({ throughput: units, ...index }) =>
        provisioned ? { ...index, throughput: units ?? throughput } : index,
      );
  const localIndexes = input.LocalSecondaryIndexOverride
    ? existing(
        input.LocalSecondaryIndexOverride.length === 0
          ? []
          : localIndexRows(input.LocalSecondaryIndexOverride, keySchema, known),
        source.localIndexes,
      )
    : source.localIndexes;
  const used = new Set(
    [keySchema, ...[...globalIndexes, ...localIndexes].map((index) => index.keySchema)]
      .flat()
      .map(({ AttributeName }) => AttributeName),
  );
  const encryption = input.SSESpecificationOverride
    ? encryptionOf(ctx, input.SSESpecificationOverride)
    : sourceEncryption;
  const onDemand = input.OnDemandThroughputOverride ? onDemandOf(input.OnDemandThroughputOverride) : source.onDemand;
  const now = ctx.now();
  return {
    name: addressOf(ctx, input.TargetTableName as string).name,
    id: uuid(),
    createdAt: now,
    attributes: known.filter(({ AttributeName }) => used.has(AttributeName)),
    keySchema,
    billingMode,
    ...(provisioned ? {} : { onDemandSince: now }),
    throughput,
    ...(onDemand && !provisioned ? { onDemand } : {}),
    globalIndexes,
    localIndexes,
    ...(encryption ? { encryption } : {}),
    ...(source.tableClass ? { tableClass: source.tableClass } : {}),
    deletionProtection: false,
    tags: {},
    restored: origin,
  };
}

/** @throws AwsError when an index is not one of the source's */
function existing(given: IndexRow[], source: readonly IndexRow[]): IndexRow[] {
  const same = (a: IndexRow, b: IndexRow) =>
    a.name === b.name && JSON.stringify(a.keySchema) === JSON.stringify(b.keySchema);
  const unknown = given.find((one) => !source.some((other) => same(one, other)));
  if (!unknown) return given;
  throw validation(
    `One or more parameter values were invalid: Index ${unknown.name} does not match an index of the source table`,
  );
}
