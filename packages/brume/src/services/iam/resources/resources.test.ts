import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import type { Properties } from "../../../kernel/resource.js";
import { resourceType } from "../../testing.js";
import { CERTIFICATE, PRIVATE_KEY } from "../example-certificate.js";
import service from "../index.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const of = (type: string) => resourceType(cloud, service, `AWS::IAM::${type}`);
const LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
const VPC = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";
const trust: Properties = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
};
const documentFor = (Action: string): Properties => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action, Resource: "*" }],
});
const newRole = async () => (await (await of("Role")).create({ AssumeRolePolicyDocument: trust })).RoleName as string;

describe("AWS::IAM::Role", () => {
  it("is created, updated to what is desired, and deleted", async () => {
    const role = await of("Role");
    const first: Properties = {
      AssumeRolePolicyDocument: trust,
      ManagedPolicyArns: [LOGS],
      Policies: [{ PolicyName: "p", PolicyDocument: documentFor("s3:*") }],
      MaxSessionDuration: "7200",
      Tags: [{ Key: "a", Value: "1" }],
    };
    const created = await role.create(first);
    expect(created).toMatchObject({ ...first, MaxSessionDuration: 7200, Path: "/" });
    expect(created.Arn).toBe(`arn:aws:iam::000000000000:role/${created.RoleName}`);
    expect(created.RoleId).toMatch(/^AROA/);
    const second: Properties = {
      AssumeRolePolicyDocument: JSON.stringify(trust),
      ManagedPolicyArns: [VPC],
      Policies: [{ PolicyName: "q", PolicyDocument: documentFor("sqs:*") }],
    };
    const updated = await role.update(second, created, first);
    expect(updated).toMatchObject({ ...second, AssumeRolePolicyDocument: trust, MaxSessionDuration: 3600 });
    expect(updated.Tags).toBeUndefined();
    expect(await role.list()).toContainEqual({ RoleName: created.RoleName });
    await role.delete(updated);
    expect(await role.read(updated)).toBeUndefined();
  });

  it("has the policies of its own, whatever others attach to it", async () => {
    const role = await of("Role");
    const own: Properties = {
      ManagedPolicyArns: [LOGS],
      Policies: [{ PolicyName: "p", PolicyDocument: documentFor("s3:*") }],
    };
    const created = await role.create({ AssumeRolePolicyDocument: trust, ...own });
    const RoleName = created.RoleName as string;
    const other: Properties = { PolicyName: "q", PolicyDocument: documentFor("sqs:*"), Roles: [RoleName] };
    const policy = await (await of("Policy")).create(other);
    await cloud.call("iam", "AttachRolePolicy", { RoleName, PolicyArn: VPC });
    expect(await role.read(created)).toMatchObject(own);
    const updated = await role.update({ AssumeRolePolicyDocument: trust, ...own, Description: "d" }, created, own);
    expect(updated).toMatchObject(own);
    expect((await role.read({ RoleName }))?.Policies).toHaveLength(2);
    await (await of("Policy")).delete(policy);
    await cloud.call("iam", "DetachRolePolicy", { RoleName, PolicyArn: VPC });
    await role.delete(updated);
  });

  it("takes a number for the name of a statement", async () => {
    const role = await of("Role");
    const [statement] = trust.Statement as Properties[];
    const numbered = { ...trust, Statement: [{ ...statement, Sid: 1 }] };
    const created = await role.create({ AssumeRolePolicyDocument: numbered });
    expect(created.AssumeRolePolicyDocument).toMatchObject({ Statement: [{ Sid: "1" }] });
    await role.delete(created);
  });

  it("leaves nothing behind when a policy cannot be attached", async () => {
    const role = await of("Role");
    const desired = {
      RoleName: "half-made",
      AssumeRolePolicyDocument: trust,
      ManagedPolicyArns: [LOGS, "arn:aws:iam::aws:policy/no-such-path/None"],
    };
    await expect(role.create(desired)).rejects.toMatchObject({ code: "NoSuchEntityException" });
    expect(await role.read({ RoleName: "half-made" })).toBeUndefined();
  });
});

describe("AWS::IAM::Policy", () => {
  it("moves from one role to another", async () => {
    const policy = await of("Policy");
    const [one, two] = [await newRole(), await newRole()];
    const first = { PolicyName: "p", PolicyDocument: documentFor("s3:*"), Roles: [one] };
    const created = await policy.create(first);
    expect(await policy.read(created)).toEqual(created);
    const second = { PolicyName: "p", PolicyDocument: documentFor("sqs:*"), Roles: [two] };
    const updated = await policy.update(second, created, first);
    expect(updated.Id).toBe(created.Id);
    expect(await policy.read(created)).toBeUndefined();
    expect(await policy.read(updated)).toEqual(updated);
    await policy.delete(updated);
    expect(await policy.read(updated)).toBeUndefined();
  });
});

describe("AWS::IAM::ManagedPolicy", () => {
  it("gets new versions, the oldest of which goes when there are too many", async () => {
    const policy = await of("ManagedPolicy");
    const role = await newRole();
    let previous: Properties = { PolicyDocument: documentFor("s3:a0"), Roles: [role] };
    let actual = await policy.create(previous);
    expect(actual).toMatchObject({ AttachmentCount: 1, DefaultVersionId: "v1", Roles: [role] });
    for (let i = 1; i < 7; i++) {
      const desired = { PolicyDocument: documentFor(`s3:a${i}`) };
      actual = await policy.update(desired, actual, previous);
      previous = desired;
    }
    expect(actual).toMatchObject({ DefaultVersionId: "v7", AttachmentCount: 0, PolicyDocument: documentFor("s3:a6") });
    await policy.delete(actual);
    expect(await policy.read(actual)).toBeUndefined();
  });
});

describe("AWS::IAM::User, AWS::IAM::Group, AWS::IAM::UserToGroupAddition, AWS::IAM::AccessKey", () => {
  it("belong together", async () => {
    const [user, group, addition, accessKey] = [
      await of("User"),
      await of("Group"),
      await of("UserToGroupAddition"),
      await of("AccessKey"),
    ];
    const aGroup = await group.create({ ManagedPolicyArns: [LOGS] });
    expect(aGroup).toMatchObject({ ManagedPolicyArns: [LOGS], Arn: expect.stringContaining(":group/") });
    const GroupName = aGroup.GroupName as string;
    const desired: Properties = { LoginProfile: { Password: "Long enough" }, Tags: [{ Key: "a", Value: "1" }] };
    const aUser = await user.create(desired);
    const UserName = aUser.UserName as string;
    const anAddition = await addition.create({ GroupName, Users: [UserName] });
    expect(await addition.read(anAddition)).toEqual(anAddition);
    expect((await user.read(aUser))?.Groups).toEqual([GroupName]);
    const key = await accessKey.create({ UserName });
    expect(key).toMatchObject({ Id: expect.stringMatching(/^AKIA/), SecretAccessKey: expect.any(String) });
    const inactive = await accessKey.update({ UserName, Status: "Inactive" }, key, { UserName });
    expect((await accessKey.read(inactive))?.Status).toBe("Inactive");
    const changed = await user.update({ Path: "/p/" }, aUser, desired);
    expect(changed).toMatchObject({ Path: "/p/" });
    await accessKey.delete(inactive);
    await addition.delete(anAddition);
    await user.delete(changed);
    await group.delete(aGroup);
    expect(await user.read(aUser)).toBeUndefined();
    expect(await group.read(aGroup)).toBeUndefined();
  });
});

describe("AWS::IAM::RolePolicy, AWS::IAM::UserPolicy, AWS::IAM::GroupPolicy", () => {
  it("is one inline policy", async () => {
    const policy = await of("RolePolicy");
    const desired = { RoleName: await newRole(), PolicyName: "p", PolicyDocument: documentFor("s3:*") };
    const created = await policy.create(desired);
    expect(await policy.read(created)).toEqual(desired);
    const next = { ...desired, PolicyDocument: documentFor("sqs:*") };
    expect(await policy.read(await policy.update(next, created, desired))).toEqual(next);
    await policy.delete(created);
    expect(await policy.read(created)).toBeUndefined();
  });
});

describe("AWS::IAM::InstanceProfile", () => {
  it("changes its role", async () => {
    const profile = await of("InstanceProfile");
    const [one, two] = [await newRole(), await newRole()];
    const created = await profile.create({ Roles: [one] });
    const updated = await profile.update({ Roles: [two] }, created, { Roles: [one] });
    expect(updated.Roles).toEqual([two]);
    await profile.delete(updated);
    expect(await profile.read(updated)).toBeUndefined();
  });
});

describe("AWS::IAM::OIDCProvider, AWS::IAM::SAMLProvider, AWS::IAM::ServiceLinkedRole", () => {
  it("are created, read and deleted", async () => {
    const cases: [string, Properties][] = [
      ["OIDCProvider", { Url: "https://oidc.example.com", ClientIdList: ["a"], Tags: [{ Key: "a", Value: "1" }] }],
      ["SAMLProvider", { Name: "idp", SamlMetadataDocument: `<EntityDescriptor>${"x".repeat(1000)}` }],
      ["ServiceLinkedRole", { AWSServiceName: "ecs.amazonaws.com" }],
    ];
    for (const [type, desired] of cases) {
      const resource = await of(type);
      const created = await resource.create(desired);
      expect(created).toMatchObject(desired);
      expect(await resource.read(created)).toMatchObject(desired);
      expect(await resource.list()).toHaveLength(1);
      await resource.update(desired, created, desired);
      await resource.delete(created);
      expect(await resource.read(created)).toBeUndefined();
    }
  });
});

describe("AWS::IAM::ServerCertificate, AWS::IAM::VirtualMFADevice", () => {
  it("keep a certificate", async () => {
    const certificate = await resourceType(cloud, service, "AWS::IAM::ServerCertificate");
    const first = { CertificateBody: CERTIFICATE, PrivateKey: PRIVATE_KEY, Tags: [{ Key: "a", Value: "1" }] };
    const created = await certificate.create(first);
    expect(created).toMatchObject({ ...first, Path: "/" });
    const updated = await certificate.update({ ...first, Path: "/x/", Tags: [] }, created, first);
    expect(updated.Arn).toBe(`arn:aws:iam::000000000000:server-certificate/x/${created.ServerCertificateName}`);
    expect(await certificate.list()).toEqual([{ ServerCertificateName: created.ServerCertificateName }]);
    await certificate.delete(updated);
    expect(await certificate.read(updated)).toBeUndefined();
  });

  it("enable a device for a user", async () => {
    const user = await resourceType(cloud, service, "AWS::IAM::User");
    const { UserName } = await user.create({});
    const device = await resourceType(cloud, service, "AWS::IAM::VirtualMFADevice");
    const first = { Users: [UserName as string], VirtualMfaDeviceName: "phone", Path: "/x/" };
    const created = await device.create(first);
    expect(created).toEqual({ ...first, SerialNumber: "arn:aws:iam::000000000000:mfa/x/phone" });
    const updated = await device.update({ ...first, Tags: [{ Key: "a", Value: "1" }] }, created, first);
    expect(updated).toMatchObject({ Tags: [{ Key: "a", Value: "1" }] });
    await device.delete(updated);
    expect(await device.list()).toEqual([]);
  });
});
