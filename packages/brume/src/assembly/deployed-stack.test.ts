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

describe("a stack that cannot be deleted", () => {
  it("says what stands in the way", async () => {
    const Bucket = "not-to-be-deleted";
    const Resources = { Full: { Type: "AWS::S3::Bucket", Properties: { BucketName: Bucket } } };
    await cloud.deploy({ Resources }, { stackName: "full" });
    const client = new HttpCloudClient(cloud.endpoint);
    const place = { account: cloud.account, region: cloud.region };
    await client.upload(Bucket, "k", Buffer.from("x"), place);
    await expect(cloud.destroy("full")).rejects.toThrow(
      /^full could not be deleted: Full \(AWS::S3::Bucket\): .*The bucket you tried to delete is not empty/,
    );
    await cloud.call("s3", "DeleteObject", { Bucket, Key: "k" });
    expect(await cloud.destroy("full")).toBe(true);
    client.close();
  });
});
