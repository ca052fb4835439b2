import * as sdk from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { Functions } from "./testing.js";

let cloud: RunningCloud;
let functions: Functions;
beforeAll(async () => {
  cloud = await startCloud();
  functions = new Functions(cloud);
});
afterAll(() => cloud.close());

describe("Invoke", () => {
  it("runs an async handler and answers with what it returns", async () => {
    const name = await functions.create(
      "exports.handler = async (event, context) => ({ event, id: context.awsRequestId });",
    );
    const { result, StatusCode, ExecutedVersion, FunctionError, log } = await functions.invoke(name, { a: 1 });
    expect({ StatusCode, ExecutedVersion, FunctionError }).toEqual({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect(result.event).toEqual({ a: 1 });
    expect(log).toContain(`START RequestId: ${result.id} Version: $LATEST`);
    expect(log).toMatch(/REPORT RequestId: .*\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration/);
    expect((await functions.invoke(name)).log).not.toContain("Init Duration");
  });

  it("runs a callback handler, and waits for the event loop unless it is told not to", async () => {
    const name = await functions.create(
      "let done = false; exports.handler = (event, context, callback) => {" +
        "context.callbackWaitsForEmptyEventLoop = event.wait; const result = { before: done };" +
        "setTimeout(() => { done = true; result.after = done; }, 50); callback(null, result); };",
    );
    expect((await functions.invoke(name, { wait: false })).result).toEqual({ before: false });
    expect((await functions.invoke(name, { wait: true })).result).toMatchObject({ after: true });
  });

  it("answers null for a handler that never answers and waits for nothing", async () => {
    const name = await functions.create("exports.handler = () => new Promise(() => {});");
    expect((await functions.invoke(name)).result).toBeNull();
    expect((await functions.invoke(name)).result).toBeNull();
  });

  it("runs modules of every kind, in folders too", async () => {
    const handler = "export const handler = async () => import.meta.url.slice(-9);";
    const mjs = await functions.create({ "index.mjs": handler });
    expect((await functions.invoke(mjs)).result).toBe("index.mjs");
    const typed = await functions.create({ "index.js": handler, "package.json": '{"type":"module"}' });
    expect((await functions.invoke(typed)).result).toBe("/index.js");
    const cjs = await functions.create(
      { "src/app.cjs": "exports.a = { b: async () => 7 };" },
      { Handler: "src/app.a.b" },
    );
    expect((await functions.invoke(cjs)).result).toBe(7);
  });

  it("hands over what the context object and the environment have", async () => {
    const name = await functions.create(
      "exports.handler = async (event, context) => ({ env: process.env, cwd: process.cwd(), left: context.getRemainingTimeInMillis(), ...context });",
      { Environment: { Variables: { MODE: "x" } }, Timeout: 5 },
    );
    const ClientContext = Buffer.from(JSON.stringify({ custom: { ключ: 1 } })).toString("base64");
    const { result } = await functions.invoke(name, {}, { ClientContext });
    expect(result).toMatchObject({
      functionName: name,
      functionVersion: "$LATEST",
      memoryLimitInMB: "128",
      invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
      logGroupName: `/aws/lambda/${name}`,
      clientContext: { custom: { ключ: 1 } },
    });
    expect(result.left).toBeGreaterThan(4000);
    expect(result.cwd).toBe(result.env.LAMBDA_TASK_ROOT);
    expect(result.env).toMatchObject({ MODE: "x", AWS_REGION: "us-east-1", _HANDLER: "index.handler" });
    expect(result.env._X_AMZN_TRACE_ID).toMatch(/^Root=1-/);
    const secrets = Object.keys(process.env).filter((key) => key.startsWith("npm_") || key.startsWith("VITEST"));
    for (const key of secrets) expect(result.env).not.toHaveProperty(key);
  });

  it("acts as the function's role", async () => {
    const name = await functions.create(
      "const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');" +
        "exports.handler = () => new STSClient({}).send(new GetCallerIdentityCommand({}));",
    );
    const key = (await functions.invoke(name)).result;
    // The service may not be there yet; what counts is that the SDK was found and the cloud has answered.
    expect(key.Arn ?? key.errorType).toMatch(/assumed-role\/worker\/|NotImplemented|InternalFailure/);
  });

  it("finds the SDK for modules as well, and names a client that is not on the machine", async () => {
    const found = await functions.create({
      "index.mjs":
        "import { SQSClient } from '@aws-sdk/client-sqs'; export const handler = async () => typeof SQSClient;",
    });
    expect((await functions.invoke(found)).result).toBe("function");
    const advice = "@aws-sdk/client-nothing is not on this machine: install it next to the app";
    // The CDK's provider framework requires a client that it seldom uses.
    const required = await functions.create(
      "const { SFN } = require('@aws-sdk/client-nothing'); exports.handler = async ({ use }) => (use ? new SFN({}) : 1);",
    );
    expect((await functions.invoke(required)).result).toBe(1);
    expect((await functions.invoke(required, { use: true })).result.errorMessage).toContain(advice);
    const imported = await functions.create({ "index.mjs": "import '@aws-sdk/client-nothing';" });
    expect((await functions.invoke(imported)).result.errorMessage).toContain(advice);
  });

  it("starts from nothing after a failure to start, and refuses what is no JSON", async () => {
    const name = await functions.create("exports.handler = async () => 1;");
    const sending = functions.client.send(new sdk.InvokeCommand({ FunctionName: name, Payload: Buffer.from("{oops") }));
    await expect(sending).rejects.toThrow(sdk.InvalidRequestContentException);
    await expect(sending).rejects.toThrow("Could not parse request body into json");
  });

  it("knows versions, dry runs and functions that are not there", async () => {
    const name = await functions.create("exports.handler = async () => 1;", { Publish: true });
    const { result, ExecutedVersion } = await functions.invoke(name, {}, { Qualifier: "1" });
    expect([result, ExecutedVersion]).toEqual([1, "1"]);
    expect((await functions.invoke(name, {}, { InvocationType: "DryRun" })).StatusCode).toBe(204);
    const missing = functions.invoke("nothing", {}, { Qualifier: "3" });
    await expect(missing).rejects.toThrow(sdk.ResourceNotFoundException);
    await expect(missing).rejects.toThrow(
      "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nothing:3",
    );
  });

  it("names a runtime that it cannot run", async () => {
    const name = await functions.create("", { Runtime: "dotnet8" });
    await expect(functions.invoke(name)).rejects.toThrow("The runtime dotnet8 cannot be run");
  });

  it("keeps a function within its reserved concurrency", async () => {
    const name = await functions.create(
      "exports.handler = () => new Promise((done) => setTimeout(() => done(1), 300));",
    );
    const limit = { FunctionName: name, ReservedConcurrentExecutions: 1 };
    await functions.client.send(new sdk.PutFunctionConcurrencyCommand(limit));
    const both = await Promise.allSettled([functions.invoke(name), functions.invoke(name)]);
    const refused = both.find((one) => one.status === "rejected") as PromiseRejectedResult;
    expect(refused.reason).toMatchObject({
      name: "TooManyRequestsException",
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
      $metadata: { httpStatusCode: 429 },
    });
    expect(both.filter((one) => one.status === "fulfilled")).toHaveLength(1);
  });

  it("runs many at once, no more processes than it may have", async () => {
    const name = await functions.create("exports.handler = async (event) => event.n;");
    const all = await Promise.all(Array.from({ length: 40 }, (_, n) => functions.invoke(name, { n })));
    expect(all.map(({ result }) => result)).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });

  it("shows the cloud's time to the function when it is not the machine's", async () => {
    const name = await functions.create(
      "exports.handler = async () => [Date.now(), new Date().getTime(), new Date(5).getTime()];",
    );
    await cloud.clock.advance({ days: 30 });
    const { result } = await functions.invoke(name);
    expect(Math.abs(result[0] - cloud.clock.now())).toBeLessThan(2000);
    expect(Math.abs(result[1] - cloud.clock.now())).toBeLessThan(2000);
    expect(result[2]).toBe(5);
  });

  it("runs a static bootstrap", async () => {
    const script = `#!/bin/sh
API=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while true; do
  HEADERS=$(mktemp)
  curl -sS -D "$HEADERS" "$API/next" -o /dev/null || exit 1
  ID=$(grep -i lambda-runtime-aws-request-id "$HEADERS" | tr -d '\\r' | cut -d' ' -f2)
  echo working
  curl -sS "$API/$ID/response" -d "\\"$_HANDLER\\"" > /dev/null
done`;
    const name = await functions.create(
      { bootstrap: { content: script, mode: 0o100755 } },
      { Runtime: "provided.al2023", Handler: "hello" },
    );
    const { result, log } = await functions.invoke(name);
    expect(result).toBe("hello");
    expect(log).toContain("working\nEND");
  });
});
