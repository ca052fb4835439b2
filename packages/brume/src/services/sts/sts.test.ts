import * as iamSdk from "@aws-sdk/client-iam";
import * as sdk from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { findAccessKey } from "../../kernel/access-keys.js";

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

describe("AssumeRole", () => {
  const assumed = async (input: Partial<sdk.AssumeRoleCommandInput>) =>
    cloud.client(sdk.STSClient, { credentials: credentialsOf(await assume(input)) });

  it("hands transitive tags and the source identity down the chain", async () => {
    const first = await assumed({
      Tags: [
        { Key: "team", Value: "a" },
        { Key: "own", Value: "b" },
      ],
      TransitiveTagKeys: ["team"],
      SourceIdentity: "alice",
    });
    const again = (input: Partial<sdk.AssumeRoleCommandInput>) =>
      first.send(new sdk.AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "next", ...input }));
    await expect(again({ Tags: [{ Key: "Team", Value: "z" }], TransitiveTagKeys: ["Team"] })).rejects.toThrow(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
    await expect(again({ SourceIdentity: "bob" })).rejects.toMatchObject({ name: "AccessDenied" });
    await expect(again({ DurationSeconds: 3601 })).rejects.toMatchObject({ name: "ValidationError" });
    const answer = await again({});
    expect(answer.SourceIdentity).toBe("alice");
    const key = findAccessKey(cloud.kernel.store, credentialsOf(answer).accessKeyId);
    expect(key?.principal.session).toMatchObject({ tags: { team: "a" }, transitiveTagKeys: ["team"] });
    expect(key?.principal.session?.tags).not.toHaveProperty("own");
  });

  it("rejects tags, policies and identifiers that cannot be", async () => {
    await expect(
      assume({
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "A", Value: "2" },
        ],
      }),
    ).rejects.toThrow("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    await expect(assume({ TransitiveTagKeys: ["a"] })).rejects.toThrow(
      "The specified transitive tag key must be included in the requested tags.",
    );
    await expect(assume({ Policy: "{" })).rejects.toMatchObject({ name: "MalformedPolicyDocumentException" });
    await expect(assume({ ExternalId: "x" })).rejects.toThrow("externalId");
    await expect(assume({ TokenCode: "12345x" })).rejects.toThrow("tokenCode");
  });

  it("says how much room policies and tags take, and when it is too much", async () => {
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    const { PackedPolicySize = 0 } = await assume({ Policy });
    expect(PackedPolicySize).toBeGreaterThan(0);
    expect((await assume()).PackedPolicySize).toBeUndefined();
    const Tags = Array.from({ length: 40 }, (_, i) => ({ Key: `key-${i}`, Value: "v".repeat(200) }));
    await expect(assume({ Tags })).rejects.toMatchObject({ name: "PackedPolicyTooLargeException" });
  });
});

describe("DecodeAuthorizationMessage", () => {
  it("finds no message valid", async () => {
    await expect(sts.send(new sdk.DecodeAuthorizationMessageCommand({ EncodedMessage: "x" }))).rejects.toThrow(
      sdk.InvalidAuthorizationMessageException,
    );
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
