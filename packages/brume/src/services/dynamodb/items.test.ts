import * as sdk from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let dynamo: sdk.DynamoDBClient;
let documents: DynamoDBDocument;
beforeAll(async () => {
  cloud = await startCloud();
  dynamo = cloud.client(sdk.DynamoDBClient);
  documents = DynamoDBDocument.from(dynamo);
});
afterAll(() => cloud.close());

let count = 0;
/** A table with a text partition key `p` and a sort key `s`. */
async function newTable(
  sortType: "S" | "N" | "B" | "" = "S",
  more: Partial<sdk.CreateTableInput> = {},
): Promise<string> {
  const TableName = `items-${count++}`;
  const sorted = sortType !== "";
  await dynamo.send(
    new sdk.CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "p", AttributeType: "S" },
        ...(sortType === "" ? [] : [{ AttributeName: "s", AttributeType: sortType }]),
      ],
      KeySchema: [
        { AttributeName: "p", KeyType: "HASH" },
        ...(sorted ? [{ AttributeName: "s", KeyType: "RANGE" as const }] : []),
      ],
      ...more,
    }),
  );
  return TableName;
}
const put = (TableName: string, Item: Record<string, sdk.AttributeValue>, more: Partial<sdk.PutItemInput> = {}) =>
  dynamo.send(new sdk.PutItemCommand({ TableName, Item, ...more }));
const update = (TableName: string, Key: Record<string, sdk.AttributeValue>, more: Partial<sdk.UpdateItemInput>) =>
  dynamo.send(new sdk.UpdateItemCommand({ TableName, Key, ...more }));
const get = async (TableName: string, Key: Record<string, sdk.AttributeValue>, more: Partial<sdk.GetItemInput> = {}) =>
  (await dynamo.send(new sdk.GetItemCommand({ TableName, Key, ...more }))).Item;
const invalid = (message: string) => ({ name: "ValidationException", message });

describe("PutItem", () => {
  it("keeps every type of attribute, and numbers as DynamoDB writes them", async () => {
    const TableName = await newTable("");
    const Item: Record<string, sdk.AttributeValue> = {
      p: { S: "all" },
      n: { N: "0012.3400" },
      b: { B: new Uint8Array([0, 255]) },
      bool: { BOOL: false },
      none: { NULL: true },
      l: { L: [{ N: "1e3" }, { M: { deep: { S: "" } } }] },
      ss: { SS: ["a", "b"] },
      ns: { NS: ["1.0", "-2"] },
      bs: { BS: [new Uint8Array([1])] },
      constructor: { S: "an inherited name" },
    };
    await put(TableName, Item);
    expect(await get(TableName, { p: { S: "all" } })).toEqual({
      ...Item,
      n: { N: "12.34" },
      l: { L: [{ N: "1000" }, { M: { deep: { S: "" } } }] },
      ns: { NS: ["1", "-2"] },
    });
  });

  it("checks values in AWS's words", async () => {
    const TableName = await newTable("");
    const cases: [sdk.AttributeValue, string][] = [
      [{ N: "x" }, "The parameter cannot be converted to a numeric value: x"],
      [{ N: "1".repeat(39) }, "Attempting to store more than 38 significant digits in a Number"],
      [{ N: "1e126" }, "Number overflow. Attempting to store a number with magnitude larger than supported range"],
      [{ N: "1e-131" }, "Number underflow. Attempting to store a number with magnitude smaller than supported range"],
      [{ SS: [] }, "One or more parameter values were invalid: An string set  may not be empty"],
      [{ SS: ["a", "a"] }, "One or more parameter values were invalid: Input collection [a, a] contains duplicates."],
      [{ NS: ["1", "1.0"] }, "Input collection contains duplicates"],
      [
        { NULL: false },
        "One or more parameter values were invalid: Null attribute value types must have the value of true",
      ],
    ];
    for (const [value, message] of cases) {
      await expect(put(TableName, { p: { S: "x" }, value })).rejects.toMatchObject(invalid(message));
    }
  });

  it("checks the key in AWS's words", async () => {
    const TableName = await newTable("N");
    await expect(put(TableName, { p: { S: "a" } })).rejects.toMatchObject(
      invalid("One or more parameter values were invalid: Missing the key s in the item"),
    );
    await expect(put(TableName, { p: { S: "a" }, s: { S: "1" } })).rejects.toMatchObject(
      invalid("One or more parameter values were invalid: Type mismatch for key s expected: N actual: S"),
    );
    await expect(put(TableName, { p: { S: "" }, s: { N: "1" } })).rejects.toMatchObject(
      invalid(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: p",
      ),
    );
    await expect(put(TableName, { p: { S: "x".repeat(2049) }, s: { N: "1" } })).rejects.toMatchObject(
      invalid(
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes",
      ),
    );
  });

  it("takes the longest keys that there are, and none longer", async () => {
    const TableName = await newTable("B");
    const key = (bytes: number) => ({ p: { S: "x".repeat(2048) }, s: { B: new Uint8Array(bytes).fill(255) } });
    await put(TableName, key(1024));
    expect(await get(TableName, key(1024))).toEqual(key(1024));
    await expect(put(TableName, key(1025))).rejects.toMatchObject(
      invalid(
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
      ),
    );
  });

  it("rejects an item over 400 KB, and a table that is not there", async () => {
    const TableName = await newTable("");
    await put(TableName, { p: { S: "p" }, v: { S: "x".repeat(400 * 1024 - 3) } });
    await expect(put(TableName, { p: { S: "p" }, v: { S: "x".repeat(400 * 1024) } })).rejects.toMatchObject(
      invalid("Item size has exceeded the maximum allowed size"),
    );
    const missing = put("nowhere", { p: { S: "p" } });
    await expect(missing).rejects.toThrow(sdk.ResourceNotFoundException);
    await expect(missing).rejects.toThrow("Requested resource not found");
  });

  it("writes only when the condition holds, and shows the item that was in the way", async () => {
    const TableName = await newTable("");
    const condition = {
      ConditionExpression: "attribute_not_exists(p)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
    };
    await put(TableName, { p: { S: "once" }, n: { N: "1" } }, condition);
    const again = put(TableName, { p: { S: "once" }, n: { N: "2" } }, condition);
    await expect(again).rejects.toThrow(sdk.ConditionalCheckFailedException);
    await expect(again).rejects.toMatchObject({
      message: "The conditional request failed",
      Item: { p: { S: "once" }, n: { N: "1" } },
    });
    expect((await get(TableName, { p: { S: "once" } }))?.n).toEqual({ N: "1" });
  });

  it("answers the old item and the capacity that was used", async () => {
    const TableName = await newTable("");
    await put(TableName, { p: { S: "a" }, v: { S: "x".repeat(2000) } });
    const { Attributes, ConsumedCapacity } = await put(
      TableName,
      { p: { S: "a" } },
      { ReturnValues: "ALL_OLD", ReturnConsumedCapacity: "INDEXES" },
    );
    expect(Attributes?.v?.S).toHaveLength(2000);
    expect(ConsumedCapacity).toEqual({ TableName, CapacityUnits: 2, Table: { CapacityUnits: 2 } });
    await expect(put(TableName, { p: { S: "a" } }, { ReturnValues: "ALL_NEW" })).rejects.toMatchObject(
      invalid("Return values set to invalid value"),
    );
  });

  it("lists all members that violate a constraint", async () => {
    const wrong = put("x y", { p: { S: "a" } }, { ReturnConsumedCapacity: "LOTS" as "TOTAL" });
    await expect(wrong).rejects.toMatchObject(
      invalid(
        "2 validation errors detected: Value 'x y' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.:/-]+; " +
          "Value 'LOTS' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]",
      ),
    );
  });

  it("takes the parameters of before expressions", async () => {
    const TableName = await newTable("");
    await put(TableName, { p: { S: "a" } }, { Expected: { p: { Exists: false } } });
    await expect(put(TableName, { p: { S: "a" } }, { Expected: { p: { Exists: false } } })).rejects.toThrow(
      sdk.ConditionalCheckFailedException,
    );
    await expect(
      put(TableName, { p: { S: "a" } }, { Expected: { p: { Exists: false } }, ConditionExpression: "p = p" }),
    ).rejects.toMatchObject(
      invalid(
        "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}",
      ),
    );
  });
});

describe("GetItem", () => {
  it("answers nothing for a key that is not there, and checks the key", async () => {
    const TableName = await newTable("B");
    expect(await get(TableName, { p: { S: "a" }, s: { B: new Uint8Array([1]) } })).toBeUndefined();
    await expect(get(TableName, { p: { S: "a" } })).rejects.toMatchObject(
      invalid("The provided key element does not match the schema"),
    );
  });

  it("projects paths into maps and lists", async () => {
    const TableName = await newTable("");
    await documents.put({ TableName, Item: { p: "a", m: { x: 1, y: [10, { z: 20 }, 30] }, other: 1 } });
    const { Item } = await documents.get({
      TableName,
      Key: { p: "a" },
      ProjectionExpression: "#m.x, m.y[1].z, m.y[2], nothing",
      ExpressionAttributeNames: { "#m": "m" },
    });
    expect(Item).toEqual({ m: { x: 1, y: [{ z: 20 }, 30] } });
  });

  it("counts half a unit for 4 KB, or one when it is consistent", async () => {
    const TableName = await newTable("");
    const units = async (ConsistentRead: boolean) =>
      (
        await dynamo.send(
          new sdk.GetItemCommand({
            TableName,
            Key: { p: { S: "a" } },
            ConsistentRead,
            ReturnConsumedCapacity: "TOTAL",
          }),
        )
      ).ConsumedCapacity;
    await put(TableName, { p: { S: "a" }, v: { S: "x".repeat(5000) } });
    expect(await units(false)).toEqual({ TableName, CapacityUnits: 1 });
    expect(await units(true)).toEqual({ TableName, CapacityUnits: 2 });
  });
});

describe("UpdateItem", () => {
  it("creates an item that is not there, and counts", async () => {
    const TableName = await newTable("");
    const Key = { p: { S: "counter" } };
    const add = () =>
      update(TableName, Key, {
        UpdateExpression: "ADD hits :one SET #at = if_not_exists(#at, :now)",
        ExpressionAttributeNames: { "#at": "at" },
        ExpressionAttributeValues: { ":one": { N: "1" }, ":now": { S: "now" } },
        ReturnValues: "UPDATED_NEW",
      });
    expect((await add()).Attributes).toEqual({ hits: { N: "1" }, at: { S: "now" } });
    expect((await add()).Attributes).toEqual({ hits: { N: "2" }, at: { S: "now" } });
  });

  it("works on nested paths, lists and sets, with the values of before", async () => {
    const TableName = await newTable("");
    const Item = { p: "a", l: ["0", "1", "2", "3"], m: { n: 5, gone: true }, tags: new Set(["x", "y"]), a: 1, b: 2 };
    await documents.put({ TableName, Item });
    const { Attributes } = await documents.update({
      TableName,
      Key: { p: "a" },
      UpdateExpression:
        "SET a = b, b = a, m.n = m.n - :two, l[9] = :last, m.fresh = list_append(l, :more) REMOVE l[0], l[2], m.gone DELETE tags :tags",
      ExpressionAttributeValues: { ":two": 2, ":last": "end", ":more": ["more"], ":tags": new Set(["x"]) },
      ReturnValues: "ALL_NEW",
    });
    expect(Attributes).toEqual({
      p: "a",
      a: 2,
      b: 1,
      l: ["1", "3", "end"],
      m: { n: 3, fresh: ["0", "1", "2", "3", "more"] },
      tags: new Set(["y"]),
    });
  });

  it("computes with 38 digits", async () => {
    const TableName = await newTable("");
    const Key = { p: { S: "n" } };
    const big = "1234567890123456789012345678901234567.8";
    await put(TableName, { ...Key, n: { N: big } });
    const { Attributes } = await update(TableName, Key, {
      UpdateExpression: "SET n = n + :n",
      ExpressionAttributeValues: { ":n": { N: "0.1" } },
      ReturnValues: "UPDATED_NEW",
    });
    expect(Attributes?.n).toEqual({ N: "1234567890123456789012345678901234567.9" });
  });

  it("answers what was, where asked", async () => {
    const TableName = await newTable("");
    const Key = { p: { S: "a" } };
    await put(TableName, { ...Key, x: { N: "1" }, y: { N: "2" } });
    const change = (ReturnValues: sdk.ReturnValue, value: string) =>
      update(TableName, Key, {
        UpdateExpression: "SET x = :v",
        ExpressionAttributeValues: { ":v": { N: value } },
        ReturnValues,
      });
    expect((await change("UPDATED_OLD", "5")).Attributes).toEqual({ x: { N: "1" } });
    expect((await change("ALL_OLD", "6")).Attributes).toEqual({ ...Key, x: { N: "5" }, y: { N: "2" } });
    expect((await change("NONE", "7")).Attributes).toBeUndefined();
  });

  it("checks what an update may do, in AWS's words", async () => {
    const TableName = await newTable("");
    const Key = { p: { S: "a" } };
    await put(TableName, { ...Key, word: { S: "t" } });
    const one = { ":v": { N: "1" } };
    const cases: [string, Record<string, sdk.AttributeValue> | undefined, string][] = [
      [
        "SET p = :v",
        one,
        "One or more parameter values were invalid: Cannot update attribute p. This attribute is part of the key",
      ],
      ["SET a.b = :v", one, "The document path provided in the update expression is invalid for update"],
      ["SET a = b", undefined, "The provided expression refers to an attribute that does not exist in the item"],
      ["SET word = word + :v", one, "An operand in the update expression has an incorrect data type"],
      ["ADD word :v", one, "An operand in the update expression has an incorrect data type"],
      [
        "SET a = :v, a = :v",
        one,
        "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]",
      ],
      [
        "SET a.b = :v REMOVE a[0]",
        one,
        "Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [0]]",
      ],
      [
        "SET a = :v SET b = :v",
        one,
        'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;',
      ],
      ["SET a = :v,", one, 'Invalid UpdateExpression: Syntax error; token: "<EOF>", near: ","'],
      ["SET size = :v", one, "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: size"],
      [
        "SET a = :w",
        one,
        "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :w",
      ],
      [
        "SET #a = :v",
        one,
        "Invalid UpdateExpression: An expression attribute name used in the document path is not defined; attribute name: #a",
      ],
      ["SET a = plus(:v, :v)", one, "Invalid UpdateExpression: Invalid function name; function: plus"],
      ["REMOVE a", one, "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"],
      ["", undefined, "Invalid UpdateExpression: The expression can not be empty;"],
      ["REMOVE a", {}, "ExpressionAttributeValues must not be empty"],
    ];
    for (const [UpdateExpression, ExpressionAttributeValues, message] of cases) {
      await expect(update(TableName, Key, { UpdateExpression, ExpressionAttributeValues })).rejects.toMatchObject(
        invalid(message),
      );
    }
  });

  it("takes AttributeUpdates", async () => {
    const TableName = await newTable("");
    const Key = { p: { S: "a" } };
    await put(TableName, { ...Key, x: { N: "1" }, y: { S: "gone" }, set: { SS: ["a", "b"] } });
    const { Attributes } = await update(TableName, Key, {
      AttributeUpdates: {
        x: { Action: "ADD", Value: { N: "2" } },
        y: { Action: "DELETE" },
        z: { Value: { S: "new" } },
        set: { Action: "DELETE", Value: { SS: ["a"] } },
      },
      ReturnValues: "ALL_NEW",
    });
    expect(Attributes).toEqual({ ...Key, x: { N: "3" }, z: { S: "new" }, set: { SS: ["b"] } });
  });
});

describe("DeleteItem", () => {
  it("deletes, conditionally, and answers what it deleted", async () => {
    const TableName = await newTable("");
    const Key = { p: { S: "a" } };
    await put(TableName, { ...Key, v: { N: "1" } });
    const remove = (value: string) =>
      dynamo.send(
        new sdk.DeleteItemCommand({
          TableName,
          Key,
          ConditionExpression: "v = :v",
          ExpressionAttributeValues: { ":v": { N: value } },
          ReturnValues: "ALL_OLD",
        }),
      );
    await expect(remove("2")).rejects.toThrow(sdk.ConditionalCheckFailedException);
    expect((await remove("1")).Attributes).toEqual({ ...Key, v: { N: "1" } });
    expect(await get(TableName, Key)).toBeUndefined();
    await dynamo.send(new sdk.DeleteItemCommand({ TableName, Key }));
  });
});

describe("BatchWriteItem, BatchGetItem", () => {
  it("writes to and reads from several tables", async () => {
    const [one, two] = [await newTable(""), await newTable("N")];
    await documents.batchWrite({
      RequestItems: {
        [one]: [{ PutRequest: { Item: { p: "a", v: 1 } } }, { PutRequest: { Item: { p: "b", v: 2 } } }],
        [two]: [{ PutRequest: { Item: { p: "a", s: 1 } } }],
      },
    });
    const { Responses, UnprocessedKeys } = await documents.batchGet({
      RequestItems: {
        [one]: { Keys: [{ p: "a" }, { p: "b" }, { p: "c" }], ProjectionExpression: "v" },
        [two]: { Keys: [{ p: "a", s: 1 }] },
      },
    });
    expect(Responses).toEqual({ [one]: [{ v: 1 }, { v: 2 }], [two]: [{ p: "a", s: 1 }] });
    expect(UnprocessedKeys).toEqual({});
  });

  it("rejects more than 25 writes, and two of one item", async () => {
    const TableName = await newTable("");
    const item = (p: string) => ({ PutRequest: { Item: { p } } });
    const many = Array.from({ length: 26 }, (_, i) => item(String(i)));
    await expect(documents.batchWrite({ RequestItems: { [TableName]: many } })).rejects.toMatchObject(
      invalid("Too many items requested for the BatchWriteItem call"),
    );
    await expect(
      documents.batchWrite({ RequestItems: { [TableName]: [item("a"), { DeleteRequest: { Key: { p: "a" } } }] } }),
    ).rejects.toMatchObject(invalid("Provided list of item keys contains duplicates"));
  });
});
