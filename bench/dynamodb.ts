/** DynamoDB PutItem against the least that an HTTP server can do, and against dynalite. */
import { type AttributeValue, CreateTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { type CapturedRequest, captureAnswer, captureRequest, clientConfiguration } from "./captured.js";
import type { Figure } from "./figure.js";
import { CONNECTIONS, compare } from "./load.js";
import type { Measurement } from "./measurement.js";
import { ServerProcess } from "./server-process.js";

const TableName = "bench";
const KEYS_PER_CONNECTION = 64;
const KEY = "order-00000";
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

export const dynamodb: Measurement = async ({ rounds, scratch }) => {
  await using server = await ServerProcess.startBrume(scratch);
  await using other = await ServerProcess.startPeer(scratch, "dynalite");
  for (const { url } of [server, other]) await createTable(url);
  const command = new PutItemCommand({ TableName, Item: ITEM });
  const request = await captureRequest(DynamoDBClient, server.url, command);
  const answer = await captureAnswer(server.url, request);
  await using bare = await ServerProcess.startPeer(scratch, "echo", JSON.stringify(answer));
  const sets = Array.from({ length: CONNECTIONS }, (_, connection) => putsOf(request, connection));
  // Every connection has keys of its own: writes to one key within one turn of the event loop could become one.
  const requests = (connection: number) => sets[connection] ?? [];
  const { brume, echo, dynalite } = await compare(
    { echo: { server: bare, requests }, brume: { server, requests }, dynalite: { server: other, requests } },
    rounds,
  );
  const what = "DynamoDB PutItem (nested, 200 B)";
  const cpu = {
    name: `${what}, CPU a request`,
    value: brume.cpuMicroseconds,
    unit: "µs",
    samples: brume.cpuMicrosecondsSamples,
  } as const;
  const throughput = {
    name: `${what}, throughput`,
    value: brume.requestsPerSecond,
    unit: "requests/s",
    samples: brume.requestsPerSecondSamples,
  } as const;
  return [
    {
      ...cpu,
      peer: { name: "bare node:http", value: echo.cpuMicroseconds },
      aim: { of: "ratio", atLeast: 0.5 },
    },
    { ...cpu, peer: { name: "dynalite, in memory", value: dynalite.cpuMicroseconds } },
    { ...throughput, peer: { name: "bare node:http", value: echo.requestsPerSecond } },
    {
      ...throughput,
      peer: { name: "dynalite, in memory", value: dynalite.requestsPerSecond },
      aim: { of: "ratio", atLeast: 3 },
    },
  ] satisfies Figure[];
};

async function createTable(endpoint: string): Promise<void> {
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
  client.destroy();
}

/** The puts of one connection: the same item under different keys of equal length. */
function putsOf(request: CapturedRequest, connection: number): CapturedRequest[] {
  return Array.from({ length: KEYS_PER_CONNECTION }, (_, index) => ({
    ...request,
    body: request.body.replace(KEY, keyOf(connection * KEYS_PER_CONNECTION + index)),
  }));
}
