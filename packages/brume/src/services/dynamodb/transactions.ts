/** TransactWriteItems and TransactGetItems: all or nothing. */

import { hash } from "node:crypto";
import type {
  CancellationReason,
  ConsumedCapacity,
  ItemCollectionMetrics,
  TransactWriteItem,
  TransactWriteItemsOutput,
} from "@aws-sdk/client-dynamodb";
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable, encodeKey } from "../../kernel/store.js";
import { canonicalItem, type Item, itemBytes, validation } from "./attribute-value.js";
import { addUnits, changeUnits, consumedCapacity, readUnits, type Units } from "./capacity.js";
import { CAPACITY, COLLECTION_METRICS, checkMembers, FAILURE_VALUES, TABLE_NAME } from "./constraints.js";
import { compileExpressions } from "./expressions/compile.js";
import { matches } from "./expressions/evaluate.js";
import { project } from "./expressions/project.js";
import { readItem, writeItem } from "./item-rows.js";
import { checkKey, rowKey } from "./keys.js";
import { addressOf, arnOf, getLayout, items } from "./storage.js";
import type { TableLayout } from "./table.js";
import {
  type AttributeMap,
  collectionMetrics,
  compileCheck,
  compileDelete,
  compilePut,
  compileUpdate,
  type Write,
} from "./writes.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

const MAX_ITEMS = 100;
const MAX_BYTES = 4 * 1024 * 1024;
const TOKEN_LIFETIME_MS = 10 * 60 * 1000;
const EXPIRED_AT_ONCE = 25;
/** Transactions prepare and commit: everything is paid for twice. */
const FACTOR = 2;
const TRANSACT_ITEMS = { TransactItems: { required: true, minLength: 1, maxLength: MAX_ITEMS } };

interface TokenRow {
  readonly digest: string;
  readonly expiresAt: number;
  readonly output: TransactWriteItemsOutput;
}
/** [client request token] */
const tokens = defineTable<TokenRow>("dynamodb/transaction-tokens");
/** [when it expires, client request token] */
const tokenExpiries = defineTable<{ at: number; token: string }>("dynamodb/transaction-token-expiries");

const KINDS = ["ConditionCheck", "Put", "Delete", "Update"] as const;
type Kind = (typeof KINDS)[number];
/** The IAM action that each part of a transaction needs. */
const ACTIONS: Readonly<Record<Kind, string>> = {
  ConditionCheck: "dynamodb:ConditionCheckItem",
  Put: "dynamodb:PutItem",
  Delete: "dynamodb:DeleteItem",
  Update: "dynamodb:UpdateItem",
};

interface Part {
  readonly kind: Kind;
  readonly name: string;
  readonly key: Item;
  readonly write: Write;
}

export const transactWriteItems: Handler<Dynamo, "TransactWriteItems"> = (input, ctx) => {
  checkMembers(input, {
    ...TRANSACT_ITEMS,
    ReturnConsumedCapacity: CAPACITY,
    ReturnItemCollectionMetrics: COLLECTION_METRICS,
    ClientRequestToken: { minLength: 1, maxLength: 36 },
  });
  const list = input.TransactItems ?? [];
  for (const [i, item] of list.entries()) authorize(ctx, item, i);
  const { ClientRequestToken: token } = input;
  const digest = token === undefined ? "" : digestOf(list);
  const earlier = token === undefined ? undefined : ctx.table(tokens).get(token);
  if (earlier && earlier.expiresAt > ctx.now()) {
    if (earlier.digest === digest) return earlier.output;
    throw new AwsError(
      "IdempotentParameterMismatchException",
      "The provided parameters do not match the parameters of the earlier request with the same client request token",
    );
  }
  const parts = compileParts(ctx, list);
  const output = perform(ctx, parts, input.ReturnConsumedCapacity, input.ReturnItemCollectionMetrics);
  if (token !== undefined) rememberToken(ctx, token, digest, output);
  return output;
};

/** Which part of a transaction an item is. @throws AwsError unless it is exactly one */
function kindOf(item: TransactWriteItem): Kind {
  const kinds = KINDS.filter((kind) => item[kind] !== undefined);
  if (kinds.length === 1) return kinds[0] as Kind;
  throw validation("TransactItems can only contain one of Check, Put, Update or Delete");
}

// Each part needs a permission of its own, which the operation's declaration cannot say.
function authorize(ctx: Context, item: TransactWriteItem, i: number): void {
  const kind = kindOf(item);
  const input = item[kind] as NonNullable<TransactWriteItem["Put"]>;
  const parent = `transactItems.${i + 1}.member.${kind.charAt(0).toLowerCase()}${kind.slice(1)}.`;
  checkMembers(
    input,
    {
      TableName: TABLE_NAME,
      [kind === "Put" ? "Item" : "Key"]: { required: true },
      ...(kind === "ConditionCheck" ? { ConditionExpression: { required: true } } : {}),
      ...(kind === "Update" ? { UpdateExpression: { required: true } } : {}),
      ReturnValuesOnConditionCheckFailure: FAILURE_VALUES,
    },
    parent,
  );
  ctx.cloud.authorizer?.(ctx, [ACTIONS[kind]], [arnOf(ctx, addressOf(ctx, input.TableName as string))]);
}

function compileParts(ctx: Context, list: readonly TransactWriteItem[]): Part[] {
  const reasons: CancellationReason[] = [];
  const parts: Part[] = [];
  const seen = new Set<string>();
  for (const item of list) {
    const kind = kindOf(item);
    try {
      const part = compilePart(ctx, kind, item);
      const at = encodeKey(part.write.key);
      if (seen.has(at)) throw validation("Transaction request cannot include multiple operations on one item");
      seen.add(at);
      parts.push(part);
      reasons.push({ Code: "None" });
    } catch (error) {
      // What is wrong with the values of one item cancels the transaction; anything else fails the request.
      if (!isAwsError(error, "ValidationException") || !isItemProblem(error)) throw error;
      reasons.push({ Code: "ValidationError", Message: error.message });
    }
  }
  if (parts.length < list.length) throw cancelled(reasons);
  return parts;
}

const isItemProblem = (error: AwsError) =>
  error.message.startsWith("One or more parameter values") || error.message.startsWith("The provided key element");

function compilePart(ctx: Context, kind: Kind, item: TransactWriteItem): Part {
  if (kind === "Put") {
    const input = item.Put as NonNullable<TransactWriteItem["Put"]>;
    return { kind, name: input.TableName as string, key: input.Item as Item, write: compilePut(ctx, input) };
  }
  const input = item[kind] as NonNullable<TransactWriteItem["Delete"]>;
  const compile = kind === "Delete" ? compileDelete : kind === "Update" ? compileUpdate : compileCheck;
  return { kind, name: input.TableName as string, key: input.Key as Item, write: compile(ctx, input) };
}

function perform(
  ctx: Context,
  parts: readonly Part[],
  asksCapacity: string | undefined,
  asksMetrics: string | undefined,
): TransactWriteItemsOutput {
  const reasons: CancellationReason[] = [];
  const changes: { part: Part; before: Item | undefined; after: Item | undefined }[] = [];
  for (const part of parts) {
    const { write } = part;
    const before = ctx.table(items, write.table).get(...write.key);
    if (write.condition && !matches(write.condition, before ?? {})) {
      reasons.push({
        Code: "ConditionalCheckFailed",
        Message: "The conditional request failed",
        ...(write.showOnFailure && before ? { Item: before as AttributeMap } : {}),
      });
      continue;
    }
    try {
      changes.push({ part, before, after: write.change(before) });
      reasons.push({ Code: "None" });
    } catch (error) {
      if (!isAwsError(error, "ValidationException")) throw error;
      reasons.push({ Code: "ValidationError", Message: error.message });
    }
  }
  if (changes.length < parts.length) throw cancelled(reasons);
  checkSize(changes.reduce((bytes, { part, after }) => bytes + itemBytes(after ?? part.key), 0));
  const consumed = new Map<TableLayout, Units>();
  const metrics: Record<string, ItemCollectionMetrics[]> = {};
  for (const { part, before, after } of changes) {
    const { write } = part;
    if (!write.readOnly) writeItem(ctx, write.table, write.key, before, after);
    const units = consumed.get(write.table) ?? { table: 0, indexes: {} };
    addUnits(units, changeUnits(write.table, before, after), FACTOR);
    consumed.set(write.table, units);
    const metric = collectionMetrics(asksMetrics, write.table, part.key);
    if (metric) metrics[part.name] = [...(metrics[part.name] ?? []), metric];
  }
  const capacity = [...consumed].flatMap(
    ([table, units]) => consumedCapacity(asksCapacity, table, units, "WriteCapacityUnits") ?? [],
  );
  return {
    ...(capacity.length > 0 ? { ConsumedCapacity: capacity } : {}),
    ...(Object.keys(metrics).length > 0 ? { ItemCollectionMetrics: metrics } : {}),
  };
}

function checkSize(bytes: number): void {
  if (bytes <= MAX_BYTES) return;
  throw validation("Transaction request size is too large: the aggregate size of the items cannot exceed 4 MB");
}

function cancelled(reasons: CancellationReason[]): AwsError {
  const codes = reasons.map(({ Code }) => Code).join(", ");
  return new AwsError(
    "TransactionCanceledException",
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { members: { CancellationReasons: reasons } },
  );
}

function digestOf(list: readonly TransactWriteItem[]): string {
  const text = JSON.stringify(list, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
  );
  return hash("sha256", text, "base64");
}

function rememberToken(ctx: Context, token: string, digest: string, output: TransactWriteItemsOutput): void {
  const now = ctx.now();
  const expiries = ctx.table(tokenExpiries);
  for (const { at, token: old } of expiries.rows({ before: [now], limit: EXPIRED_AT_ONCE })) {
    expiries.delete(at, old);
    if ((ctx.table(tokens).get(old)?.expiresAt ?? 0) <= now) ctx.table(tokens).delete(old);
  }
  const expiresAt = now + TOKEN_LIFETIME_MS;
  ctx.table(tokens).put([token], { digest, expiresAt, output });
  expiries.put([expiresAt, token], { at: expiresAt, token });
}

export const transactGetItems: Handler<Dynamo, "TransactGetItems"> = (input, ctx) => {
  checkMembers(input, { ...TRANSACT_ITEMS, ReturnConsumedCapacity: CAPACITY });
  const consumed = new Map<TableLayout, Units>();
  const seen = new Set<string>();
  const gets = (input.TransactItems ?? []).map(({ Get }, i) => {
    const parent = `transactItems.${i + 1}.member.`;
    checkMembers({ Get }, { Get: { required: true } }, parent);
    const get = Get ?? { TableName: undefined, Key: undefined };
    checkMembers(get, { TableName: TABLE_NAME, Key: { required: true } }, `${parent}get.`);
    const { projection } = compileExpressions(get, ["ProjectionExpression"]);
    const key = canonicalItem(get.Key as Item);
    const table = getLayout(ctx, get.TableName as string);
    checkKey(key, table.schema);
    const at = encodeKey(rowKey(table.prefix, table.schema, key));
    if (seen.has(at)) throw validation("Transaction request cannot include multiple operations on one item");
    seen.add(at);
    return { table, key, projection };
  });
  let bytes = 0;
  const responses = gets.map(({ table, key, projection }) => {
    const item = readItem(ctx, table, key);
    const size = item ? itemBytes(item) : 0;
    bytes += size;
    const units = consumed.get(table) ?? { table: 0, indexes: {} };
    units.table += readUnits(size, true) * FACTOR;
    consumed.set(table, units);
    return item ? { Item: (projection ? project(item, projection) : item) as AttributeMap } : {};
  });
  checkSize(bytes);
  const capacity: ConsumedCapacity[] = [...consumed].flatMap(
    ([table, units]) => consumedCapacity(input.ReturnConsumedCapacity, table, units, "ReadCapacityUnits") ?? [],
  );
  return { Responses: responses, ...(capacity.length > 0 ? { ConsumedCapacity: capacity } : {}) };
};

/** The ARNs of the tables that a transaction reads, for authorization. */
export function gottenTables(
  input: { TransactItems?: { Get?: { TableName?: string | undefined } | undefined }[] | undefined },
  ctx: Context,
): string[] {
  const names = (input.TransactItems ?? []).map(({ Get }) => Get?.TableName ?? "");
  return [...new Set(names)].map((name) => arnOf(ctx, addressOf(ctx, name)));
}
