/** What statements that write do, as writes of single items. */
import { AwsError } from "../../../kernel/errors.js";
import { type Item, itemBytes, type Value, validation } from "../attribute-value.js";
import type { Condition } from "../expressions/syntax.js";
import { applyUpdate } from "../expressions/update.js";
import type { KeyTest } from "../key-condition.js";
import { checkIndexKey, checkItemKey, checkKey, keyAttributes, rowKey } from "../keys.js";
import type { TableLayout } from "../table.js";
import { MAX_ITEM_BYTES, type Write } from "../writes.js";
import type { Statement } from "./parse.js";

/** The attributes that a condition says are equal to a value, whatever else it says. */
export function equalities(condition: Condition | undefined): [string, KeyTest][] {
  if (condition?.kind === "and") return [...equalities(condition.left), ...equalities(condition.right)];
  if (condition?.kind !== "compare" || condition.operator !== "=") return [];
  const [subject, value] = condition.operands;
  if (subject?.kind !== "path" || subject.path.length > 1 || value?.kind !== "value") return [];
  return [[subject.path[0] as string, { operator: "=", values: [value.value] }]];
}

/** The write that a statement is. @throws AwsError `ValidationException` */
export function compileStatement(
  table: TableLayout,
  statement: Exclude<Statement, { kind: "Select" }>,
  showOnFailure: boolean,
): Write {
  return statement.kind === "Insert"
    ? compileInsert(table, statement.item, showOnFailure)
    : compileKeyed(table, statement, showOnFailure);
}

function compileInsert(table: TableLayout, item: Item, showOnFailure: boolean): Write {
  if (itemBytes(item) > MAX_ITEM_BYTES) throw validation("Item size has exceeded the maximum allowed size");
  checkItemKey(item, table.schema);
  for (const index of table.indexes) checkIndexKey(item, index.schema, index.name);
  return {
    table,
    key: rowKey(table.prefix, table.schema, item),
    condition: undefined,
    showOnFailure,
    change: (before) => {
      if (before) throw new AwsError("DuplicateItemException", "Duplicate primary key exists in table");
      return item;
    },
  };
}

/** The key that a condition names. @throws AwsError `ValidationException` when it does not name one item */
export function keyIn(
  table: TableLayout,
  where: Condition | undefined,
  message = "Where clause does not contain a mandatory equality on all key attributes",
): Item {
  const tests = new Map(equalities(where));
  const key: Record<string, Value> = {};
  for (const { name } of keyAttributes(table.schema)) {
    const value = tests.get(name)?.values[0];
    if (!value) throw validation(message);
    key[name] = value;
  }
  checkKey(key, table.schema);
  return key;
}

function compileKeyed(
  table: TableLayout,
  statement: Extract<Statement, { kind: "Update" | "Delete" | "Exists" }>,
  showOnFailure: boolean,
): Write {
  const key = keyIn(table, statement.where);
  const base = { table, key: rowKey(table.prefix, table.schema, key), showOnFailure };
  if (statement.kind === "Exists") {
    return { ...base, condition: statement.where, change: (before) => before, readOnly: true };
  }
  // Deleting what is not there is no failure, unless more than its key was asked of it.
  const onlyKey = conjunctions(statement.where) === keyAttributes(table.schema).length;
  if (statement.kind === "Delete") {
    return { ...base, condition: onlyKey ? undefined : statement.where, change: () => undefined };
  }
  const { actions } = statement;
  const keyed = actions.find(({ path }) => Object.hasOwn(key, path[0] as string));
  if (keyed) {
    throw validation(
      `One or more parameter values were invalid: Cannot update attribute ${keyed.path[0]}. This attribute is part of the key`,
    );
  }
  return {
    ...base,
    condition: statement.where,
    paths: actions.map(({ path }) => path),
    change: (before = key) => {
      const after = applyUpdate(before, actions);
      if (itemBytes(after) > MAX_ITEM_BYTES) {
        throw validation("Item size to update has exceeded the maximum allowed size");
      }
      for (const index of table.indexes) checkIndexKey(after, index.schema, index.name);
      return after;
    },
  };
}

/** How many conditions a condition joins by AND. */
export function conjunctions(condition: Condition | undefined): number {
  return condition?.kind === "and" ? conjunctions(condition.left) + conjunctions(condition.right) : 1;
}
