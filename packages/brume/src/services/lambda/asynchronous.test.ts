import * as sdk from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { Functions } from "./testing.js";

let cloud: RunningCloud;
let functions: Functions;
let sqs: SQSClient;
beforeAll(async () => {
  cloud = await startCloud();
  functions = new Functions(cloud);
  sqs = cloud.client(SQSClient);
});
afterAll(() => cloud.close());

let count = 0;
async function newQueue(Attributes: Record<string, string> = {}) {
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: `queue${count++}`, Attributes }));
  const { Attributes: all } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  return { QueueUrl, arn: all?.QueueArn as string };
}
const bodies = async (QueueUrl: string): Promise<string[]> => {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return Messages.map(({ Body = "" }) => Body);
};

/** Invokes asynchronously, and tells what the function logged, call by call. */
async function later(FunctionName: string, event: unknown = {}) {
  const Payload = Buffer.from(JSON.stringify(event));
  const { StatusCode } = await functions.client.send(
    new sdk.InvokeCommand({ FunctionName, Payload, InvocationType: "Event" }),
  );
  expect(StatusCode).toBe(202);
}
function starts(): { count: () => number; stop: () => void } {
  let number = 0;
  const stop = cloud.kernel.events.on("functionLog", ({ message }) => {
    if (message.startsWith("START ")) number++;
  });
  return { count: () => number, stop };
}

const FAILING = "exports.handler = async () => { throw new Error('never'); };";

describe("Invoke, asynchronously", () => {
  it("runs the function, and sends what it returns to the destination", async () => {
    const { QueueUrl, arn } = await newQueue();
    const name = await functions.create("exports.handler = async ({ n }) => n * 2;");
    const DestinationConfig = { OnSuccess: { Destination: arn } };
    await functions.client.send(new sdk.PutFunctionEventInvokeConfigCommand({ FunctionName: name, DestinationConfig }));
    await later(name, { n: 4 });
    await cloud.idle();
    const [body = "{}"] = await bodies(QueueUrl);
    expect(JSON.parse(body)).toMatchObject({
      version: "1.0",
      requestContext: { condition: "Success", approximateInvokeCount: 1 },
      requestPayload: { n: 4 },
      responsePayload: 8,
    });
  });

  it("tries twice more, after one and two minutes, then gives up to the dead-letter queue", async () => {
    const { QueueUrl, arn } = await newQueue();
    const name = await functions.create(FAILING, { DeadLetterConfig: { TargetArn: arn } });
    const runs = starts();
    await later(name, { a: 1 });
    await cloud.idle();
    expect(runs.count()).toBe(1);
    await cloud.clock.advance({ seconds: 60 });
    expect(runs.count()).toBe(2);
    expect(await bodies(QueueUrl)).toEqual([]);
    await cloud.clock.advance({ seconds: 120 });
    expect(runs.count()).toBe(3);
    expect(await bodies(QueueUrl)).toEqual(['{"a":1}']);
    await cloud.clock.advance({ hours: 1 });
    expect(runs.count()).toBe(3);
    runs.stop();
  });

  it("does not try again when it is told not to, and says so to the destination", async () => {
    const { QueueUrl, arn } = await newQueue();
    const name = await functions.create(FAILING);
    await functions.client.send(
      new sdk.PutFunctionEventInvokeConfigCommand({
        FunctionName: name,
        MaximumRetryAttempts: 0,
        DestinationConfig: { OnFailure: { Destination: arn } },
      }),
    );
    await later(name);
    await cloud.idle();
    const [body = "{}"] = await bodies(QueueUrl);
    expect(JSON.parse(body)).toMatchObject({
      requestContext: { condition: "RetriesExhausted" },
      responseContext: { functionError: "Unhandled" },
      responsePayload: { errorMessage: "never" },
    });
  });
});

describe("InvokeAsync", () => {
  it("accepts an event", async () => {
    const name = await functions.create("exports.handler = async () => 1;");
    const runs = starts();
    const { Status } = await functions.client.send(
      new sdk.InvokeAsyncCommand({ FunctionName: name, InvokeArgs: Buffer.from("{}") }),
    );
    await cloud.idle();
    runs.stop();
    expect([Status, runs.count()]).toEqual([202, 1]);
  });
});

describe("PutFunctionEventInvokeConfig, UpdateFunctionEventInvokeConfig, GetFunctionEventInvokeConfig, DeleteFunctionEventInvokeConfig, ListFunctionEventInvokeConfigs", () => {
  it("keep, change, show, list and delete", async () => {
    const FunctionName = await functions.create(FAILING);
    const put = new sdk.PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 });
    await functions.client.send(put);
    const update = new sdk.UpdateFunctionEventInvokeConfigCommand({ FunctionName, MaximumEventAgeInSeconds: 60 });
    await functions.client.send(update);
    const found = await functions.client.send(new sdk.GetFunctionEventInvokeConfigCommand({ FunctionName }));
    expect(found).toMatchObject({
      MaximumRetryAttempts: 1,
      MaximumEventAgeInSeconds: 60,
      LastModified: expect.any(Date),
    });
    expect(found.FunctionArn).toMatch(/:\$LATEST$/);
    const list = await functions.client.send(new sdk.ListFunctionEventInvokeConfigsCommand({ FunctionName }));
    expect(list.FunctionEventInvokeConfigs).toHaveLength(1);
    await functions.client.send(new sdk.DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
    const gone = functions.client.send(new sdk.GetFunctionEventInvokeConfigCommand({ FunctionName }));
    await expect(gone).rejects.toThrow(sdk.ResourceNotFoundException);
    const wrong = new sdk.PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 3 });
    await expect(functions.client.send(wrong)).rejects.toThrow("Member must have value less than or equal to 2");
  });
});

describe("CreateEventSourceMapping, UpdateEventSourceMapping, GetEventSourceMapping, DeleteEventSourceMapping, ListEventSourceMappings", () => {
  const ECHO =
    "exports.handler = async (event) => { for (const { body } of event.Records) console.log('got ' + body); };";

  /** What the functions say they got, from now on. */
  function listen(): { got: string[]; stop: () => void } {
    const got: string[] = [];
    const stop = cloud.kernel.events.on("functionLog", ({ message }) => {
      const [, body] = /\tgot (.*)/.exec(message) ?? [];
      if (body) got.push(body);
    });
    return { got, stop };
  }

  it("brings messages of a queue to the function, and deletes them", async () => {
    const { QueueUrl, arn } = await newQueue();
    const FunctionName = await functions.create(ECHO);
    const { got, stop } = listen();
    const { UUID, State } = await functions.client.send(
      new sdk.CreateEventSourceMappingCommand({ FunctionName, EventSourceArn: arn }),
    );
    expect(State).toBe("Enabled");
    await cloud.clock.advance({ minutes: 10 });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "one" }));
    await cloud.idle();
    expect(got).toEqual(["one"]);
    await cloud.clock.advance({ minutes: 5 });
    expect(got).toEqual(["one"]);

    await functions.client.send(new sdk.UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "two" }));
    await cloud.idle();
    expect(got).toEqual(["one"]);
    await functions.client.send(new sdk.UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    await cloud.idle();
    expect(got).toEqual(["one", "two"]);

    const shown = await functions.client.send(new sdk.GetEventSourceMappingCommand({ UUID }));
    expect(shown).toMatchObject({ BatchSize: 10, State: "Enabled", LastProcessingResult: "OK" });
    const list = await functions.client.send(new sdk.ListEventSourceMappingsCommand({ FunctionName }));
    expect(list.EventSourceMappings).toHaveLength(1);
    await functions.client.send(new sdk.DeleteEventSourceMappingCommand({ UUID }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "three" }));
    await cloud.idle();
    expect(got).toEqual(["one", "two"]);
    stop();
  });

  it("filters, and leaves what the function says it failed on to the dead-letter queue", async () => {
    const dead = await newQueue();
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 });
    const { QueueUrl, arn } = await newQueue({ RedrivePolicy, VisibilityTimeout: "30" });
    const FunctionName = await functions.create(
      "exports.handler = async ({ Records }) => ({ batchItemFailures: Records.filter(({ body }) => JSON.parse(body).bad).map((one) => ({ itemIdentifier: one.messageId })) });",
    );
    const runs = starts();
    await functions.client.send(
      new sdk.CreateEventSourceMappingCommand({
        FunctionName,
        EventSourceArn: arn,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ body: { kind: ["a", { prefix: "b" }] } }) }] },
      }),
    );
    for (const body of [{ kind: "c" }, { kind: "a" }, { kind: "bb", bad: true }]) {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }));
    }
    await cloud.idle();
    expect(runs.count()).toBeGreaterThan(0);
    await cloud.clock.advance({ minutes: 3 });
    runs.stop();
    expect(await bodies(dead.QueueUrl)).toEqual([JSON.stringify({ kind: "bb", bad: true })]);
  });

  it("refuses a queue that is not there, or that hides messages for less time than the function takes", async () => {
    const FunctionName = await functions.create(ECHO, { Timeout: 60 });
    const { arn } = await newQueue();
    const create = (EventSourceArn: string) =>
      functions.client.send(new sdk.CreateEventSourceMappingCommand({ FunctionName, EventSourceArn }));
    await expect(create(arn)).rejects.toThrow(
      "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds",
    );
    await expect(create(`${arn}-none`)).rejects.toThrow("Error occurred while ReceiveMessage.");
  });
});
