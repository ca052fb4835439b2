import {
  CancelResourceRequestCommand,
  CloudControlClient,
  CreateResourceCommand,
  DeleteResourceCommand,
  GetResourceCommand,
  GetResourceRequestStatusCommand,
  ListResourceRequestsCommand,
  ListResourcesCommand,
  type ProgressEvent,
  UpdateResourceCommand,
} from "@aws-sdk/client-cloudcontrol";
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import type { Json } from "../../kernel/resource.js";
import { applyPatch, parsePatch } from "./patch.js";

const QUEUE = "AWS::SQS::Queue";

let cloud: RunningCloud;
let client: CloudControlClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(CloudControlClient);
});
afterAll(() => cloud.close());

/** The outcome of a request, once it has ended. */
async function outcome(sending: Promise<{ ProgressEvent?: ProgressEvent | undefined }>): Promise<ProgressEvent> {
  const { ProgressEvent: begun } = await sending;
  await cloud.idle();
  const status = new GetResourceRequestStatusCommand({ RequestToken: begun?.RequestToken });
  return (await client.send(status)).ProgressEvent as ProgressEvent;
}
const create = (TypeName: string, desired: object, more: object = {}) =>
  outcome(client.send(new CreateResourceCommand({ TypeName, DesiredState: JSON.stringify(desired), ...more })));
const update = (TypeName: string, Identifier: string | undefined, patch: object[]) =>
  outcome(client.send(new UpdateResourceCommand({ TypeName, Identifier, PatchDocument: JSON.stringify(patch) })));
const get = async (TypeName: string, Identifier: string | undefined) => {
  const { ResourceDescription } = await client.send(new GetResourceCommand({ TypeName, Identifier }));
  return JSON.parse(ResourceDescription?.Properties ?? "{}");
};

describe("CreateResource, GetResource", () => {
  it("make a resource that really works, and show it with its attributes", async () => {
    const made = await create(QUEUE, { QueueName: "controlled", VisibilityTimeout: 7 });
    expect(made).toMatchObject({ OperationStatus: "SUCCESS", Operation: "CREATE", TypeName: QUEUE });
    const { Attributes } = await cloud
      .client(SQSClient)
      .send(new GetQueueAttributesCommand({ QueueUrl: made.Identifier, AttributeNames: ["VisibilityTimeout"] }));
    expect(Attributes).toEqual({ VisibilityTimeout: "7" });
    expect(await get(QUEUE, made.Identifier)).toMatchObject({ QueueName: "controlled", Arn: expect.any(String) });
  });

  it("name what is not named", async () => {
    const { Identifier } = await create("AWS::DynamoDB::Table", {
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      BillingMode: "PAY_PER_REQUEST",
    });
    const describing = new DescribeTableCommand({ TableName: Identifier });
    expect((await cloud.client(DynamoDBClient).send(describing)).Table?.TableStatus).toBe("ACTIVE");
  });

  it("keep resources of types without behaviour, too", async () => {
    const made = await create("AWS::EC2::VPC", { CidrBlock: "10.0.0.0/16" });
    expect(made.Identifier).toMatch(/^vpc-/);
    expect(await get("AWS::EC2::VPC", made.Identifier)).toMatchObject({ CidrBlock: "10.0.0.0/16" });
  });

  it("tell why a resource was not made", async () => {
    await create(QUEUE, { QueueName: "twice", VisibilityTimeout: 1 });
    const again = await create(QUEUE, { QueueName: "twice", VisibilityTimeout: 2 });
    expect(again).toMatchObject({ OperationStatus: "FAILED", ErrorCode: "AlreadyExists" });
    const invalid = await create(QUEUE, { VisibilityTimeout: 99_999 });
    expect(invalid).toMatchObject({ OperationStatus: "FAILED", ErrorCode: "InvalidRequest" });
  });

  it("answer a repeated client token with the first request, and refuse it for another", async () => {
    const first = await create(QUEUE, { QueueName: "token" }, { ClientToken: "client-1" });
    const second = await create(QUEUE, { QueueName: "token" }, { ClientToken: "client-1" });
    expect(second.RequestToken).toBe(first.RequestToken);
    const other = create(QUEUE, { QueueName: "other" }, { ClientToken: "client-1" });
    await expect(other).rejects.toMatchObject({ name: "ClientTokenConflictException" });
  });

  it.each([
    ["AWS::Nope::Nothing", {}, "TypeNotFoundException", /cannot be found/],
    ["queue", {}, "ValidationException", /typeName/],
    ["AWS::CloudFormation::Stack", { TemplateURL: "x" }, "UnsupportedActionException", /does not support CREATE/],
    [QUEUE, { Nope: 1 }, "ValidationException", /extraneous key \[Nope\]/],
    [QUEUE, [], "InvalidRequestException", /not an object/],
    ["AWS::Lambda::Function", {}, "ValidationException", /required key \[Code\] not found/],
  ])("refuse %s with %j", async (type, desired, name, message) => {
    await expect(create(type, desired)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });

  it("refuse an identifier that is none, and find nothing where there is nothing", async () => {
    const nothing = get(QUEUE, `${cloud.endpoint}/000000000000/nothing`);
    await expect(nothing).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    const parts = get("AWS::ApiGateway::Stage", "only-one-part");
    await expect(parts).rejects.toMatchObject({ name: "ValidationException" });
  });
});

describe("UpdateResource", () => {
  it("changes in place what a patch says", async () => {
    const { Identifier } = await create(QUEUE, { QueueName: "patched", VisibilityTimeout: 1 });
    const tags = [{ Key: "k", Value: "v" }];
    const updated = await update(QUEUE, Identifier, [
      { op: "replace", path: "/VisibilityTimeout", value: 9 },
      { op: "add", path: "/Tags", value: tags },
    ]);
    expect(updated).toMatchObject({ OperationStatus: "SUCCESS", Operation: "UPDATE" });
    expect(await get(QUEUE, Identifier)).toMatchObject({ VisibilityTimeout: 9, Tags: tags });
  });

  it("refuses to change what only creation sets, and patches that do not fit", async () => {
    const { Identifier } = await create(QUEUE, { QueueName: "fixed" });
    await expect(
      update(QUEUE, Identifier, [{ op: "replace", path: "/QueueName", value: "moved" }]),
    ).rejects.toMatchObject({
      name: "NotUpdatableException",
      message: "Invalid patch update: createOnlyProperties [/properties/QueueName] cannot be updated",
    });
    const misfit = update(QUEUE, Identifier, [{ op: "remove", path: "/Nothing" }]);
    await expect(misfit).rejects.toMatchObject({ name: "InvalidRequestException" });
  });

  it("changes a modelled resource so that the drift of its stack is seen", async () => {
    const template = { Resources: { Vpc: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: "10.1.0.0/16" } } } };
    await cloud.deploy(template, { stackName: "drifting" });
    const { ResourceDescriptions } = await client.send(new ListResourcesCommand({ TypeName: "AWS::EC2::VPC" }));
    const vpc = ResourceDescriptions?.find(({ Properties }) => Properties?.includes("10.1.0.0/16"));
    await update("AWS::EC2::VPC", vpc?.Identifier, [{ op: "add", path: "/EnableDnsSupport", value: false }]);
    await outcome(client.send(new DeleteResourceCommand({ TypeName: "AWS::EC2::VPC", Identifier: vpc?.Identifier })));
    const { StackDriftDetectionId } = await cloud.call<{ StackDriftDetectionId: string }>(
      "cloudformation",
      "DetectStackDrift",
      { StackName: "drifting" },
    );
    const status = cloud.call("cloudformation", "DescribeStackDriftDetectionStatus", { StackDriftDetectionId });
    expect(await status).toMatchObject({ StackDriftStatus: "DRIFTED", DriftedStackResourceCount: 1 });
  });
});

describe("DeleteResource", () => {
  it("deletes, and finds nothing the second time", async () => {
    const { Identifier } = await create(QUEUE, { QueueName: "gone" });
    const deletion = () => client.send(new DeleteResourceCommand({ TypeName: QUEUE, Identifier }));
    expect(await outcome(deletion())).toMatchObject({ OperationStatus: "SUCCESS", Operation: "DELETE" });
    await expect(deletion()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});

describe("ListResources", () => {
  it("pages through the resources of a type", async () => {
    for (const name of ["a", "b", "c"]) await create("AWS::SSM::Parameter", { Name: name, Type: "String", Value: "v" });
    const seen: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new ListResourcesCommand({ TypeName: "AWS::SSM::Parameter", MaxResults: 2, NextToken }),
      );
      seen.push(...(page.ResourceDescriptions ?? []).map(({ Identifier }) => Identifier));
      NextToken = page.NextToken;
    } while (NextToken);
    expect(seen).toEqual(["a", "b", "c"]);
  });
});

describe("GetResourceRequestStatus, ListResourceRequests, CancelResourceRequest", () => {
  it("tell of requests, and forget them after seven days", async () => {
    const { RequestToken } = await create(QUEUE, { QueueName: "remembered" });
    const filter = {
      ResourceRequestStatusFilter: { Operations: ["CREATE" as const], OperationStatuses: ["SUCCESS" as const] },
    };
    const listed = await client.send(new ListResourceRequestsCommand({ ...filter, MaxResults: 100 }));
    expect(listed.ResourceRequestStatusSummaries?.map(({ RequestToken: token }) => token)).toContain(RequestToken);
    const cancel = client.send(new CancelResourceRequestCommand({ RequestToken }));
    await expect(cancel).rejects.toMatchObject({ name: "ValidationException" });
    await cloud.clock.advance({ days: 7, seconds: 1 });
    const status = client.send(new GetResourceRequestStatusCommand({ RequestToken }));
    await expect(status).rejects.toMatchObject({ name: "RequestTokenNotFoundException" });
  });

  it("break off a request that is under way", async () => {
    cloud.kernel.faults.inject({ service: "sqs", operation: "CreateQueue", times: 1, delayMs: 60_000 });
    const DesiredState = JSON.stringify({ QueueName: "slow" });
    const begun = await client.send(new CreateResourceCommand({ TypeName: QUEUE, DesiredState }));
    const { RequestToken } = begun.ProgressEvent ?? {};
    expect(begun.ProgressEvent?.OperationStatus).toBe("IN_PROGRESS");
    const cancelling = client.send(new CancelResourceRequestCommand({ RequestToken }));
    expect(await outcome(cancelling)).toMatchObject({ OperationStatus: "CANCEL_COMPLETE" });
  });
});

describe("a patch", () => {
  const document: Json = { a: { b: [1, 2, 3] }, "x/y": 1 };
  it.each([
    [[{ op: "add", path: "/a/b/1", value: 9 }], { a: { b: [1, 9, 2, 3] }, "x/y": 1 }],
    [[{ op: "add", path: "/a/b/-", value: 9 }], { a: { b: [1, 2, 3, 9] }, "x/y": 1 }],
    [[{ op: "remove", path: "/a/b/0" }], { a: { b: [2, 3] }, "x/y": 1 }],
    [[{ op: "replace", path: "/x~1y", value: null }], { a: { b: [1, 2, 3] }, "x/y": null }],
    [[{ op: "move", from: "/a/b", path: "/c" }], { a: {}, c: [1, 2, 3], "x/y": 1 }],
    [[{ op: "copy", from: "/a/b/0", path: "/c" }], { ...document, c: 1 }],
    [[{ op: "test", path: "/a/b/0", value: 1 }], document],
  ])("%j", (patch, expected) => {
    expect(applyPatch(document, parsePatch(JSON.stringify(patch)))).toEqual(expected);
  });
  it.each([
    "nope",
    "{}",
    "[null]",
    '[{"op":"add","path":"/a"}]',
    '[{"op":"frob","path":"/a"}]',
    '[{"op":"remove","path":"a"}]',
    '[{"op":"replace","path":"/a/b/9","value":1}]',
    '[{"op":"add","path":"/a/b/4","value":1}]',
    '[{"op":"move","from":"/a","path":"/a/b"}]',
    '[{"op":"test","path":"/x~1y","value":2}]',
    '[{"op":"remove","path":"/__proto__/x"}]',
  ])("is refused: %s", (patch) => {
    expect(() => applyPatch(document, parsePatch(patch))).toThrow(/Invalid patch update/);
  });
});
