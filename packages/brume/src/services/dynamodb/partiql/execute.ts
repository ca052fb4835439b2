/** ExecuteStatement and BatchExecuteStatement. */
import type { BatchStatementError, BatchStatementResponse } from "@aws-sdk/client-dynamodb";
import type { Context } from "../../../kernel/context.js";
import { isAwsError } from "../../../kernel/errors.js";
import type { Handler } from "../../../kernel/service.js";
import type { Range } from "../../../kernel/store.js";
import { type Item, type Value, validation } from "../attribute-value.js";
import { changeUnits, consumedCapacity } from "../capacity.js";
import { CAPACITY, checkMembers, STATEMENT } from "../constraints.js";
import { project } from "../expressions/project.js";
import { rangeOf } from "../key-condition.js";
import { type PageInput, readPage, sourceOf } from "../page.js";
import { positionOf } from "../query.js";
import { addressOf, arnOf, getLayout } from "../storage.js";
import { type AttributeMap, performWrite, type Write, type Written } from "../writes.js";
import { compileStatement, equalities } from "./compile-statement.js";
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
    ...STATEMENT,
    Limit: { min: 1 },
    ReturnConsumedCapacity: CAPACITY,
  });
  return perform(ctx, input, parse(ctx, input));
};

export const batchExecuteStatement: Handler<Dynamo, "BatchExecuteStatement"> = (input, ctx) => {
  checkMembers(input, {
    Statements: { required: true, minLength: 1, maxLength: MAX_BATCH },
    ReturnConsumedCapacity: CAPACITY,
  });
  const statements = input.Statements ?? [];
  for (const [i, one] of statements.entries()) checkMembers(one, STATEMENT, `statements.${i + 1}.member.`);
  const Responses = statements.map((one): BatchStatementResponse => {
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
export function parse(ctx: Context, { Statement, Parameters }: StatementInput): Statement {
  const statement = parseStatement(Statement as string, Parameters as Value[] | undefined);
  const arn = arnOf(ctx, addressOf(ctx, statement.table));
  const index = statement.kind === "Select" && statement.index !== undefined ? `/index/${statement.index}` : "";
  const kind = statement.kind === "Exists" ? "Select" : statement.kind;
  ctx.cloud.authorizer?.(ctx, [`dynamodb:PartiQL${kind}`], [arn + index]);
  return statement;
}

function perform(ctx: Context, input: StatementInput, statement: Statement) {
  if (statement.kind === "Select") return select(ctx, input, statement);
  if (statement.kind === "Exists") throw validation("EXISTS can be used in transactions only");
  const table = getLayout(ctx, statement.table);
  const write = compileStatement(table, statement, input.ReturnValuesOnConditionCheckFailure === "ALL_OLD");
  if (statement.kind === "Insert") {
    performWrite(ctx, write, true);
    return {};
  }
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

function returned(returning: Returning | undefined, { paths = [] }: Write, written: Written): Item | undefined {
  if (!returning) return undefined;
  const item = returning.endsWith("OLD") ? written.before : written.after;
  return item && returning.startsWith("UPDATED") ? project(item, paths) : item;
}
