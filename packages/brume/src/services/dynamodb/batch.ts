/** BatchGetItem and BatchWriteItem. */
import type { ConsumedCapacity, KeysAndAttributes } from "@aws-sdk/client-dynamodb";
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { encodeKey } from "../../kernel/store.js";
import { withJson } from "../../protocol/answer.js";
import { canonicalItem, type Item, validation } from "./attribute-value.js";
import { addUnits, changeUnits, consumedCapacity, readUnits, type Units } from "./capacity.js";
import { CAPACITY, COLLECTION_METRICS, checkMembers } from "./constraints.js";
import { compileExpressions } from "./expressions/compile.js";
import { project } from "./expressions/project.js";
import type { Path } from "./expressions/syntax.js";
import { CollectionMetrics } from "./item-collections.js";
import { checkKey, rowKey } from "./keys.js";
import { attributesProjection } from "./legacy.js";
import { addressOf, arnOf, getLayout } from "./storage.js";
import { fromStored, itemJson, parseItem, readStored } from "./stored-item.js";
import type { TableLayout } from "./table.js";
import { type AttributeMap, compileDelete, compilePut, performWrite, type Write } from "./writes.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

const MAX_GETS = 100;
const MAX_WRITES = 25;
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
const REQUEST_ITEMS = { RequestItems: { required: true, minLength: 1, maxLength: 100 } };
const duplicates = () => validation("Provided list of item keys contains duplicates");

/** The ARNs of the tables in a batch, for authorization. */
export function tablesOf(input: { RequestItems?: object | undefined }, ctx: Context): string[] {
  return Object.keys(input.RequestItems ?? {}).map((name) => arnOf(ctx, addressOf(ctx, name)));
}

interface TableGets {
  readonly name: string;
  readonly table: TableLayout;
  readonly request: KeysAndAttributes;
  readonly keys: readonly Item[];
  readonly projection: readonly Path[] | undefined;
}

export const batchGetItem: Handler<Dynamo, "BatchGetItem"> = (input, ctx) => {
  checkMembers(input, { ...REQUEST_ITEMS, ReturnConsumedCapacity: CAPACITY });
  const requests = Object.entries(input.RequestItems ?? {});
  for (const [name, request] of requests) {
    checkMembers(request, { Keys: { required: true, minLength: 1, maxLength: 100 } }, `requestItems.${name}.member.`);
  }
  const count = requests.reduce((sum, [, { Keys = [] }]) => sum + Keys.length, 0);
  if (count > MAX_GETS) throw validation("Too many items requested for the BatchGetItem call");
  const gets = requests.map(([name, request]) => compileGets(ctx, name, request));
  const responses: [table: string, items: string[]][] = [];
  const unprocessed: Record<string, KeysAndAttributes> = {};
  const consumed: ConsumedCapacity[] = [];
  let bytes = 0;
  for (const { name, table, request, keys, projection } of gets) {
    const found: string[] = [];
    const left: AttributeMap[] = [];
    const units: Units = { table: 0, indexes: {} };
    for (const key of keys) {
      const stored = readStored(ctx, table, key);
      const itemSize = stored?.[0] ?? 0;
      if (bytes + itemSize > MAX_RESPONSE_BYTES) {
        left.push(key as AttributeMap);
        continue;
      }
      bytes += itemSize;
      units.table += readUnits(itemSize, request.ConsistentRead);
      if (stored) found.push(projection ? itemJson(project(fromStored(stored), projection)) : stored[1]);
    }
    responses.push([name, found]);
    if (left.length > 0) unprocessed[name] = { ...request, Keys: left };
    const capacity = consumedCapacity(input.ReturnConsumedCapacity, table, units);
    if (capacity) consumed.push(capacity);
  }
  const output = { UnprocessedKeys: unprocessed, ...(consumed.length > 0 ? { ConsumedCapacity: consumed } : {}) };
  const json = responses.map(([name, found]) => `${JSON.stringify(name)}:[${found.join(",")}]`);
  return withJson(output, "Responses", `{${json.join(",")}}`, () =>
    Object.fromEntries(responses.map(([name, found]) => [name, found.map(parseItem) as AttributeMap[]])),
  );
};

function compileGets(ctx: Context, name: string, request: KeysAndAttributes): TableGets {
  const expressions = compileExpressions(request, ["ProjectionExpression"], ["AttributesToGet"]);
  const projection = expressions.projection ?? attributesProjection(request.AttributesToGet);
  const keys = (request.Keys ?? []).map((key) => canonicalItem(key as Item));
  const table = getLayout(ctx, name);
  const seen = new Set<string>();
  for (const key of keys) {
    checkKey(key, table.schema);
    const at = encodeKey(rowKey(table.prefix, table.schema, key));
    if (seen.has(at)) throw duplicates();
    seen.add(at);
  }
  return { name, table, request, keys, projection };
}

export const batchWriteItem: Handler<Dynamo, "BatchWriteItem"> = (input, ctx) => {
  checkMembers(input, {
    ...REQUEST_ITEMS,
    ReturnConsumedCapacity: CAPACITY,
    ReturnItemCollectionMetrics: COLLECTION_METRICS,
  });
  const requests = Object.entries(input.RequestItems ?? {});
  const count = requests.reduce((sum, [, writes]) => sum + writes.length, 0);
  if (count > MAX_WRITES) throw validation("Too many items requested for the BatchWriteItem call");
  const writes: { name: string; write: Write; key: Item }[] = [];
  const seen = new Set<string>();
  for (const [name, list] of requests) {
    if (list.length === 0) {
      throw validation("The batch write request list for a table cannot be null or empty");
    }
    for (const { PutRequest, DeleteRequest } of list) {
      if ((PutRequest === undefined) === (DeleteRequest === undefined)) {
        throw validation(
          PutRequest
            ? "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
            : "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        );
      }
      const write = PutRequest
        ? compilePut(ctx, { TableName: name, Item: PutRequest.Item })
        : compileDelete(ctx, { TableName: name, Key: DeleteRequest?.Key });
      const at = encodeKey(write.key);
      if (seen.has(at)) throw duplicates();
      seen.add(at);
      writes.push({ name, write, key: (PutRequest?.Item ?? DeleteRequest?.Key) as Item });
    }
  }
  const consumed = new Map<TableLayout, Units>();
  const metrics = new CollectionMetrics(input.ReturnItemCollectionMetrics);
  const asksCapacity = input.ReturnConsumedCapacity !== undefined && input.ReturnConsumedCapacity !== "NONE";
  for (const { name, write, key } of writes) {
    const { before, after } = performWrite(ctx, write, asksCapacity);
    if (asksCapacity) {
      const units = consumed.get(write.table) ?? { table: 0, indexes: {} };
      addUnits(units, changeUnits(write.table, before, after));
      consumed.set(write.table, units);
    }
    metrics.add(name, write.table, key);
  }
  const measured = metrics.measured(ctx);
  return {
    UnprocessedItems: {},
    ...(asksCapacity
      ? {
          ConsumedCapacity: [...consumed].flatMap(
            ([table, units]) => consumedCapacity(input.ReturnConsumedCapacity, table, units) ?? [],
          ),
        }
      : {}),
    ...(measured ? { ItemCollectionMetrics: measured } : {}),
  };
};
