import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import type { Properties } from "../../../kernel/resource.js";
import { resourceType } from "../../testing.js";
import service from "../index.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

describe("AWS::SQS::Queue", () => {
  it("is created, updated to what is desired, and deleted", async () => {
    const queue = await resourceType(cloud, service, "AWS::SQS::Queue");
    const dead = await queue.create({ QueueName: "dead" });
    const first: Properties = {
      QueueName: "live",
      VisibilityTimeout: "60",
      RedrivePolicy: { deadLetterTargetArn: dead.Arn as string, maxReceiveCount: 3 },
      Tags: [{ Key: "a", Value: "1" }],
    };
    const created = await queue.create(first);
    expect(created).toMatchObject({ ...first, VisibilityTimeout: 60 });
    const updated = await queue.update({ QueueName: "live", DelaySeconds: 5 }, created, first);
    expect(updated).toMatchObject({ DelaySeconds: 5, VisibilityTimeout: 30 });
    for (const gone of ["RedrivePolicy", "Tags"]) expect(updated).not.toHaveProperty(gone);
    expect(await queue.list()).toContainEqual({ QueueUrl: created.QueueUrl });
    await queue.delete(updated);
    expect(await queue.read(updated)).toBeUndefined();
  });
});

describe.each([
  ["QueuePolicy", (url: string): Properties => ({ Queues: [url] })],
  ["QueueInlinePolicy", (Queue: string): Properties => ({ Queue })],
])("AWS::SQS::%s", (name, target) => {
  it("sets and clears the policy of a queue", async () => {
    const { QueueUrl } = await cloud.call<{ QueueUrl: string }>("sqs", "CreateQueue", { QueueName: name });
    const policy = await resourceType(cloud, service, `AWS::SQS::${name}`);
    const desired = { ...target(QueueUrl), PolicyDocument: { Version: "2012-10-17", Statement: [] } };
    const created = await policy.create(desired);
    expect(await policy.read(created)).toMatchObject(desired);
    const changed = { ...target(QueueUrl), PolicyDocument: { Statement: [] } };
    expect(await policy.read(await policy.update(changed, created, desired))).toMatchObject(changed);
    await policy.delete(created);
    expect(await policy.read(created)).toBeUndefined();
  });
});
