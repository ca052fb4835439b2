/** What transactions of every kind have in common: all or nothing, each item once, the same request once. */
import { hash } from "node:crypto";
import type { CancellationReason, ConsumedCapacity, ItemCollectionMetrics } from "@aws-sdk/client-dynamodb";
import { defineMemory } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import { defineTable, encodeKey, type Key } from "../../kernel/store.js";
import { type Item, itemBytes, validation } from "./attribute-value.js";
import { addUnits, changeUnits, consumedCapacity, readUnits, type Units } from "./capacity.js";
import { matches } from "./expressions/evaluate.js";
import { project } from "./expressions/project.js";
import type { Path } from "./expressions/syntax.js";
import { CollectionMetrics } from "./item-collections.js";
import { writeItem } from "./item-rows.js";
import { rowKey } from "./keys.js";
import { fromStored, readRow, readStored } from "./stored-item.js";
import type { TableLayout } from "./table.js";
import type { AttributeMap, Write } from "./writes.js";

export const MAX_ITEMS = 100;
const MAX_BYTES = 4 * 1024 * 1024;
const TOKEN_LIFETIME_MS = 10 * 60 * 1000;
/** After how many new tokens the expired ones are looked for; more of them go then than came. */
const SWEPT_EVERY = 16;
const EXPIRED_AT_ONCE = 2 * SWEPT_EVERY;
/** Transactions prepare and commit: everything is paid for twice. */
const FACTOR = 2;

interface TokenRow {
  readonly digest: string;
  readonly expiresAt: number;
  readonly output: object;
}
/** [client request token] */
const tokens = defineTable<TokenRow>("dynamodb/transaction-tokens");
/** [when it expires, client request token] */
const tokenExpiries = defineTable<{ at: number; token: string }>("dynamodb/transaction-token-expiries");
const counter = defineMemory("dynamodb/transaction-tokens", () => ({ count: 0 }));

/** One write of a transaction: the table as the request names it, and the item's key. */
export interface Part {
  readonly name: string;
  readonly key: Item;
  readonly write: Write;
}

/** One read of a transaction. */
export interface Get {
  readonly table: TableLayout;
  readonly key: Item;
  readonly projection: readonly Path[] | undefined;
}

/** Sees to it that no item is in a transaction twice. */
export class DistinctItems {
  readonly #seen = new Set<string>();

  /** @throws AwsError `ValidationException` */
  add(key: Key): void {
    const at = encodeKey(key);
    if (this.#seen.has(at)) throw validation("Transaction request cannot include multiple operations on one item");
    this.#seen.add(at);
  }
}

/** What errors of single items are called among the reasons for which a transaction is cancelled. */
const REASONS: Readonly<Record<string, string>> = {
  ValidationException: "ValidationError",
  DuplicateItemException: "DuplicateItem",
};

/** The reason that an item's error is. @throws the error, where it is none of an item */
export function reasonOf(error: unknown): CancellationReason {
  const code = isAwsError(error) ? REASONS[error.code] : undefined;
  if (code === undefined) throw error;
  return { Code: code, Message: (error as AwsError).message };
}

export function cancelled(reasons: CancellationReason[]): AwsError {
  const codes = reasons.map(({ Code }) => Code).join(", ");
  return new AwsError(
    "TransactionCanceledException",
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { members: { CancellationReasons: reasons } },
  );
}

/** Writes all or nothing. @throws AwsError `TransactionCanceledException` with a reason for each part */
export function performWrites(
  ctx: Context,
  parts: readonly Part[],
  asksCapacity: string | undefined,
  asksMetrics?: string,
): { ConsumedCapacity?: ConsumedCapacity[]; ItemCollectionMetrics?: Record<string, ItemCollectionMetrics[]> } {
  const reasons: CancellationReason[] = [];
  const changes: { part: Part; before: Item | undefined; after: Item | undefined }[] = [];
  for (const part of parts) {
    const { write } = part;
    const before = readRow(ctx, write.table, write.key);
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
      reasons.push(reasonOf(error));
    }
  }
  if (changes.length < parts.length) throw cancelled(reasons);
  checkSize(changes.reduce((bytes, { part, after }) => bytes + itemBytes(after ?? part.key), 0));
  const consumed = new Map<TableLayout, Units>();
  const metrics = new CollectionMetrics(asksMetrics);
  for (const { part, before, after } of changes) {
    const { write } = part;
    if (!write.readOnly) writeItem(ctx, write.table, write.key, before, after, false, write.stored);
    const units = consumed.get(write.table) ?? { table: 0, indexes: {} };
    addUnits(units, changeUnits(write.table, before, after), FACTOR);
    consumed.set(write.table, units);
    metrics.add(part.name, write.table, part.key);
  }
  const measured = metrics.measured(ctx);
  const capacity = [...consumed].flatMap(
    ([table, units]) => consumedCapacity(asksCapacity, table, units, "WriteCapacityUnits") ?? [],
  );
  return {
    ...(capacity.length > 0 ? { ConsumedCapacity: capacity } : {}),
    ...(measured ? { ItemCollectionMetrics: measured } : {}),
  };
}

/** Reads all items as they are at one time. */
export function performReads(
  ctx: Context,
  gets: readonly Get[],
  asksCapacity: string | undefined,
): { Responses: { Item?: AttributeMap }[]; ConsumedCapacity?: ConsumedCapacity[] } {
  const consumed = new Map<TableLayout, Units>();
  let bytes = 0;
  const responses = gets.map(({ table, key, projection }) => {
    const stored = readStored(ctx, table, key);
    const size = stored?.[0] ?? 0;
    bytes += size;
    const units = consumed.get(table) ?? { table: 0, indexes: {} };
    units.table += readUnits(size, true) * FACTOR;
    consumed.set(table, units);
    if (!stored) return {};
    const item = fromStored(stored);
    return { Item: (projection ? project(item, projection) : item) as AttributeMap };
  });
  checkSize(bytes);
  const capacity = [...consumed].flatMap(
    ([table, units]) => consumedCapacity(asksCapacity, table, units, "ReadCapacityUnits") ?? [],
  );
  return { Responses: responses, ...(capacity.length > 0 ? { ConsumedCapacity: capacity } : {}) };
}

export const rowOf = ({ table, key }: Get): Key => rowKey(table.prefix, table.schema, key);

function checkSize(bytes: number): void {
  if (bytes <= MAX_BYTES) return;
  throw validation("Transaction request size is too large: the aggregate size of the items cannot exceed 4 MB");
}

/**
 * Does the work of a request, unless the same has been done with its token in the last ten minutes: then its answer is
 * given again.
 * @throws AwsError `IdempotentParameterMismatchException` when that was another request
 */
export function oncePerToken<T extends object>(
  ctx: Context,
  token: string | undefined,
  request: object,
  work: () => T,
): T {
  if (token === undefined) return work();
  const digest = digestOf(request);
  const earlier = ctx.table(tokens).get(token);
  if (earlier && earlier.expiresAt > ctx.now()) {
    if (earlier.digest === digest) return earlier.output as T;
    throw new AwsError(
      "IdempotentParameterMismatchException",
      "The provided parameters do not match the parameters of the earlier request with the same client request token",
    );
  }
  const output = work();
  rememberToken(ctx, token, digest, output);
  return output;
}

function digestOf(request: object): string {
  const text = JSON.stringify(request, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
  );
  return hash("sha256", text, "base64");
}

function rememberToken(ctx: Context, token: string, digest: string, output: object): void {
  const now = ctx.now();
  const expiries = ctx.table(tokenExpiries);
  const remembered = ctx.memory(counter);
  if (++remembered.count % SWEPT_EVERY === 0) forgetTokens(ctx, now);
  const expiresAt = now + TOKEN_LIFETIME_MS;
  ctx.table(tokens).put([token], { digest, expiresAt, output });
  expiries.put([expiresAt, token], { at: expiresAt, token });
}

function forgetTokens(ctx: Context, now: number): void {
  const expiries = ctx.table(tokenExpiries);
  for (const { at, token } of expiries.rows({ before: [now], limit: EXPIRED_AT_ONCE })) {
    expiries.delete(at, token);
    if ((ctx.table(tokens).get(token)?.expiresAt ?? 0) <= now) ctx.table(tokens).delete(token);
  }
}
