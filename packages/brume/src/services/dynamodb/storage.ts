/** Where tables and their items are kept, and how a table is found. */
import { parseArn } from "../../kernel/arn.js";
import { defineMemory } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { defineTable } from "../../kernel/store.js";
import type { StoredItem } from "./stored-item.js";
import { layoutOf, type TableLayout, type TableRow } from "./table.js";

/** [name] */
export const tables = defineTable<TableRow>("dynamodb/tables");
/** [table id, hash of the partition key, sort key] */
export const items = defineTable<StoredItem>("dynamodb/items");
/** [table id/index, hash of the partition key, sort keys, sort key in the table, hash of the key in the table] */
export const indexItems = defineTable<StoredItem>("dynamodb/index-items");

/** Layouts of the tables that were used, so that a read or write of an item need not derive them. */
export const layouts = defineMemory("dynamodb/layouts", () => new Map<string, TableLayout>());

/** Where a table is: by its name in this account and region, or by its ARN. */
export interface TableAddress {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

const ARN_PREFIX = "table/";

/** The table that a `TableName` or `ResourceArn` means. */
export function addressOf(ctx: Context, nameOrArn: string): TableAddress {
  if (!nameOrArn.startsWith("arn:")) return { account: ctx.account, region: ctx.region, name: nameOrArn };
  const arn = parseArn(nameOrArn);
  if (arn?.service !== "dynamodb" || !arn.resource.startsWith(ARN_PREFIX)) {
    throw new AwsError("ValidationException", `Invalid ResourceArn: ${nameOrArn}`);
  }
  const [, name = ""] = arn.resource.split("/");
  return { account: arn.account, region: arn.region, name };
}

export function arnOf(ctx: Context, { account, region, name }: TableAddress): string {
  return ctx.arn(ARN_PREFIX + name, "dynamodb", { account, region });
}

/** The ARN of the table in an input's `TableName`, for authorization. */
export function tableOf(input: { TableName?: string | undefined }, ctx: Context): string {
  return arnOf(ctx, addressOf(ctx, input.TableName ?? ""));
}

/** The ARN of what a `Query` or `Scan` reads, for authorization. */
export function readOf(
  input: { TableName?: string | undefined; IndexName?: string | undefined },
  ctx: Context,
): string {
  return tableOf(input, ctx) + (input.IndexName === undefined ? "" : `/index/${input.IndexName}`);
}

/** A table for reading and writing items. @throws AwsError `ResourceNotFoundException` */
export function getLayout(ctx: Context, nameOrArn: string): TableLayout {
  const layout = findTable(ctx, addressOf(ctx, nameOrArn));
  if (!layout) throw new AwsError("ResourceNotFoundException", "Requested resource not found");
  return layout;
}

/** A table for managing it. @throws AwsError `ResourceNotFoundException` that names it */
export function getTable(ctx: Context, nameOrArn: string): TableLayout {
  const address = addressOf(ctx, nameOrArn);
  const layout = findTable(ctx, address);
  if (!layout) {
    throw new AwsError("ResourceNotFoundException", `Requested resource not found: Table: ${address.name} not found`);
  }
  return layout;
}

/** A table for backing it up. @throws AwsError `TableNotFoundException` that names it */
export function getNamedTable(ctx: Context, nameOrArn: string): TableLayout {
  const address = addressOf(ctx, nameOrArn);
  const layout = findTable(ctx, address);
  if (!layout) throw new AwsError("TableNotFoundException", `Table not found: ${address.name}`);
  return layout;
}

/** A table at an address, if there is one. */
export function findTable(ctx: Context, { account, region, name }: TableAddress): TableLayout | undefined {
  const cache = ctx.memory(layouts);
  const key = `${account}/${region}/${name}`;
  const cached = cache.get(key);
  if (cached) return cached;
  const row = ctx.table(tables, { account, region }).get(name);
  if (!row) return undefined;
  const layout = layoutOf(row, account, region);
  cache.set(key, layout);
  return layout;
}

/** Writes a table's row. The layout must not be looked up again before the operation has ended. */
export function saveTable(ctx: Context, row: TableRow, { account, region }: Omit<TableAddress, "name">): void {
  ctx.table(tables, { account, region }).put([row.name], row);
  ctx.memory(layouts).delete(`${account}/${region}/${row.name}`);
}

/** Deletes a table's row; see `saveTable`. */
export function removeTable(ctx: Context, { account, region, name }: TableAddress): void {
  ctx.table(tables, { account, region }).delete(name);
  ctx.memory(layouts).delete(`${account}/${region}/${name}`);
}
