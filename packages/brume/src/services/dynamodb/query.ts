/** Query and Scan. */
import type { Handler } from "../../kernel/service.js";
import { encodeKey, type Range } from "../../kernel/store.js";
import { canonicalItem, type Item, validation } from "./attribute-value.js";
import { CAPACITY, CONDITIONAL_OPERATOR, checkMembers, INDEX_NAME, TABLE_NAME } from "./constraints.js";
import { compileExpressions } from "./expressions/compile.js";
import { checkKeyTests, type KeyTests, keyTests, legacyKeyTests, meetsTests, rangeOf } from "./key-condition.js";
import { checkKey, hashOf, indexRowKey, keyAttributes, keyOf, rowKey } from "./keys.js";
import { attributesProjection, filterCondition } from "./legacy.js";
import {
  checkScalarKeys,
  checkSelect,
  hasAll,
  pathsOf,
  readPage,
  type Source,
  sourceOf,
  startKeyNames,
} from "./page.js";
import { getLayout } from "./storage.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

const PAGE = {
  TableName: TABLE_NAME,
  IndexName: INDEX_NAME,
  Select: { oneOf: ["SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"] },
  Limit: { min: 1 },
  ReturnConsumedCapacity: CAPACITY,
  ConditionalOperator: CONDITIONAL_OPERATOR,
  AttributesToGet: { minLength: 1, maxLength: 255 },
};
const MAX_SEGMENTS = 1_000_000;
const SCAN = { ...PAGE, TotalSegments: { min: 1, max: MAX_SEGMENTS }, Segment: { min: 0, max: MAX_SEGMENTS - 1 } };

export const query: Handler<Dynamo, "Query"> = (input, ctx) => {
  checkMembers(input, PAGE);
  const startKey = input.ExclusiveStartKey && canonicalItem(input.ExclusiveStartKey as Item);
  const expressions = compileExpressions(
    input,
    ["KeyConditionExpression", "FilterExpression", "ProjectionExpression"],
    input.KeyConditionExpression === undefined
      ? ["AttributesToGet", "QueryFilter", "ConditionalOperator"]
      : ["AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"],
  );
  checkSelect(input, "Querying");
  const filter = expressions.filter ?? filterCondition(input.QueryFilter, input.ConditionalOperator, "queryFilter");
  const projection = expressions.projection ?? attributesProjection(input.AttributesToGet);
  if (!expressions.keyCondition && !input.KeyConditions) {
    throw validation("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  }
  const tests = expressions.keyCondition
    ? keyTests(expressions.keyCondition)
    : legacyKeyTests(input.KeyConditions ?? {});
  const source = sourceOf(getLayout(ctx, input.TableName as string), input);
  checkKeyTests(tests, source.schema);
  if (projection) checkScalarKeys(projection, source.table);
  if (filter) {
    const keys = keyAttributes(source.schema).map(({ name }) => name);
    const used = pathsOf(filter).find(([head]) => keys.includes(head as string));
    if (used) {
      const parameter = expressions.filter ? "Filter Expression" : "QueryFilter";
      throw validation(`${parameter} can only contain non-primary key attributes: Primary key attribute: ${used[0]}`);
    }
  }
  if (filter) checkScalarKeys(pathsOf(filter), source.table);
  const range: Range = {
    ...rangeOf(source.prefix, source.schema, tests),
    reverse: input.ScanIndexForward === false,
    ...(startKey ? { after: queryStart(source, startKey, tests) } : {}),
  };
  return readPage(ctx, input, { source, range, filter, projection });
};

function queryStart(source: Source, key: Item, tests: KeyTests): string {
  const position = positionOf(source, key, false);
  if (!meetsTests(key, tests)) {
    const partitions = source.schema.hash.every(({ name }) => meetsTests(key, only(tests, name)));
    throw validation(
      partitions
        ? "The provided starting key does not match the range key predicate"
        : "The provided starting key is outside query boundaries based on provided conditions",
    );
  }
  return position;
}

function only(tests: KeyTests, name: string): KeyTests {
  const test = tests.get(name);
  return new Map(test ? [[name, test]] : []);
}

/** Where the row of a start key stands. @throws AwsError `ValidationException` for a key that does not fit the source */
export function positionOf(source: Source, key: Item, scans: boolean): string {
  const { table, index } = source;
  const names = startKeyNames(source);
  const invalid = "The provided starting key is invalid";
  if (Object.keys(key).length !== names.length || !hasAll(key, names)) {
    throw validation(scans && !index ? `${invalid}: The provided key element does not match the schema` : invalid);
  }
  try {
    checkKey(keyOf(key, [table.schema]), table.schema);
  } catch (error) {
    throw scans ? validation(`${invalid}: ${(error as Error).message}`) : error;
  }
  const at = index
    ? indexRowKey(index.prefix, index.schema, table.schema, key)
    : rowKey(table.prefix, table.schema, key);
  if (!at) throw validation(invalid);
  return encodeKey(at);
}

export const scan: Handler<Dynamo, "Scan"> = (input, ctx) => {
  checkMembers(input, SCAN);
  const { Segment: segment, TotalSegments: total } = input;
  const startKey = input.ExclusiveStartKey && canonicalItem(input.ExclusiveStartKey as Item);
  const expressions = compileExpressions(
    input,
    ["FilterExpression", "ProjectionExpression"],
    ["AttributesToGet", "ScanFilter", "ConditionalOperator"],
  );
  checkSelect(input, "Scanning");
  checkSegment(segment, total);
  const filter = expressions.filter ?? filterCondition(input.ScanFilter, input.ConditionalOperator, "scanFilter");
  const projection = expressions.projection ?? attributesProjection(input.AttributesToGet);
  const source = sourceOf(getLayout(ctx, input.TableName as string), input);
  if (projection) checkScalarKeys(projection, source.table);
  if (filter) checkScalarKeys(pathsOf(filter), source.table);
  const bounds = total === undefined ? {} : segmentBounds(segment as number, total);
  if (startKey && total !== undefined && !isWithin(source, startKey, bounds)) {
    throw validation(
      "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. " +
        `TotalSegments: ${total} Segment: ${segment}`,
    );
  }
  const range: Range = {
    prefix: [source.prefix],
    ...bounds,
    ...(startKey ? { after: positionOf(source, startKey, true) } : {}),
  };
  return readPage(ctx, input, { source, range, filter, projection });
};

function checkSegment(segment: number | undefined, total: number | undefined): void {
  if (total === undefined && segment !== undefined) {
    throw validation(
      "The TotalSegments parameter is required but was not present in the request when Segment parameter is present",
    );
  }
  if (total === undefined) return;
  if (segment === undefined) {
    throw validation(
      "The Segment parameter is required but was not present in the request when parameter TotalSegments is present",
    );
  }
  if (segment >= total) {
    throw validation(
      `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${segment} is not less than TotalSegments: ${total}`,
    );
  }
}

interface Bounds {
  from?: [string];
  before?: [string];
}

/** Rows stand by the hash of their partition key; a segment is an equal part of all hashes. */
function segmentBounds(segment: number, total: number): Bounds {
  const bound = (part: number) =>
    Math.floor((part / total) * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return {
    ...(segment > 0 ? { from: [bound(segment)] } : {}),
    ...(segment < total - 1 ? { before: [bound(segment + 1)] } : {}),
  };
}

function isWithin(source: Source, key: Item, { from, before }: Bounds): boolean {
  if (!hasAll(key, startKeyNames(source))) return true;
  const partition = hashOf(source.schema.hash.map(({ name }) => key[name] ?? {}));
  return (!from || partition >= from[0]) && (!before || partition < before[0]);
}
