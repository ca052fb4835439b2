import * as sdk from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let iam: sdk.IAMClient;
beforeAll(async () => {
  cloud = await startCloud();
  iam = cloud.client(sdk.IAMClient);
  await iam.send(new sdk.CreateRoleCommand({ RoleName: "r", AssumeRolePolicyDocument: TRUST }));
  await iam.send(new sdk.CreateUserCommand({ UserName: "u" }));
  await iam.send(new sdk.CreateGroupCommand({ GroupName: "g" }));
});
afterAll(() => cloud.close());

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const documentFor = (Action: string) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] });

let count = 0;
async function newPolicy(): Promise<string> {
  const { Policy } = await iam.send(
    new sdk.CreatePolicyCommand({ PolicyName: `policy-${count++}`, PolicyDocument: documentFor("s3:GetObject") }),
  );
  return Policy?.Arn as string;
}

describe("PutRolePolicy, GetRolePolicy, ListRolePolicies, DeleteRolePolicy", () => {
  it("keep inline policies", async () => {
    const PolicyDocument = documentFor("sqs:*");
    await iam.send(new sdk.PutRolePolicyCommand({ RoleName: "r", PolicyName: "p", PolicyDocument }));
    const got = await iam.send(new sdk.GetRolePolicyCommand({ RoleName: "r", PolicyName: "p" }));
    expect(decodeURIComponent(got.PolicyDocument ?? "")).toBe(PolicyDocument);
    expect((await iam.send(new sdk.ListRolePoliciesCommand({ RoleName: "r" }))).PolicyNames).toEqual(["p"]);
    await expect(iam.send(new sdk.DeleteRoleCommand({ RoleName: "r" }))).rejects.toThrow(
      "Cannot delete entity, must delete policies first.",
    );
    await iam.send(new sdk.DeleteRolePolicyCommand({ RoleName: "r", PolicyName: "p" }));
    await expect(iam.send(new sdk.GetRolePolicyCommand({ RoleName: "r", PolicyName: "p" }))).rejects.toThrow(
      "The role policy with name p cannot be found.",
    );
  });

  it("reject documents that IAM would not take", async () => {
    const cases: [object, string][] = [
      [{ Effect: "Allow", Action: "s3:*" }, "Policy statement must contain resources."],
      [{ Effect: "Allow", Resource: "*" }, "Policy statement must contain actions."],
      [
        { Effect: "Allow", Action: "GetObject", Resource: "*" },
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
      ],
      [{ Effect: "Allow", Action: "s3:*", Resource: "bucket" }, 'Resource bucket must be in ARN format or "*".'],
      [
        { Effect: "Allow", Action: "s3:*", Resource: "*", Principal: "*" },
        "Policy document should not specify a principal.",
      ],
      [{ Effect: "Maybe", Action: "s3:*", Resource: "*" }, "Syntax errors in policy."],
      [{ Effect: "Allow", Action: "s3:a:b", Resource: "*" }, "Actions/Condition can contain only one colon."],
      [{ Effect: "Allow", Action: "s 3:Get", Resource: "*" }, "Vendor s 3 is not valid"],
      [{ Effect: "Allow", Action: "s3:*", Resource: "arn:x:s3:::b" }, 'Partition "x" is not valid for resource'],
      [
        { Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:us-east-1::b" },
        "Resource arn:aws:s3:us-east-1::b can not contain region information.",
      ],
      [{ Effect: "Allow", Action: "iam:*", Resource: "arn:aws:iam::1:nobody/x" }, "IAM resource path must either be"],
      [{ Effect: "Allow", Action: "s3:*", Resource: "*", Sid: "a-b" }, "Statement IDs (SID) must be alpha-numeric."],
      [
        { Effect: "Allow", Action: "s3:*", Resource: "*", Condition: { StringIs: { "aws:a": "1" } } },
        "Syntax errors in policy.",
      ],
    ];
    for (const [statement, message] of cases) {
      const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
      const putting = iam.send(new sdk.PutRolePolicyCommand({ RoleName: "r", PolicyName: "bad", PolicyDocument }));
      await expect(putting).rejects.toThrow(message);
    }
  });

  it("limit the size of all inline policies of a role", async () => {
    const PolicyDocument = documentFor(`s3:${"x".repeat(10_240)}`);
    await expect(
      iam.send(new sdk.PutRolePolicyCommand({ RoleName: "r", PolicyName: "big", PolicyDocument })),
    ).rejects.toThrow("Maximum policy size of 10240 bytes exceeded for role r");
  });
});

describe("PutUserPolicy, GetUserPolicy, ListUserPolicies, DeleteUserPolicy, PutGroupPolicy, GetGroupPolicy, ListGroupPolicies, DeleteGroupPolicy", () => {
  it("keep inline policies", async () => {
    const PolicyDocument = documentFor("sns:*");
    await iam.send(new sdk.PutUserPolicyCommand({ UserName: "u", PolicyName: "p", PolicyDocument }));
    await iam.send(new sdk.PutGroupPolicyCommand({ GroupName: "g", PolicyName: "p", PolicyDocument }));
    const ofUser = await iam.send(new sdk.GetUserPolicyCommand({ UserName: "u", PolicyName: "p" }));
    const ofGroup = await iam.send(new sdk.GetGroupPolicyCommand({ GroupName: "g", PolicyName: "p" }));
    expect([ofUser, ofGroup].map((one) => decodeURIComponent(one.PolicyDocument ?? ""))).toEqual([
      PolicyDocument,
      PolicyDocument,
    ]);
    expect((await iam.send(new sdk.ListUserPoliciesCommand({ UserName: "u" }))).PolicyNames).toEqual(["p"]);
    expect((await iam.send(new sdk.ListGroupPoliciesCommand({ GroupName: "g" }))).PolicyNames).toEqual(["p"]);
    await iam.send(new sdk.DeleteUserPolicyCommand({ UserName: "u", PolicyName: "p" }));
    await iam.send(new sdk.DeleteGroupPolicyCommand({ GroupName: "g", PolicyName: "p" }));
    expect((await iam.send(new sdk.ListGroupPoliciesCommand({ GroupName: "g" }))).PolicyNames).toEqual([]);
  });
});

describe("AttachRolePolicy, DetachRolePolicy, ListAttachedRolePolicies", () => {
  it("attach a policy of AWS once", async () => {
    const PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";
    for (let i = 0; i < 2; i++) await iam.send(new sdk.AttachRolePolicyCommand({ RoleName: "r", PolicyArn }));
    const { AttachedPolicies } = await iam.send(new sdk.ListAttachedRolePoliciesCommand({ RoleName: "r" }));
    expect(AttachedPolicies).toEqual([{ PolicyName: "AWSLambdaVPCAccessExecutionRole", PolicyArn }]);
    await iam.send(new sdk.DetachRolePolicyCommand({ RoleName: "r", PolicyArn }));
    await expect(iam.send(new sdk.DetachRolePolicyCommand({ RoleName: "r", PolicyArn }))).rejects.toThrow(
      sdk.NoSuchEntityException,
    );
  });

  it("attach a policy of AWS whose document is not known here, which then cannot be read", async () => {
    const PolicyArn = "arn:aws:iam::aws:policy/AmazonTextractFullAccess";
    await iam.send(new sdk.AttachRolePolicyCommand({ RoleName: "r", PolicyArn }));
    const reading = iam.send(new sdk.GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
    await expect(reading).rejects.toThrow(`brume does not know the document of ${PolicyArn}`);
    await iam.send(new sdk.DetachRolePolicyCommand({ RoleName: "r", PolicyArn }));
  });

  it("do not know a policy that AWS cannot have", async () => {
    const PolicyArn = "arn:aws:iam::aws:policy/no-such-path/Policy";
    await expect(iam.send(new sdk.AttachRolePolicyCommand({ RoleName: "r", PolicyArn }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
      message: `Policy ${PolicyArn} does not exist or is not attachable.`,
    });
  });
});

describe("AttachUserPolicy, DetachUserPolicy, ListAttachedUserPolicies, AttachGroupPolicy, DetachGroupPolicy, ListAttachedGroupPolicies, ListEntitiesForPolicy, DeletePolicy", () => {
  it("know what a policy is attached to", async () => {
    const PolicyArn = await newPolicy();
    await iam.send(new sdk.AttachUserPolicyCommand({ UserName: "u", PolicyArn }));
    await iam.send(new sdk.AttachGroupPolicyCommand({ GroupName: "g", PolicyArn }));
    const entities = await iam.send(new sdk.ListEntitiesForPolicyCommand({ PolicyArn }));
    expect(entities.PolicyUsers?.map(({ UserName }) => UserName)).toEqual(["u"]);
    expect(entities.PolicyGroups?.map(({ GroupName }) => GroupName)).toEqual(["g"]);
    expect((await iam.send(new sdk.GetPolicyCommand({ PolicyArn }))).Policy?.AttachmentCount).toBe(2);
    await expect(iam.send(new sdk.DeletePolicyCommand({ PolicyArn }))).rejects.toThrow(
      "Cannot delete a policy attached to entities.",
    );
    const ofUser = await iam.send(new sdk.ListAttachedUserPoliciesCommand({ UserName: "u" }));
    expect(ofUser.AttachedPolicies).toHaveLength(1);
    await iam.send(new sdk.DetachUserPolicyCommand({ UserName: "u", PolicyArn }));
    await iam.send(new sdk.DetachGroupPolicyCommand({ GroupName: "g", PolicyArn }));
    const ofGroup = await iam.send(new sdk.ListAttachedGroupPoliciesCommand({ GroupName: "g" }));
    expect(ofGroup.AttachedPolicies).toEqual([]);
    await iam.send(new sdk.DeletePolicyCommand({ PolicyArn }));
    await expect(iam.send(new sdk.GetPolicyCommand({ PolicyArn }))).rejects.toThrow(
      `Policy ${PolicyArn} was not found.`,
    );
  });
});

describe("CreatePolicy, GetPolicy, ListPolicies", () => {
  it("tell own policies from those of AWS", async () => {
    const PolicyArn = await newPolicy();
    const own = await iam.send(new sdk.ListPoliciesCommand({ Scope: "Local" }));
    expect(own.Policies?.map(({ Arn }) => Arn)).toContain(PolicyArn);
    const aws = await iam.send(new sdk.ListPoliciesCommand({ Scope: "AWS", MaxItems: 1000 }));
    expect(aws.Policies?.map(({ Arn }) => Arn)).toContain("arn:aws:iam::aws:policy/AdministratorAccess");
    const name = PolicyArn.split("/").at(-1) as string;
    await expect(
      iam.send(new sdk.CreatePolicyCommand({ PolicyName: name, PolicyDocument: documentFor("s3:*") })),
    ).rejects.toThrow(`A policy called ${name} already exists. Duplicate names are not allowed.`);
  });
});

describe("CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions, SetDefaultPolicyVersion, DeletePolicyVersion", () => {
  it("keep five versions, of which one is the default", async () => {
    const PolicyArn = await newPolicy();
    const add = (SetAsDefault = false) =>
      iam.send(
        new sdk.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: documentFor("s3:PutObject"), SetAsDefault }),
      );
    for (let i = 0; i < 4; i++) await add(i === 3);
    await expect(add()).rejects.toThrow(sdk.LimitExceededException);
    const { Versions } = await iam.send(new sdk.ListPolicyVersionsCommand({ PolicyArn }));
    expect(Versions?.map(({ VersionId }) => VersionId)).toEqual(["v5", "v4", "v3", "v2", "v1"]);
    expect(Versions?.[0]?.IsDefaultVersion).toBe(true);
    await iam.send(new sdk.SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
    await expect(iam.send(new sdk.DeletePolicyVersionCommand({ PolicyArn, VersionId: "v1" }))).rejects.toThrow(
      "Cannot delete the default version of a policy.",
    );
    await iam.send(new sdk.DeletePolicyVersionCommand({ PolicyArn, VersionId: "v2" }));
    await add();
    const { PolicyVersion } = await iam.send(new sdk.GetPolicyVersionCommand({ PolicyArn, VersionId: "v6" }));
    expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ""))).toMatchObject({ Version: "2012-10-17" });
  });

  it("know the documents of the policies that the CDK attaches", async () => {
    const PolicyArn = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy";
    const { PolicyVersion } = await iam.send(new sdk.GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
    expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? "")).Statement[1]).toEqual({
      Sid: "AmazonEKSCNIPolicyENITag",
      Effect: "Allow",
      Action: ["ec2:CreateTags"],
      Resource: ["arn:aws:ec2:*:*:network-interface/*"],
    });
  });

  it("answer the documents of AWS's policies", async () => {
    const PolicyArn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    const { PolicyVersion } = await iam.send(new sdk.GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
    expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? "")).Statement[0].Action).toEqual([
      "logs:CreateLogGroup",
      "logs:CreateLogStream",
      "logs:PutLogEvents",
    ]);
    await expect(iam.send(new sdk.DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({ name: "AccessDenied" });
  });
});

describe("TagPolicy, UntagPolicy, ListPolicyTags", () => {
  it("keep the tags", async () => {
    const PolicyArn = await newPolicy();
    await iam.send(
      new sdk.TagPolicyCommand({
        PolicyArn,
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "2" },
        ],
      }),
    );
    await iam.send(new sdk.UntagPolicyCommand({ PolicyArn, TagKeys: ["a"] }));
    expect((await iam.send(new sdk.ListPolicyTagsCommand({ PolicyArn }))).Tags).toEqual([{ Key: "b", Value: "2" }]);
  });
});
