import * as sdk from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let dynamo: sdk.DynamoDBClient;
const TableName = "collections";
beforeAll(async () => {
  cloud = await startCloud();
  dynamo = cloud.client(sdk.DynamoDBClient);
  const key = (AttributeName: string, KeyType: sdk.KeyType) => ({ AttributeName, KeyType });
  await dynamo.send(
    new sdk.CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: ["p", "s", "l"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
      KeySchema: [key("p", "HASH"), key("s", "RANGE")],
      LocalSecondaryIndexes: [
        {
          IndexName: "local",
          KeySchema: [key("p", "HASH"), key("l", "RANGE")],
          Projection: { ProjectionType: "ALL" },
        },
      ],
    }),
  );
});
afterAll(() => cloud.close());

const item = (p: string, s: string) => ({ p: { S: p }, s: { S: s }, l: { S: s } });
const asked = { ReturnItemCollectionMetrics: "SIZE" as const };
const metrics = (p: string) => ({ ItemCollectionKey: { p: { S: p } }, SizeEstimateRangeGB: [0, 1] });

describe("PutItem, BatchWriteItem and TransactWriteItems, asked for item collections", () => {
  it("name each collection that they change once", async () => {
    const put = await dynamo.send(new sdk.PutItemCommand({ TableName, Item: item("a", "1"), ...asked }));
    expect(put.ItemCollectionMetrics).toEqual(metrics("a"));
    const puts = [item("a", "1"), item("a", "2"), item("b", "1")];
    const batch = await dynamo.send(
      new sdk.BatchWriteItemCommand({
        RequestItems: { [TableName]: puts.map((Item) => ({ PutRequest: { Item } })) },
        ...asked,
      }),
    );
    expect(batch.ItemCollectionMetrics).toEqual({ [TableName]: [metrics("a"), metrics("b")] });
    const transaction = await dynamo.send(
      new sdk.TransactWriteItemsCommand({
        TransactItems: puts.map((Item) => ({ Put: { TableName, Item } })),
        ...asked,
      }),
    );
    expect(transaction.ItemCollectionMetrics).toEqual({ [TableName]: [metrics("a"), metrics("b")] });
  });
});
