/** ExecuteStatement and BatchExecuteStatement. */
import type { BatchStatementError, BatchStatementResponse } from "@aws-sdk/client-dynamodb";
import type { Context } from "../../../kernel/context.js";
import { AwsError, isAwsError } from "../../../kernel/errors.js";
import type { Handler } from "../../../kernel/service.js";
import type { Range } from "../../../kernel/store.js";
import { type Item, itemBytes, type Value, validation } from "../attribute-value.js";
import { changeUnits, consumedCapacity } from "../capacity.js";
import { CAPACITY, checkMembers, FAILURE_VALUES } from "../constraints.js";
import { project } from "../expressions/project.js";
import type { Condition } from "../expressions/syntax.js";
import { applyUpdate } from "../expressions/update.js";
import { type KeyTest, rangeOf } from "../key-condition.js";
import { checkIndexKey, checkItemKey, checkKey, keyAttributes, rowKey } from "../keys.js";
import { type PageInput, readPage, sourceOf } from "../page.js";
import { positionOf } from "../query.js";
import { addressOf, arnOf, getLayout } from "../storage.js";
import type { TableLayout } from "../table.js";
import { type AttributeMap, MAX_ITEM_BYTES, performWrite, type Write, type Written } from "../writes.js";
import { parseStatement, type Returning, type Statement } from "./parse.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

const MAX_BATCH = 25;

interface StatementInput extends PageInput {
  Statement?: string | undefined;
  Parameters?: unknown[] | undefined;
  NextToken?: string | undefined;
  ReturnValuesOnConditionCheckFailure?: string | undefined;
}

export const executeStatement: Handler<Dynamo, "ExecuteStatement"> = (input, ctx) => {
  checkMembers(input, {
    Statement: { required: true, minLength: 1, maxLength: 8192 },
    Parameters: { minLength: 1 },
    Limit: { min: 1 },
    ReturnConsumedCapacity: CAPACITY,
    ReturnValuesOnConditionCheckFailure: FAILURE_VALUES,
  });
  return perform(ctx, input, parse(ctx, input));
};

export const batchExecuteStatement: Handler<Dynamo, "BatchExecuteStatement"> = (input, ctx) => {
  checkMembers(input, {
    Statements: { required: true, minLength: 1, maxLength: MAX_BATCH },
    ReturnConsumedCapacity: CAPACITY,
  });
  const Responses = (input.Statements ?? []).map((one): BatchStatementResponse => {
    try {
      const statement = parse(ctx, one);
      const { Items = [] } = perform(ctx, one, statement);
      return { TableName: statement.table, ...(Items[0] ? { Item: Items[0] } : {}) };
    } catch (error) {
      if (!isAwsError(error)) throw error;
      const Code = (ERROR_CODES[error.code] ?? "ValidationError") as BatchStatementError["Code"];
      return { Error: { Code, Message: error.message, ...error.members } };
    }
  });
  return { Responses };
};

/** What errors of single statements are called in a batch. */
const ERROR_CODES: Readonly<Record<string, string>> = {
  ConditionalCheckFailedException: "ConditionalCheckFailed",
  DuplicateItemException: "DuplicateItem",
  ResourceNotFoundException: "ResourceNotFound",
  AccessDeniedException: "AccessDenied",
};

// What a statement does, and so which permission it needs, shows only when it is parsed.
function parse(ctx: Context, { Statement, Parameters }: StatementInput): Statement {
  const statement = parseStatement(Statement as string, Parameters as Value[] | undefined);
  const arn = arnOf(ctx, addressOf(ctx, statement.table));
  const index = statement.kind === "Select" && statement.index !== undefined ? `/index/${statement.index}` : "";
  ctx.cloud.authorizer?.(ctx, [`dynamodb:PartiQL${statement.kind}`], [arn + index]);
  return statement;
}

function perform(ctx: Context, input: StatementInput, statement: Statement) {
  if (statement.kind === "Select") return select(ctx, input, statement);
  const table = getLayout(ctx, statement.table);
  if (statement.kind === "Insert") {
    insert(ctx, table, statement.item);
    return {};
  }
  const write = compile(table, statement, input.ReturnValuesOnConditionCheckFailure === "ALL_OLD");
  const asksCapacity = input.ReturnConsumedCapacity !== undefined && input.ReturnConsumedCapacity !== "NONE";
  const written = performWrite(ctx, write, statement.returning !== undefined || asksCapacity);
  const item = returned(statement.returning, write, written);
  const capacity =
    asksCapacity &&
    consumedCapacity(input.ReturnConsumedCapacity, table, changeUnits(table, written.before, written.after));
  return {
    ...(statement.returning ? { Items: item ? [item as AttributeMap] : [] } : {}),
    ...(capacity ? { ConsumedCapacity: capacity } : {}),
  };
}

function select(ctx: Context, input: StatementInput, statement: Extract<Statement, { kind: "Select" }>) {
  const page: PageInput = {
    IndexName: statement.index,
    Limit: input.Limit,
    ConsistentRead: input.ConsistentRead,
    ReturnConsumedCapacity: input.ReturnConsumedCapacity,
  };
  const source = sourceOf(getLayout(ctx, statement.table), page);
  const tests = new Map(equalities(statement.where));
  const queried = source.schema.hash.every(({ name, type }) => tests.get(name)?.values[0]?.[type] !== undefined);
  const { NextToken: token } = input;
  const range: Range = {
    ...(queried ? rangeOf(source.prefix, { ...source.schema, range: [] }, tests) : { prefix: [source.prefix] }),
    reverse: statement.descending,
    ...(token === undefined ? {} : { after: positionOf(source, fromToken(token), true) }),
  };
  const request = { source, range, filter: statement.where, projection: statement.projection };
  const { Items, LastEvaluatedKey, ConsumedCapacity } = readPage(ctx, page, request);
  return {
    Items: Items ?? [],
    ...(LastEvaluatedKey ? { LastEvaluatedKey, NextToken: toToken(LastEvaluatedKey as Item) } : {}),
    ...(ConsumedCapacity ? { ConsumedCapacity } : {}),
  };
}

const toToken = (key: Item): string =>
  Buffer.from(
    JSON.stringify(key, (name, value: unknown) =>
      name === "B" ? Buffer.from(value as Uint8Array).toString("hex") : value,
    ),
  ).toString("base64");

function fromToken(token: string): Item {
  try {
    return JSON.parse(Buffer.from(token, "base64").toString(), (name, value: unknown) =>
      name === "B" ? Buffer.from(value as string, "hex") : value,
    ) as Item;
  } catch {
    throw validation("Invalid NextToken");
  }
}

/** The attributes that a condition says are equal to a value, whatever else it says. */
function equalities(condition: Condition | undefined): [string, KeyTest][] {
  if (condition?.kind === "and") return [...equalities(condition.left), ...equalities(condition.right)];
  if (condition?.kind !== "compare" || condition.operator !== "=") return [];
  const [subject, value] = condition.operands;
  if (subject?.kind !== "path" || subject.path.length > 1 || value?.kind !== "value") return [];
  return [[subject.path[0] as string, { operator: "=", values: [value.value] }]];
}

function insert(ctx: Context, table: TableLayout, item: Item): void {
  if (itemBytes(item) > MAX_ITEM_BYTES) throw validation("Item size has exceeded the maximum allowed size");
  checkItemKey(item, table.schema);
  for (const index of table.indexes) checkIndexKey(item, index.schema, index.name);
  const write: Write = {
    table,
    key: rowKey(table.prefix, table.schema, item),
    condition: undefined,
    showOnFailure: false,
    change: (before) => {
      if (before) throw new AwsError("DuplicateItemException", "Duplicate primary key exists in table");
      return item;
    },
  };
  performWrite(ctx, write, true);
}

function compile(
  table: TableLayout,
  statement: Extract<Statement, { kind: "Update" | "Delete" }>,
  showOnFailure: boolean,
): Write {
  const tests = new Map(equalities(statement.where));
  const key: Record<string, Value> = {};
  for (const { name } of keyAttributes(table.schema)) {
    const value = tests.get(name)?.values[0];
    if (!value) throw validation("Where clause does not contain a mandatory equality on all key attributes");
    key[name] = value;
  }
  checkKey(key, table.schema);
  const base = { table, key: rowKey(table.prefix, table.schema, key), showOnFailure };
  // Deleting what is not there is no failure, unless more than its key was asked of it.
  const onlyKey = countOf(statement.where) === keyAttributes(table.schema).length;
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

function countOf(condition: Condition | undefined): number {
  return condition?.kind === "and" ? countOf(condition.left) + countOf(condition.right) : 1;
}

function returned(returning: Returning | undefined, { paths = [] }: Write, written: Written): Item | undefined {
  if (!returning) return undefined;
  const item = returning.endsWith("OLD") ? written.before : written.after;
  return item && returning.startsWith("UPDATED") ? project(item, paths) : item;
}
