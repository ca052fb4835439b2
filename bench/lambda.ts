/** Invocations of Lambda functions through the SDK: warm against the SDK's own round trip, cold against a new process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { type CapturedAnswer, clientConfiguration } from "./captured.js";
import { median, medianFigure } from "./figure.js";
import { Functions } from "./functions.js";
import type { Measurement } from "./measurement.js";
import { ServerProcess } from "./server-process.js";

/** Invocations a round; the first ones are not counted. */
const INVOCATIONS = 300;
const UNCOUNTED = 50;
const COLD_PER_ROUND = 2;
/** How long the pool of warm processes is given to fill up again. */
const SETTLE_MS = 1500;

const TRIVIAL = "exports.handler = async (event) => event;";
const WITH_CLIENT = `
  const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
  const client = new DynamoDBClient({});
  exports.handler = async (event) => event;
`;
const EVENT = JSON.stringify({ hello: "world" });
const ANSWER: CapturedAnswer = {
  status: 200,
  headers: { "content-type": "application/json", "content-length": String(EVENT.length) },
  body: EVENT,
};

export const lambda: Measurement = async ({ rounds, scratch }) => {
  await using cloud = await ServerProcess.startBrume(scratch);
  await using bare = await ServerProcess.startPeer(scratch, "echo", JSON.stringify(ANSWER));
  const client = new LambdaClient(clientConfiguration(cloud.url));
  const toBare = new LambdaClient(clientConfiguration(bare.url));
  const functions = new Functions(client);

  const warm: number[] = [];
  const roundTrip: number[] = [];
  const name = await functions.create(TRIVIAL);
  for (let i = 0; i < rounds; i++) {
    roundTrip.push(await typicalInvocation(toBare, name));
    warm.push(await typicalInvocation(client, name));
  }

  const cold = { trivial: [] as number[], withClient: [] as number[] };
  const newProcess: number[] = [];
  for (let i = 0; i < rounds * COLD_PER_ROUND; i++) {
    cold.trivial.push(await firstInvocation(client, functions, TRIVIAL));
    cold.withClient.push(await firstInvocation(client, functions, WITH_CLIENT));
    newProcess.push(await processToFirstOutput());
  }
  client.destroy();
  toBare.destroy();

  const peer = { name: "a new node process to its first output", value: median(newProcess) };
  return [
    medianFigure("Lambda, warm invocation, median", "ms", warm, {
      peer: { name: "the SDK against bare node:http", value: median(roundTrip) },
      aim: { of: "value", atMost: 3 },
    }),
    medianFigure("Lambda, cold invocation", "ms", cold.trivial, { peer, aim: { of: "value", atMost: 150 } }),
    medianFigure("Lambda, cold invocation, loads the DynamoDB client", "ms", cold.withClient, { peer }),
  ];
};

async function typicalInvocation(client: LambdaClient, FunctionName: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < INVOCATIONS; i++) times.push(await invoke(client, FunctionName));
  return median(times.slice(UNCOUNTED));
}

async function invoke(client: LambdaClient, FunctionName: string): Promise<number> {
  const started = performance.now();
  const { FunctionError, Payload } = await client.send(new InvokeCommand({ FunctionName, Payload: EVENT }));
  const ms = performance.now() - started;
  const text = Payload?.transformToString();
  if (FunctionError || text !== EVENT) throw new Error(`${FunctionName} answered ${text}.`);
  return ms;
}

/** Milliseconds that the first invocation of a new function takes. */
async function firstInvocation(client: LambdaClient, functions: Functions, source: string): Promise<number> {
  const name = await functions.create(source);
  await delay(SETTLE_MS);
  return invoke(client, name);
}

async function processToFirstOutput(): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, ["-e", "console.log(1)"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  await once(child.stdout as Readable, "data");
  const ms = performance.now() - started;
  await ended;
  return ms;
}
