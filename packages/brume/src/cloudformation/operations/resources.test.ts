import * as cfn from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let client: cfn.CloudFormationClient;
const template = {
  Description: "One queue",
  Parameters: {
    Name: { Type: "String", Default: "described", AllowedValues: ["described", "other"] },
    Secret: { Type: "String", NoEcho: true, Default: "s" },
  },
  Resources: {
    Q: { Type: "AWS::SQS::Queue", Properties: { QueueName: { Ref: "Name" } }, Metadata: { why: "a test" } },
    R: { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] } } },
  },
  Outputs: { Url: { Value: { Ref: "Q" }, Export: { Name: "described-url" } } },
};
const StackName = "described";
let StackId: string;

beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(cfn.CloudFormationClient);
  const input = {
    StackName,
    TemplateBody: JSON.stringify(template),
    Capabilities: [cfn.Capability.CAPABILITY_IAM],
    Tags: [{ Key: "team", Value: "a" }],
  };
  StackId = (await client.send(new cfn.CreateStackCommand(input))).StackId as string;
  await cloud.idle();
});
afterAll(() => cloud.close());

describe("CreateStack", () => {
  it("asks for the capabilities that the template needs", async () => {
    const creating = client.send(
      new cfn.CreateStackCommand({ StackName: "incapable", TemplateBody: JSON.stringify(template) }),
    );
    await expect(creating).rejects.toThrow(cfn.InsufficientCapabilitiesException);
    await expect(creating).rejects.toThrow("Requires capabilities : [CAPABILITY_IAM]");
  });

  it("refuses a name that is taken, and one that is none", async () => {
    const again = client.send(new cfn.CreateStackCommand({ StackName, TemplateBody: "{}" }));
    await expect(again).rejects.toThrow(cfn.AlreadyExistsException);
    await expect(client.send(new cfn.CreateStackCommand({ StackName: "1x", TemplateBody: "{}" }))).rejects.toThrow(
      "failed to satisfy constraint",
    );
  });

  it.each([
    ["a value that is not allowed", { Name: "x" }, "Parameter 'Name' must be one of AllowedValues"],
    ["a parameter that the template does not have", { Nope: "x" }, "Parameters: [Nope] do not exist in the template"],
  ])("refuses %s", async (_what, values, message) => {
    const Parameters = Object.entries(values).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    }));
    const creating = client.send(
      new cfn.CreateStackCommand({
        StackName: "wrong",
        TemplateBody: JSON.stringify(template),
        Parameters,
        Capabilities: ["CAPABILITY_IAM"],
      }),
    );
    await expect(creating).rejects.toMatchObject({ name: "ValidationError", message });
  });
});

describe("DescribeStacks, ListStacks", () => {
  it("tells everything of a stack, but not what is not to be echoed", async () => {
    const { Stacks } = await client.send(new cfn.DescribeStacksCommand({ StackName: StackId }));
    expect(Stacks?.[0]).toMatchObject({
      StackName,
      StackStatus: "CREATE_COMPLETE",
      Description: "One queue",
      Tags: [{ Key: "team", Value: "a" }],
    });
    expect(Stacks?.[0]?.Parameters).toEqual([
      { ParameterKey: "Name", ParameterValue: "described" },
      { ParameterKey: "Secret", ParameterValue: "****" },
    ]);
    expect(Stacks?.[0]?.Outputs?.[0]).toMatchObject({ OutputKey: "Url", ExportName: "described-url" });
    const { StackSummaries } = await client.send(new cfn.ListStacksCommand({ StackStatusFilter: ["CREATE_COMPLETE"] }));
    expect(StackSummaries?.map((one) => one.StackName)).toContain(StackName);
  });
});

describe("DescribeStackEvents", () => {
  it("tells what happened, the latest first, no two at the same time", async () => {
    const { StackEvents = [] } = await client.send(new cfn.DescribeStackEventsCommand({ StackName }));
    expect(StackEvents[0]).toMatchObject({ LogicalResourceId: StackName, ResourceStatus: "CREATE_COMPLETE" });
    const times = StackEvents.map(({ Timestamp }) => Timestamp?.getTime() as number);
    expect(times).toEqual([...new Set(times)].sort((a, b) => b - a));
    await expect(client.send(new cfn.DescribeStackEventsCommand({ StackName: "none" }))).rejects.toThrow(
      "Stack [none] does not exist",
    );
  });
});

describe("DescribeStackResource, DescribeStackResources, ListStackResources", () => {
  it("tells of resources by stack, logical id and physical id", async () => {
    const { StackResourceSummaries = [] } = await client.send(new cfn.ListStackResourcesCommand({ StackName }));
    expect(
      StackResourceSummaries.map(({ LogicalResourceId, ResourceStatus }) => [LogicalResourceId, ResourceStatus]),
    ).toEqual([
      ["Q", "CREATE_COMPLETE"],
      ["R", "CREATE_COMPLETE"],
    ]);
    const { StackResourceDetail } = await client.send(
      new cfn.DescribeStackResourceCommand({ StackName, LogicalResourceId: "Q" }),
    );
    expect(JSON.parse(StackResourceDetail?.Metadata ?? "")).toEqual({ why: "a test" });
    const PhysicalResourceId = StackResourceDetail?.PhysicalResourceId;
    const { StackResources } = await client.send(
      new cfn.DescribeStackResourcesCommand({ PhysicalResourceId, LogicalResourceId: "Q" }),
    );
    expect(StackResources).toMatchObject([{ StackName, PhysicalResourceId }]);
    await expect(
      client.send(new cfn.DescribeStackResourceCommand({ StackName, LogicalResourceId: "X" })),
    ).rejects.toThrow("Resource X does not exist for stack described");
  });
});

describe("GetTemplate, GetTemplateSummary, ValidateTemplate", () => {
  it("gives back the template, and tells what it asks for", async () => {
    const { TemplateBody } = await client.send(new cfn.GetTemplateCommand({ StackName }));
    expect(JSON.parse(TemplateBody ?? "")).toEqual(template);
    const summary = await client.send(new cfn.GetTemplateSummaryCommand({ StackName }));
    expect(summary).toMatchObject({
      ResourceTypes: ["AWS::SQS::Queue", "AWS::IAM::Role"],
      Capabilities: ["CAPABILITY_IAM"],
    });
    expect(summary.Parameters?.[0]).toMatchObject({
      ParameterKey: "Name",
      ParameterType: "String",
      DefaultValue: "described",
    });
    const valid = await client.send(new cfn.ValidateTemplateCommand({ TemplateBody: JSON.stringify(template) }));
    expect(valid).toMatchObject({
      Description: "One queue",
      CapabilitiesReason: "The following resource(s) require capabilities: [AWS::IAM::Role]",
    });
  });

  it("refuse parameters that are none", async () => {
    const TemplateBody = JSON.stringify({
      ...template,
      Parameters: { Name: { Type: "String", AllowedValues: { Ref: "x" } } },
    });
    for (const Command of [cfn.ValidateTemplateCommand, cfn.GetTemplateSummaryCommand]) {
      await expect(client.send(new Command({ TemplateBody }) as cfn.ValidateTemplateCommand)).rejects.toMatchObject({
        name: "ValidationError",
        message: "Template format error: [/Parameters/Name/AllowedValues] must be a list of strings.",
      });
    }
  });
});

describe("ListExports, ListImports", () => {
  it("tells who exports and who imports", async () => {
    const { Exports } = await client.send(new cfn.ListExportsCommand({}));
    expect(Exports).toMatchObject([{ Name: "described-url", ExportingStackId: StackId }]);
    const TemplateBody = JSON.stringify({
      Resources: {
        P: {
          Type: "AWS::SSM::Parameter",
          Properties: { Type: "String", Value: { "Fn::ImportValue": "described-url" } },
        },
      },
    });
    await expect(client.send(new cfn.ListImportsCommand({ ExportName: "described-url" }))).rejects.toThrow(
      "Export 'described-url' is not imported by any stack.",
    );
    await client.send(new cfn.CreateStackCommand({ StackName: "importer", TemplateBody }));
    await cloud.idle();
    expect((await client.send(new cfn.ListImportsCommand({ ExportName: "described-url" }))).Imports).toEqual([
      "importer",
    ]);
  });
});

describe("UpdateTerminationProtection", () => {
  it("keeps a stack from being deleted", async () => {
    await client.send(new cfn.UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: true }));
    const deleting = client.send(new cfn.DeleteStackCommand({ StackName }));
    await expect(deleting).rejects.toThrow(
      "Stack [described] cannot be deleted while TerminationProtection is enabled",
    );
    await client.send(new cfn.UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false }));
  });
});

describe("SetStackPolicy, GetStackPolicy", () => {
  it("keeps the policy", async () => {
    const StackPolicyBody = JSON.stringify({
      Statement: [{ Effect: "Allow", Action: "Update:*", Principal: "*", Resource: "*" }],
    });
    await client.send(new cfn.SetStackPolicyCommand({ StackName, StackPolicyBody }));
    expect((await client.send(new cfn.GetStackPolicyCommand({ StackName }))).StackPolicyBody).toBe(StackPolicyBody);
  });
});
