import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackResourceCommand,
  UpdateStackCommand,
} from "@aws-sdk/client-cloudformation";
import { CreateQueueCommand, GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const create = async (StackName: string, template: object, more: object = {}) => {
  const TemplateBody = JSON.stringify(template);
  await cloud
    .client(CloudFormationClient)
    .send(new CreateStackCommand({ StackName, TemplateBody, Capabilities: ["CAPABILITY_AUTO_EXPAND"], ...more }));
  await cloud.idle();
};
const queue = (more: object) => ({ Resources: { Q: { Type: "AWS::SQS::Queue", ...more } } });

describe("deletion policies", () => {
  it.each([
    [{ DeletionPolicy: "Keep" }, /Unrecognized DeletionPolicy Keep for resource Q/],
    [{ DeletionPolicy: { Ref: "P" } }, /Every DeletionPolicy member must be a string/],
    [{ UpdateReplacePolicy: "RetainExceptOnCreate" }, /Unrecognized UpdateReplacePolicy/],
    [{ DeletionPolicy: "Snapshot" }, /resource type AWS::SQS::Queue does not support deletion policy Snapshot/],
  ])("are refused: %j", async (more, message) => {
    await expect(create("refused", queue(more))).rejects.toMatchObject({
      name: "ValidationError",
      message: expect.stringMatching(message),
    });
  });

  it("may be functions where the template has the language extensions", async () => {
    const Parameters = { Keep: { Type: "String" } };
    const Conditions = { Keeps: { "Fn::Equals": [{ Ref: "Keep" }, "yes"] } };
    const DeletionPolicy = { "Fn::If": ["Keeps", "Retain", "Delete"] };
    const Resources = { Q: { Type: "AWS::SQS::Queue", DeletionPolicy, UpdateReplacePolicy: { Ref: "Policy" } } };
    const template = {
      Transform: "AWS::LanguageExtensions",
      Parameters: { ...Parameters, Policy: { Type: "String", Default: "Retain" } },
      Conditions,
      Resources,
    };
    await create("extended", template, { Parameters: [{ ParameterKey: "Keep", ParameterValue: "yes" }] });
    const asked = new DescribeStackResourceCommand({ StackName: "extended", LogicalResourceId: "Q" });
    const { StackResourceDetail } = await cloud.client(CloudFormationClient).send(asked);
    const url = StackResourceDetail?.PhysicalResourceId ?? "";
    await cloud.destroy("extended");
    const QueueName = url.split("/").at(-1) as string;
    expect((await cloud.client(SQSClient).send(new GetQueueUrlCommand({ QueueName }))).QueueUrl).toBe(url);
  });

  it("and a template's transforms are gone when the next one has none", async () => {
    const resources = (DelaySeconds: number) => ({ Q: { Type: "AWS::SQS::Queue", Properties: { DelaySeconds } } });
    await create("transformed", { Transform: "AWS::LanguageExtensions", Resources: resources(1) });
    const plain = JSON.stringify({ Resources: resources(2) });
    const client = cloud.client(CloudFormationClient);
    await client.send(new UpdateStackCommand({ StackName: "transformed", TemplateBody: plain }));
    await cloud.idle();
    const asked = new DescribeStackResourceCommand({ StackName: "transformed", LogicalResourceId: "Q" });
    const QueueUrl = (await client.send(asked)).StackResourceDetail?.PhysicalResourceId;
    const attributes = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["DelaySeconds"] });
    expect((await cloud.client(SQSClient).send(attributes)).Attributes).toEqual({ DelaySeconds: "2" });
  });

  it("keep what was there longer than the stack, when a creation is rolled back", async () => {
    const sqs = cloud.client(SQSClient);
    await sqs.send(new CreateQueueCommand({ QueueName: "taken" }));
    const resources = (DeletionPolicy: string) => ({
      Resources: {
        Kept: { Type: "AWS::SQS::Queue", DeletionPolicy, Properties: { QueueName: `kept-${DeletionPolicy}` } },
        Broken: { Type: "AWS::SQS::Queue", DependsOn: "Kept", Properties: { VisibilityTimeout: 999_999 } },
      },
    });
    const isThere = (QueueName: string) =>
      sqs.send(new GetQueueUrlCommand({ QueueName })).then(
        () => true,
        () => false,
      );
    await create("retained", resources("Retain"));
    await create("excepted", resources("RetainExceptOnCreate"));
    expect(await isThere("kept-Retain")).toBe(true);
    expect(await isThere("kept-RetainExceptOnCreate")).toBe(false);
  });
});
