/** DynamoDB's reads and writes against the least that an HTTP server can do, and against dynalite. */
import { randomUUID } from "node:crypto";
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import {
  type CapturedRequest,
  captureAnswer,
  captureRequest,
  clientConfiguration,
  withBody,
  withoutHash,
} from "./captured.js";
import type { Figure } from "./figure.js";
import { CONNECTIONS, compare, type LoadRequest } from "./load.js";
import { loadFigures } from "./load-figures.js";
import type { Measurement } from "./measurement.js";
import { ServerProcess } from "./server-process.js";

const TableName = "bench";
const KEYS_PER_CONNECTION = 64;
const KEY = "order-00000";
const QUERIED = "customer-1";
const QUERIED_ITEMS = 100;
const TOKEN = /,"ClientRequestToken":"[^"]*"/;
/** What a request may write. */
const MAX_BATCH = 25;
const keyOf = (number: number) => `order-${String(number).padStart(5, "0")}`;

/** 200 bytes as DynamoDB counts them, with lists and maps in each other, as documents have. */
const ITEM: Record<string, AttributeValue> = {
  pk: { S: KEY },
  sk: { N: "1732406400" },
  status: { S: "confirmed" },
  customer: { M: { name: { S: "Ada Lovelace" }, email: { S: "ada@example.com" }, verified: { BOOL: true } } },
  lines: {
    L: [
      { M: { sku: { S: "A-1001" }, count: { N: "2" }, price: { N: "12.5" } } },
      { M: { sku: { S: "B-2002" }, count: { N: "1" }, price: { N: "99.95" } } },
    ],
  },
  digest: { B: Buffer.from("0123456789abcdef") },
  tags: { L: [{ S: "gift" }, { S: "rush" }] },
};
const Key = { pk: ITEM.pk as AttributeValue, sk: ITEM.sk as AttributeValue };

/** One kind of request: how it is made, and what is aimed at. */
interface Kind {
  readonly what: string;
  readonly command: object;
  readonly cpuAtLeast: number;
  /** Beside dynalite; absent where dynalite does not have the operation. */
  readonly throughputAtLeast?: number;
}

const KINDS = {
  put: {
    what: "DynamoDB PutItem (nested, 200 B)",
    command: new PutItemCommand({ TableName, Item: ITEM }),
    cpuAtLeast: 0.5,
    throughputAtLeast: 3,
  },
  get: {
    what: "DynamoDB GetItem (nested, 200 B)",
    command: new GetItemCommand({ TableName, Key }),
    cpuAtLeast: 0.5,
    throughputAtLeast: 3,
  },
  query: {
    what: `DynamoDB Query of ${QUERIED_ITEMS} items`,
    command: new QueryCommand({
      TableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: QUERIED } },
    }),
    cpuAtLeast: 0.1,
    throughputAtLeast: 3,
  },
  transact: {
    what: "DynamoDB TransactWriteItems of a put, an update and a check",
    command: new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName, Item: ITEM, ConditionExpression: "attribute_exists(pk)" } },
        {
          Update: {
            TableName,
            Key: { ...Key, sk: { N: "0" } },
            UpdateExpression: "ADD visits :one",
            ExpressionAttributeValues: { ":one": { N: "1" } },
          },
        },
        {
          ConditionCheck: {
            TableName,
            Key: { ...Key, sk: { N: "1" } },
            ConditionExpression: "attribute_not_exists(pk)",
          },
        },
      ],
    }),
    cpuAtLeast: 0.3,
  },
} satisfies Record<string, Kind>;

export type DynamoDbKind = keyof typeof KINDS;

/** The table, with an item for every key of the connections and the items of the query. */
export async function fillTable(endpoint: string): Promise<void> {
  const client = new DynamoDBClient(clientConfiguration(endpoint));
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      BillingMode: "PAY_PER_REQUEST",
    }),
  );
  const ordered = Array.from({ length: CONNECTIONS * KEYS_PER_CONNECTION }, (_, index) => ({
    pk: { S: keyOf(index) },
  }));
  const queried = Array.from({ length: QUERIED_ITEMS }, (_, index) => ({
    pk: { S: QUERIED },
    sk: { N: String(index) },
  }));
  const puts = [...ordered, ...queried].map((key) => ({ PutRequest: { Item: { ...ITEM, ...key } } }));
  for (let start = 0; start < puts.length; start += MAX_BATCH) {
    const RequestItems = { [TableName]: puts.slice(start, start + MAX_BATCH) };
    await client.send(new BatchWriteItemCommand({ RequestItems }));
  }
  client.destroy();
}

/**
 * The request of a kind, and those of each connection.
 * @param tokens whether each request has an idempotency token of its own, as those of the SDK do, or none
 */
export async function dynamoDbRequests(
  endpoint: string,
  kind: DynamoDbKind,
  tokens = true,
): Promise<{ request: CapturedRequest; requests: (connection: number) => LoadRequest[] }> {
  const request = await captureRequest(DynamoDBClient, endpoint, KINDS[kind].command);
  const sets = Array.from({ length: CONNECTIONS }, (_, connection) => requestsOf(request, connection, tokens));
  // Every connection has keys of its own: writes to one key within one turn of the event loop could become one.
  return { request, requests: (connection) => sets[connection] ?? [] };
}

/** The requests of one connection: the same under different keys of equal length. */
function requestsOf(request: CapturedRequest, connection: number, tokens: boolean): LoadRequest[] {
  return Array.from({ length: KEYS_PER_CONNECTION }, (_, index) => {
    const body = request.body.replaceAll(KEY, keyOf(connection * KEYS_PER_CONNECTION + index));
    const own = withBody(request, body.replace(TOKEN, ""));
    if (!tokens || !TOKEN.test(body)) return own;
    return { ...withoutHash(own), bodyNow: () => body.replace(TOKEN, `,"ClientRequestToken":"${randomUUID()}"`) };
  });
}

export const dynamodb: Measurement = async (bench) => {
  const { scratch } = bench;
  await using server = await ServerProcess.startBrume(scratch);
  await using other = await ServerProcess.startPeer(scratch, "dynalite");
  for (const { url } of [server, other]) await fillTable(url);
  const figures: Figure[] = [];
  for (const [name, kind] of Object.entries(KINDS) as [DynamoDbKind, Kind][]) {
    const { request, requests } = await dynamoDbRequests(server.url, name);
    const answer = await captureAnswer(server.url, request);
    await using bare = await ServerProcess.startPeer(scratch, "echo", JSON.stringify(answer));
    const subjects = { echo: { server: bare, requests }, brume: { server, requests } };
    const echo = { name: "bare node:http", cpuAtLeast: kind.cpuAtLeast };
    if (kind.throughputAtLeast === undefined) {
      const loads = await compare(subjects, bench);
      figures.push(...loadFigures(kind.what, loads.brume, [{ ...echo, load: loads.echo }]));
      continue;
    }
    const loads = await compare({ ...subjects, dynalite: { server: other, requests } }, bench);
    const dynalite = { name: "dynalite, in memory", throughputAtLeast: kind.throughputAtLeast };
    const peers = [
      { ...echo, load: loads.echo },
      { ...dynalite, load: loads.dynalite },
    ];
    figures.push(...loadFigures(kind.what, loads.brume, peers));
  }
  return figures;
};
