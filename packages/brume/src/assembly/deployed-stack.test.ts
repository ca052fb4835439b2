import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../index.js";
import { HttpCloudClient } from "./cloud-client.js";
import { describeStack, keptResources } from "./deployed-stack.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

describe("what a deleted stack leaves behind", () => {
  it("is what its deletion kept, and not what an update before did", async () => {
    const queue = (QueueName: string) => ({ Type: "AWS::SQS::Queue", Properties: { QueueName } });
    const kept = (QueueName: string) => ({ ...queue(QueueName), DeletionPolicy: "Retain" });
    const stackName = "left-behind";
    const deploy = (Resources: object) => cloud.deploy({ Resources }, { stackName });
    await deploy({ Early: kept("early"), Late: kept("late"), Gone: queue("gone") });
    await deploy({ Late: kept("late"), Gone: queue("gone") });
    const place = { account: cloud.account, region: cloud.region };
    const client = new HttpCloudClient(cloud.endpoint);
    const { StackId = "" } = (await describeStack(client, stackName, place)) ?? {};
    await cloud.destroy(stackName);
    expect(await keptResources(client, StackId, place)).toEqual([
      {
        ResourceType: "AWS::SQS::Queue",
        LogicalResourceId: "Late",
        PhysicalResourceId: expect.stringMatching(/\/late$/),
      },
    ]);
    client.close();
  });
});
