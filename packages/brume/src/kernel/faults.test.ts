import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../index.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterEach(() => cloud.kernel.faults.clear());
afterAll(() => cloud.close());

async function methodsLeft(): Promise<unknown> {
  const { id: restApiId } = await cloud.call<{ id: string }>("api-gateway", "CreateRestApi", { name: "api" });
  const { items } = await cloud.call<{ items: { id: string }[] }>("api-gateway", "GetResources", { restApiId });
  const place = { restApiId, resourceId: items[0]?.id };
  const methods = ["GET", "POST", "PUT"].map((httpMethod) => ({ ...place, httpMethod, authorizationType: "NONE" }));
  for (const method of methods) await cloud.call("api-gateway", "PutMethod", method);
  await Promise.all(methods.map((method) => cloud.call("api-gateway", "DeleteMethod", method)));
  return (await cloud.call<{ resourceMethods?: object }>("api-gateway", "GetResource", place)).resourceMethods;
}

describe("a fault", () => {
  it("for other calls leaves calls at once what they are: one after the other", async () => {
    cloud.kernel.faults.inject({ service: "sqs", operation: "CreateQueue", error: { code: "InternalError" } });
    expect(await methodsLeft()).toBeUndefined();
  });

  it("that makes calls wait lets each write at once when it has waited", async () => {
    cloud.kernel.faults.inject({ service: "api-gateway", operation: "DeleteMethod", delayMs: 5 });
    expect(await methodsLeft()).toBeUndefined();
  });

  it("answers with its error as often as it says", async () => {
    const error = { code: "Throttled", message: "Slow down", status: 429 };
    cloud.kernel.faults.inject({ service: "sqs", operation: "ListQueues", times: 1, error });
    await expect(cloud.call("sqs", "ListQueues", {})).rejects.toMatchObject({
      code: "Throttled",
      message: "Slow down",
    });
    expect(await cloud.call("sqs", "ListQueues", {})).toBeDefined();
    expect(cloud.kernel.faults.none).toBe(true);
  });
});
