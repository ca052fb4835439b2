import * as sdk from "@aws-sdk/client-dynamodb";
import * as streamSdk from "@aws-sdk/client-dynamodb-streams";
import { DynamoDBDocument, type TransactWriteCommandInput } from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
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
const keyText = ({ p, s }: Row) => `${p}/${s}`;
const keyOf = ({ p, s }: Row): Row => ({ p, s });

/** What a table should be: its items, and all that has ever happened to them. */
class Model {
  readonly rows = new Map<string, Row>();
  readonly changes: { event: string; before: Row | undefined; after: Row | undefined }[] = [];

  get(row: Row): Row | undefined {
    return this.rows.get(keyText(row));
  }

  set(key: Row, after: Row | undefined): void {
    const before = this.get(key);
    if (after) this.rows.set(keyText(key), after);
    else this.rows.delete(keyText(key));
    if (sorted(before) === sorted(after)) return;
    this.changes.push({ event: !before ? "INSERT" : after ? "MODIFY" : "REMOVE", before, after });
  }

  /** The items that a condition holds for, by a number. */
  where(holds: (row: Row) => boolean, by: (row: Row) => number): Row[] {
    return [...this.rows.values()].filter(holds).sort((a, b) => by(a) - by(b));
  }
}

/** An item as a text that is the same whatever the order of its attributes. */
const sorted = (row: Row | undefined): string =>
  row ? JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))) : "";

let cloud: RunningCloud;
let dynamo: sdk.DynamoDBClient;
let documents: DynamoDBDocument;
let elsewhere: DynamoDBDocument;
let streamArn: string;
const TableName = "random";
const marshallOptions = { removeUndefinedValues: true };
beforeAll(async () => {
  cloud = await startCloud();
  dynamo = cloud.client(sdk.DynamoDBClient);
  documents = DynamoDBDocument.from(dynamo, { marshallOptions });
  elsewhere = DynamoDBDocument.from(cloud.client(sdk.DynamoDBClient, { region: "eu-west-1" }), { marshallOptions });
  const key = (AttributeName: string, KeyType: sdk.KeyType) => ({ AttributeName, KeyType });
  const attribute = (AttributeName: string, AttributeType: sdk.ScalarAttributeType) => ({
    AttributeName,
    AttributeType,
  });
  const { TableDescription } = await dynamo.send(
    new sdk.CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [attribute("p", "S"), attribute("s", "N"), attribute("g", "S"), attribute("n", "N")],
      KeySchema: [key("p", "HASH"), key("s", "RANGE")],
      GlobalSecondaryIndexes: [
        {
          IndexName: "by-g",
          KeySchema: [key("g", "HASH"), key("n", "RANGE")],
          Projection: { ProjectionType: "ALL" },
        },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: "by-n",
          KeySchema: [key("p", "HASH"), key("n", "RANGE")],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    }),
  );
  streamArn = TableDescription?.LatestStreamArn as string;
  const ReplicaUpdates = [{ Create: { RegionName: "eu-west-1" } }];
  await dynamo.send(new sdk.UpdateTableCommand({ TableName, ReplicaUpdates }));
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  await dynamo.send(new sdk.UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
});
afterAll(() => cloud.close());

/** All pages of a query or scan. */
async function readAll(read: (start: Record<string, unknown> | undefined) => Promise<unknown>): Promise<Row[]> {
  const rows: Row[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = (await read(start)) as { Items?: unknown[]; LastEvaluatedKey?: Record<string, unknown> };
    rows.push(...((page.Items ?? []) as Row[]));
    start = page.LastEvaluatedKey;
  } while (start);
  return rows;
}

/** Reads a stream on and on: what each `read` returns follows what the one before returned. */
class StreamReader {
  readonly #client: streamSdk.DynamoDBStreamsClient;
  readonly #iterators = new Map<string, string | undefined>();

  constructor(client: streamSdk.DynamoDBStreamsClient) {
    this.#client = client;
  }

  async start(StreamArn: string): Promise<void> {
    const { StreamDescription } = await this.#client.send(new streamSdk.DescribeStreamCommand({ StreamArn }));
    for (const { ShardId = "" } of StreamDescription?.Shards ?? []) {
      const input = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" as const };
      const { ShardIterator } = await this.#client.send(new streamSdk.GetShardIteratorCommand(input));
      this.#iterators.set(ShardId, ShardIterator);
    }
  }

  async read(limit: number): Promise<streamSdk._Record[]> {
    const found: streamSdk._Record[] = [];
    for (const [shard, start] of this.#iterators) {
      let iterator = start;
      for (;;) {
        const input = { ShardIterator: iterator, Limit: limit };
        const { Records = [], NextShardIterator } = await this.#client.send(new streamSdk.GetRecordsCommand(input));
        iterator = NextShardIterator;
        if (Records.length === 0) break;
        found.push(...Records);
      }
      this.#iterators.set(shard, iterator);
    }
    const sequence = ({ dynamodb }: streamSdk._Record) => dynamodb?.SequenceNumber ?? "";
    return found.sort((a, b) => (sequence(a) < sequence(b) ? -1 : 1));
  }
}

const image = (item: Record<string, unknown> | undefined): Row | undefined =>
  item && (unmarshall(item as Record<string, sdk.AttributeValue>) as Row);

/** One part of a transaction, and what it makes of the item; `undefined` for what its condition does not allow. */
interface Part {
  readonly key: Row;
  readonly item: NonNullable<TransactWriteCommandInput["TransactItems"]>[number];
  readonly after: (before: Row | undefined) => { row: Row | undefined } | undefined;
}

describe("random operations", () => {
  const seed = Number(process.env.SEED ?? 20_261_124);
  it(`agree with a plain model (seed ${seed})`, async () => {
    const random = new Random(seed);
    const model = new Model();
    const reader = new StreamReader(cloud.client(streamSdk.DynamoDBStreamsClient));
    await reader.start(streamArn);
    let read = 0;
    const moments: { at: Date; rows: Map<string, Row> }[] = [];
    const newRow = (): Row => ({
      p: random.pick(["a", "b", "ü"]),
      s: random.below(12) - 6,
      ...(random.below(3) > 0 ? { g: random.pick(["x", "y"]) } : {}),
      ...(random.below(3) > 0 ? { n: random.below(40) / 8 - 2 } : {}),
    });
    /** Either region will do for whatever writes. */
    const anywhere = () => random.pick([documents, elsewhere]);
    const distinct = (count: number): Row[] => [
      ...new Map(Array.from({ length: count }, newRow).map((row) => [keyText(row), row])).values(),
    ];

    const newPart = (row: Row): Part => {
      const Key = keyOf(row);
      return random.pick<() => Part>([
        () => ({ key: row, item: { Put: { TableName, Item: row } }, after: () => ({ row }) }),
        () => ({
          key: row,
          item: {
            Put: {
              TableName,
              Item: row,
              ConditionExpression: "attribute_not_exists(p) OR g = :x",
              ExpressionAttributeValues: { ":x": "x" },
            },
          },
          after: (before) => (!before || before.g === "x" ? { row } : undefined),
        }),
        () => ({ key: row, item: { Delete: { TableName, Key } }, after: () => ({ row: undefined }) }),
        () => ({
          key: row,
          item: { ConditionCheck: { TableName, Key, ConditionExpression: "attribute_not_exists(n)" } },
          after: (before) => (before?.n === undefined ? { row: before } : undefined),
        }),
        () => ({
          key: row,
          item: {
            Update: {
              TableName,
              Key,
              UpdateExpression: "SET n = if_not_exists(n, :zero) + :one",
              ExpressionAttributeValues: { ":zero": 0, ":one": 1 },
            },
          },
          after: (before) => ({ row: { ...keyOf(row), ...before, n: (before?.n ?? 0) + 1 } }),
        }),
      ])();
    };

    const operations: Record<string, () => Promise<void>> = {
      async put() {
        const row = newRow();
        await anywhere().put({ TableName, Item: row });
        model.set(row, row);
      },
      async putNew() {
        const row = newRow();
        const exists = model.get(row) !== undefined;
        const putting = anywhere().put({ TableName, Item: row, ConditionExpression: "attribute_not_exists(p)" });
        if (exists) await expect(putting).rejects.toThrow(sdk.ConditionalCheckFailedException);
        else {
          await putting;
          model.set(row, row);
        }
      },
      async delete() {
        const row = newRow();
        const { Attributes } = await anywhere().delete({ TableName, Key: keyOf(row), ReturnValues: "ALL_OLD" });
        expect(Attributes).toEqual(model.get(row));
        model.set(row, undefined);
      },
      async update() {
        const row = newRow();
        const { g = "x" } = row;
        const step = random.below(9) / 4 - 1;
        const before = model.get(row) ?? keyOf(row);
        const after: Row = { ...before, g, n: (before.n ?? 0) + step, l: [...(before.l ?? []), step] };
        const { Attributes } = await anywhere().update({
          TableName,
          Key: keyOf(row),
          UpdateExpression: "SET g = :g, l = list_append(if_not_exists(l, :none), :step) ADD n :n",
          ExpressionAttributeValues: { ":g": g, ":n": step, ":none": [], ":step": [step] },
          ReturnValues: "ALL_NEW",
        });
        expect(Attributes).toEqual(after);
        model.set(row, after);
      },
      async removeAttribute() {
        const row = newRow();
        const { g: _, ...after } = model.get(row) ?? keyOf(row);
        await anywhere().update({ TableName, Key: keyOf(row), UpdateExpression: "REMOVE g" });
        model.set(row, after);
      },
      async batchWrite() {
        const rows = distinct(1 + random.below(6)).map((row) => ({ row, puts: random.below(3) > 0 }));
        await anywhere().batchWrite({
          RequestItems: {
            [TableName]: rows.map(({ row, puts }) =>
              puts ? { PutRequest: { Item: row } } : { DeleteRequest: { Key: keyOf(row) } },
            ),
          },
        });
        for (const { row, puts } of rows) model.set(row, puts ? row : undefined);
      },
      async transactWrite() {
        const parts = distinct(1 + random.below(4)).map(newPart);
        const results = parts.map(({ key, after }) => after(model.get(key)));
        const writing = anywhere().transactWrite({ TransactItems: parts.map(({ item }) => item) });
        if (results.includes(undefined)) {
          const codes = results.map((result) => ({ Code: result ? "None" : "ConditionalCheckFailed" }));
          await expect(writing).rejects.toMatchObject({ CancellationReasons: codes });
          return;
        }
        await writing;
        parts.forEach(({ key }, i) => {
          model.set(key, results[i]?.row);
        });
      },
      async statement() {
        const row = newRow();
        const before = model.get(row);
        const setting = anywhere().executeStatement({
          Statement: `UPDATE ${TableName} SET n = ? WHERE p = ? AND s = ?`,
          Parameters: [7, row.p, row.s],
        });
        if (!before) await expect(setting).rejects.toThrow(sdk.ConditionalCheckFailedException);
        else {
          await setting;
          model.set(row, { ...before, n: 7 });
        }
      },
      async transactGet() {
        const rows = distinct(4);
        const { Responses = [] } = await anywhere().transactGet({
          TransactItems: rows.map((row) => ({ Get: { TableName, Key: keyOf(row) } })),
        });
        expect(Responses.map(({ Item }) => Item)).toEqual(rows.map((row) => model.get(row)));
      },
      async query() {
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
        const expected = model.where(
          (row) => row.p === p && row.s >= s,
          (row) => row.s,
        );
        expect(found).toEqual(descending ? expected.reverse() : expected);
      },
      async filteredQuery() {
        const { p } = newRow();
        const found = await readAll((start) =>
          documents.query({
            TableName,
            KeyConditionExpression: "p = :p",
            FilterExpression: "attribute_exists(n) AND NOT n < :n",
            ProjectionExpression: "s, n",
            ExpressionAttributeValues: { ":p": p, ":n": 1 },
            Limit: random.below(4) + 1,
            ExclusiveStartKey: start,
          }),
        );
        const expected = model.where(
          (row) => row.p === p && row.n !== undefined && row.n >= 1,
          (row) => row.s,
        );
        expect(found).toEqual(expected.map(({ s, n }) => ({ s, n })));
      },
      async globalIndex() {
        const g = random.pick(["x", "y"]);
        const [low, high] = [random.below(16) / 4 - 2, random.below(16) / 4 + 1];
        const found = await readAll((start) =>
          random.pick([documents, elsewhere]).query({
            TableName,
            IndexName: "by-g",
            KeyConditionExpression: "g = :g AND n BETWEEN :low AND :high",
            ExpressionAttributeValues: { ":g": g, ":low": low, ":high": Math.max(low, high) },
            Limit: random.below(5) + 1,
            ExclusiveStartKey: start,
          }),
        );
        const expected = model.where(
          (row) => row.g === g && row.n !== undefined && row.n >= low && row.n <= Math.max(low, high),
          ({ n = 0 }) => n,
        );
        expect(found.map(({ n }) => n)).toEqual(expected.map(({ n }) => n));
        expect(new Set(found.map(sorted))).toEqual(new Set(expected.map(sorted)));
      },
      async localIndex() {
        const { p } = newRow();
        const found = await readAll((start) =>
          documents.query({
            TableName,
            IndexName: "by-n",
            KeyConditionExpression: "p = :p",
            ExpressionAttributeValues: { ":p": p },
            ConsistentRead: true,
            Limit: random.below(5) + 1,
            ExclusiveStartKey: start,
          }),
        );
        const expected = model.where(
          (row) => row.p === p && row.n !== undefined,
          ({ n = 0 }) => n,
        );
        expect(found.map(({ n }) => n)).toEqual(expected.map(({ n }) => n));
        const held = expected.map(({ s, n }) => sorted({ p, s, n } as Row));
        expect(new Set(found.map(sorted))).toEqual(new Set(held));
      },
      async scan() {
        const segments = 1 + random.below(3);
        const found: Row[] = [];
        for (let Segment = 0; Segment < segments; Segment++) {
          const rows = await readAll((start) =>
            anywhere().scan({
              TableName,
              Limit: random.below(9) + 3,
              ExclusiveStartKey: start,
              Segment,
              TotalSegments: segments,
            }),
          );
          found.push(...rows);
        }
        expect(new Map(found.map((row) => [keyText(row), row]))).toEqual(model.rows);
        expect(found).toHaveLength(model.rows.size);
      },
      async stream() {
        const records = await reader.read(1 + random.below(20));
        const seen = records.map(({ eventName, dynamodb: { Keys, OldImage, NewImage } = {} }) => ({
          event: eventName,
          key: keyText(image(Keys) as Row),
          before: image(OldImage),
          after: image(NewImage),
        }));
        const expected = model.changes.slice(read).map(({ event, before, after }) => ({
          event,
          key: keyText((after ?? before) as Row),
          before,
          after,
        }));
        expect(seen).toEqual(expected);
        read = model.changes.length;
      },
      async moment() {
        moments.push({ at: new Date(cloud.clock.now()), rows: new Map(model.rows) });
        await cloud.clock.advance({ seconds: 2 });
      },
    };

    const all = Object.values(operations);
    for (let i = 0; i < 700; i++) await random.pick(all)();
    await operations.stream?.();
    expect(model.rows.size).toBeGreaterThan(10);
    expect(model.changes.length).toBeGreaterThan(200);

    await cloud.clock.advance({ minutes: 10 });
    for (const { at, rows } of [0, 1, 2, 3].map(() => random.pick(moments))) {
      const TargetTableName = `restored-${at.getTime()}-${random.below(1_000_000)}`;
      const input = { SourceTableName: TableName, TargetTableName, RestoreDateTime: at };
      await dynamo.send(new sdk.RestoreTableToPointInTimeCommand(input));
      const found = await readAll((start) => documents.scan({ TableName: TargetTableName, ExclusiveStartKey: start }));
      expect(new Map(found.map((row) => [keyText(row), row]))).toEqual(rows);
    }
  });
});
