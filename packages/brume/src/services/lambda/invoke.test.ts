import * as sdk from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { zip } from "./testing.js";

let cloud: RunningCloud;
let lambda: sdk.LambdaClient;
beforeAll(async () => {
  cloud = await startCloud();
  lambda = cloud.client(sdk.LambdaClient);
});
afterAll(() => cloud.close());

let count = 0;
const Role = "arn:aws:iam::000000000000:role/service/worker";

/** Creates a function from the text of its module. */
async function create(source: string, more: Partial<sdk.CreateFunctionCommandInput> = {}): Promise<string> {
  const FunctionName = `f${count++}`;
  const python = more.Runtime?.startsWith("python");
  const ZipFile = await zip({ [python ? "index.py" : "index.js"]: source });
  await lambda.send(
    new sdk.CreateFunctionCommand({
      FunctionName,
      Role,
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Code: { ZipFile },
      ...more,
    }),
  );
  return FunctionName;
}

async function invoke(FunctionName: string, event: unknown = {}, more: Partial<sdk.InvokeCommandInput> = {}) {
  const Payload = Buffer.from(JSON.stringify(event));
  const output = await lambda.send(new sdk.InvokeCommand({ FunctionName, Payload, LogType: "Tail", ...more }));
  return {
    ...output,
    log: output.LogResult ? Buffer.from(output.LogResult, "base64").toString() : "",
    result: JSON.parse(output.Payload?.transformToString() || "null"),
  };
}

describe("Invoke", () => {
  it("runs an async handler and answers with what it returns", async () => {
    const name = await create("exports.handler = async (event, context) => ({ event, id: context.awsRequestId });");
    const { result, StatusCode, ExecutedVersion, FunctionError, log } = await invoke(name, { a: 1 });
    expect({ StatusCode, ExecutedVersion, FunctionError }).toEqual({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect(result.event).toEqual({ a: 1 });
    expect(log).toContain(`START RequestId: ${result.id} Version: $LATEST`);
    expect(log).toMatch(/REPORT RequestId: .*\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration/);
    expect((await invoke(name)).log).not.toContain("Init Duration");
  });

  it("runs a callback handler, and waits for the event loop unless it is told not to", async () => {
    const name = await create(
      "let done = false; exports.handler = (event, context, callback) => {" +
        "context.callbackWaitsForEmptyEventLoop = event.wait; setTimeout(() => { done = true; }, 100); callback(null, done);" +
        "setTimeout(() => { seen = done; }, 0); };",
    );
    expect((await invoke(name, { wait: false })).result).toBe(false);
  });

  it("answers null for a handler that never answers and waits for nothing", async () => {
    expect((await invoke(await create("exports.handler = () => new Promise(() => {});"))).result).toBeNull();
  });

  it("runs Python", async () => {
    const name = await create("def handler(event, context):\n  print('hi')\n  return {'n': event['n'] + 1}", {
      Runtime: "python3.12",
    });
    const { result, log } = await invoke(name, { n: 1 });
    expect(result).toEqual({ n: 2 });
    expect(log).toContain("\nhi\n");
  });
});
