/** The model of a backup: a table's definition and its items, as they were when it was taken. */
import type { BackupDetails, BackupSummary } from "@aws-sdk/client-dynamodb";
import { parseArn } from "../../../kernel/arn.js";
import type { Context } from "../../../kernel/context.js";
import { AwsError } from "../../../kernel/errors.js";
import { randomHex } from "../../../kernel/identifiers.js";
import { defineTable } from "../../../kernel/store.js";
import { type Item, validation } from "../attribute-value.js";
import { rowKey } from "../keys.js";
import { arnOf, items, type TableAddress } from "../storage.js";
import { fromStored, type StoredItem } from "../stored-item.js";
import type { TableLayout, TableRow } from "../table.js";

/** A backup as it is stored. Times are milliseconds since the epoch. */
export interface BackupRow {
  readonly id: string;
  readonly name: string;
  readonly type: "USER" | "SYSTEM";
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly bytes: number;
  readonly count: number;
  readonly table: TableRow;
}

/** [table name, backup id]: ids begin with the time, and so are in its order. */
export const backups = defineTable<BackupRow>("dynamodb/backups");
/** [backup id, hash of the partition key, sort key] */
const backupItems = defineTable<StoredItem>("dynamodb/backup-items");

const SYSTEM_LIFETIME_MS = 35 * 24 * 3600 * 1000;
const TIME_DIGITS = 14;

/** Where backups are: in the account and region of their table. */
export type Place = Omit<TableAddress, "name">;

/** Takes a backup of a table as it is now. */
export function takeBackup(ctx: Context, table: TableLayout, name: string, type: "USER" | "SYSTEM"): BackupRow {
  const createdAt = ctx.now();
  const id = `${String(createdAt).padStart(TIME_DIGITS, "0")}-${randomHex(8)}`;
  const copies = ctx.table(backupItems, table);
  let [count, bytes] = [0, 0];
  for (const stored of ctx.table(items, table).rows({ prefix: [table.prefix] })) {
    copies.put(rowKey(id, table.schema, fromStored(stored)), stored);
    count++;
    bytes += stored[0];
  }
  const expiresAt = type === "SYSTEM" ? createdAt + SYSTEM_LIFETIME_MS : undefined;
  const row: BackupRow = { id, name, type, createdAt, expiresAt, bytes, count, table: table.row };
  ctx.table(backups, table).put([table.row.name, id], row);
  if (expiresAt !== undefined) {
    const payload: ExpirePayload = { account: table.account, region: table.region, table: table.row.name, id };
    ctx.schedule({ at: expiresAt, kind: "expireBackup", payload });
  }
  return row;
}

/** The items of a backup. */
export const itemsOf = (ctx: Context, place: Place, { id }: BackupRow): readonly Item[] =>
  ctx
    .table(backupItems, place)
    .rows({ prefix: [id] })
    .map(fromStored);

export function removeBackup(ctx: Context, place: Place, { id, table }: BackupRow): void {
  ctx.table(backupItems, place).clear({ prefix: [id] });
  ctx.table(backups, place).delete(table.name, id);
}

/** What the timer of a backup that expires is given. */
export interface ExpirePayload extends Place {
  readonly table: string;
  readonly id: string;
}

/** Deletes a backup that DynamoDB has taken by itself, when its time has come. */
export function expireBackup(payload: ExpirePayload, ctx: Context): void {
  const row = ctx.table(backups, payload).get(payload.table, payload.id);
  if (row) removeBackup(ctx, payload, row);
}

export const backupArn = (ctx: Context, place: Place, { id, table }: BackupRow): string =>
  `${arnOf(ctx, { ...place, name: table.name })}/backup/${id}`;

/** A backup by its ARN. @throws AwsError `BackupNotFoundException`, `ValidationException` */
export function getBackup(ctx: Context, arn: string): { row: BackupRow; place: Place } {
  const { service, account = "", region = "", resource = "" } = parseArn(arn) ?? {};
  const [, name, id] = /^table\/([^/]+)\/backup\/([^/]+)$/.exec(resource) ?? [];
  if (service !== "dynamodb" || name === undefined || id === undefined) {
    throw validation(`Invalid BackupArn: ${arn}`);
  }
  const place = { account, region };
  const row = ctx.table(backups, place).get(name, id);
  if (!row) throw new AwsError("BackupNotFoundException", `Backup not found: ${arn}`);
  return { row, place };
}

/** What operations tell of a backup itself. */
export function detailsOf(
  ctx: Context,
  place: Place,
  row: BackupRow,
  status: NonNullable<BackupDetails["BackupStatus"]> = "AVAILABLE",
): BackupDetails & BackupSummary {
  return {
    BackupArn: backupArn(ctx, place, row),
    BackupName: row.name,
    BackupSizeBytes: row.bytes,
    BackupStatus: status,
    BackupType: row.type,
    BackupCreationDateTime: new Date(row.createdAt),
    ...(row.expiresAt === undefined ? {} : { BackupExpiryDateTime: new Date(row.expiresAt) }),
  };
}
