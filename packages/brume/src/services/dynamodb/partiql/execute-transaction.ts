/** ExecuteTransaction: statements that all read or all write, all or nothing. */
import type { CancellationReason } from "@aws-sdk/client-dynamodb";
import type { Context } from "../../../kernel/context.js";
import type { Handler } from "../../../kernel/service.js";
import { validation } from "../attribute-value.js";
import { CAPACITY, checkMembers, STATEMENT } from "../constraints.js";
import { keyAttributes } from "../keys.js";
import { getLayout } from "../storage.js";
import {
  cancelled,
  DistinctItems,
  type Get,
  MAX_ITEMS,
  oncePerToken,
  type Part,
  performReads,
  performWrites,
  reasonOf,
  rowOf,
} from "../transaction.js";
import { compileStatement, conjunctions, keyIn } from "./compile-statement.js";
import { parse } from "./execute.js";
import type { Statement } from "./parse.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");
type Select = Extract<Statement, { kind: "Select" }>;
type WriteStatement = Exclude<Statement, Select>;

interface Given {
  readonly statement: Statement;
  readonly showOnFailure: boolean;
}
interface GivenWrite extends Given {
  readonly statement: WriteStatement;
}

const isWrite = (given: Given): given is GivenWrite => given.statement.kind !== "Select";

export const executeTransaction: Handler<Dynamo, "ExecuteTransaction"> = (input, ctx) => {
  checkMembers(input, {
    TransactStatements: { required: true, minLength: 1, maxLength: MAX_ITEMS },
    ClientRequestToken: { minLength: 1, maxLength: 36 },
    ReturnConsumedCapacity: CAPACITY,
  });
  const list = input.TransactStatements ?? [];
  const given = list.map((one, i): Given => {
    checkMembers(one, STATEMENT, `transactStatements.${i + 1}.member.`);
    return { statement: parse(ctx, one), showOnFailure: one.ReturnValuesOnConditionCheckFailure === "ALL_OLD" };
  });
  const writes = given.filter(isWrite);
  if (writes.length > 0 && writes.length < given.length) {
    throw validation("Transactions cannot mix read and write statements");
  }
  return oncePerToken(ctx, input.ClientRequestToken, list, () =>
    writes.length > 0
      ? performWrites(ctx, compileParts(ctx, writes), input.ReturnConsumedCapacity)
      : performReads(ctx, compileGets(ctx, given), input.ReturnConsumedCapacity),
  );
};

function compileParts(ctx: Context, list: readonly GivenWrite[]): Part[] {
  const distinct = new DistinctItems();
  const reasons: CancellationReason[] = [];
  const parts: Part[] = [];
  for (const { statement, showOnFailure } of list) {
    if ("returning" in statement && statement.returning !== undefined) {
      throw validation("RETURNING clause is not supported in transactions");
    }
    const table = getLayout(ctx, statement.table);
    try {
      const write = compileStatement(table, statement, showOnFailure);
      const key = statement.kind === "Insert" ? statement.item : keyIn(table, statement.where);
      parts.push({ name: statement.table, key, write });
      reasons.push({ Code: "None" });
    } catch (error) {
      reasons.push(reasonOf(error));
      continue;
    }
    distinct.add((parts.at(-1) as Part).write.key);
  }
  if (parts.length < list.length) throw cancelled(reasons);
  return parts;
}

const NOT_ONE_ITEM = "Select statements within ExecuteTransaction must specify the primary key in the where clause.";

function compileGets(ctx: Context, list: readonly Given[]): Get[] {
  const distinct = new DistinctItems();
  return list.map(({ statement }) => {
    const { table: name, index, where, projection } = statement as Select;
    const table = getLayout(ctx, name);
    if (index !== undefined) throw validation(NOT_ONE_ITEM);
    const get: Get = { table, key: keyIn(table, where, NOT_ONE_ITEM), projection };
    if (conjunctions(where) > keyAttributes(table.schema).length) throw validation(NOT_ONE_ITEM);
    distinct.add(rowOf(get));
    return get;
  });
}
