import * as sdk from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";

let cloud: RunningCloud;
let documents: DynamoDBDocument;
beforeAll(async () => {
  cloud = await startCloud();
  documents = DynamoDBDocument.from(cloud.client(sdk.DynamoDBClient));
  await documents.send(
    new sdk.CreateTableCommand({
      TableName: "music",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "artist", AttributeType: "S" },
        { AttributeName: "n", AttributeType: "N" },
        { AttributeName: "genre", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "artist", KeyType: "HASH" },
        { AttributeName: "n", KeyType: "RANGE" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "by-genre",
          KeySchema: [{ AttributeName: "genre", KeyType: "HASH" }],
          Projection: { ProjectionType: "ALL" },
        },
      ],
    }),
  );
});
afterAll(() => cloud.close());

const run = async (Statement: string, ...Parameters: unknown[]) =>
  (await documents.executeStatement({ Statement, ...(Parameters.length > 0 ? { Parameters } : {}) })).Items;

describe("ExecuteStatement", () => {
  it("inserts once", async () => {
    await run(
      `INSERT INTO music VALUE {'artist': 'it''s me', 'n': 1, 'tags': <<'a','b'>>, 'l': [1, -2.50, {'x': null}], 'ok': true}`,
    );
    expect(await run(`SELECT * FROM "music" WHERE "artist" = 'it''s me'`)).toEqual([
      { artist: "it's me", n: 1, tags: new Set(["a", "b"]), l: [1, -2.5, { x: null }], ok: true },
    ]);
    await expect(run("INSERT INTO music VALUE {'artist': ?, 'n': ?}", "it's me", 1)).rejects.toThrow(
      sdk.DuplicateItemException,
    );
  });

  it("selects by key, by index and by any condition, page by page", async () => {
    for (let n = 0; n < 6; n++) {
      await run("INSERT INTO music VALUE {'artist': 'b', 'n': ?, 'genre': ?}", n, n % 2 ? "odd" : "even");
    }
    const numbers = async (where: string, ...values: unknown[]) =>
      (await run(`SELECT n FROM music WHERE ${where}`, ...values))?.map(({ n }) => n);
    expect(await numbers("artist = ? AND n >= ?", "b", 4)).toEqual([4, 5]);
    expect(await numbers("artist = 'b' ORDER BY n DESC")).toEqual([5, 4, 3, 2, 1, 0]);
    expect(await numbers("artist = 'b' AND (n = 1 OR n IN [2, 3]) AND genre IS NOT MISSING")).toEqual([1, 2, 3]);
    expect(await numbers("artist = 'b' AND begins_with(genre, 'o') AND NOT n BETWEEN 0 AND 2")).toEqual([3, 5]);
    expect((await run(`SELECT * FROM music."by-genre" WHERE genre = 'odd'`))?.length).toBe(3);
    const Statement = "SELECT n FROM music WHERE artist = 'b'";
    const first = await documents.executeStatement({ Statement, Limit: 4 });
    expect(first.Items).toHaveLength(4);
    const second = await documents.executeStatement({ Statement, NextToken: first.NextToken });
    expect(second.Items?.map(({ n }) => n)).toEqual([4, 5]);
  });

  it("updates and deletes one item, where its conditions hold", async () => {
    await run("INSERT INTO music VALUE {'artist': 'c', 'n': 1, 'plays': 1, 'old': 'x'}");
    const key = "artist = 'c' AND n = 1";
    expect(
      await run(`UPDATE music SET plays = plays + 2 SET m = {'a': ?} REMOVE old WHERE ${key} RETURNING ALL NEW *`, 5),
    ).toEqual([{ artist: "c", n: 1, plays: 3, m: { a: 5 } }]);
    await expect(run(`UPDATE music SET plays = 0 WHERE ${key} AND plays > 10`)).rejects.toThrow(
      sdk.ConditionalCheckFailedException,
    );
    await expect(run("UPDATE music SET plays = 0 WHERE artist = 'none' AND n = 1")).rejects.toThrow(
      sdk.ConditionalCheckFailedException,
    );
    await expect(run("DELETE FROM music WHERE artist = 'c'")).rejects.toThrow(
      "Where clause does not contain a mandatory equality on all key attributes",
    );
    expect(await run(`DELETE FROM music WHERE ${key} RETURNING ALL OLD *`)).toEqual([
      { artist: "c", n: 1, plays: 3, m: { a: 5 } },
    ]);
    await run(`DELETE FROM music WHERE ${key}`);
  });

  it("rejects what is no statement", async () => {
    await expect(run("SELECT FROM music")).rejects.toThrow("Statement wasn't well formed, can't be processed");
    await expect(run("SELECT * FROM music WHERE n = sqrt(4)")).rejects.toThrow('Unexpected token "sqrt"');
    await expect(run("SELECT * FROM music WHERE n = ?")).rejects.toThrow(
      "Number of parameters in request and statement don't match.",
    );
    await expect(run("SELECT * FROM nowhere")).rejects.toThrow(sdk.ResourceNotFoundException);
  });
});

describe("BatchExecuteStatement", () => {
  it("refuses the whole batch where a statement is missing", async () => {
    const Statements = [{ Statement: "SELECT * FROM music" }, {} as { Statement: string }];
    await expect(documents.batchExecuteStatement({ Statements })).rejects.toThrow(
      "1 validation error detected: Value null at 'statements.2.member.statement' failed to satisfy constraint: Member must not be null",
    );
  });

  it("answers each statement by itself", async () => {
    const { Responses } = await documents.batchExecuteStatement({
      Statements: [
        { Statement: "INSERT INTO music VALUE {'artist': 'd', 'n': 1}" },
        { Statement: "INSERT INTO music VALUE {'artist': 'd', 'n': 1}" },
        { Statement: "SELECT * FROM music WHERE artist = ? AND n = 1", Parameters: ["d"] },
      ],
    });
    expect(Responses).toMatchObject([
      { TableName: "music" },
      { Error: { Code: "DuplicateItem" } },
      { TableName: "music", Item: { artist: "d", n: 1 } },
    ]);
  });
});

describe("ExecuteTransaction", () => {
  const transact = (statements: (string | [string, ...unknown[]])[], more: object = {}) =>
    documents.executeTransaction({
      TransactStatements: statements.map((one) => {
        const [Statement, ...Parameters] = typeof one === "string" ? [one] : one;
        return { Statement, ...(Parameters.length > 0 ? { Parameters } : {}) };
      }),
      ...more,
    });
  const plays = async (artist: string) =>
    (await run("SELECT plays FROM music WHERE artist = ?", artist))?.map((item) => item.plays);

  it("performs every kind of write together, where what has to exist does", async () => {
    await run("INSERT INTO music VALUE {'artist': 'e', 'n': 1, 'plays': 1}");
    await run("INSERT INTO music VALUE {'artist': 'e', 'n': 2, 'plays': 2}");
    const { ConsumedCapacity } = await transact(
      [
        "INSERT INTO music VALUE {'artist': 'e', 'n': 3, 'plays': 3}",
        ["UPDATE music SET plays = plays + ? WHERE artist = 'e' AND n = 1", 10],
        "DELETE FROM music WHERE artist = 'e' AND n = 2",
      ],
      { ReturnConsumedCapacity: "TOTAL" },
    );
    expect(await plays("e")).toEqual([11, 3]);
    expect(ConsumedCapacity).toEqual([{ TableName: "music", CapacityUnits: 6, WriteCapacityUnits: 6 }]);
    const guarded = (least: number) =>
      transact([
        ["EXISTS(SELECT * FROM music WHERE artist = 'e' AND n = 3 AND plays >= ?)", least],
        "UPDATE music SET plays = 0 WHERE artist = 'e' AND n = 1",
      ]);
    await expect(guarded(4)).rejects.toMatchObject({
      CancellationReasons: [{ Code: "ConditionalCheckFailed" }, { Code: "None" }],
    });
    expect(await plays("e")).toEqual([11, 3]);
    await guarded(3);
    expect(await plays("e")).toEqual([0, 3]);
  });

  it("writes nothing when one statement cannot be done, and says why of each", async () => {
    await run("INSERT INTO music VALUE {'artist': 'f', 'n': 1, 'plays': 1}");
    const writing = documents.executeTransaction({
      TransactStatements: [
        { Statement: "INSERT INTO music VALUE {'artist': 'f', 'n': 2}" },
        { Statement: "INSERT INTO music VALUE {'artist': 'f', 'n': 1}" },
        {
          Statement: "UPDATE music SET plays = 2 WHERE artist = 'f' AND n = 3",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        },
      ],
    });
    await expect(writing).rejects.toThrow(sdk.TransactionCanceledException);
    await expect(writing).rejects.toMatchObject({
      message:
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, DuplicateItem, ConditionalCheckFailed]",
      CancellationReasons: [
        { Code: "None" },
        { Code: "DuplicateItem", Message: "Duplicate primary key exists in table" },
        { Code: "ConditionalCheckFailed", Message: "The conditional request failed" },
      ],
    });
    expect(await plays("f")).toEqual([1]);
  });

  it("reads items in the order that was asked", async () => {
    await run("INSERT INTO music VALUE {'artist': 'g', 'n': 1, 'plays': 5}");
    const { Responses } = await transact([
      "SELECT * FROM music WHERE artist = 'g' AND n = 9",
      ["SELECT plays FROM music WHERE artist = ? AND n = ?", "g", 1],
    ]);
    expect(Responses).toEqual([{}, { Item: { plays: 5 } }]);
  });

  it("does the same request with the same token once, for ten minutes", async () => {
    await run("INSERT INTO music VALUE {'artist': 'h', 'n': 1, 'plays': 0}");
    const add = (n: number) =>
      transact([["UPDATE music SET plays = plays + ? WHERE artist = 'h' AND n = 1", n]], { ClientRequestToken: "t" });
    await add(1);
    await add(1);
    expect(await plays("h")).toEqual([1]);
    await expect(add(2)).rejects.toThrow(sdk.IdempotentParameterMismatchException);
    await cloud.clock.advance({ minutes: 11 });
    await add(2);
    expect(await plays("h")).toEqual([3]);
  });

  it("refuses what is no transaction", async () => {
    const insert = "INSERT INTO music VALUE {'artist': 'i', 'n': 1}";
    const select = "SELECT * FROM music WHERE artist = 'i' AND n = 1";
    await expect(transact([insert, select])).rejects.toThrow("Transactions cannot mix read and write statements");
    await expect(transact([insert, insert])).rejects.toThrow(
      "Transaction request cannot include multiple operations on one item",
    );
    await expect(transact(["SELECT * FROM music WHERE artist = 'i'"])).rejects.toThrow(
      "Select statements within ExecuteTransaction must specify the primary key in the where clause.",
    );
    await expect(run(`EXISTS(${select})`)).rejects.toThrow("EXISTS can be used in transactions only");
    await expect(transact([])).rejects.toThrow("Member must have length greater than or equal to 1");
  });
});
