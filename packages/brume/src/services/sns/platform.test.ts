import * as sdk from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let sns: sdk.SNSClient;
let PlatformApplicationArn: string;
const outgoing: [endpoint: string, body: string][] = [];
beforeAll(async () => {
  cloud = await startCloud();
  sns = cloud.client(sdk.SNSClient);
  cloud.kernel.events.on("outgoing", ({ message }) => outgoing.push([message.to, message.text]));
  const Attributes = { PlatformCredential: "secret" };
  const input = { Name: "app", Platform: "GCM", Attributes };
  const answer = await sns.send(new sdk.CreatePlatformApplicationCommand(input));
  PlatformApplicationArn = answer.PlatformApplicationArn as string;
});
afterAll(() => cloud.close());

const newEndpoint = async (Token: string, more: Partial<sdk.CreatePlatformEndpointCommandInput> = {}) =>
  (await sns.send(new sdk.CreatePlatformEndpointCommand({ PlatformApplicationArn, Token, ...more })))
    .EndpointArn as string;

describe("CreatePlatformApplication, GetPlatformApplicationAttributes, SetPlatformApplicationAttributes, ListPlatformApplications, DeletePlatformApplication", () => {
  it("keep an application, and show no secrets", async () => {
    expect(PlatformApplicationArn).toBe("arn:aws:sns:us-east-1:000000000000:app/GCM/app");
    const Attributes = { EventEndpointCreated: "arn:aws:sns:us-east-1:000000000000:t" };
    await sns.send(new sdk.SetPlatformApplicationAttributesCommand({ PlatformApplicationArn, Attributes }));
    const got = await sns.send(new sdk.GetPlatformApplicationAttributesCommand({ PlatformApplicationArn }));
    expect(got.Attributes).toEqual({ Enabled: "true", ...Attributes });
    const { PlatformApplications } = await sns.send(new sdk.ListPlatformApplicationsCommand({}));
    expect(PlatformApplications).toMatchObject([{ PlatformApplicationArn }]);
    const other = await sns.send(
      new sdk.CreatePlatformApplicationCommand({
        Name: "b",
        Platform: "APNS",
        Attributes: { PlatformCredential: "x" },
      }),
    );
    const arn = { PlatformApplicationArn: other.PlatformApplicationArn };
    await sns.send(new sdk.DeletePlatformApplicationCommand(arn));
    await expect(sns.send(new sdk.GetPlatformApplicationAttributesCommand(arn))).rejects.toThrow(
      "PlatformApplication does not exist",
    );
  });

  it("reject a platform that there is not, and a credential that is missing", async () => {
    const create = (Platform: string, Attributes: Record<string, string>) =>
      sns.send(new sdk.CreatePlatformApplicationCommand({ Name: "x", Platform, Attributes }));
    await expect(create("PIGEON", { PlatformCredential: "x" })).rejects.toThrow("Invalid parameter: Platform");
    await expect(create("GCM", {})).rejects.toThrow("PlatformCredential is required");
  });
});

describe("CreatePlatformEndpoint, GetEndpointAttributes, SetEndpointAttributes, ListEndpointsByPlatformApplication, DeleteEndpoint", () => {
  it("keep one endpoint a token", async () => {
    const EndpointArn = await newEndpoint("token-1", { CustomUserData: "user" });
    expect(await newEndpoint("token-1", { CustomUserData: "user" })).toBe(EndpointArn);
    await expect(newEndpoint("token-1", { CustomUserData: "other" })).rejects.toThrow(
      `Endpoint ${EndpointArn} already exists with the same Token, but different attributes.`,
    );
    await sns.send(new sdk.SetEndpointAttributesCommand({ EndpointArn, Attributes: { Enabled: "false" } }));
    const { Attributes } = await sns.send(new sdk.GetEndpointAttributesCommand({ EndpointArn }));
    expect(Attributes).toEqual({ Enabled: "false", Token: "token-1", CustomUserData: "user" });
    const { Endpoints } = await sns.send(new sdk.ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn }));
    expect(Endpoints).toMatchObject([{ EndpointArn }]);
    await sns.send(new sdk.DeleteEndpointCommand({ EndpointArn }));
    await expect(sns.send(new sdk.GetEndpointAttributesCommand({ EndpointArn }))).rejects.toThrow(
      "Endpoint does not exist",
    );
  });
});

describe("Publish to an app on a device", () => {
  const Message = JSON.stringify({ default: "d", GCM: '{"notification":{"title":"t"}}' });

  it("puts the text for its platform into the outbox", async () => {
    const TargetArn = await newEndpoint("token-2");
    await sns.send(new sdk.PublishCommand({ TargetArn, Message, MessageStructure: "json" }));
    expect(outgoing).toContainEqual([TargetArn, '{"notification":{"title":"t"}}']);
    await sns.send(new sdk.SetEndpointAttributesCommand({ EndpointArn: TargetArn, Attributes: { Enabled: "false" } }));
    await expect(sns.send(new sdk.PublishCommand({ TargetArn, Message: "x" }))).rejects.toThrow(
      sdk.EndpointDisabledException,
    );
  });

  it("comes by way of a topic too", async () => {
    const Endpoint = await newEndpoint("token-3");
    const { TopicArn } = await sns.send(new sdk.CreateTopicCommand({ Name: "pushes" }));
    await sns.send(new sdk.SubscribeCommand({ TopicArn, Protocol: "application", Endpoint }));
    await sns.send(new sdk.PublishCommand({ TopicArn, Message, MessageStructure: "json" }));
    await cloud.clock.advance({ milliseconds: 1 });
    expect(outgoing).toContainEqual([Endpoint, '{"notification":{"title":"t"}}']);
  });
});
