/** What the rules of a template ask of resources that its parameters name. */
import * as cc from "@aws-sdk/client-cloudcontrol";
import * as cfn from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

/** Makes a resource. @returns its identifier */
async function made(TypeName: string, properties: object): Promise<string> {
  const client = cloud.client(cc.CloudControlClient);
  const input = { TypeName, DesiredState: JSON.stringify(properties) };
  const { ProgressEvent } = await client.send(new cc.CreateResourceCommand(input));
  await cloud.idle();
  const { RequestToken } = ProgressEvent ?? {};
  const status = await client.send(new cc.GetResourceRequestStatusCommand({ RequestToken }));
  return status.ProgressEvent?.Identifier as string;
}

const TemplateBody = JSON.stringify({
  Parameters: { Vpc: { Type: "AWS::EC2::VPC::Id" }, Subnets: { Type: "List<AWS::EC2::Subnet::Id>" } },
  Rules: {
    SameVpc: {
      Assertions: [
        {
          Assert: { "Fn::EachMemberEquals": [{ "Fn::ValueOf": ["Subnets", "VpcId"] }, { Ref: "Vpc" }] },
          AssertDescription: "All subnets are in the VPC",
        },
      ],
    },
  },
  Resources: { Queue: { Type: "AWS::SQS::Queue" } },
});
const create = (StackName: string, Vpc: string, subnets: string[]) => {
  const values = Object.entries({ Vpc, Subnets: subnets.join(",") });
  const Parameters = values.map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));
  return cloud
    .client(cfn.CloudFormationClient)
    .send(new cfn.CreateStackCommand({ StackName, TemplateBody, Parameters }));
};

describe("a rule that asks what resources have", () => {
  it("holds, fails, and names what is not there", async () => {
    const here = await made("AWS::EC2::VPC", { CidrBlock: "10.0.0.0/16" });
    const subnet = (index: number) => made("AWS::EC2::Subnet", { VpcId: here, CidrBlock: `10.0.${index}.0/24` });
    const subnets = [await subnet(0), await subnet(1)];
    await create("holds", here, subnets);
    await cloud.idle();
    const other = await made("AWS::EC2::VPC", { CidrBlock: "10.1.0.0/16" });
    await expect(create("fails", other, subnets)).rejects.toThrow(
      "Template error: Rule SameVpc failed: All subnets are in the VPC",
    );
    await expect(create("missing", here, ["subnet-elsewhere"])).rejects.toThrow(
      "Parameter validation failed: parameter value subnet-elsewhere for parameter name Subnets does not exist",
    );
  });
});
