import * as cfn from "@aws-sdk/client-cloudformation";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../index.js";

let cloud: RunningCloud;
let client: cfn.CloudFormationClient;
let sqs: SQSClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(cfn.CloudFormationClient);
  sqs = cloud.client(SQSClient);
});
afterAll(() => cloud.close());

const describeStack = async (StackName: string) =>
  (await client.send(new cfn.DescribeStacksCommand({ StackName }))).Stacks?.[0];
const resourcesOf = async (StackName: string) =>
  Object.fromEntries(
    ((await client.send(new cfn.DescribeStackResourcesCommand({ StackName }))).StackResources ?? []).map((one) => [
      one.LogicalResourceId,
      one,
    ]),
  );
const eventsOf = async (StackName: string) =>
  ((await client.send(new cfn.DescribeStackEventsCommand({ StackName }))).StackEvents ?? [])
    .reverse()
    .map((event) => `${event.LogicalResourceId} ${event.ResourceStatus}`);

async function create(StackName: string, template: object, more: Partial<cfn.CreateStackCommandInput> = {}) {
  await client.send(new cfn.CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template), ...more }));
  await cloud.idle();
  return describeStack(StackName);
}
async function update(StackName: string, template: object) {
  await client.send(new cfn.UpdateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }));
  await cloud.idle();
  return describeStack(StackName);
}

const queue = (properties: object = {}, more: object = {}) => ({
  Type: "AWS::SQS::Queue",
  Properties: properties,
  ...more,
});
/** Fails at creation: the dead-letter policy is none. */
const broken = { Type: "AWS::SQS::Queue", Properties: { RedrivePolicy: "no policy" }, DependsOn: "Q" };

describe("CreateStack", () => {
  it("makes the resources in order of their dependencies and computes the outputs", async () => {
    const stack = await create("made", {
      Resources: {
        Dead: queue(),
        Q: queue({
          RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": ["Dead", "Arn"] }, maxReceiveCount: 3 },
          VisibilityTimeout: 45,
        }),
        Table: { Type: "AWS::Timestream::Database", Properties: { DatabaseName: "d" } },
      },
      Outputs: {
        Url: { Value: { Ref: "Q" }, Export: { Name: "made-url" } },
        Text: { Value: { "Fn::Sub": "${AWS::StackName}/${Dead.QueueName}" } },
      },
    });
    expect(stack?.StackStatus).toBe("CREATE_COMPLETE");
    const outputs = Object.fromEntries((stack?.Outputs ?? []).map((one) => [one.OutputKey, one.OutputValue]));
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: outputs.Url, AttributeNames: ["All"] }),
    );
    expect(Attributes?.VisibilityTimeout).toBe("45");
    expect(JSON.parse(Attributes?.RedrivePolicy ?? "{}").deadLetterTargetArn).toMatch(
      /^arn:aws:sqs:us-east-1:000000000000:made-Dead-[A-Z0-9]{12}$/,
    );
    expect(outputs.Text).toMatch(/^made\/made-Dead-/);
    const events = await eventsOf("made");
    expect(events.indexOf("Dead CREATE_COMPLETE")).toBeLessThan(events.indexOf("Q CREATE_IN_PROGRESS"));
    expect(events.at(-1)).toBe("made CREATE_COMPLETE");
  });

  it("rolls back a creation that fails, and says which resource failed", async () => {
    const stack = await create("failing", { Resources: { Q: queue(), Broken: broken } });
    expect(stack?.StackStatus).toBe("ROLLBACK_COMPLETE");
    const events = await eventsOf("failing");
    expect(events).toContain("Broken CREATE_FAILED");
    expect(events).toContain("Q DELETE_COMPLETE");
    expect(await resourcesOf("failing")).toEqual({});
  });

  it.each([
    [
      "an unknown type",
      { Resources: { A: { Type: "AWS::SQS::Que" } } },
      "Template format error: Unrecognized resource types: [AWS::SQS::Que] (line 1)",
    ],
    [
      "a dangling Ref",
      { Resources: { A: queue({ QueueName: { Ref: "Nope" } }) } },
      "Template format error: Unresolved resource dependencies [Nope] in the Resources block of the template (line 1)",
    ],
    [
      "a bad GetAtt",
      { Resources: { A: queue(), B: queue({ QueueName: { "Fn::GetAtt": ["A", "Nope"] } }) } },
      "Template error: resource A does not support attribute type Nope in Fn::GetAtt (line 1)",
    ],
    [
      "a cycle",
      { Resources: { A: queue({ QueueName: { Ref: "B" } }), B: queue({ QueueName: { Ref: "A" } }) } },
      "Circular dependency between resources: [A, B] (line 1)",
    ],
    [
      "an unknown property",
      { Resources: { A: queue({ Nope: 1 }, { Metadata: { "aws:cdk:path": "S/A/Resource" } }) } },
      "Properties validation failed for resource A with message:\n#: extraneous key [Nope] is not permitted (at S/A/Resource)",
    ],
    [
      "a missing property",
      { Resources: { A: { Type: "AWS::Lambda::Alias", Properties: { Name: "x", FunctionName: "f" } } } },
      "Properties validation failed for resource A with message:\n#: required key [FunctionVersion] not found (line 1)",
    ],
    ["no resources", { Resources: {} }, "Template format error: At least one Resources member must be defined."],
    ["an unknown section", { Resources: { A: queue() }, Foo: {} }, "Invalid template property or properties [Foo]"],
  ])("refuses %s before anything is made", async (_what, template, message) => {
    const creating = client.send(
      new cfn.CreateStackCommand({ StackName: "refused", TemplateBody: JSON.stringify(template) }),
    );
    await expect(creating).rejects.toMatchObject({ name: "ValidationError", message });
    await expect(describeStack("refused")).rejects.toThrow("Stack with id refused does not exist");
  });

  it("tells the line of a syntax error", async () => {
    const json = client.send(new cfn.ValidateTemplateCommand({ TemplateBody: '{\n  "Resources": {,}\n}' }));
    await expect(json).rejects.toThrow("Template format error: JSON not well-formed. (line 2, column");
    const yaml = client.send(new cfn.ValidateTemplateCommand({ TemplateBody: "Resources:\n  A:\n    Type: 'x\n" }));
    await expect(yaml).rejects.toThrow("Template format error: YAML not well-formed. (line");
  });
});

describe("UpdateStack", () => {
  it("changes in place what can be, and replaces what cannot, deleting the predecessor afterwards", async () => {
    await create("changing", {
      Resources: { Q: queue({ VisibilityTimeout: 10 }), R: queue({ QueueName: "changing-one" }) },
    });
    const before = await resourcesOf("changing");
    const stack = await update("changing", {
      Resources: { Q: queue({ VisibilityTimeout: 20 }), R: queue({ QueueName: "changing-two" }) },
    });
    expect(stack?.StackStatus).toBe("UPDATE_COMPLETE");
    const after = await resourcesOf("changing");
    expect(after.Q?.PhysicalResourceId).toBe(before.Q?.PhysicalResourceId);
    expect(after.R?.PhysicalResourceId).not.toBe(before.R?.PhysicalResourceId);
    const gone = sqs.send(new GetQueueAttributesCommand({ QueueUrl: before.R?.PhysicalResourceId }));
    await expect(gone).rejects.toThrow("The specified queue does not exist.");
    const events = await eventsOf("changing");
    expect(events.indexOf("changing UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")).toBeLessThan(
      events.indexOf("R DELETE_COMPLETE"),
    );
  });

  it("restores everything when it fails: changed, replaced and added resources", async () => {
    const template = {
      Resources: { Q: queue({ VisibilityTimeout: 10 }), R: queue({ QueueName: "restored-one" }) },
      Outputs: { O: { Value: "old" } },
    };
    await create("restored", template);
    const before = await resourcesOf("restored");
    const stack = await update("restored", {
      Resources: {
        Q: queue({ VisibilityTimeout: 20 }),
        R: queue({ QueueName: "restored-two" }),
        New: queue({ QueueName: "restored-new" }),
        Broken: { ...broken, DependsOn: ["Q", "R", "New"] },
      },
      Outputs: { O: { Value: "new" } },
    });
    expect(stack?.StackStatus).toBe("UPDATE_ROLLBACK_COMPLETE");
    expect(stack?.Outputs?.[0]?.OutputValue).toBe("old");
    const after = await resourcesOf("restored");
    expect(Object.keys(after).sort()).toEqual(["Q", "R"]);
    expect(after.R?.PhysicalResourceId).toBe(before.R?.PhysicalResourceId);
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: after.Q?.PhysicalResourceId, AttributeNames: ["VisibilityTimeout"] }),
    );
    expect(Attributes?.VisibilityTimeout).toBe("10");
    for (const name of ["restored-two", "restored-new"]) {
      const QueueUrl = `${cloud.endpoint}/000000000000/${name}`;
      await expect(sqs.send(new GetQueueAttributesCommand({ QueueUrl }))).rejects.toThrow("does not exist");
    }
    const { TemplateBody } = await client.send(new cfn.GetTemplateCommand({ StackName: "restored" }));
    expect(JSON.parse(TemplateBody ?? "")).toEqual(template);
  });

  it("answers that there is nothing to do", async () => {
    const template = { Resources: { Q: queue() } };
    await create("same", template);
    await expect(update("same", template)).rejects.toThrow("No updates are to be performed.");
  });

  it("refuses to replace a resource whose name the template keeps", async () => {
    const fifo = (deduplication: object) => queue({ QueueName: "named.fifo", FifoQueue: true, ...deduplication });
    await create("named", {
      Resources: { Q: fifo({}), T: { Type: "AWS::Timestream::Database", Properties: { DatabaseName: "same" } } },
    });
    expect((await describeStack("named"))?.StackStatus).toBe("CREATE_COMPLETE");
  });
});

describe("DeleteStack", () => {
  it("deletes in reverse order, keeps what its policy retains, and stays describable by its id", async () => {
    const made = await create("deleted", {
      Resources: {
        Kept: queue({ QueueName: "deleted-kept" }, { DeletionPolicy: "Retain" }),
        Q: queue({ QueueName: "deleted-gone" }, { DependsOn: "Kept" }),
      },
    });
    await client.send(new cfn.DeleteStackCommand({ StackName: "deleted" }));
    await cloud.idle();
    await expect(describeStack("deleted")).rejects.toThrow("Stack with id deleted does not exist");
    expect((await describeStack(made?.StackId as string))?.StackStatus).toBe("DELETE_COMPLETE");
    await sqs.send(new GetQueueAttributesCommand({ QueueUrl: `${cloud.endpoint}/000000000000/deleted-kept` }));
    await expect(
      sqs.send(new GetQueueAttributesCommand({ QueueUrl: `${cloud.endpoint}/000000000000/deleted-gone` })),
    ).rejects.toThrow("does not exist");
  });

  it("refuses while another stack imports what it exports", async () => {
    await create("exporting", { Resources: { Q: queue() }, Outputs: { O: { Value: "v", Export: { Name: "used" } } } });
    await create("importing", {
      Resources: { Q: queue({ QueueName: { "Fn::Join": ["-", ["x", { "Fn::ImportValue": "used" }]] } }) },
    });
    await expect(client.send(new cfn.DeleteStackCommand({ StackName: "exporting" }))).rejects.toThrow(
      "Export used cannot be deleted as it is in use by importing",
    );
  });
});

describe("CreateChangeSet, DescribeChangeSet, ExecuteChangeSet, DeleteChangeSet, ListChangeSets", () => {
  const changeSet = async (StackName: string, template: object, ChangeSetType: cfn.ChangeSetType) => {
    const ChangeSetName = "c";
    await client.send(
      new cfn.CreateChangeSetCommand({
        StackName,
        ChangeSetName,
        ChangeSetType,
        TemplateBody: JSON.stringify(template),
      }),
    );
    return client.send(new cfn.DescribeChangeSetCommand({ StackName, ChangeSetName, IncludePropertyValues: true }));
  };

  it("puts a new stack in review, and makes it when executed", async () => {
    const described = await changeSet("reviewed", { Resources: { Q: queue() } }, "CREATE");
    expect(described.Changes?.[0]?.ResourceChange).toMatchObject({ Action: "Add", LogicalResourceId: "Q" });
    expect((await describeStack("reviewed"))?.StackStatus).toBe("REVIEW_IN_PROGRESS");
    await client.send(new cfn.ExecuteChangeSetCommand({ StackName: "reviewed", ChangeSetName: "c" }));
    await cloud.idle();
    expect((await describeStack("reviewed"))?.StackStatus).toBe("CREATE_COMPLETE");
  });

  it("tells what is replaced, and what follows from that, with values before and after", async () => {
    const policy = (name: string) => ({
      Q: queue({ QueueName: name }),
      P: { Type: "AWS::SQS::QueuePolicy", Properties: { Queues: [{ Ref: "Q" }], PolicyDocument: { Statement: [] } } },
    });
    await create("planned", { Resources: policy("planned-a") });
    const { Changes } = await changeSet("planned", { Resources: policy("planned-b") }, "UPDATE");
    const [q, p] = (Changes ?? []).map(({ ResourceChange }) => ResourceChange);
    expect(q).toMatchObject({
      Action: "Modify",
      LogicalResourceId: "Q",
      Replacement: "True",
      PolicyAction: "ReplaceAndDelete",
    });
    expect(q?.Details?.[0]?.Target).toMatchObject({
      Name: "QueueName",
      RequiresRecreation: "Always",
      BeforeValue: "planned-a",
      AfterValue: "planned-b",
    });
    expect(p).toMatchObject({ Action: "Modify", LogicalResourceId: "P", Replacement: "False" });
    expect(p?.Details?.[0]).toMatchObject({
      Evaluation: "Dynamic",
      ChangeSource: "ResourceReference",
      CausingEntity: "Q",
    });
  });

  it("fails when there is nothing to change, and is not found once deleted", async () => {
    await create("unchanged", { Resources: { Q: queue() } });
    const described = await changeSet("unchanged", { Resources: { Q: queue() } }, "UPDATE");
    expect(described).toMatchObject({
      Status: "FAILED",
      StatusReason: expect.stringContaining("didn't contain changes"),
    });
    await client.send(new cfn.DeleteChangeSetCommand({ StackName: "unchanged", ChangeSetName: "c" }));
    const describing = client.send(new cfn.DescribeChangeSetCommand({ StackName: "unchanged", ChangeSetName: "c" }));
    await expect(describing).rejects.toThrow(cfn.ChangeSetNotFoundException);
  });
});
