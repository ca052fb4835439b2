/** TransactWriteItems and TransactGetItems: all or nothing. */
import type { CancellationReason, TransactWriteItem } from "@aws-sdk/client-dynamodb";
import type { Context } from "../../kernel/context.js";
import { type AwsError, isAwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { canonicalItem, type Item, validation } from "./attribute-value.js";
import {
  CAPACITY,
  COLLECTION_METRICS,
  type Constraint,
  checkMembers,
  FAILURE_VALUES,
  TABLE_NAME,
} from "./constraints.js";
import { compileExpressions } from "./expressions/compile.js";
import { checkKey } from "./keys.js";
import { addressOf, arnOf, getLayout } from "./storage.js";
import {
  cancelled,
  DistinctItems,
  MAX_ITEMS,
  oncePerToken,
  type Part,
  performReads,
  performWrites,
  reasonOf,
  rowOf,
} from "./transaction.js";
import { compileCheck, compileDelete, compilePut, compileUpdate } from "./writes.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

const TRANSACT_ITEMS = { TransactItems: { required: true, minLength: 1, maxLength: MAX_ITEMS } };
const WRITES = {
  ...TRANSACT_ITEMS,
  ReturnConsumedCapacity: CAPACITY,
  ReturnItemCollectionMetrics: COLLECTION_METRICS,
  ClientRequestToken: { minLength: 1, maxLength: 36 },
};

const KINDS = ["ConditionCheck", "Put", "Delete", "Update"] as const;
type Kind = (typeof KINDS)[number];
/** The IAM action that each part of a transaction needs. */
const ACTIONS: Readonly<Record<Kind, string>> = {
  ConditionCheck: "dynamodb:ConditionCheckItem",
  Put: "dynamodb:PutItem",
  Delete: "dynamodb:DeleteItem",
  Update: "dynamodb:UpdateItem",
};

export const transactWriteItems: Handler<Dynamo, "TransactWriteItems"> = (input, ctx) => {
  checkMembers(input, WRITES);
  const list = input.TransactItems ?? [];
  for (const [i, item] of list.entries()) authorize(ctx, item, i);
  return oncePerToken(ctx, input.ClientRequestToken, list, () =>
    performWrites(ctx, compileParts(ctx, list), input.ReturnConsumedCapacity, input.ReturnItemCollectionMetrics),
  );
};

const ON_FAILURE = { ReturnValuesOnConditionCheckFailure: FAILURE_VALUES };
const REQUIRED = { required: true };
/** What each part must be like, in the order in which AWS names what is missing. */
const PARTS: Readonly<Record<Kind, Readonly<Record<string, Constraint>>>> = {
  ConditionCheck: { TableName: TABLE_NAME, Key: REQUIRED, ConditionExpression: REQUIRED, ...ON_FAILURE },
  Put: { TableName: TABLE_NAME, Item: REQUIRED, ...ON_FAILURE },
  Delete: { TableName: TABLE_NAME, Key: REQUIRED, ...ON_FAILURE },
  Update: { TableName: TABLE_NAME, Key: REQUIRED, UpdateExpression: REQUIRED, ...ON_FAILURE },
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
  checkMembers(input, PARTS[kind], parent);
  ctx.cloud.authorizer?.(ctx, [ACTIONS[kind]], [arnOf(ctx, addressOf(ctx, input.TableName as string))]);
}

function compileParts(ctx: Context, list: readonly TransactWriteItem[]): Part[] {
  const reasons: CancellationReason[] = [];
  const parts: Part[] = [];
  const distinct = new DistinctItems();
  for (const item of list) {
    const kind = kindOf(item);
    try {
      const part = compilePart(ctx, kind, item);
      distinct.add(part.write.key);
      parts.push(part);
      reasons.push({ Code: "None" });
    } catch (error) {
      // What is wrong with the values of one item cancels the transaction; anything else fails the request.
      if (!isAwsError(error, "ValidationException") || !isItemProblem(error)) throw error;
      reasons.push(reasonOf(error));
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
    return { name: input.TableName as string, key: input.Item as Item, write: compilePut(ctx, input) };
  }
  const input = item[kind] as NonNullable<TransactWriteItem["Delete"]>;
  const compile = kind === "Delete" ? compileDelete : kind === "Update" ? compileUpdate : compileCheck;
  return { name: input.TableName as string, key: input.Key as Item, write: compile(ctx, input) };
}

export const transactGetItems: Handler<Dynamo, "TransactGetItems"> = (input, ctx) => {
  checkMembers(input, { ...TRANSACT_ITEMS, ReturnConsumedCapacity: CAPACITY });
  const distinct = new DistinctItems();
  const gets = (input.TransactItems ?? []).map(({ Get }, i) => {
    const parent = `transactItems.${i + 1}.member.`;
    checkMembers({ Get }, { Get: { required: true } }, parent);
    const get = Get ?? { TableName: undefined, Key: undefined };
    checkMembers(get, { TableName: TABLE_NAME, Key: { required: true } }, `${parent}get.`);
    const { projection } = compileExpressions(get, ["ProjectionExpression"]);
    const key = canonicalItem(get.Key as Item);
    const table = getLayout(ctx, get.TableName as string);
    checkKey(key, table.schema);
    distinct.add(rowOf({ table, key, projection }));
    return { table, key, projection };
  });
  return performReads(ctx, gets, input.ReturnConsumedCapacity);
};

/** The ARNs of the tables that a transaction reads, for authorization. */
export function gottenTables(
  input: { TransactItems?: { Get?: { TableName?: string | undefined } | undefined }[] | undefined },
  ctx: Context,
): string[] {
  const names = (input.TransactItems ?? []).map(({ Get }) => Get?.TableName ?? "");
  return [...new Set(names)].map((name) => arnOf(ctx, addressOf(ctx, name)));
}
