/** How rows of APIs are found, and what both versions say when they are not, or cannot be as asked. */
import type { Context } from "../../../kernel/context.js";
import { AwsError } from "../../../kernel/errors.js";
import type { TableDefinition } from "../../../kernel/store.js";

export const notFound = (message: string) => new AwsError("NotFoundException", message);
export const badRequest = (message: string) => new AwsError("BadRequestException", message);
export const conflict = (message: string) => new AwsError("ConflictException", message);

/** A row, or AWS's complaint that there is none. @throws AwsError `NotFoundException` */
export function getRow<Row>(
  ctx: Context,
  table: TableDefinition<Row>,
  complaint: string,
  ...key: (string | undefined)[]
): Row {
  const row = key.every((part) => part) ? ctx.table(table).get(...(key as string[])) : undefined;
  if (row === undefined) throw notFound(complaint);
  return row;
}
