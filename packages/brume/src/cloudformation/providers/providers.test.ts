/** Custom resources, nested stacks and wait conditions, through stacks. */
import * as cfn from "@aws-sdk/client-cloudformation";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let client: cfn.CloudFormationClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(cfn.CloudFormationClient);
});
afterAll(() => cloud.close());

const role = {
  Type: "AWS::IAM::Role",
  Properties: {
    AssumeRolePolicyDocument: {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
    },
  },
};
const handler = (ZipFile: string) => ({
  Type: "AWS::Lambda::Function",
  Properties: {
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: { "Fn::GetAtt": ["Role", "Arn"] },
    Code: { ZipFile },
    Timeout: 10,
  },
});
const answering = `
  const { send } = require("cfn-response");
  exports.handler = (event, context) => {
    const { RequestType, ResourceProperties, OldResourceProperties, PhysicalResourceId } = event;
    if (ResourceProperties.Fail === RequestType) return send(event, context, "FAILED", {}, "id", false);
    const id = ResourceProperties.Id ?? PhysicalResourceId;
    send(event, context, "SUCCESS", { Did: [RequestType, PhysicalResourceId, id, OldResourceProperties?.Id, typeof ResourceProperties.Number].join() }, id);
  };`;
const custom = (properties: object) => ({
  Resources: {
    Role: role,
    F: handler(answering),
    C: {
      Type: "Custom::Thing",
      Properties: { ServiceToken: { "Fn::GetAtt": ["F", "Arn"] }, Number: 1, ...properties },
    },
  },
  Outputs: { Ref: { Value: { Ref: "C" } }, Did: { Value: { "Fn::GetAtt": ["C", "Did"] } } },
});

describe("custom resources", () => {
  it("are made, changed (to another physical resource, if they say so) and deleted by their function", async () => {
    const [made] = await cloud.deploy(custom({ Id: "one" }), { stackName: "custom" });
    expect(made?.outputs).toEqual({ Ref: "one", Did: "Create,,one,,string" });
    const [changed] = await cloud.deploy(custom({ Id: "two" }), { stackName: "custom" });
    expect(changed?.outputs).toEqual({ Ref: "two", Did: "Update,one,two,one,string" });
    const { StackEvents = [] } = await client.send(new cfn.DescribeStackEventsCommand({ StackName: "custom" }));
    expect(
      StackEvents.find(
        ({ ResourceStatus, LogicalResourceId }) => LogicalResourceId === "C" && ResourceStatus === "DELETE_COMPLETE",
      )?.PhysicalResourceId,
    ).toBe("one");
    expect(await cloud.destroy("custom")).toBe(true);
  });

  it("fail with the reason that their function gives", async () => {
    const failing = cloud.deploy(custom({ Id: "x", Fail: "Create" }), { stackName: "custom-failed" });
    await expect(failing).rejects.toThrow("Received response status [FAILED] from custom resource. Message returned:");
  });

  it("fail at once when their function fails before it answers", async () => {
    const template = {
      Resources: {
        Role: role,
        F: handler("exports.handler = () => { throw new TypeError('oops'); }"),
        C: { Type: "Custom::Thing", Properties: { ServiceToken: { "Fn::GetAtt": ["F", "Arn"] } } },
      },
    };
    await expect(cloud.deploy(template, { stackName: "custom-broken" })).rejects.toThrow("TypeError: oops");
  });

  it("fail when no answer comes within their timeout", async () => {
    const Properties = { ServiceToken: { "Fn::GetAtt": ["F", "Arn"] }, ServiceTimeout: 60 };
    const template = {
      Resources: {
        Role: role,
        F: handler("exports.handler = async () => {}"),
        C: { Type: "Custom::Thing", Properties },
      },
    };
    await client.send(
      new cfn.CreateStackCommand({
        StackName: "custom-silent",
        TemplateBody: JSON.stringify(template),
        Capabilities: ["CAPABILITY_IAM"],
      }),
    );
    await cloud.idle();
    expect(
      (await client.send(new cfn.DescribeStacksCommand({ StackName: "custom-silent" }))).Stacks?.[0]?.StackStatus,
    ).toBe("CREATE_IN_PROGRESS");
    await cloud.clock.advance({ minutes: 1 });
    // The deletion that the rollback asks for is not answered either.
    await cloud.clock.advance({ minutes: 1 });
    const { StackEvents = [] } = await client.send(new cfn.DescribeStackEventsCommand({ StackName: "custom-silent" }));
    expect(
      StackEvents.find(({ ResourceStatus }) => ResourceStatus === "CREATE_FAILED")?.ResourceStatusReason,
    ).toContain("did not receive a response from your Custom Resource");
  });
});

describe("nested stacks", () => {
  const child = (value: string) => ({
    Parameters: { Suffix: { Type: "String" } },
    Resources: {
      P: {
        Type: "AWS::SSM::Parameter",
        Properties: { Name: { "Fn::Sub": "/nested/${Suffix}" }, Type: "String", Value: value },
      },
    },
    Outputs: { Name: { Value: { Ref: "P" } } },
  });
  const parent = async (value: string) => {
    const s3 = cloud.client(S3Client);
    await s3.send(new CreateBucketCommand({ Bucket: "templates" }));
    await s3.send(new PutObjectCommand({ Bucket: "templates", Key: value, Body: JSON.stringify(child(value)) }));
    const TemplateURL = `https://templates.s3.us-east-1.amazonaws.com/${value}`;
    return {
      Resources: {
        Child: { Type: "AWS::CloudFormation::Stack", Properties: { TemplateURL, Parameters: { Suffix: "a" } } },
      },
      Outputs: { Name: { Value: { "Fn::GetAtt": ["Child", "Outputs.Name"] } }, Id: { Value: { Ref: "Child" } } },
    };
  };
  const read = async (Name: string) =>
    (await cloud.client(SSMClient).send(new GetParameterCommand({ Name }))).Parameter?.Value;

  it("are made, updated, restored and deleted with their parent", async () => {
    const [made] = await cloud.deploy(await parent("one"), { stackName: "parent" });
    expect(made?.outputs.Name).toBe("/nested/a");
    const { Stacks } = await client.send(new cfn.DescribeStacksCommand({ StackName: made?.outputs.Id }));
    expect(Stacks?.[0]).toMatchObject({
      StackStatus: "CREATE_COMPLETE",
      ParentId: made?.stackId,
      RootId: made?.stackId,
    });
    await cloud.deploy(await parent("two"), { stackName: "parent" });
    expect(await read("/nested/a")).toBe("two");
    const broken = await parent("three");
    Object.assign(broken.Resources, {
      Broken: { Type: "AWS::SQS::Queue", Properties: { QueueName: "not a name" }, DependsOn: "Child" },
    });
    await expect(cloud.deploy(broken, { stackName: "parent" })).rejects.toThrow("Broken");
    expect(await read("/nested/a")).toBe("two");
    await cloud.destroy("parent");
    await expect(read("/nested/a")).rejects.toThrow();
  });
});

describe("modelled resources", () => {
  it("have identifiers that templates can take apart", async () => {
    const part = (index: number, of: object) => ({ Value: { "Fn::Select": [index, { "Fn::Split": ["/", of] }] } });
    const template = {
      Resources: {
        Balancer: { Type: "AWS::ElasticLoadBalancingV2::LoadBalancer", Properties: { Name: "front" } },
        Listener: {
          Type: "AWS::ElasticLoadBalancingV2::Listener",
          Properties: { LoadBalancerArn: { Ref: "Balancer" }, DefaultActions: [] },
        },
        Endpoint: {
          Type: "AWS::EC2::VPCEndpoint",
          Properties: { VpcId: "vpc-1", ServiceName: "com.amazonaws.us-east-1.execute-api" },
        },
      },
      Outputs: {
        Name: part(2, { Ref: "Listener" }),
        FullName: { Value: { "Fn::GetAtt": ["Balancer", "LoadBalancerFullName"] } },
        Entry: { Value: { "Fn::Select": [1, { "Fn::GetAtt": ["Endpoint", "DnsEntries"] }] } },
      },
    };
    const [made] = await cloud.deploy(template, { stackName: "taken-apart" });
    expect(made?.outputs.Name).toBe("front");
    expect(made?.outputs.FullName).toMatch(/^app\/front\/[0-9a-f]{16}$/);
    expect(made?.outputs.Entry).toMatch(/^Z[A-Z0-9]+:vpce-\w+-\w+-us-east-1a\.execute-api\.us-east-1\.vpce\./);
  });

  it("keep what Ref returns when they are changed", async () => {
    const template = (Description: string) => ({
      Resources: {
        Rule: { Type: "AWS::Events::Rule", Properties: { Description, ScheduleExpression: "rate(1 day)" } },
      },
      Outputs: { Ref: { Value: { Ref: "Rule" } } },
    });
    const [made] = await cloud.deploy(template("a"), { stackName: "modelled" });
    expect(made?.outputs.Ref).toMatch(/^modelled-Rule-[A-Z0-9]+$/);
    const [changed] = await cloud.deploy(template("b"), { stackName: "modelled" });
    expect(changed?.outputs).toEqual(made?.outputs);
  });
});

describe("signals", () => {
  it("are taken while a resource waits for them, and refused when its stack rests", async () => {
    const StackName = "signals";
    const group = {
      Type: "AWS::AutoScaling::AutoScalingGroup",
      Properties: { MinSize: "1", MaxSize: "1" },
      CreationPolicy: { ResourceSignal: { Count: 1, Timeout: "PT10M" } },
    };
    const TemplateBody = JSON.stringify({ Resources: { Group: group } });
    await client.send(new cfn.CreateStackCommand({ StackName, TemplateBody }));
    await cloud.idle();
    const signal = (UniqueId: string) =>
      client.send(
        new cfn.SignalResourceCommand({ StackName, LogicalResourceId: "Group", UniqueId, Status: "SUCCESS" }),
      );
    await signal("1");
    await cloud.idle();
    await expect(signal("2")).rejects.toThrow("is in CREATE_COMPLETE state and cannot be signaled");
  });
});

describe("nested stacks that wait", () => {
  it("do so side by side, and the cloud comes to rest meanwhile", async () => {
    const condition = { Type: "AWS::CloudFormation::WaitCondition", Properties: { Handle: { Ref: "H" }, Timeout: 60 } };
    const inner = { Resources: { H: { Type: "AWS::CloudFormation::WaitConditionHandle" }, W: condition } };
    const s3 = cloud.client(S3Client);
    await s3.send(new CreateBucketCommand({ Bucket: "waiting" }));
    await s3.send(new PutObjectCommand({ Bucket: "waiting", Key: "t", Body: JSON.stringify(inner) }));
    const nested = { Type: "AWS::CloudFormation::Stack", Properties: { TemplateURL: `${cloud.endpoint}/waiting/t` } };
    const TemplateBody = JSON.stringify({ Resources: { A: nested, B: nested, C: nested } });
    const StackName = "waiting-nested";
    await client.send(new cfn.CreateStackCommand({ StackName, TemplateBody }));
    await cloud.idle();
    await cloud.clock.advance({ seconds: 61 });
    await cloud.idle();
    const { Stacks } = await client.send(new cfn.DescribeStacksCommand({ StackName }));
    expect(Stacks?.[0]?.StackStatus).toBe("ROLLBACK_COMPLETE");
  });
});

describe("wait conditions", () => {
  it("wait side by side", async () => {
    const condition = { Type: "AWS::CloudFormation::WaitCondition", Properties: { Handle: { Ref: "H" }, Timeout: 60 } };
    const Resources = {
      H: { Type: "AWS::CloudFormation::WaitConditionHandle" },
      A: condition,
      B: condition,
      C: condition,
    };
    const StackName = "side-by-side";
    await client.send(new cfn.CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources }) }));
    await cloud.idle();
    await cloud.clock.advance({ seconds: 61 });
    await cloud.idle();
    const { Stacks } = await client.send(new cfn.DescribeStacksCommand({ StackName }));
    expect(Stacks?.[0]?.StackStatus).toBe("ROLLBACK_COMPLETE");
  });

  it("hold the stack until they are signalled", async () => {
    const template = {
      Resources: {
        H: { Type: "AWS::CloudFormation::WaitConditionHandle" },
        W: {
          Type: "AWS::CloudFormation::WaitCondition",
          Properties: { Handle: { Ref: "H" }, Timeout: "600", Count: 1 },
          DependsOn: "H",
        },
      },
      Outputs: { Data: { Value: { "Fn::GetAtt": ["W", "Data"] } } },
    };
    await client.send(new cfn.CreateStackCommand({ StackName: "waiting", TemplateBody: JSON.stringify(template) }));
    await cloud.idle();
    const { StackResources = [] } = await client.send(new cfn.DescribeStackResourcesCommand({ StackName: "waiting" }));
    const url = StackResources.find(({ LogicalResourceId }) => LogicalResourceId === "H")?.PhysicalResourceId as string;
    expect(StackResources.find(({ LogicalResourceId }) => LogicalResourceId === "W")?.ResourceStatus).toBe(
      "CREATE_IN_PROGRESS",
    );
    await fetch(url, {
      method: "PUT",
      body: JSON.stringify({ Status: "SUCCESS", UniqueId: "u", Data: "d", Reason: "" }),
    });
    await cloud.idle();
    const { Stacks } = await client.send(new cfn.DescribeStacksCommand({ StackName: "waiting" }));
    expect(Stacks?.[0]).toMatchObject({ StackStatus: "CREATE_COMPLETE", Outputs: [{ OutputValue: '{"u":"d"}' }] });
  });
});
