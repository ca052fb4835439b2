/** What puts, updates, deletes and condition checks are once they are checked: alone, in a batch or in a transaction. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Key } from "../../kernel/store.js";
import { canonicalItem, type Item, itemBytes, typeOf, validation } from "./attribute-value.js";
import { compileExpressions } from "./expressions/compile.js";
import { matches } from "./expressions/evaluate.js";
import type { Action, Condition, Operand, Path } from "./expressions/syntax.js";
import { applyUpdate } from "./expressions/update.js";
import { writeItem } from "./item-rows.js";
import { checkIndexKey, checkItemKey, checkKey, type KeySchema, keyAttributes, rowKey } from "./keys.js";
import { expectedCondition, updateActions } from "./legacy.js";
import { getLayout } from "./storage.js";
import { readRow, type StoredItem, toStored } from "./stored-item.js";
import type { TableLayout } from "./table.js";

export type AttributeMap = Record<string, AttributeValue>;

export const MAX_ITEM_BYTES = 400 * 1024;

/** A change of one item that has passed all checks that do not need the item. */
export interface Write {
  readonly table: TableLayout;
  readonly key: Key;
  readonly condition: Condition | undefined;
  /** Whether the item as it was is put into the error when the condition does not hold. */
  readonly showOnFailure: boolean;
  /** The item afterwards; the same as before where nothing is written. */
  readonly change: (before: Item | undefined) => Item | undefined;
  /** The item afterwards as it is kept, where that is known from the start. */
  readonly stored?: StoredItem;
  /** The paths that an update expression writes to. */
  readonly paths?: readonly Path[];
  /** Only checks its condition. */
  readonly readOnly?: boolean;
}

interface ConditionInput {
  TableName?: string | undefined;
  Expected?: object | undefined;
  ConditionalOperator?: string | undefined;
  ConditionExpression?: string | undefined;
  ReturnValuesOnConditionCheckFailure?: string | undefined;
}
interface KeyedInput extends ConditionInput {
  Key?: AttributeMap | undefined;
}

/** @throws AwsError as PutItem does */
export function compilePut(
  ctx: Context,
  input: ConditionInput & { Item?: AttributeMap | undefined },
  operand = "Item",
): Write {
  const { condition } = compileExpressions(input, ["ConditionExpression"], ["Expected", "ConditionalOperator"]);
  const item = canonicalItem((input.Item ?? {}) as Item);
  const expected = condition ?? legacyCondition(input);
  const stored = toStored(item);
  if (stored[0] > MAX_ITEM_BYTES) {
    throw validation(`${operand} size has exceeded the maximum allowed size`);
  }
  const table = getLayout(ctx, input.TableName as string);
  checkItemKey(item, table.schema);
  for (const index of table.indexes) checkIndexKey(item, index.schema, index.name);
  return {
    table,
    key: rowKey(table.prefix, table.schema, item),
    condition: expected,
    showOnFailure: input.ReturnValuesOnConditionCheckFailure === "ALL_OLD",
    change: () => item,
    stored,
  };
}

/** @throws AwsError as DeleteItem does */
export function compileDelete(ctx: Context, input: KeyedInput): Write {
  return { ...compileKeyed(ctx, input), change: () => undefined };
}

/** @throws AwsError as a condition check in a transaction does */
export function compileCheck(ctx: Context, input: KeyedInput): Write {
  return { ...compileKeyed(ctx, input), change: (before) => before, readOnly: true };
}

function compileKeyed(ctx: Context, input: KeyedInput): Omit<Write, "change"> {
  const { condition } = compileExpressions(input, ["ConditionExpression"], ["Expected", "ConditionalOperator"]);
  const key = canonicalItem((input.Key ?? {}) as Item);
  const expected = condition ?? legacyCondition(input);
  const table = getLayout(ctx, input.TableName as string);
  checkKey(key, table.schema);
  return {
    table,
    key: rowKey(table.prefix, table.schema, key),
    condition: expected,
    showOnFailure: input.ReturnValuesOnConditionCheckFailure === "ALL_OLD",
  };
}

function legacyCondition(input: ConditionInput): Condition | undefined {
  if (!input.Expected && input.ConditionalOperator === undefined) return undefined;
  return expectedCondition(input.Expected as Parameters<typeof expectedCondition>[0], input.ConditionalOperator);
}

interface UpdateInput extends KeyedInput {
  AttributeUpdates?: object | undefined;
  UpdateExpression?: string | undefined;
}

/** @throws AwsError as UpdateItem does */
export function compileUpdate(ctx: Context, input: UpdateInput): Write {
  const compiled = compileExpressions(
    input,
    ["UpdateExpression", "ConditionExpression"],
    ["AttributeUpdates", "Expected", "ConditionalOperator"],
  );
  const key = canonicalItem((input.Key ?? {}) as Item);
  const condition = compiled.condition ?? legacyCondition(input);
  const actions = compiled.update ?? updateActions(input.AttributeUpdates as Parameters<typeof updateActions>[0]) ?? [];
  const table = getLayout(ctx, input.TableName as string);
  checkKey(key, table.schema);
  checkActions(table, actions);
  return {
    table,
    key: rowKey(table.prefix, table.schema, key),
    condition,
    showOnFailure: input.ReturnValuesOnConditionCheckFailure === "ALL_OLD",
    change: (before) => updatedItem(table, key, actions, before),
    paths: actions.map(({ path }) => path),
  };
}

function checkActions(table: TableLayout, actions: readonly Action[]): void {
  const keys = keyAttributes(table.schema);
  for (const { path } of actions) {
    if (keys.some(({ name }) => name === path[0])) {
      throw validation(
        `One or more parameter values were invalid: Cannot update attribute ${path[0]}. This attribute is part of the key`,
      );
    }
  }
  for (const index of table.indexes) {
    for (const { path, operand } of actions) checkIndexAction(index.schema, index.name, path, operand);
  }
}

function checkIndexAction(schema: KeySchema, index: string, path: Path, operand: Operand | undefined): void {
  const key = keyAttributes(schema).find(({ name }) => name === path[0]);
  if (!key) return;
  if (path.length > 1) {
    throw validation(
      `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: IndexKey: ${key.name}`,
    );
  }
  if (operand?.kind === "value" && operand.value[key.type] === undefined) {
    throw validation(
      `One or more parameter values were invalid: Type mismatch for Index Key ${key.name} Expected: ${key.type} Actual: ${typeOf(operand.value)} IndexName: ${index}`,
    );
  }
}

function updatedItem(table: TableLayout, key: Item, actions: readonly Action[], before: Item | undefined): Item {
  const after = applyUpdate(before ?? key, actions);
  if (actions.length > 0 && itemBytes(after) > MAX_ITEM_BYTES) {
    throw validation("Item size to update has exceeded the maximum allowed size");
  }
  for (const { schema, name: index } of table.indexes) {
    for (const { name, type } of keyAttributes(schema)) {
      const value = after[name];
      if (value && value[type] === undefined) {
        throw validation("The update expression attempted to update the secondary index key to unsupported type");
      }
    }
    checkIndexKey(after, schema, index);
  }
  return after;
}

/** What a write did. */
export interface Written {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/**
 * Performs a write.
 * @param needsBefore whether the caller wants the item as it was, where the write itself does not need it
 * @throws AwsError `ConditionalCheckFailedException`, `ValidationException`
 */
export function performWrite(ctx: Context, write: Write, needsBefore: boolean): Written {
  const { table, key, condition } = write;
  const reads = needsBefore || condition !== undefined || write.paths !== undefined || !table.simple;
  const before = reads ? readRow(ctx, table, key) : undefined;
  if (condition && !matches(condition, before ?? {})) {
    throw new AwsError("ConditionalCheckFailedException", "The conditional request failed", {
      members: write.showOnFailure && before ? { Item: before } : {},
    });
  }
  const after = write.change(before);
  if (!write.readOnly) writeItem(ctx, table, key, before, after, false, write.stored);
  return { before, after };
}
