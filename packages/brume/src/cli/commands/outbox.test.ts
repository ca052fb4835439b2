import * as sns from "@aws-sdk/client-sns";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { main } from "../main.js";

let cloud: RunningCloud;
let printed = "";
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());
afterEach(() => vi.restoreAllMocks());

/** What the command prints. */
async function outbox(...more: string[]): Promise<string> {
  printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  const port = new URL(cloud.endpoint).port;
  expect(await main(["outbox", "--port", port, ...more])).toBe(0);
  vi.restoreAllMocks();
  return printed;
}

describe("brume outbox", () => {
  it("says that nothing has left", async () => {
    expect(await outbox()).toBe("The outbox is empty.\n");
    expect(JSON.parse(await outbox("--json"))).toEqual([]);
  });

  it("shows what left for people, and the link that confirms a subscription", async () => {
    const client = cloud.client(sns.SNSClient);
    const { TopicArn } = await client.send(new sns.CreateTopicCommand({ Name: "news" }));
    await client.send(new sns.SubscribeCommand({ TopicArn, Protocol: "email", Endpoint: "ada@example.com" }));
    await cloud.clock.advance({ milliseconds: 1 });
    const text = await outbox();
    expect(text).toMatch(/^\S+Z {2}email {2}ada@example\.com {2}AWS Notification - Subscription Confirmation\n {2}You/);
    const link = /http:\S+ConfirmSubscription\S+/.exec(text)?.[0] as string;
    expect((await fetch(link)).status).toBe(200);
    await client.send(new sns.PublishCommand({ TopicArn, Message: "one\ntwo", Subject: "First" }));
    await client.send(new sns.PublishCommand({ PhoneNumber: "+15550100", Message: "call me" }));
    await cloud.clock.advance({ milliseconds: 1 });
    expect(await outbox("-n", "2")).toContain("ada@example.com  First\n  one\n  two\n");
    const messages = JSON.parse(await outbox("--json"));
    expect(messages).toHaveLength(3);
    expect(messages).toContainEqual(
      expect.objectContaining({ channel: "sms", to: "+15550100", text: "call me", sentAt: expect.any(Number) }),
    );
  });

  it("is empty once it has been emptied", async () => {
    await fetch(`${cloud.endpoint}/_brume/outbox`, { method: "DELETE" });
    expect(await outbox()).toBe("The outbox is empty.\n");
  });
});
