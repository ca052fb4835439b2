import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as sdk from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let sns: sdk.SNSClient;
let server: Server;
let received: { headers: IncomingMessage["headers"]; body: string }[] = [];
let status = 200;
beforeAll(async () => {
  cloud = await startCloud();
  sns = cloud.client(sdk.SNSClient);
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  server.close();
  await cloud.close();
});

let count = 0;
const newTopic = async () => (await sns.send(new sdk.CreateTopicCommand({ Name: `t${count++}` }))).TopicArn as string;
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const subscribe = (TopicArn: string, Protocol: string, Endpoint: string, Attributes?: Record<string, string>) =>
  sns.send(new sdk.SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }));
const attributesOf = async (SubscriptionArn: string | undefined) =>
  (await sns.send(new sdk.GetSubscriptionAttributesCommand({ SubscriptionArn }))).Attributes;

describe("Subscribe", () => {
  it("answers with the same ARN for the same endpoint, and refuses other attributes", async () => {
    const TopicArn = await newTopic();
    const { SubscriptionArn } = await subscribe(TopicArn, "sqs", queueArn("q"));
    expect(SubscriptionArn).toMatch(new RegExp(`^${TopicArn}:[0-9a-f-]{36}$`));
    expect((await subscribe(TopicArn, "sqs", queueArn("q"))).SubscriptionArn).toBe(SubscriptionArn);
    await expect(subscribe(TopicArn, "sqs", queueArn("q"), { RawMessageDelivery: "true" })).rejects.toThrow(
      "Subscription already exists with different attributes",
    );
  });

  it("rejects what cannot be subscribed", async () => {
    const TopicArn = await newTopic();
    await expect(subscribe(TopicArn, "pigeon", "x")).rejects.toThrow(
      "Invalid parameter: Amazon SNS does not support this protocol string: pigeon",
    );
    await expect(subscribe(TopicArn, "sqs", "q")).rejects.toThrow("Invalid parameter: SQS endpoint ARN");
    await expect(subscribe(TopicArn, "sqs", queueArn("q"), { FilterPolicy: "{" })).rejects.toThrow(
      "Invalid parameter: FilterPolicy: failed to parse JSON.",
    );
  });
});

describe("ConfirmSubscription", () => {
  it("is what an HTTP endpoint is asked to do before it gets messages", async () => {
    received = [];
    const TopicArn = await newTopic();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    expect((await subscribe(TopicArn, "http", url)).SubscriptionArn).toBe("pending confirmation");
    await cloud.clock.advance({ seconds: 0 });
    expect(received[0]?.headers["x-amz-sns-message-type"]).toBe("SubscriptionConfirmation");
    const { SubscribeURL, Type } = JSON.parse(received[0]?.body as string) as Record<string, string>;
    expect(Type).toBe("SubscriptionConfirmation");
    const answer = await fetch(SubscribeURL as string);
    expect(await answer.text()).toContain("<SubscriptionArn>");
    await sns.send(new sdk.PublishCommand({ TopicArn, Message: "hello" }));
    await cloud.clock.advance({ seconds: 0 });
    expect(JSON.parse(received[1]?.body as string)).toMatchObject({ Type: "Notification", Message: "hello" });
  });

  it("refuses a wrong token", async () => {
    const TopicArn = await newTopic();
    await expect(sns.send(new sdk.ConfirmSubscriptionCommand({ TopicArn, Token: "x" }))).rejects.toThrow(
      "Invalid parameter: Token",
    );
  });

  it("delivers again after 20 seconds to an endpoint that failed", async () => {
    const TopicArn = await newTopic();
    received = [];
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/failing`;
    await subscribe(TopicArn, "http", url, { RawMessageDelivery: "true" });
    await cloud.clock.advance({ seconds: 0 });
    const { Token } = JSON.parse(received[0]?.body as string) as { Token: string };
    await sns.send(new sdk.ConfirmSubscriptionCommand({ TopicArn, Token }));
    status = 500;
    await sns.send(new sdk.PublishCommand({ TopicArn, Message: "again" }));
    await cloud.clock.advance({ seconds: 0 });
    status = 200;
    await cloud.clock.advance({ seconds: 20 });
    await cloud.clock.advance({ minutes: 5 });
    expect(received.slice(1).map(({ body }) => body)).toEqual(["again", "again"]);
  });
});

describe("GetSubscriptionAttributes, SetSubscriptionAttributes", () => {
  it("shows what is set", async () => {
    const { SubscriptionArn } = await subscribe(await newTopic(), "sqs", queueArn("q"));
    const FilterPolicy = '{"a":["b"]}';
    await sns.send(
      new sdk.SetSubscriptionAttributesCommand({
        SubscriptionArn,
        AttributeName: "FilterPolicy",
        AttributeValue: FilterPolicy,
      }),
    );
    expect(await attributesOf(SubscriptionArn)).toMatchObject({
      FilterPolicy,
      FilterPolicyScope: "MessageAttributes",
      PendingConfirmation: "false",
      RawMessageDelivery: "false",
    });
  });
});

describe("Unsubscribe, ListSubscriptions, ListSubscriptionsByTopic", () => {
  it("lists a subscription until it ends", async () => {
    const TopicArn = await newTopic();
    const { SubscriptionArn } = await subscribe(TopicArn, "sqs", queueArn("q"));
    const byTopic = async () =>
      (await sns.send(new sdk.ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions ?? [];
    expect(await byTopic()).toMatchObject([{ SubscriptionArn, Protocol: "sqs", Owner: "000000000000" }]);
    const { Subscriptions = [] } = await sns.send(new sdk.ListSubscriptionsCommand({}));
    expect(Subscriptions.map((one) => one.SubscriptionArn)).toContain(SubscriptionArn);
    await sns.send(new sdk.UnsubscribeCommand({ SubscriptionArn }));
    expect(await byTopic()).toEqual([]);
    await expect(attributesOf(SubscriptionArn)).rejects.toThrow("Subscription does not exist");
  });
});
