import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../index.js";
import { Functions } from "../services/lambda/testing.js";

const ANSWER_BYTES = 1_000_000;
const INVOCATIONS = 30;

let cloud: RunningCloud;
let functions: Functions;
beforeAll(async () => {
  cloud = await startCloud();
  functions = new Functions(cloud);
});
afterAll(() => cloud.close());

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes outside of the heap that are in use. */
async function bytesInUse(): Promise<number> {
  await cloud.idle();
  // What a first collection finalizes is given back by a second.
  for (let i = 0; i < 2; i++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().arrayBuffers;
}

describe("an execution environment", () => {
  it("keeps nothing of the invocations that it has answered", async () => {
    const name = await functions.create(
      `let count = 0; exports.handler = async () => "x".repeat(${ANSWER_BYTES}) + count++;`,
    );
    await functions.invoke(name);
    const before = await bytesInUse();
    let last = "";
    for (let i = 0; i < INVOCATIONS; i++) last = (await functions.invoke(name)).result.slice(ANSWER_BYTES);
    // All of them were answered by the same environment.
    expect(last).toBe(String(INVOCATIONS));
    expect((await bytesInUse()) - before).toBeLessThan(5 * ANSWER_BYTES);
  });
});
