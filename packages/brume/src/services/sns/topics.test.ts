import * as sdk from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let sns: sdk.SNSClient;
beforeAll(async () => {
  cloud = await startCloud();
  sns = cloud.client(sdk.SNSClient);
});
afterAll(() => cloud.close());

let count = 0;
async function newTopic(more: Partial<sdk.CreateTopicCommandInput> = {}): Promise<string> {
  const Name = `t${count++}${more.Attributes?.FifoTopic ? ".fifo" : ""}`;
  return (await sns.send(new sdk.CreateTopicCommand({ Name, ...more }))).TopicArn as string;
}
const attributesOf = async (TopicArn: string) =>
  (await sns.send(new sdk.GetTopicAttributesCommand({ TopicArn }))).Attributes ?? {};

describe("CreateTopic", () => {
  it("answers with the ARN, the same one when asked again", async () => {
    const first = await sns.send(new sdk.CreateTopicCommand({ Name: "again" }));
    expect(first.TopicArn).toBe("arn:aws:sns:us-east-1:000000000000:again");
    expect((await sns.send(new sdk.CreateTopicCommand({ Name: "again" }))).TopicArn).toBe(first.TopicArn);
  });

  it("rejects a name that SNS does not take, and other attributes for a topic that is there", async () => {
    await expect(newTopic({ Name: "a b" })).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "Invalid parameter: Topic Name",
    });
    await expect(newTopic({ Name: "plain", Attributes: { FifoTopic: "true" } })).rejects.toThrow(
      "Fifo Topic names must end with .fifo",
    );
    await newTopic({ Name: "named" });
    await expect(newTopic({ Name: "named", Attributes: { DisplayName: "x" } })).rejects.toThrow(
      "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
    );
  });
});

describe("GetTopicAttributes, SetTopicAttributes", () => {
  it("shows what is set beside what AWS adds, and clears what is set to nothing", async () => {
    const TopicArn = await newTopic();
    const set = (AttributeName: string, AttributeValue: string) =>
      sns.send(new sdk.SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));
    await set("DisplayName", "shown");
    expect(await attributesOf(TopicArn)).toMatchObject({ DisplayName: "shown", Owner: "000000000000", TopicArn });
    await set("DisplayName", "");
    expect((await attributesOf(TopicArn)).DisplayName).toBe("");
    await expect(set("Nonsense", "1")).rejects.toThrow("Invalid parameter: AttributeName");
  });

  it("says that a topic does not exist", async () => {
    const missing = attributesOf("arn:aws:sns:us-east-1:000000000000:missing");
    await expect(missing).rejects.toMatchObject({ name: "NotFoundException", message: "Topic does not exist" });
    await expect(attributesOf("nonsense")).rejects.toThrow(
      "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
    );
  });
});

describe("DeleteTopic, ListTopics", () => {
  it("lists a topic until it is deleted; deleting it again is no error", async () => {
    const TopicArn = await newTopic();
    const listed = async () => (await sns.send(new sdk.ListTopicsCommand({}))).Topics?.map((one) => one.TopicArn);
    expect(await listed()).toContain(TopicArn);
    await sns.send(new sdk.DeleteTopicCommand({ TopicArn }));
    expect(await listed()).not.toContain(TopicArn);
    await sns.send(new sdk.DeleteTopicCommand({ TopicArn }));
  });

  it("lists in pages of 100", async () => {
    const regional = cloud.client(sdk.SNSClient, { region: "eu-west-1" });
    for (let i = 0; i < 101; i++) await regional.send(new sdk.CreateTopicCommand({ Name: `many${i}` }));
    const first = await regional.send(new sdk.ListTopicsCommand({}));
    const second = await regional.send(new sdk.ListTopicsCommand({ NextToken: first.NextToken }));
    expect([first.Topics?.length, second.Topics?.length, second.NextToken]).toEqual([100, 1, undefined]);
  });
});

describe("TagResource, UntagResource, ListTagsForResource", () => {
  it("adds, replaces and removes tags", async () => {
    const ResourceArn = await newTopic({ Tags: [{ Key: "a", Value: "1" }] });
    await sns.send(
      new sdk.TagResourceCommand({
        ResourceArn,
        Tags: [
          { Key: "a", Value: "2" },
          { Key: "b", Value: "3" },
        ],
      }),
    );
    await sns.send(new sdk.UntagResourceCommand({ ResourceArn, TagKeys: ["b"] }));
    const { Tags } = await sns.send(new sdk.ListTagsForResourceCommand({ ResourceArn }));
    expect(Tags).toEqual([{ Key: "a", Value: "2" }]);
  });
});

describe("AddPermission, RemovePermission", () => {
  it("adds a statement to the policy and takes it off", async () => {
    const TopicArn = await newTopic();
    const sids = async () =>
      (JSON.parse((await attributesOf(TopicArn)).Policy as string) as { Statement: { Sid: string }[] }).Statement.map(
        ({ Sid }) => Sid,
      );
    await sns.send(
      new sdk.AddPermissionCommand({
        TopicArn,
        Label: "other",
        AWSAccountId: ["111111111111"],
        ActionName: ["Publish"],
      }),
    );
    expect(await sids()).toEqual(["__default_statement_ID", "other"]);
    await sns.send(new sdk.RemovePermissionCommand({ TopicArn, Label: "other" }));
    expect(await sids()).toEqual(["__default_statement_ID"]);
  });

  it("does with policies that hardly are some", async () => {
    const TopicArn = await newTopic();
    const set = (AttributeValue: string) =>
      sns.send(new sdk.SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue }));
    await expect(set('{"Statement":[null]}')).rejects.toThrow("Invalid parameter: Policy Error: null");
    for (const policy of ["{}", ""]) {
      await set(policy);
      await sns.send(new sdk.RemovePermissionCommand({ TopicArn, Label: "other" }));
    }
  });
});

describe("PutDataProtectionPolicy, GetDataProtectionPolicy", () => {
  it("keeps the policy", async () => {
    const ResourceArn = await newTopic();
    const DataProtectionPolicy = '{"Name":"p"}';
    await sns.send(new sdk.PutDataProtectionPolicyCommand({ ResourceArn, DataProtectionPolicy }));
    const found = await sns.send(new sdk.GetDataProtectionPolicyCommand({ ResourceArn }));
    expect(found.DataProtectionPolicy).toBe(DataProtectionPolicy);
  });
});

describe("SetSMSAttributes, GetSMSAttributes", () => {
  it("keeps the attributes", async () => {
    await sns.send(new sdk.SetSMSAttributesCommand({ attributes: { DefaultSMSType: "Transactional" } }));
    const { attributes } = await sns.send(new sdk.GetSMSAttributesCommand({}));
    expect(attributes).toEqual({ DefaultSMSType: "Transactional" });
  });
});
