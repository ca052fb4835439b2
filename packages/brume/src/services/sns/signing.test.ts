import { createVerify, X509Certificate } from "node:crypto";
import * as sdk from "@aws-sdk/client-sns";
import * as sqsSdk from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let sns: sdk.SNSClient;
let sqs: sqsSdk.SQSClient;
beforeAll(async () => {
  cloud = await startCloud();
  sns = cloud.client(sdk.SNSClient);
  sqs = cloud.client(sqsSdk.SQSClient);
});
afterAll(() => cloud.close());

/** What a queue is sent of a topic. */
async function notified(SignatureVersion: string): Promise<Record<string, string>> {
  const name = `signed-${SignatureVersion}`;
  const { TopicArn } = await sns.send(new sdk.CreateTopicCommand({ Name: name, Attributes: { SignatureVersion } }));
  const { QueueUrl } = await sqs.send(new sqsSdk.CreateQueueCommand({ QueueName: name }));
  const Endpoint = `arn:aws:sqs:us-east-1:000000000000:${name}`;
  await sns.send(new sdk.SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint }));
  await sns.send(new sdk.PublishCommand({ TopicArn, Message: "añb\n", Subject: "s" }));
  await cloud.clock.advance({ seconds: 0 });
  const { Messages } = await sqs.send(new sqsSdk.ReceiveMessageCommand({ QueueUrl }));
  return JSON.parse(Messages?.[0]?.Body as string) as Record<string, string>;
}

/** Verifies a message as subscribers do: by the certificate at its SigningCertURL. */
async function verifies(message: Record<string, string>): Promise<boolean> {
  const certificate = new X509Certificate(await (await fetch(message.SigningCertURL as string)).text());
  const verify = createVerify(message.SignatureVersion === "2" ? "sha256" : "sha1");
  for (const name of ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]) {
    if (message[name] !== undefined) verify.update(`${name}\n${message[name]}\n`);
  }
  return verify.verify(certificate.publicKey, message.Signature as string, "base64");
}

describe("a message's signature", () => {
  it.each(["1", "2"])("can be verified, in version %s", async (version) => {
    const message = await notified(version);
    expect(message.SignatureVersion).toBe(version);
    expect(await verifies(message)).toBe(true);
    expect(await verifies({ ...message, Message: "forged" })).toBe(false);
  });
});

describe("the certificate", () => {
  it("is a self-signed one of SNS, valid now", async () => {
    const { SigningCertURL } = await notified("1");
    const text = await (await fetch(SigningCertURL as string)).text();
    const certificate = new X509Certificate(text);
    expect(certificate.subject).toBe("CN=sns.amazonaws.com");
    expect(certificate.issuer).toBe(certificate.subject);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
    expect(new Date(certificate.validTo).getUTCFullYear()).toBeGreaterThan(2100);
    const other = (SigningCertURL as string).replace(/-[0-9a-f]+\.pem/, "-0.pem");
    expect((await fetch(other)).status).toBe(404);
  });
});
