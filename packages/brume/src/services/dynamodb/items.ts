/** The operations on single items. */
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { withJson } from "../../protocol/answer.js";
import { canonicalItem, type Item, validation } from "./attribute-value.js";
import { changeUnits, consumedCapacity, readUnits } from "./capacity.js";
import {
  CAPACITY,
  COLLECTION_METRICS,
  CONDITIONAL_OPERATOR,
  checkMembers,
  FAILURE_VALUES,
  RETURN_VALUES,
  TABLE_NAME,
} from "./constraints.js";
import { compileExpressions } from "./expressions/compile.js";
import { project } from "./expressions/project.js";
import { collectionMetrics } from "./item-collections.js";
import { checkKey } from "./keys.js";
import { attributesProjection } from "./legacy.js";
import { getLayout } from "./storage.js";
import { fromStored, itemJson, parseItem, readStored } from "./stored-item.js";
import {
  type AttributeMap,
  compileDelete,
  compilePut,
  compileUpdate,
  performWrite,
  type Write,
  type Written,
} from "./writes.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

const WRITE = {
  TableName: TABLE_NAME,
  ReturnValues: RETURN_VALUES,
  ReturnConsumedCapacity: CAPACITY,
  ReturnItemCollectionMetrics: COLLECTION_METRICS,
  ReturnValuesOnConditionCheckFailure: FAILURE_VALUES,
  ConditionalOperator: CONDITIONAL_OPERATOR,
};
const PUT = { ...WRITE, Item: { required: true } };
const KEYED = { ...WRITE, Key: { required: true } };
const GET = {
  TableName: TABLE_NAME,
  Key: { required: true },
  ReturnConsumedCapacity: CAPACITY,
  AttributesToGet: { minLength: 1, maxLength: 255 },
};

export const putItem: Handler<Dynamo, "PutItem"> = (input, ctx) => {
  checkMembers(input, PUT);
  checkReturnValues(input.ReturnValues);
  const write = compilePut(ctx, input);
  const written = performWrite(ctx, write, needsBefore(input));
  return writeOutput(ctx, input, write, written, input.Item as Item, allOld(input, written));
};

export const deleteItem: Handler<Dynamo, "DeleteItem"> = (input, ctx) => {
  checkMembers(input, KEYED);
  checkReturnValues(input.ReturnValues);
  const write = compileDelete(ctx, input);
  const written = performWrite(ctx, write, needsBefore(input));
  return writeOutput(ctx, input, write, written, input.Key as Item, allOld(input, written));
};

export const updateItem: Handler<Dynamo, "UpdateItem"> = (input, ctx) => {
  checkMembers(input, KEYED);
  const write = compileUpdate(ctx, input);
  const written = performWrite(ctx, write, true);
  return writeOutput(
    ctx,
    input,
    write,
    written,
    input.Key as Item,
    updatedAttributes(input.ReturnValues, write, written),
  );
};

interface WriteInput {
  ReturnValues?: string | undefined;
  ReturnConsumedCapacity?: string | undefined;
  ReturnItemCollectionMetrics?: string | undefined;
}

function checkReturnValues(asked: string | undefined): void {
  if (asked !== undefined && asked !== "NONE" && asked !== "ALL_OLD") {
    throw validation("Return values set to invalid value");
  }
}

const asksCapacity = (asked: string | undefined) => asked !== undefined && asked !== "NONE";
const needsBefore = (input: WriteInput) =>
  input.ReturnValues === "ALL_OLD" || asksCapacity(input.ReturnConsumedCapacity);
const allOld = (input: WriteInput, { before }: Written) => (input.ReturnValues === "ALL_OLD" ? before : undefined);

function updatedAttributes(asked: string | undefined, { paths = [] }: Write, written: Written): Item | undefined {
  const { before, after } = written;
  if (asked === "ALL_OLD") return before;
  if (asked === "ALL_NEW") return after;
  const item = asked === "UPDATED_OLD" ? before : asked === "UPDATED_NEW" ? after : undefined;
  const updated = item && project(item, paths);
  return updated && Object.keys(updated).length > 0 ? updated : undefined;
}

function writeOutput(
  ctx: Context,
  input: WriteInput,
  write: Write,
  written: Written,
  key: Item,
  attributes: Item | undefined,
) {
  const output: {
    Attributes?: AttributeMap;
    ConsumedCapacity?: ReturnType<typeof consumedCapacity>;
    ItemCollectionMetrics?: ReturnType<typeof collectionMetrics>;
  } = {};
  if (attributes) output.Attributes = attributes as AttributeMap;
  if (asksCapacity(input.ReturnConsumedCapacity)) {
    const units = changeUnits(write.table, written.before, written.after);
    output.ConsumedCapacity = consumedCapacity(input.ReturnConsumedCapacity, write.table, units);
  }
  if (input.ReturnItemCollectionMetrics === "SIZE") {
    output.ItemCollectionMetrics = collectionMetrics(ctx, input.ReturnItemCollectionMetrics, write.table, key);
  }
  return output;
}

export const getItem: Handler<Dynamo, "GetItem"> = (input, ctx) => {
  checkMembers(input, GET);
  const expressions = compileExpressions(input, ["ProjectionExpression"], ["AttributesToGet"]);
  const projection = expressions.projection ?? attributesProjection(input.AttributesToGet);
  const key = canonicalItem(input.Key as Item);
  const table = getLayout(ctx, input.TableName as string);
  checkKey(key, table.schema);
  const stored = readStored(ctx, table, key);
  const output: { ConsumedCapacity?: ReturnType<typeof consumedCapacity> } = {};
  if (asksCapacity(input.ReturnConsumedCapacity)) {
    const units = { table: readUnits(stored?.[0] ?? 0, input.ConsistentRead), indexes: {} };
    output.ConsumedCapacity = consumedCapacity(input.ReturnConsumedCapacity, table, units);
  }
  if (!stored) return output;
  const json = projection ? itemJson(project(fromStored(stored), projection)) : stored[1];
  return withJson(output, "Item", json, () => parseItem(json) as AttributeMap);
};
