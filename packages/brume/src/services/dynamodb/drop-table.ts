/** Deletes a table with everything that hangs on it. */
import type { Context } from "../../kernel/context.js";
import { validation } from "./attribute-value.js";
import { takeBackup } from "./backups/backup.js";
import { forgetLog } from "./backups/recovery-log.js";
import { forgetExpiry } from "./expiry.js";
import { deleteAllItems } from "./item-rows.js";
import { arnOf, removeTable } from "./storage.js";
import { syncStream } from "./streams/stream.js";
import type { TableLayout } from "./table.js";

/** @throws AwsError `ValidationException` when the table is protected against deletion */
export function checkUnprotected(ctx: Context, table: TableLayout): void {
  if (!table.row.deletionProtection) return;
  const address = { account: table.account, region: table.region, name: table.row.name };
  throw validation(
    `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first. Resource: ${arnOf(ctx, address)}`,
  );
}

export function dropTable(ctx: Context, table: TableLayout): void {
  if (table.row.recovery) {
    // As DynamoDB does, so that a table that was deleted by mistake can be had back.
    takeBackup(ctx, table, `${table.row.name}$DeletedTableBackup`, "SYSTEM");
    forgetLog(ctx, table);
  }
  deleteAllItems(ctx, table);
  forgetExpiry(ctx, table);
  syncStream(ctx, table, undefined);
  removeTable(ctx, { account: table.account, region: table.region, name: table.row.name });
}
