/** Change sets beyond the plain ones: imports, nested stacks, drift. */
import * as cfn from "@aws-sdk/client-cloudformation";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failStep } from "../../../test/fail-step.js";
import { type RunningCloud, startCloud } from "../../index.js";

const QUEUE = "AWS::SQS::Queue";

let cloud: RunningCloud;
let client: cfn.CloudFormationClient;
let sqs: SQSClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(cfn.CloudFormationClient);
  sqs = cloud.client(SQSClient);
});
afterAll(() => cloud.close());

const queue = (more: object = {}) => ({ Type: QUEUE, ...more });
const template = (Resources: object, more: object = {}) => JSON.stringify({ Resources, ...more });
async function create(StackName: string, TemplateBody: string) {
  await client.send(new cfn.CreateStackCommand({ StackName, TemplateBody }));
  await cloud.idle();
}
async function plan(StackName: string, TemplateBody: string, more: Partial<cfn.CreateChangeSetCommandInput> = {}) {
  const ChangeSetName = "plan";
  await client.send(new cfn.CreateChangeSetCommand({ StackName, ChangeSetName, TemplateBody, ...more }));
  return describeSet(StackName, ChangeSetName);
}
const describeSet = (StackName: string, ChangeSetName: string) =>
  client.send(new cfn.DescribeChangeSetCommand({ StackName, ChangeSetName, IncludePropertyValues: true }));
async function execute(StackName: string, more: Partial<cfn.ExecuteChangeSetCommandInput> = {}) {
  await client.send(new cfn.ExecuteChangeSetCommand({ StackName, ChangeSetName: "plan", ...more }));
  await cloud.idle();
  return (await client.send(new cfn.DescribeStacksCommand({ StackName }))).Stacks?.[0]?.StackStatus;
}
const changes = ({ Changes = [] }: cfn.DescribeChangeSetCommandOutput) =>
  Changes.map(({ ResourceChange }) => ResourceChange as cfn.ResourceChange);
const physicalId = async (StackName: string, LogicalResourceId: string) =>
  (await client.send(new cfn.DescribeStackResourceCommand({ StackName, LogicalResourceId }))).StackResourceDetail
    ?.PhysicalResourceId;
const makeQueue = async (QueueName: string) =>
  (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl as string;
const timeoutOf = async (QueueUrl: string | undefined) => {
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["VisibilityTimeout"] });
  return (await sqs.send(asked)).Attributes?.VisibilityTimeout;
};
const toImport = (QueueUrl: string, LogicalResourceId = "I"): cfn.ResourceToImport[] => [
  { ResourceType: QUEUE, LogicalResourceId, ResourceIdentifier: { QueueUrl } },
];
const kept = { DeletionPolicy: "Retain" };

describe("a change set of type IMPORT", () => {
  it("takes a resource in as it is, and the stack manages it from then on", async () => {
    await create("importer", template({ A: queue() }));
    const QueueUrl = await makeQueue("taken");
    const described = await plan("importer", template({ A: queue(), I: queue(kept) }), {
      ChangeSetType: "IMPORT",
      ResourcesToImport: toImport(QueueUrl),
    });
    expect(changes(described)).toMatchObject([
      { Action: "Import", LogicalResourceId: "I", PhysicalResourceId: QueueUrl, ResourceType: QUEUE },
    ]);
    expect(await execute("importer")).toBe("IMPORT_COMPLETE");
    expect(await physicalId("importer", "I")).toBe(QueueUrl);
    const changed = template({ A: queue(), I: queue({ Properties: { VisibilityTimeout: 77 }, ...kept }) });
    await client.send(new cfn.UpdateStackCommand({ StackName: "importer", TemplateBody: changed }));
    await cloud.idle();
    expect(await timeoutOf(QueueUrl)).toBe("77");
  });

  it("is told what identifies resources by the summary of the template", async () => {
    const TemplateBody = template({ A: queue(), I: queue(kept) });
    const summary = await client.send(new cfn.GetTemplateSummaryCommand({ TemplateBody }));
    expect(summary.ResourceIdentifierSummaries).toEqual([
      { ResourceType: QUEUE, LogicalResourceIds: ["A", "I"], ResourceIdentifiers: ["QueueUrl"] },
    ]);
  });

  it("leaves what it took in where it was when it fails", async () => {
    const [there, gone] = [await makeQueue("there"), await makeQueue("gone")];
    await plan("half", template({ I: queue(kept), J: queue({ ...kept, DependsOn: "I" }) }), {
      ChangeSetType: "IMPORT",
      ResourcesToImport: [...toImport(there), ...toImport(gone, "J")],
    });
    await sqs.send(new DeleteQueueCommand({ QueueUrl: gone }));
    expect(await execute("half")).toBe("IMPORT_ROLLBACK_COMPLETE");
    expect(await timeoutOf(there)).toBe("30");
    const left = await client.send(new cfn.DescribeStackResourcesCommand({ StackName: "half" }));
    expect(left.StackResources).toEqual([]);
  });

  const url = "http://127.0.0.1/000000000000/x";
  it.each([
    ["nothing to import", { I: queue(kept) }, [], /ResourcesToImport must be specified/],
    [
      "a resource without a deletion policy",
      { A: queue(), I: queue() },
      toImport(url),
      /\[I\] must have DeletionPolicy/,
    ],
    [
      "another new resource",
      { A: queue(), I: queue(kept), N: queue() },
      toImport(url),
      /\[N\] is missing from ResourceToImport/,
    ],
    ["one that is not in the template", { A: queue() }, toImport(url), /\[I\] in ResourcesToImport are not new/],
    [
      "a change of another",
      { A: queue({ Properties: { DelaySeconds: 1 } }), I: queue(kept) },
      toImport(url),
      /You have modified resources \[A\]/,
    ],
    ["another type", { A: queue(), I: { Type: "AWS::SNS::Topic", ...kept } }, toImport(url), /does not match/],
    [
      "another identifier",
      { A: queue(), I: queue(kept) },
      [{ ...toImport(url)[0], ResourceIdentifier: { Name: "x" } }],
      /\[QueueUrl\]/,
    ],
  ])("is refused with %s", async (_, resources, ResourcesToImport, message) => {
    await create("strict", template({ A: queue() })).catch(() => {});
    const planning = plan("strict", template(resources), {
      ChangeSetType: "IMPORT",
      ResourcesToImport: ResourcesToImport as cfn.ResourceToImport[],
    });
    await expect(planning).rejects.toMatchObject({ name: "ValidationError", message: expect.stringMatching(message) });
  });

  it("is refused for what belongs to a stack, and with new outputs", async () => {
    const QueueUrl = await physicalId("strict", "A");
    const owned = plan("owner", template({ I: queue(kept) }), {
      ChangeSetType: "IMPORT",
      ResourcesToImport: toImport(QueueUrl ?? ""),
    });
    await expect(owned).rejects.toMatchObject({ message: expect.stringContaining("already managed by stack arn:") });
    const Outputs = { O: { Value: "x" } };
    const withOutputs = plan("strict", template({ A: queue(), I: queue(kept) }, { Outputs }), {
      ChangeSetType: "IMPORT",
      ResourcesToImport: toImport(await makeQueue("outputs")),
    });
    await expect(withOutputs).rejects.toMatchObject({
      message: expect.stringContaining("cannot modify or add [Outputs]"),
    });
  });
});

describe("a change set that imports what exists", () => {
  it("takes in named resources that are there, makes the others, and leaves the former when it is rolled back", async () => {
    await cloud.client(S3Client).send(new CreateBucketCommand({ Bucket: "found-here" }));
    const bucket = (BucketName: string) => ({ Type: "AWS::S3::Bucket", ...kept, Properties: { BucketName } });
    const body = template({ Found: bucket("found-here"), Made: bucket("made-here"), Q: queue({ DependsOn: "Found" }) });
    const described = await plan("auto", body, { ChangeSetType: "CREATE", ImportExistingResources: true });
    expect(described.ImportExistingResources).toBe(true);
    expect(
      changes(described)
        .map(({ Action, LogicalResourceId }) => `${Action} ${LogicalResourceId}`)
        .sort(),
    ).toEqual(["Add Made", "Add Q", "Import Found"]);
    failStep(cloud, "create Q");
    expect(await execute("auto")).toBe("ROLLBACK_COMPLETE");
    await client.send(new cfn.DeleteStackCommand({ StackName: "auto" }));
    await cloud.idle();
    const again = await plan("auto-again", body, { ChangeSetType: "CREATE", ImportExistingResources: true });
    expect(changes(again).find(({ LogicalResourceId }) => LogicalResourceId === "Found")?.Action).toBe("Import");
    expect(await execute("auto-again")).toBe("CREATE_COMPLETE");
  });
});

describe("a change set with nested stacks", () => {
  const nestedUrl = (key: string) => `https://nested-templates.s3.amazonaws.com/${key}`;
  beforeAll(async () => {
    const s3 = cloud.client(S3Client);
    await s3.send(new CreateBucketCommand({ Bucket: "nested-templates" }));
    const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: "nested-templates", Key, Body }));
    const one = (VisibilityTimeout: number) => template({ Inner: queue({ Properties: { VisibilityTimeout } }) });
    await put("inner-1", one(1));
    await put("inner-2", one(2));
  });
  const parent = (key: string) =>
    template({ Nested: { Type: "AWS::CloudFormation::Stack", Properties: { TemplateURL: nestedUrl(key) } } });

  it("has one for each of them, linked both ways, and executing the root executes them", async () => {
    const root = await plan("parent", parent("inner-1"), { ChangeSetType: "CREATE", IncludeNestedStacks: true });
    const [change] = changes(root);
    expect(change).toMatchObject({
      Action: "Add",
      LogicalResourceId: "Nested",
      ChangeSetId: expect.stringMatching(/^arn:/),
    });
    const ChangeSetName = change?.ChangeSetId;
    const child = await client.send(new cfn.DescribeChangeSetCommand({ ChangeSetName }));
    expect(child).toMatchObject({
      ParentChangeSetId: root.ChangeSetId,
      RootChangeSetId: root.ChangeSetId,
      IncludeNestedStacks: true,
    });
    expect(changes(child)).toMatchObject([{ Action: "Add", LogicalResourceId: "Inner" }]);
    const alone = client.send(new cfn.ExecuteChangeSetCommand({ ChangeSetName }));
    await expect(alone).rejects.toMatchObject({ name: "InvalidChangeSetStatusException" });
    expect(await execute("parent")).toBe("CREATE_COMPLETE");
    const nested = await physicalId("parent", "Nested");
    expect(nested).toBe(child.StackId);
    await client.send(new cfn.DeleteChangeSetCommand({ StackName: "parent", ChangeSetName: "plan" }));
    const described = await plan("parent", parent("inner-2"), { IncludeNestedStacks: true });
    const inner = await client.send(
      new cfn.DescribeChangeSetCommand({
        ChangeSetName: changes(described)[0]?.ChangeSetId,
        IncludePropertyValues: true,
      }),
    );
    expect(changes(inner)[0]?.Details?.[0]?.Target).toMatchObject({ BeforeValue: "1", AfterValue: "2" });
  });

  it("takes the stacks that it brought into review away when it is deleted", async () => {
    const root = await plan("never", parent("inner-1"), { ChangeSetType: "CREATE", IncludeNestedStacks: true });
    const child = await client.send(new cfn.DescribeChangeSetCommand({ ChangeSetName: changes(root)[0]?.ChangeSetId }));
    await client.send(new cfn.DeleteChangeSetCommand({ StackName: "never", ChangeSetName: "plan" }));
    const described = client.send(new cfn.DescribeStacksCommand({ StackName: child.StackId }));
    await expect(described).rejects.toMatchObject({ name: "ValidationError" });
  });

  it("goes with its stack, and so do those of the nested ones", async () => {
    const root = await plan("gone", parent("inner-1"), { ChangeSetType: "CREATE", IncludeNestedStacks: true });
    const child = await client.send(new cfn.DescribeChangeSetCommand({ ChangeSetName: changes(root)[0]?.ChangeSetId }));
    await client.send(new cfn.DeleteStackCommand({ StackName: "gone" }));
    await cloud.idle();
    for (const ChangeSetName of [root.ChangeSetId, child.ChangeSetId]) {
      const described = client.send(new cfn.DescribeChangeSetCommand({ ChangeSetName }));
      await expect(described).rejects.toMatchObject({ name: "ChangeSetNotFoundException" });
    }
    const described = client.send(new cfn.DescribeStacksCommand({ StackName: child.StackId }));
    await expect(described).rejects.toMatchObject({ name: "ValidationError" });
  });

  it("is refused when a nested template is not there", async () => {
    const planning = plan("broken", parent("absent"), { ChangeSetType: "CREATE", IncludeNestedStacks: true });
    await expect(planning).rejects.toMatchObject({ message: expect.stringMatching(/^Nested change set for Nested/) });
  });
});

describe("a change set that reverts drift", () => {
  const body = template({ A: queue({ Properties: { VisibilityTimeout: 10, QueueName: "drifter" } }), B: queue() });

  it("shows what was changed behind the stack's back, and brings it back", async () => {
    await create("drifting", body);
    const QueueUrl = await physicalId("drifting", "A");
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "99" } }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl: await physicalId("drifting", "B") }));
    const plain = await plan("drifting", body);
    expect(plain.Status).toBe("FAILED");
    await client.send(new cfn.DeleteChangeSetCommand({ StackName: "drifting", ChangeSetName: "plan" }));
    const described = await plan("drifting", body, { DeploymentMode: "REVERT_DRIFT" });
    expect(described).toMatchObject({ StackDriftStatus: "DRIFTED", DeploymentMode: "REVERT_DRIFT" });
    const [a, b] = ["A", "B"].map((id) => changes(described).find(({ LogicalResourceId }) => LogicalResourceId === id));
    expect(a).toMatchObject({ Action: "Modify", ResourceDriftStatus: "MODIFIED", Replacement: "False" });
    expect(a?.Details?.[0]).toMatchObject({
      ChangeSource: "NoModification",
      Target: { BeforeValue: "99", AfterValue: "10", Drift: { PreviousValue: "10", ActualValue: "99" } },
    });
    expect(b).toMatchObject({ Action: "Add", ResourceDriftStatus: "DELETED" });
    expect(await execute("drifting")).toBe("UPDATE_COMPLETE");
    expect(await timeoutOf(QueueUrl)).toBe("10");
    expect(await timeoutOf(await physicalId("drifting", "B"))).toBe("30");
  });

  it("goes back to what it found when it fails", async () => {
    const QueueUrl = (await sqs.send(new GetQueueUrlCommand({ QueueName: "drifter" }))).QueueUrl;
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "55" } }));
    await client.send(new cfn.DeleteChangeSetCommand({ StackName: "drifting", ChangeSetName: "plan" }));
    const wider = JSON.parse(body);
    wider.Resources.C = queue({ DependsOn: "A" });
    await plan("drifting", JSON.stringify(wider), { DeploymentMode: "REVERT_DRIFT" });
    failStep(cloud, "create C");
    expect(await execute("drifting")).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(await timeoutOf(QueueUrl)).toBe("55");
  });
});

describe("OnStackFailure", () => {
  it("leaves what failed as it is, or deletes it", async () => {
    const fail = () => failStep(cloud, "create A");
    fail();
    await plan("left", template({ A: queue() }), { ChangeSetType: "CREATE", OnStackFailure: "DO_NOTHING" });
    expect(await execute("left")).toBe("CREATE_FAILED");
    fail();
    const { StackId = "" } = await plan("swept", template({ A: queue() }), {
      ChangeSetType: "CREATE",
      OnStackFailure: "DELETE",
    });
    await client.send(new cfn.ExecuteChangeSetCommand({ StackName: "swept", ChangeSetName: "plan" }));
    await cloud.idle();
    const { Stacks } = await client.send(new cfn.DescribeStacksCommand({ StackName: StackId }));
    expect(Stacks?.[0]?.StackStatus).toBe("DELETE_COMPLETE");
  });
});
