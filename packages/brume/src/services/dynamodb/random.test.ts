import * as sdk from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

/** A small generator of random numbers, so that a run can be repeated from its seed. */
class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

interface Row {
  p: string;
  s: number;
  g?: string;
  n?: number;
  l?: number[];
}

let cloud: RunningCloud;
let documents: DynamoDBDocument;
const TableName = "random";
beforeAll(async () => {
  cloud = await startCloud();
  const dynamo = cloud.client(sdk.DynamoDBClient);
  documents = DynamoDBDocument.from(dynamo, { marshallOptions: { removeUndefinedValues: true } });
  await dynamo.send(
    new sdk.CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "p", AttributeType: "S" },
        { AttributeName: "s", AttributeType: "N" },
        { AttributeName: "g", AttributeType: "S" },
        { AttributeName: "n", AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: "p", KeyType: "HASH" },
        { AttributeName: "s", KeyType: "RANGE" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "by-g",
          KeySchema: [
            { AttributeName: "g", KeyType: "HASH" },
            { AttributeName: "n", KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "ALL" },
        },
      ],
    }),
  );
});
afterAll(() => cloud.close());

async function readAll(
  read: (start: Record<string, unknown> | undefined) => Promise<sdk.QueryCommandOutput | unknown>,
) {
  const rows: Row[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = (await read(start)) as { Items?: unknown[]; LastEvaluatedKey?: Record<string, unknown> };
    rows.push(...((page.Items ?? []) as Row[]));
    start = page.LastEvaluatedKey;
  } while (start);
  return rows;
}

describe("random operations", () => {
  const seed = Number(process.env.SEED ?? 20_261_124);
  it(`agree with a plain model (seed ${seed})`, async () => {
    const random = new Random(seed);
    const model = new Map<string, Row>();
    const keyText = ({ p, s }: Row) => `${p}/${s}`;
    const newRow = (): Row => ({
      p: random.pick(["a", "b", "ü"]),
      s: random.below(12) - 6,
      ...(random.below(3) > 0 ? { g: random.pick(["x", "y"]) } : {}),
      ...(random.below(3) > 0 ? { n: random.below(40) / 8 - 2 } : {}),
    });
    const operations: (() => Promise<void>)[] = [
      async () => {
        const row = newRow();
        await documents.put({ TableName, Item: row });
        model.set(keyText(row), row);
      },
      async () => {
        const row = newRow();
        const exists = model.has(keyText(row));
        const putting = documents.put({ TableName, Item: row, ConditionExpression: "attribute_not_exists(p)" });
        if (exists) await expect(putting).rejects.toThrow(sdk.ConditionalCheckFailedException);
        else {
          await putting;
          model.set(keyText(row), row);
        }
      },
      async () => {
        const { p, s } = newRow();
        const { Attributes } = await documents.delete({ TableName, Key: { p, s }, ReturnValues: "ALL_OLD" });
        expect(Attributes).toEqual(model.get(keyText({ p, s })));
        model.delete(keyText({ p, s }));
      },
      async () => {
        const { p, s, g = "x" } = newRow();
        const step = random.below(9) / 4 - 1;
        const before = model.get(keyText({ p, s })) ?? { p, s };
        const after: Row = { ...before, g, n: (before.n ?? 0) + step, l: [...(before.l ?? []), step] };
        const { Attributes } = await documents.update({
          TableName,
          Key: { p, s },
          UpdateExpression: "SET g = :g, l = list_append(if_not_exists(l, :none), :step) ADD n :n",
          ExpressionAttributeValues: { ":g": g, ":n": step, ":none": [], ":step": [step] },
          ReturnValues: "ALL_NEW",
        });
        expect(Attributes).toEqual(after);
        model.set(keyText(after), after);
      },
      async () => {
        const { p, s } = newRow();
        const before = model.get(keyText({ p, s })) ?? { p, s };
        const { g: _, ...after } = before;
        await documents.update({ TableName, Key: { p, s }, UpdateExpression: "REMOVE g" });
        model.set(keyText(after), after);
      },
      async () => {
        const { p, s } = newRow();
        const descending = random.below(2) === 0;
        const found = await readAll((start) =>
          documents.query({
            TableName,
            KeyConditionExpression: "p = :p AND s >= :s",
            ExpressionAttributeValues: { ":p": p, ":s": s },
            ScanIndexForward: !descending,
            Limit: random.below(4) + 1,
            ExclusiveStartKey: start,
          }),
        );
        const expected = [...model.values()].filter((row) => row.p === p && row.s >= s).sort((a, b) => a.s - b.s);
        expect(found).toEqual(descending ? expected.reverse() : expected);
      },
      async () => {
        const g = random.pick(["x", "y"]);
        const [low, high] = [random.below(16) / 4 - 2, random.below(16) / 4 + 1];
        const found = await readAll((start) =>
          documents.query({
            TableName,
            IndexName: "by-g",
            KeyConditionExpression: "g = :g AND n BETWEEN :low AND :high",
            ExpressionAttributeValues: { ":g": g, ":low": low, ":high": Math.max(low, high) },
            Limit: random.below(5) + 1,
            ExclusiveStartKey: start,
          }),
        );
        const expected = [...model.values()].filter(
          (row) => row.g === g && row.n !== undefined && row.n >= low && row.n <= Math.max(low, high),
        );
        expect(found.map(({ n }) => n)).toEqual(expected.map(({ n = 0 }) => n).sort((a, b) => a - b));
        expect(new Set(found.map(keyText))).toEqual(new Set(expected.map(keyText)));
      },
      async () => {
        const found = await readAll((start) =>
          documents.scan({ TableName, Limit: random.below(9) + 3, ExclusiveStartKey: start }),
        );
        expect(new Map(found.map((row) => [keyText(row), row]))).toEqual(model);
        expect(found).toHaveLength(model.size);
      },
    ];
    for (let i = 0; i < 600; i++) await random.pick(operations)();
    expect(model.size).toBeGreaterThan(10);
  });
});
