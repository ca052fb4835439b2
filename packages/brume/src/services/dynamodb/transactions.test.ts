import * as sdk from "@aws-sdk/client-dynamodb";
import { DynamoDBDocument } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let documents: DynamoDBDocument;
const TableName = "ledger";
beforeAll(async () => {
  cloud = await startCloud();
  const dynamo = cloud.client(sdk.DynamoDBClient);
  documents = DynamoDBDocument.from(dynamo);
  await dynamo.send(
    new sdk.CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "p", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "p", KeyType: "HASH" }],
    }),
  );
});
afterAll(() => cloud.close());

let count = 0;
const key = () => ({ p: `item-${count++}` });
const item = async (Key: { p: string }) => (await documents.get({ TableName, Key })).Item;

describe("TransactWriteItems", () => {
  it("performs every kind of write together", async () => {
    const [checked, put, updated, deleted] = [key(), key(), key(), key()];
    await documents.put({ TableName, Item: { ...checked, ok: true } });
    await documents.put({ TableName, Item: deleted });
    const { ConsumedCapacity } = await documents.transactWrite({
      TransactItems: [
        {
          ConditionCheck: {
            TableName,
            Key: checked,
            ConditionExpression: "ok = :yes",
            ExpressionAttributeValues: { ":yes": true },
          },
        },
        { Put: { TableName, Item: { ...put, v: 1 }, ConditionExpression: "attribute_not_exists(p)" } },
        {
          Update: {
            TableName,
            Key: updated,
            UpdateExpression: "ADD n :n",
            ExpressionAttributeValues: { ":n": 5 },
          },
        },
        { Delete: { TableName, Key: deleted } },
      ],
      ReturnConsumedCapacity: "TOTAL",
    });
    expect(await item(put)).toEqual({ ...put, v: 1 });
    expect(await item(updated)).toEqual({ ...updated, n: 5 });
    expect(await item(deleted)).toBeUndefined();
    expect(ConsumedCapacity).toEqual([{ TableName, CapacityUnits: 8, WriteCapacityUnits: 8 }]);
  });

  it("writes nothing when one condition fails, and gives the reason for each item", async () => {
    const [free, taken] = [key(), key()];
    await documents.put({ TableName, Item: { ...taken, v: "here" } });
    const writing = documents.transactWrite({
      TransactItems: [
        { Put: { TableName, Item: free } },
        {
          Put: {
            TableName,
            Item: taken,
            ConditionExpression: "attribute_not_exists(p)",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          },
        },
      ],
    });
    await expect(writing).rejects.toThrow(sdk.TransactionCanceledException);
    await expect(writing).rejects.toMatchObject({
      message:
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]",
      CancellationReasons: [
        { Code: "None" },
        {
          Code: "ConditionalCheckFailed",
          Message: "The conditional request failed",
          Item: { p: { S: taken.p }, v: { S: "here" } },
        },
      ],
    });
    expect(await item(free)).toBeUndefined();
  });

  it("cancels for an update that cannot be done", async () => {
    const Key = key();
    await documents.put({ TableName, Item: { ...Key, word: "w" } });
    const writing = documents.transactWrite({
      TransactItems: [
        { Put: { TableName, Item: key() } },
        {
          Update: { TableName, Key, UpdateExpression: "SET word = word + :n", ExpressionAttributeValues: { ":n": 1 } },
        },
      ],
    });
    await expect(writing).rejects.toMatchObject({
      CancellationReasons: [
        { Code: "None" },
        { Code: "ValidationError", Message: "An operand in the update expression has an incorrect data type" },
      ],
    });
  });

  it("does the same request with the same token once, for ten minutes", async () => {
    const Key = key();
    const request = (n: number) =>
      documents.transactWrite({
        ClientRequestToken: "token",
        TransactItems: [
          { Update: { TableName, Key, UpdateExpression: "ADD n :n", ExpressionAttributeValues: { ":n": n } } },
        ],
      });
    await request(1);
    await request(1);
    expect((await item(Key))?.n).toBe(1);
    await expect(request(2)).rejects.toThrow(sdk.IdempotentParameterMismatchException);
    await cloud.clock.advance({ minutes: 11 });
    await request(2);
    expect((await item(Key))?.n).toBe(3);
  });

  it("rejects two operations on one item, and a part that is of no kind", async () => {
    const Key = key();
    await expect(
      documents.transactWrite({
        TransactItems: [{ Put: { TableName, Item: Key } }, { Delete: { TableName, Key } }],
      }),
    ).rejects.toMatchObject({
      name: "ValidationException",
      message: "Transaction request cannot include multiple operations on one item",
    });
    await expect(documents.transactWrite({ TransactItems: [{}] })).rejects.toMatchObject({
      message: "TransactItems can only contain one of Check, Put, Update or Delete",
    });
  });
});

describe("TransactGetItems", () => {
  it("answers in the order that was asked, with nothing for what is not there", async () => {
    const Key = key();
    await documents.put({ TableName, Item: { ...Key, v: 1, w: 2 } });
    const { Responses, ConsumedCapacity } = await documents.transactGet({
      TransactItems: [{ Get: { TableName, Key: key() } }, { Get: { TableName, Key, ProjectionExpression: "v" } }],
      ReturnConsumedCapacity: "TOTAL",
    });
    expect(Responses).toEqual([{}, { Item: { v: 1 } }]);
    expect(ConsumedCapacity).toEqual([{ TableName, CapacityUnits: 4, ReadCapacityUnits: 4 }]);
  });
});
