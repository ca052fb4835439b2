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

const start = (FunctionName: string, more: Partial<sdk.InvokeWithResponseStreamCommandInput> = {}) =>
  functions.client.send(new sdk.InvokeWithResponseStreamCommand({ FunctionName, ...more }));

/** The texts of the pieces, and what the last event said. */
async function read({ EventStream }: sdk.InvokeWithResponseStreamCommandOutput) {
  const pieces: string[] = [];
  let complete: sdk.InvokeWithResponseStreamCompleteEvent | undefined;
  for await (const { PayloadChunk, InvokeComplete } of EventStream ?? []) {
    if (PayloadChunk?.Payload) pieces.push(Buffer.from(PayloadChunk.Payload).toString());
    if (InvokeComplete) complete = InvokeComplete;
  }
  return { pieces, complete };
}

describe("InvokeWithResponseStream", () => {
  it("hands on what a function streams while it does", async () => {
    const name = await functions.create(`
      exports.handler = awslambda.streamifyResponse(async (event, stream) => {
        stream.setContentType("text/plain");
        stream.write("one " + event.n);
        await new Promise((resolve) => setTimeout(resolve, 100));
        stream.write("two");
        stream.end();
      });`);
    const output = await start(name, { Payload: Buffer.from('{"n":1}'), LogType: "Tail" });
    expect(output).toMatchObject({
      StatusCode: 200,
      ExecutedVersion: "$LATEST",
      ResponseStreamContentType: "text/plain",
    });
    const { pieces, complete } = await read(output);
    expect(pieces).toEqual(["one 1", "two"]);
    expect(Buffer.from(complete?.LogResult ?? "", "base64").toString()).toContain("REPORT RequestId");
  });

  it("answers in one piece what a function does not stream", async () => {
    const name = await functions.create("exports.handler = async (event) => ({ event });");
    const { pieces, complete } = await read(await start(name));
    expect(pieces).toEqual(['{"event":{}}']);
    expect(complete).toEqual({});
  });

  it("tells of errors in the last event", async () => {
    const name = await functions.create("exports.handler = async () => { throw new RangeError('no'); };");
    const { pieces, complete } = await read(await start(name));
    expect(pieces).toEqual([]);
    expect(complete?.ErrorCode).toBe("RangeError");
    expect(JSON.parse(complete?.ErrorDetails ?? "")).toMatchObject({ errorMessage: "no" });
  });

  it("lets a function end that nobody listens to any more", async () => {
    const name = await functions.create(`
      let calls = 0;
      exports.handler = awslambda.streamifyResponse(async (event, stream) => {
        calls++;
        for (let i = 0; i < 200; i++) if (!stream.write("x".repeat(10000))) await new Promise((go) => stream.once("drain", go));
        stream.write(String(calls));
        stream.end();
      });`);
    const { EventStream } = await start(name);
    for await (const _ of EventStream ?? []) break;
    await cloud.idle();
    const { pieces } = await read(await start(name));
    expect(pieces.join("")).toMatch(/x2$/);
  });

  it("checks what it is asked", async () => {
    const name = await functions.create("exports.handler = async () => 1;");
    expect((await start(name, { InvocationType: "DryRun" })).StatusCode).toBe(204);
    await expect(start(name, { InvocationType: "Event" as never })).rejects.toThrow("invocationType");
    await expect(start(name, { Payload: Buffer.from("{") })).rejects.toThrow(sdk.InvalidRequestContentException);
    await expect(start("none")).rejects.toThrow(sdk.ResourceNotFoundException);
  });
});
