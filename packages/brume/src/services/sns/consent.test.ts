import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as sdk from "@aws-sdk/client-sns";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import type { Outgoing } from "../../kernel/outbox.js";

type Sent = Record<string, string>;

let cloud: RunningCloud;
let sns: sdk.SNSClient;
let server: Server;
let endpoint: string;
/** What the endpoint was sent, and what left for people. */
let received: Sent[] = [];
let outgoing: Outgoing[] = [];
beforeAll(async () => {
  cloud = await startCloud();
  sns = cloud.client(sdk.SNSClient);
  cloud.kernel.events.on("outgoing", ({ message }) => outgoing.push(message));
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push(JSON.parse(Buffer.concat(chunks).toString()) as Sent);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(() => {
  received = [];
  outgoing = [];
});
afterAll(async () => {
  server.close();
  await cloud.close();
});

let count = 0;
const newTopic = async () => (await sns.send(new sdk.CreateTopicCommand({ Name: `t${count++}` }))).TopicArn as string;
const settle = () => cloud.clock.advance({ milliseconds: 1 });
async function subscribe(TopicArn: string, Protocol: string, Endpoint: string): Promise<string> {
  const input = { TopicArn, Protocol, Endpoint, ReturnSubscriptionArn: true };
  const { SubscriptionArn } = await sns.send(new sdk.SubscribeCommand(input));
  await settle();
  return SubscriptionArn as string;
}
async function publish(TopicArn: string, Message: string): Promise<void> {
  await sns.send(new sdk.PublishCommand({ TopicArn, Message }));
  await settle();
}
const listed = async (TopicArn: string) =>
  (await sns.send(new sdk.ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions?.map(
    ({ SubscriptionArn }) => SubscriptionArn,
  );

describe("an e-mail subscription", () => {
  it("is pending until the link in the outbox is visited", async () => {
    const TopicArn = await newTopic();
    const arn = await subscribe(TopicArn, "email", "a@example.com");
    expect(await listed(TopicArn)).toEqual(["PendingConfirmation"]);
    await publish(TopicArn, "too early");
    expect(outgoing).toHaveLength(1);
    const [{ link, text, subject }] = outgoing as [Outgoing];
    expect(subject).toBe("AWS Notification - Subscription Confirmation");
    expect(text).toContain(link);
    expect((await fetch(link as string)).status).toBe(200);
    expect(await listed(TopicArn)).toEqual([arn]);
    await publish(TopicArn, "hello");
    expect(outgoing.at(-1)).toMatchObject({
      channel: "email",
      to: "a@example.com",
      text: "hello",
      subject: "AWS Notification Message",
    });
  });

  it("is sent JSON where its protocol says so", async () => {
    const TopicArn = await newTopic();
    await subscribe(TopicArn, "email-json", "a@example.com");
    expect(JSON.parse(outgoing[0]?.text as string)).toMatchObject({ Type: "SubscriptionConfirmation", TopicArn });
    await fetch(outgoing[0]?.link as string);
    await publish(TopicArn, "hello");
    expect(JSON.parse(outgoing[1]?.text as string)).toMatchObject({ Type: "Notification", Message: "hello" });
  });

  it("is forgotten when nobody confirms it for two days", async () => {
    const TopicArn = await newTopic();
    await subscribe(TopicArn, "email", "a@example.com");
    await cloud.clock.advance({ hours: 49 });
    expect(await listed(TopicArn)).toEqual([]);
    expect((await fetch(outgoing[0]?.link as string)).status).toBe(400);
  });
});

describe("an HTTP subscription", () => {
  it("is told when it has ended, and can be had back", async () => {
    const TopicArn = await newTopic();
    const SubscriptionArn = await subscribe(TopicArn, "http", endpoint);
    await fetch(received[0]?.SubscribeURL as string);
    await publish(TopicArn, "one");
    expect(received[1]).toMatchObject({ Type: "Notification", Message: "one" });
    await sns.send(new sdk.UnsubscribeCommand({ SubscriptionArn }));
    await settle();
    expect(received[2]).toMatchObject({ Type: "UnsubscribeConfirmation", TopicArn });
    expect(await listed(TopicArn)).toEqual([]);
    await fetch(received[2]?.SubscribeURL as string);
    expect(await listed(TopicArn)).toEqual([SubscriptionArn]);
  });

  it("ends by its UnsubscribeURL, unless it was confirmed with the demand that this be signed", async () => {
    for (const [AuthenticateOnUnsubscribe, status] of [
      ["false", 200],
      ["true", 403],
    ] as const) {
      received = [];
      const TopicArn = await newTopic();
      await subscribe(TopicArn, "http", endpoint);
      const { Token } = received[0] as Sent;
      await sns.send(new sdk.ConfirmSubscriptionCommand({ TopicArn, Token, AuthenticateOnUnsubscribe }));
      await publish(TopicArn, "hello");
      expect((await fetch(received[1]?.UnsubscribeURL as string)).status).toBe(status);
      await settle();
    }
  });
});
