import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import type { Properties, ResourceContext, ResourceProvider } from "../../../kernel/resource.js";
import { resourceContext } from "../../testing.js";
import service from "../index.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

async function typeOf(name: string): Promise<[ResourceProvider, ResourceContext]> {
  const type = `AWS::SNS::${name}`;
  const load = service.resources[type];
  if (!load) throw new Error(`No provider for ${type}`);
  return [(await load()).default, resourceContext(cloud, type)];
}

const QUEUE = "arn:aws:sqs:us-east-1:000000000000:q";
const attributesOf = async (TopicArn: string) =>
  (await cloud.call<{ Attributes: Record<string, string> }>("sns", "GetTopicAttributes", { TopicArn })).Attributes;

describe("AWS::SNS::Topic", () => {
  it("is made, changed and deleted, its own subscriptions with it", async () => {
    const [topic, ctx] = await typeOf("Topic");
    const before: Properties = {
      DisplayName: "d",
      SignatureVersion: "2",
      Subscription: [{ Protocol: "sqs", Endpoint: QUEUE }],
      Tags: [{ Key: "a", Value: "1" }],
    };
    const made = await topic.create(before, ctx);
    expect(made).toMatchObject(before);
    expect(made.TopicArn).toBe(`arn:aws:sns:us-east-1:000000000000:${made.TopicName as string}`);
    expect((await attributesOf(made.TopicArn as string)).SubscriptionsConfirmed).toBe("1");
    const after = await topic.update({ Tags: [{ Key: "b", Value: "2" }] }, made, ctx, before);
    expect(after).toEqual({
      TopicArn: made.TopicArn,
      TopicName: made.TopicName,
      SignatureVersion: "1",
      Tags: [{ Key: "b", Value: "2" }],
    });
    expect((await attributesOf(made.TopicArn as string)).SubscriptionsConfirmed).toBe("0");
    expect(await topic.list(ctx)).toContainEqual({ TopicArn: made.TopicArn });
    await topic.delete(after, ctx);
    expect(await topic.read(after, ctx)).toBeUndefined();
    await topic.delete(after, ctx);
  });

  it("may be a FIFO topic", async () => {
    const [topic, ctx] = await typeOf("Topic");
    const made = await topic.create({ FifoTopic: "true", ContentBasedDeduplication: "true" }, ctx);
    expect(made).toMatchObject({ FifoTopic: true, ContentBasedDeduplication: true });
    expect(made.TopicName).toMatch(/\.fifo$/);
  });
});

describe("AWS::SNS::Subscription", () => {
  it("is made, changed and deleted", async () => {
    const { TopicArn } = await cloud.call<{ TopicArn: string }>("sns", "CreateTopic", { Name: "subscribed" });
    const [subscription, ctx] = await typeOf("Subscription");
    const before: Properties = {
      TopicArn,
      Protocol: "sqs",
      Endpoint: QUEUE,
      FilterPolicy: { a: ["b"] },
      RawMessageDelivery: "true",
    };
    const made = await subscription.create(before, ctx);
    expect(made).toMatchObject({ ...before, RawMessageDelivery: true });
    const desired: Properties = { ...before, FilterPolicyScope: "MessageBody", FilterPolicy: { a: { b: ["c"] } } };
    delete desired.RawMessageDelivery;
    const after = await subscription.update(desired, made, ctx, before);
    expect(after).toMatchObject({ FilterPolicyScope: "MessageBody", RawMessageDelivery: false });
    await subscription.delete(after, ctx);
    expect(await subscription.read(after, ctx)).toBeUndefined();
    await subscription.delete(after, ctx);
  });
});

describe.each([
  ["TopicPolicy", (TopicArn: string): Properties => ({ Topics: [TopicArn] })],
  ["TopicInlinePolicy", (TopicArn: string): Properties => ({ TopicArn })],
])("AWS::SNS::%s", (name, target) => {
  it("sets and clears the policy of a topic", async () => {
    const { TopicArn } = await cloud.call<{ TopicArn: string }>("sns", "CreateTopic", { Name: name });
    const [policy, ctx] = await typeOf(name);
    const PolicyDocument = { Version: "2012-10-17", Statement: [] };
    const made = await policy.create({ ...target(TopicArn), PolicyDocument }, ctx);
    expect(JSON.parse((await attributesOf(TopicArn)).Policy as string)).toEqual(PolicyDocument);
    const changed = await policy.update({ ...target(TopicArn), PolicyDocument: { Statement: [] } }, made, ctx, made);
    expect((await policy.read(changed, ctx))?.PolicyDocument).toEqual({ Statement: [] });
    await policy.delete(changed, ctx);
    expect((await attributesOf(TopicArn)).Policy).toContain("__default_policy_ID");
  });
});
