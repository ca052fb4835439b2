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
/** A table with keys `p` and `s`, a sparse global index `g` by `gp` and `gs`, and a local one `l` by `ls`. */
async function newTable(sortType: sdk.ScalarAttributeType = "N"): Promise<string> {
  const TableName = `query-${count++}`;
  const key = (hash: string, range: string): sdk.KeySchemaElement[] => [
    { AttributeName: hash, KeyType: "HASH" },
    { AttributeName: range, KeyType: "RANGE" },
  ];
  await dynamo.send(
    new sdk.CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "p", AttributeType: "S" },
        { AttributeName: "s", AttributeType: sortType },
        { AttributeName: "gp", AttributeType: "S" },
        { AttributeName: "gs", AttributeType: "N" },
        { AttributeName: "ls", AttributeType: "S" },
      ],
      KeySchema: key("p", "s"),
      GlobalSecondaryIndexes: [
        {
          IndexName: "global",
          KeySchema: key("gp", "gs"),
          Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["held"] },
        },
      ],
      LocalSecondaryIndexes: [
        { IndexName: "local", KeySchema: key("p", "ls"), Projection: { ProjectionType: "KEYS_ONLY" } },
      ],
    }),
  );
  return TableName;
}

async function fill(TableName: string, items: Record<string, unknown>[]): Promise<void> {
  for (let i = 0; i < items.length; i += 25) {
    const batch = items.slice(i, i + 25).map((Item) => ({ PutRequest: { Item } }));
    await documents.batchWrite({ RequestItems: { [TableName]: batch } });
  }
}
const invalid = (message: string) => ({ name: "ValidationException", message });

describe("Query", () => {
  it("orders numbers by value, and reads either way", async () => {
    const TableName = await newTable();
    const numbers = [100, -5, 0, 3.5, -50, 20, 1e15, -1e-10, 7];
    await fill(TableName, [...numbers.map((s) => ({ p: "a", s })), { p: "b", s: 1 }]);
    const read = async (ScanIndexForward: boolean) =>
      (
        await documents.query({
          TableName,
          KeyConditionExpression: "p = :p",
          ExpressionAttributeValues: { ":p": "a" },
          ScanIndexForward,
        })
      ).Items?.map(({ s }) => s);
    const sorted = [...numbers].sort((a, b) => a - b);
    expect(await read(true)).toEqual(sorted);
    expect(await read(false)).toEqual(sorted.reverse());
  });

  it("orders texts by their UTF-8 bytes, and binaries by theirs", async () => {
    const texts = ["", "\uffff", "a", "a\0", "a\0b", "ab", "é", "\u{1f600}"].slice(1);
    const TableName = await newTable("S");
    await fill(
      TableName,
      texts.map((s) => ({ p: "a", s })),
    );
    const all = { TableName, KeyConditionExpression: "p = :p", ExpressionAttributeValues: { ":p": "a" } };
    const found = (await documents.query(all)).Items?.map(({ s }) => s as string);
    expect(found).toEqual([...texts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    const after = await documents.query({
      ...all,
      KeyConditionExpression: "p = :p AND s > :a",
      ExpressionAttributeValues: { ":p": "a", ":a": "a" },
      Limit: 2,
    });
    expect(after.Items?.map(({ s }) => s)).toEqual(["a\0", "a\0b"]);

    const binary = await newTable("B");
    const bytes = [[0], [0, 0], [1], [127, 1], [255], [255, 0]].map((one) => new Uint8Array(one));
    await fill(
      binary,
      [...bytes].reverse().map((s) => ({ p: "a", s })),
    );
    const { Items } = await documents.query({ ...all, TableName: binary });
    expect(Items?.map(({ s }) => [...(s as Uint8Array)])).toEqual(bytes.map((one) => [...one]));
  });

  it("takes every condition on the sort key", async () => {
    const TableName = await newTable("S");
    await fill(
      TableName,
      ["a", "ab", "abc", "b", "c"].map((s) => ({ p: "a", s })),
    );
    const read = async (condition: string, ...values: string[]) => {
      const { Items } = await documents.query({
        TableName,
        KeyConditionExpression: `p = :p AND ${condition}`,
        ExpressionAttributeValues: { ":p": "a", ...Object.fromEntries(values.map((value, i) => [`:${i}`, value])) },
      });
      return Items?.map(({ s }) => s);
    };
    expect(await read("s = :0", "ab")).toEqual(["ab"]);
    expect(await read("s < :0", "ab")).toEqual(["a"]);
    expect(await read("s <= :0", "ab")).toEqual(["a", "ab"]);
    expect(await read("s > :0", "ab")).toEqual(["abc", "b", "c"]);
    expect(await read("s >= :0", "b")).toEqual(["b", "c"]);
    expect(await read("s BETWEEN :0 AND :1", "ab", "b")).toEqual(["ab", "abc", "b"]);
    expect(await read("begins_with(s, :0)", "ab")).toEqual(["ab", "abc"]);
    expect(await read(":0 < s", "b")).toEqual(["c"]);
  });

  it("pages by Limit and by LastEvaluatedKey, and filters after it has counted", async () => {
    const TableName = await newTable();
    await fill(
      TableName,
      Array.from({ length: 10 }, (_, s) => ({ p: "a", s, even: s % 2 === 0 })),
    );
    const seen: unknown[] = [];
    let start: Record<string, unknown> | undefined;
    let pages = 0;
    do {
      const page = await documents.query({
        TableName,
        KeyConditionExpression: "p = :p",
        FilterExpression: "even = :yes",
        ExpressionAttributeValues: { ":p": "a", ":yes": true },
        Limit: 4,
        ExclusiveStartKey: start,
        ScanIndexForward: false,
      });
      expect(page.ScannedCount).toBe(pages < 2 ? 4 : 2);
      seen.push(...(page.Items ?? []).map(({ s }) => s));
      start = page.LastEvaluatedKey;
      pages++;
    } while (start);
    expect(seen).toEqual([8, 6, 4, 2, 0]);
    expect(pages).toBe(3);
  });

  it("ends a page at 1 MB", async () => {
    const TableName = await newTable();
    for (let s = 0; s < 4; s++) await documents.put({ TableName, Item: { p: "a", s, v: "x".repeat(300_000) } });
    const request = { TableName, KeyConditionExpression: "p = :p", ExpressionAttributeValues: { ":p": "a" } };
    const first = await documents.query(request);
    expect(first.Items).toHaveLength(3);
    expect(first.LastEvaluatedKey).toEqual({ p: "a", s: 2 });
    const second = await documents.query({ ...request, ExclusiveStartKey: first.LastEvaluatedKey });
    expect(second.Items).toHaveLength(1);
    expect(second.LastEvaluatedKey).toBeUndefined();
  });

  it("reads a sparse global index with what it projects", async () => {
    const TableName = await newTable();
    await fill(TableName, [
      { p: "a", s: 1, gp: "g", gs: 2, held: "h", other: "o" },
      { p: "b", s: 1, gp: "g", gs: 1 },
      { p: "c", s: 1, gp: "g" },
      { p: "d", s: 1, gp: "g", gs: 1 },
    ]);
    const request = {
      TableName,
      IndexName: "global",
      KeyConditionExpression: "gp = :g",
      ExpressionAttributeValues: { ":g": "g" },
    };
    const { Items, Count } = await documents.query(request);
    expect(Count).toBe(3);
    expect(Items?.[2]).toEqual({ p: "a", s: 1, gp: "g", gs: 2, held: "h" });
    const first = await documents.query({ ...request, Limit: 1 });
    expect(Object.keys(first.LastEvaluatedKey ?? {}).sort()).toEqual(["gp", "gs", "p", "s"]);
    const rest = await documents.query({ ...request, ExclusiveStartKey: first.LastEvaluatedKey });
    expect(rest.Count).toBe(2);

    await documents.update({ TableName, Key: { p: "a", s: 1 }, UpdateExpression: "REMOVE gs" });
    await documents.delete({ TableName, Key: { p: "b", s: 1 } });
    expect((await documents.query(request)).Items?.map(({ p }) => p)).toEqual(["d"]);
    await expect(documents.query({ ...request, ConsistentRead: true })).rejects.toMatchObject(
      invalid("Consistent reads are not supported on global secondary indexes"),
    );
    await expect(documents.query({ ...request, Select: "ALL_ATTRIBUTES" })).rejects.toMatchObject(
      invalid(
        "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index global because its projection type is not ALL",
      ),
    );
  });

  it("reads an index whose keys have several attributes", async () => {
    const TableName = await newTable();
    await dynamo.send(
      new sdk.UpdateTableCommand({
        TableName,
        AttributeDefinitions: ["a", "b", "x", "y"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
        GlobalSecondaryIndexUpdates: [
          {
            Create: {
              IndexName: "several",
              KeySchema: [
                { AttributeName: "a", KeyType: "HASH" },
                { AttributeName: "b", KeyType: "HASH" },
                { AttributeName: "x", KeyType: "RANGE" },
                { AttributeName: "y", KeyType: "RANGE" },
              ],
              Projection: { ProjectionType: "ALL" },
            },
          },
        ],
      }),
    );
    const row = (s: number, b: string, x: string, y: string) => ({ p: "p", s, a: "a", b, x, y });
    await fill(TableName, [row(1, "b", "x", "2"), row(2, "b", "x", "1"), row(3, "b", "w", "3"), row(4, "c", "x", "1")]);
    const read = async (more: string, values: Record<string, string>) =>
      (
        await documents.query({
          TableName,
          IndexName: "several",
          KeyConditionExpression: `a = :a AND b = :b${more}`,
          ExpressionAttributeValues: { ":a": "a", ":b": "b", ...values },
        })
      ).Items?.map(({ s }) => s);
    expect(await read("", {})).toEqual([3, 2, 1]);
    expect(await read(" AND x = :x", { ":x": "x" })).toEqual([2, 1]);
    expect(await read(" AND x = :x AND y > :y", { ":x": "x", ":y": "1" })).toEqual([1]);
    await expect(read(" AND y = :y", { ":y": "1" })).rejects.toMatchObject(
      invalid("Query condition missed key schema element: x"),
    );
  });

  it("fetches from the table what a local index does not hold", async () => {
    const TableName = await newTable();
    await fill(TableName, [
      { p: "a", s: 1, ls: "z", v: 1 },
      { p: "a", s: 2, ls: "y", v: 2 },
      { p: "a", s: 3 },
    ]);
    const request = {
      TableName,
      IndexName: "local",
      KeyConditionExpression: "p = :p",
      ExpressionAttributeValues: { ":p": "a" },
      ConsistentRead: true,
    };
    expect((await documents.query(request)).Items).toEqual([
      { p: "a", s: 2, ls: "y" },
      { p: "a", s: 1, ls: "z" },
    ]);
    const whole = await documents.query({ ...request, Select: "ALL_ATTRIBUTES" });
    expect(whole.Items?.map(({ v }) => v)).toEqual([2, 1]);
  });

  it("counts, and says what capacity was used", async () => {
    const TableName = await newTable();
    await fill(TableName, [
      { p: "a", s: 1 },
      { p: "a", s: 2 },
    ]);
    const answer = await documents.query({
      TableName,
      KeyConditionExpression: "p = :p",
      ExpressionAttributeValues: { ":p": "a" },
      Select: "COUNT",
      ReturnConsumedCapacity: "TOTAL",
    });
    expect(answer).toMatchObject({ Count: 2, ScannedCount: 2, ConsumedCapacity: { TableName, CapacityUnits: 0.5 } });
    expect(answer.Items).toBeUndefined();
  });

  it("rejects wrong key conditions in AWS's words", async () => {
    const TableName = await newTable();
    const cases: [string, string][] = [
      ["s = :n", "Query condition missed key schema element: p"],
      ["p > :p", "Query key condition not supported"],
      ["p = :p OR s = :n", "Invalid operator used in KeyConditionExpression: OR"],
      ["p = :p AND v = :n", "Query condition missed key schema element: s"],
      ["p = :n", "One or more parameter values were invalid: Condition parameter type does not match schema type"],
      ["p = :p AND s > :n AND s < :n", "KeyConditionExpressions must only contain one condition per key"],
      ["p = :p AND contains(s, :n)", "Invalid operator used in KeyConditionExpression: contains"],
      ["p = :p AND size(s) = :n", "KeyConditionExpressions cannot contain nested operations"],
    ];
    for (const [KeyConditionExpression, message] of cases) {
      const used = [":p", ":n"].filter((name) => KeyConditionExpression.includes(name));
      const ExpressionAttributeValues = Object.fromEntries(used.map((name) => [name, name === ":p" ? "a" : 1]));
      await expect(
        documents.query({ TableName, KeyConditionExpression, ExpressionAttributeValues }),
      ).rejects.toMatchObject(invalid(message));
    }
    await expect(documents.query({ TableName })).rejects.toMatchObject(
      invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."),
    );
    await expect(
      documents.query({
        TableName,
        KeyConditionExpression: "p = :p",
        FilterExpression: "s = :p",
        ExpressionAttributeValues: { ":p": "a" },
      }),
    ).rejects.toMatchObject(
      invalid("Filter Expression can only contain non-primary key attributes: Primary key attribute: s"),
    );
  });

  it("takes KeyConditions and QueryFilter", async () => {
    const TableName = await newTable();
    await fill(
      TableName,
      [1, 2, 3, 4].map((s) => ({ p: "a", s, v: s * 10 })),
    );
    const { Items } = await documents.query({
      TableName,
      KeyConditions: {
        p: { ComparisonOperator: "EQ", AttributeValueList: ["a"] },
        s: { ComparisonOperator: "GE", AttributeValueList: [2] },
      },
      QueryFilter: { v: { ComparisonOperator: "NE", AttributeValueList: [30] } },
      AttributesToGet: ["v"],
    });
    expect(Items).toEqual([{ v: 20 }, { v: 40 }]);
  });
});

describe("Scan", () => {
  it("reads everything once, in segments too", async () => {
    const TableName = await newTable();
    const items = Array.from({ length: 60 }, (_, i) => ({ p: `p${i}`, s: i }));
    await fill(TableName, items);
    const all = (await documents.scan({ TableName })).Items?.map(({ s }) => s as number);
    expect(all?.sort((a, b) => a - b)).toEqual(items.map(({ s }) => s));
    const parts: number[][] = [];
    for (let Segment = 0; Segment < 3; Segment++) {
      const found: number[] = [];
      let start: Record<string, unknown> | undefined;
      do {
        const page = await documents.scan({
          TableName,
          Segment,
          TotalSegments: 3,
          Limit: 7,
          ExclusiveStartKey: start,
        });
        found.push(...(page.Items ?? []).map(({ s }) => s as number));
        start = page.LastEvaluatedKey;
      } while (start);
      parts.push(found);
    }
    expect(parts.every((part) => part.length > 5)).toBe(true);
    expect(parts.flat().sort((a, b) => a - b)).toEqual(items.map(({ s }) => s));
  });

  it("filters with every function and operator", async () => {
    const TableName = await newTable();
    await fill(TableName, [
      { p: "a", s: 1, t: "hello", l: ["x"], tags: new Set(["q"]), m: { n: 5 } },
      { p: "b", s: 2, t: "help", n: 10 },
      { p: "c", s: 3, n: 20 },
    ]);
    const read = async (FilterExpression: string, values: Record<string, unknown> = {}) => {
      const { Items } = await documents.scan({
        TableName,
        FilterExpression,
        ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
      });
      return Items?.map(({ p }) => p)
        .sort()
        .join("");
    };
    expect(await read("attribute_exists(t)")).toBe("ab");
    expect(await read("attribute_not_exists(t)")).toBe("c");
    expect(await read("attribute_type(l, :t)", { ":t": "L" })).toBe("a");
    expect(await read("begins_with(t, :t)", { ":t": "help" })).toBe("b");
    expect(await read("contains(t, :t)", { ":t": "ell" })).toBe("a");
    expect(await read("contains(l, :t) OR contains(tags, :t)", { ":t": "q" })).toBe("a");
    expect(await read("size(t) = :n", { ":n": 4 })).toBe("b");
    expect(await read("m.n = :n", { ":n": 5 })).toBe("a");
    expect(await read("n BETWEEN :a AND :b", { ":a": 10, ":b": 15 })).toBe("b");
    expect(await read("n IN (:a, :b)", { ":a": 10, ":b": 20 })).toBe("bc");
    expect(await read("n <> :a", { ":a": 10 })).toBe("ac");
    expect(await read("NOT n = :a AND attribute_exists(n)", { ":a": 10 })).toBe("c");
    // AND binds closer than OR.
    expect(await read("n = :a OR n = :b AND attribute_exists(t)", { ":a": 20, ":b": 10 })).toBe("bc");
    expect(await read("(n = :a OR n = :b) AND attribute_exists(t)", { ":a": 20, ":b": 10 })).toBe("b");
  });

  it("rejects wrong expressions in AWS's words", async () => {
    const TableName = await newTable();
    const of = (message: string) => `Invalid FilterExpression: ${message}`;
    const cases: [string, string][] = [
      ["a = ", of('Syntax error; token: "<EOF>", near: "="')],
      ["a & b", of('Syntax error; token: "&", near: "a &"')],
      ["((a = b))", of("The expression has redundant parentheses;")],
      ["size(a)", of("The function is not allowed to be used this way in an expression; function: size")],
      ["nope(a)", of("Invalid function name; function: nope")],
      [
        "attribute_exists(a, b)",
        of(
          "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2",
        ),
      ],
      [
        "a = a",
        of(
          "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]",
        ),
      ],
      ["status = a", of("Attribute name is a reserved keyword; reserved keyword: status")],
      ["a", of('Syntax error; token: "<EOF>", near: "a"')],
      ["a = b c", of('Syntax error; token: "c", near: "b c"')],
    ];
    for (const [FilterExpression, message] of cases) {
      await expect(documents.scan({ TableName, FilterExpression })).rejects.toMatchObject(invalid(message));
    }
    await expect(
      documents.scan({
        TableName,
        FilterExpression: "a BETWEEN :b AND :a",
        ExpressionAttributeValues: { ":a": 1, ":b": 2 },
      }),
    ).rejects.toMatchObject(
      invalid(
        of(
          "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}",
        ),
      ),
    );
    await expect(documents.scan({ TableName, Segment: 0 })).rejects.toMatchObject(
      invalid(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter is present",
      ),
    );
    await expect(documents.scan({ TableName, IndexName: "none" })).rejects.toMatchObject(
      invalid("The table does not have the specified index: none"),
    );
  });

  it("scans an index page by page", async () => {
    const TableName = await newTable();
    await fill(
      TableName,
      Array.from({ length: 20 }, (_, s) => ({ p: `p${s}`, s, ...(s % 2 ? { gp: "g", gs: s } : {}) })),
    );
    const found: unknown[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const page = await documents.scan({ TableName, IndexName: "global", Limit: 3, ExclusiveStartKey: start });
      found.push(...(page.Items ?? []).map(({ gs }) => gs));
      start = page.LastEvaluatedKey;
    } while (start);
    expect(found).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
  });
});
