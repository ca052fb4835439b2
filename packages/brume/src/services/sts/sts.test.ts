import * as iamSdk from "@aws-sdk/client-iam";
import * as sdk from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let sts: sdk.STSClient;
let roleArn: string;
beforeAll(async () => {
  cloud = await startCloud();
  sts = cloud.client(sdk.STSClient);
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
  });
  const { Role } = await cloud
    .client(iamSdk.IAMClient)
    .send(new iamSdk.CreateRoleCommand({ RoleName: "deployer", Path: "/ci/", AssumeRolePolicyDocument }));
  roleArn = Role?.Arn as string;
});
afterAll(() => cloud.close());

const assume = (input: Partial<sdk.AssumeRoleCommandInput> = {}) =>
  sts.send(new sdk.AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "session", ...input }));

function credentialsOf(answer: { Credentials?: sdk.Credentials }) {
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = answer.Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

describe("GetCallerIdentity", () => {
  it("names the root of the account that the access key says", async () => {
    expect(await sts.send(new sdk.GetCallerIdentityCommand({}))).toMatchObject({
      Account: "000000000000",
      Arn: "arn:aws:iam::000000000000:root",
      UserId: "000000000000",
    });
  });
});

describe("AssumeRole", () => {
  it("gives credentials that stand for the role session", async () => {
    const answer = await assume({ DurationSeconds: 900 });
    expect(answer.AssumedRoleUser?.Arn).toBe("arn:aws:sts::000000000000:assumed-role/deployer/session");
    expect(answer.AssumedRoleUser?.AssumedRoleId).toMatch(/^AROA\w{17}:session$/);
    expect(answer.Credentials?.AccessKeyId).toMatch(/^ASIA\w{16}$/);
    const assumed = cloud.client(sdk.STSClient, { credentials: credentialsOf(answer) });
    const { Arn, UserId } = await assumed.send(new sdk.GetCallerIdentityCommand({}));
    expect(Arn).toBe(answer.AssumedRoleUser?.Arn);
    expect(UserId).toBe(answer.AssumedRoleUser?.AssumedRoleId);
  });

  it("gives credentials that expire by the clock", async () => {
    const assumed = cloud.client(sdk.STSClient, { credentials: credentialsOf(await assume({ DurationSeconds: 900 })) });
    await cloud.clock.advance({ minutes: 16 });
    await expect(assumed.send(new sdk.GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: "ExpiredToken" });
  });

  it("rejects a duration and a session name out of bounds", async () => {
    await expect(assume({ DurationSeconds: 899 })).rejects.toMatchObject({
      name: "ValidationError",
      message:
        "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    });
    await expect(assume({ DurationSeconds: 7200 })).rejects.toThrow(
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
    await expect(assume({ RoleSessionName: "a b" })).rejects.toThrow("[\\w+=,.@-]*");
  });

  it("denies a role that is not there, as AWS does", async () => {
    await expect(assume({ RoleArn: "arn:aws:iam::000000000000:role/nobody" })).rejects.toMatchObject({
      name: "AccessDenied",
      message:
        "User: arn:aws:iam::000000000000:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/nobody",
    });
  });

  it("reaches a role of another account", async () => {
    const RoleArn = roleArn.replace("000000000000", "111111111111");
    await expect(assume({ RoleArn })).rejects.toThrow(/not authorized/);
    const other = cloud.client(sdk.STSClient, { credentials: { accessKeyId: "111111111111", secretAccessKey: "x" } });
    const answer = await other.send(new sdk.AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "cross" }));
    expect(answer.AssumedRoleUser?.Arn).toBe("arn:aws:sts::000000000000:assumed-role/deployer/cross");
  });
});

describe("GetSessionToken", () => {
  it("gives temporary credentials of the caller", async () => {
    const answer = await sts.send(new sdk.GetSessionTokenCommand({}));
    const client = cloud.client(sdk.STSClient, { credentials: credentialsOf(answer) });
    const { Arn } = await client.send(new sdk.GetCallerIdentityCommand({}));
    expect(Arn).toBe("arn:aws:iam::000000000000:root");
  });
});

describe("GetFederationToken", () => {
  it("gives temporary credentials of a federated user", async () => {
    const answer = await sts.send(new sdk.GetFederationTokenCommand({ Name: "bob" }));
    expect(answer.FederatedUser).toEqual({
      Arn: "arn:aws:sts::000000000000:federated-user/bob",
      FederatedUserId: "000000000000:bob",
    });
  });
});

describe("GetAccessKeyInfo", () => {
  it("says whose a key is", async () => {
    const AccessKeyId = credentialsOf(await assume()).accessKeyId;
    const { Account } = await sts.send(new sdk.GetAccessKeyInfoCommand({ AccessKeyId }));
    expect(Account).toBe("000000000000");
  });
});
