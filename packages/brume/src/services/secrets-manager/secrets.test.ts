import {
  CreateAliasCommand,
  CreateKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
} from "@aws-sdk/client-kms";
import * as sdk from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let client: sdk.SecretsManagerClient;
beforeAll(async () => {
  cloud = await startCloud();
  client = cloud.client(sdk.SecretsManagerClient);
});
afterAll(() => cloud.close());

let count = 0;
const create = async (more: Partial<sdk.CreateSecretCommandInput> = {}) =>
  client.send(new sdk.CreateSecretCommand({ Name: `s${count++}`, SecretString: "one", ...more }));
const get = (SecretId?: string, more: Partial<sdk.GetSecretValueCommandInput> = {}) =>
  client.send(new sdk.GetSecretValueCommand({ SecretId, ...more }));
const describeSecret = (SecretId?: string) => client.send(new sdk.DescribeSecretCommand({ SecretId }));
const NOT_FOUND = "Secrets Manager can't find the specified secret.";
const MARKED = "You can't perform this operation on the secret because it was marked for deletion.";

describe("CreateSecret", () => {
  it("makes a secret that is found by its name, its ARN, and its ARN without the end", async () => {
    const { ARN, Name, VersionId } = await create({ Tags: [{ Key: "k", Value: "v" }], Description: "d" });
    expect(ARN).toMatch(new RegExp(`^arn:aws:secretsmanager:us-east-1:000000000000:secret:${Name}-[A-Za-z]{6}$`));
    for (const id of [Name, ARN, ARN?.slice(0, -7)]) {
      expect(await get(id)).toMatchObject({ ARN, Name, VersionId, SecretString: "one", VersionStages: ["AWSCURRENT"] });
    }
    expect(await describeSecret(Name)).toMatchObject({ Description: "d", Tags: [{ Key: "k", Value: "v" }] });
  });

  it("answers the same for the same token and value, and refuses another", async () => {
    const ClientRequestToken = "a".repeat(32);
    const first = await create({ Name: "token", ClientRequestToken });
    expect(await create({ Name: "token", ClientRequestToken })).toMatchObject({ ARN: first.ARN });
    await expect(create({ Name: "token" })).rejects.toMatchObject({
      name: "ResourceExistsException",
      message: "The operation failed because the secret token already exists.",
    });
  });

  it("refuses names and values that Secrets Manager does not take", async () => {
    await expect(create({ Name: "In valid" })).rejects.toThrow("Invalid name. Must be a valid name containing");
    await expect(create({ SecretBinary: Buffer.from("b") })).rejects.toThrow("You can't specify both");
    await expect(create({ SecretString: "x".repeat(65_537) })).rejects.toThrow("less than or equal to 65536");
    await expect(create({ ClientRequestToken: "short" })).rejects.toThrow("must be 32-64 characters long");
  });

  it("makes a secret that holds bytes, or nothing yet", async () => {
    const { Name } = await create({ SecretString: undefined, SecretBinary: Buffer.from([0, 255]) });
    expect((await get(Name)).SecretBinary).toEqual(Uint8Array.from([0, 255]));
    const empty = await create({ SecretString: undefined });
    expect(empty.VersionId).toBeUndefined();
    await expect(get(empty.Name)).rejects.toThrow(
      "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    );
  });
});

describe("DescribeSecret", () => {
  it("knows the day of the last access only", async () => {
    const { Name } = await create();
    expect((await describeSecret(Name)).LastAccessedDate).toBeUndefined();
    await get(Name);
    expect((await describeSecret(Name)).LastAccessedDate?.getTime()).toBe(
      Math.floor(cloud.clock.now() / 86_400_000) * 86_400_000,
    );
    await expect(describeSecret("nothing")).rejects.toThrow(NOT_FOUND);
  });
});

describe("UpdateSecret", () => {
  it("changes the description alone, or the value too", async () => {
    const { Name, VersionId } = await create();
    const update = (more: Partial<sdk.UpdateSecretCommandInput>) =>
      client.send(new sdk.UpdateSecretCommand({ SecretId: Name, ...more }));
    expect((await update({ Description: "new" })).VersionId).toBeUndefined();
    const kms = cloud.client(KMSClient);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    await kms.send(new CreateAliasCommand({ AliasName: "alias/x", TargetKeyId: KeyMetadata?.KeyId }));
    const after = await update({ SecretString: "two", KmsKeyId: "alias/x" });
    expect(await get(Name)).toMatchObject({ SecretString: "two", VersionId: after.VersionId });
    expect(await describeSecret(Name)).toMatchObject({
      Description: "new",
      KmsKeyId: "alias/x",
      VersionIdsToStages: { [VersionId as string]: ["AWSPREVIOUS"], [after.VersionId as string]: ["AWSCURRENT"] },
    });
  });
});

describe("CreateSecret, GetSecretValue, PutSecretValue", () => {
  it("need the key that a secret is encrypted under", async () => {
    const kms = cloud.client(KMSClient);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId as string;
    const { Name: SecretId } = await create({ KmsKeyId: KeyId });
    expect((await get(SecretId)).SecretString).toBe("one");
    await kms.send(new DisableKeyCommand({ KeyId }));
    await expect(get(SecretId)).rejects.toThrow(sdk.DecryptionFailure);
    const put = () => client.send(new sdk.PutSecretValueCommand({ SecretId, SecretString: "two" }));
    await expect(put()).rejects.toThrow(sdk.EncryptionFailure);
    await expect(create({ KmsKeyId: "alias/none" })).rejects.toThrow(sdk.EncryptionFailure);
    const batch = await client.send(new sdk.BatchGetSecretValueCommand({ SecretIdList: [SecretId as string] }));
    expect(batch.Errors).toMatchObject([{ ErrorCode: "DecryptionFailure" }]);
    await kms.send(new EnableKeyCommand({ KeyId }));
    await put();
    expect((await get(SecretId)).SecretString).toBe("two");
  });
});

describe("DeleteSecret, RestoreSecret", () => {
  const remove = (SecretId: string | undefined, more: Partial<sdk.DeleteSecretCommandInput> = {}) =>
    client.send(new sdk.DeleteSecretCommand({ SecretId, ...more }));

  it("keeps a secret for its recovery window", async () => {
    const { Name } = await create();
    const { DeletionDate } = await remove(Name, { RecoveryWindowInDays: 7 });
    expect(await describeSecret(Name)).toMatchObject({ DeletedDate: DeletionDate });
    await expect(get(Name)).rejects.toThrow(MARKED);
    await expect(create({ Name })).rejects.toThrow("a secret with this name is already scheduled for deletion");
    await cloud.clock.advance({ days: 6 });
    await client.send(new sdk.RestoreSecretCommand({ SecretId: Name }));
    await cloud.clock.advance({ days: 2 });
    expect((await get(Name)).SecretString).toBe("one");
    await remove(Name);
    await cloud.clock.advance({ days: 29 });
    await describeSecret(Name);
    await cloud.clock.advance({ days: 1 });
    await expect(describeSecret(Name)).rejects.toThrow(NOT_FOUND);
  });

  it("deletes at once by force, even what is not there", async () => {
    const { Name } = await create();
    await remove(Name, { ForceDeleteWithoutRecovery: true });
    await expect(get(Name)).rejects.toThrow(NOT_FOUND);
    await create({ Name });
    await remove("nothing", { ForceDeleteWithoutRecovery: true });
    await expect(remove("nothing")).rejects.toThrow(NOT_FOUND);
    await expect(remove(Name, { RecoveryWindowInDays: 6 })).rejects.toThrow("between 7 and 30 days (inclusive)");
    const both = remove(Name, { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true });
    await expect(both).rejects.toThrow("in conjunction with RecoveryWindowInDays");
  });
});

describe("ListSecrets", () => {
  it("filters, orders and pages", async () => {
    await create({ Name: "list/b", Description: "Blue whale", Tags: [{ Key: "team", Value: "sea" }] });
    await create({ Name: "list/a", Description: "Red fox" });
    await create({ Name: "other", Tags: [{ Key: "Team", Value: "land" }] });
    const list = async (more: Partial<sdk.ListSecretsCommandInput>) => {
      const { SecretList = [], NextToken } = await client.send(new sdk.ListSecretsCommand(more));
      return { names: SecretList.map(({ Name }) => Name), NextToken };
    };
    const by = async (Key: sdk.FilterNameStringType, ...Values: string[]) =>
      (await list({ Filters: [{ Key, Values }], SortBy: "name", SortOrder: "asc" })).names;
    expect(await by("name", "list/")).toEqual(["list/a", "list/b"]);
    expect(await by("description", "red")).toEqual(["list/a"]);
    expect(await by("tag-key", "team")).toEqual(["list/b"]);
    expect(await by("tag-value", "sea", "land")).toEqual(["list/b", "other"]);
    expect(await by("all", "WHALE")).toEqual(["list/b"]);
    const Filters = [
      { Key: "name" as const, Values: ["list/"] },
      { Key: "description" as const, Values: ["!red"] },
    ];
    expect((await list({ Filters })).names).toEqual(["list/b"]);
    const first = await list({ MaxResults: 1, SortBy: "name", SortOrder: "asc", Filters: Filters.slice(0, 1) });
    expect(first.names).toEqual(["list/a"]);
    const { NextToken } = first;
    const second = await list({
      MaxResults: 1,
      SortBy: "name",
      SortOrder: "asc",
      Filters: Filters.slice(0, 1),
      NextToken,
    });
    expect(second).toEqual({ names: ["list/b"], NextToken: undefined });
  });
});

describe("TagResource, UntagResource", () => {
  it("adds, replaces and removes", async () => {
    const { Name } = await create({ Tags: [{ Key: "a", Value: "1" }] });
    const Tags = [
      { Key: "a", Value: "2" },
      { Key: "b", Value: "3" },
    ];
    await client.send(new sdk.TagResourceCommand({ SecretId: Name, Tags }));
    await client.send(new sdk.UntagResourceCommand({ SecretId: Name, TagKeys: ["b"] }));
    expect((await describeSecret(Name)).Tags).toEqual([{ Key: "a", Value: "2" }]);
  });
});

describe("GetRandomPassword", () => {
  const password = async (more: Partial<sdk.GetRandomPasswordCommandInput>) =>
    (await client.send(new sdk.GetRandomPasswordCommand(more))).RandomPassword as string;

  it("is made of what is not excluded, each kind at least once", async () => {
    expect(await password({})).toHaveLength(32);
    expect(await password({ PasswordLength: 3, ExcludePunctuation: true })).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)/);
    const digits = { ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: true, ExcludeCharacters: "5" };
    expect(await password({ ...digits, PasswordLength: 100 })).toMatch(/^[0-46-9]{100}$/);
    expect(await password({ ...digits, ExcludeNumbers: true, IncludeSpace: true, PasswordLength: 2 })).toBe("  ");
  });

  it("refuses what cannot be", async () => {
    await expect(password({ PasswordLength: 3 })).rejects.toThrow("too short based on the required types");
    await expect(password({ PasswordLength: 4097 })).rejects.toThrow("less than or equal to 4096");
  });
});

describe("PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy, ValidateResourcePolicy", () => {
  const policy = (Principal: unknown) =>
    JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Principal, Action: "*", Resource: "*" } });

  it("keeps a policy, if it is one", async () => {
    const { Name: SecretId } = await create();
    const put = (ResourcePolicy: string, BlockPublicPolicy?: boolean) =>
      client.send(new sdk.PutResourcePolicyCommand({ SecretId, ResourcePolicy, BlockPublicPolicy }));
    const ResourcePolicy = policy({ AWS: "arn:aws:iam::000000000000:root" });
    await put(ResourcePolicy, true);
    expect(await client.send(new sdk.GetResourcePolicyCommand({ SecretId }))).toMatchObject({ ResourcePolicy });
    await expect(put("{")).rejects.toThrow(sdk.MalformedPolicyDocumentException);
    await expect(put('{"Statement":[null]}')).rejects.toThrow(sdk.MalformedPolicyDocumentException);
    await expect(put(policy("*"), true)).rejects.toThrow(sdk.PublicPolicyException);
    await client.send(new sdk.DeleteResourcePolicyCommand({ SecretId }));
    expect((await client.send(new sdk.GetResourcePolicyCommand({ SecretId }))).ResourcePolicy).toBeUndefined();
  });

  it("says what is wrong with one", async () => {
    const validate = async (ResourcePolicy: string) =>
      (await client.send(new sdk.ValidateResourcePolicyCommand({ ResourcePolicy }))).PolicyValidationPassed;
    expect(await validate(policy({ Service: "lambda.amazonaws.com" }))).toBe(true);
    expect(await validate(policy({ AWS: "*" }))).toBe(false);
    expect(await validate("{}")).toBe(false);
  });
});

describe("ReplicateSecretToRegions, RemoveRegionsFromReplication, StopReplicationToReplica", () => {
  it("keeps replicas in step, until they are let go", async () => {
    const there = cloud.client(sdk.SecretsManagerClient, { region: "eu-west-1" });
    const { Name: SecretId, ARN, ReplicationStatus } = await create({ AddReplicaRegions: [{ Region: "eu-west-1" }] });
    expect(ReplicationStatus).toMatchObject([{ Region: "eu-west-1", Status: "InSync" }]);
    await client.send(new sdk.PutSecretValueCommand({ SecretId, SecretString: "two" }));
    const copy = await there.send(new sdk.GetSecretValueCommand({ SecretId }));
    expect(copy).toMatchObject({ SecretString: "two", ARN: ARN?.replace("us-east-1", "eu-west-1") });
    await expect(there.send(new sdk.PutSecretValueCommand({ SecretId, SecretString: "x" }))).rejects.toThrow(
      "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
    );
    await expect(client.send(new sdk.DeleteSecretCommand({ SecretId }))).rejects.toThrow("still has replica regions");
    await client.send(
      new sdk.ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions: [{ Region: "eu-central-1" }] }),
    );
    await there.send(new sdk.StopReplicationToReplicaCommand({ SecretId }));
    await there.send(new sdk.PutSecretValueCommand({ SecretId, SecretString: "alone" }));
    expect((await get(SecretId)).SecretString).toBe("two");
    const RemoveReplicaRegions = ["eu-central-1"];
    await client.send(new sdk.RemoveRegionsFromReplicationCommand({ SecretId, RemoveReplicaRegions }));
    expect((await describeSecret(SecretId)).PrimaryRegion).toBeUndefined();
    const again = await client.send(
      new sdk.ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions: [{ Region: "eu-west-1" }] }),
    );
    expect(again.ReplicationStatus).toMatchObject([{ Status: "Failed" }]);
  });

  it("says when a replica was read, and why there is none", async () => {
    const there = cloud.client(sdk.SecretsManagerClient, { region: "eu-west-1" });
    const AddReplicaRegions = [{ Region: "eu-west-1" }, { Region: "eu-central-1", KmsKeyId: "alias/none" }];
    const { Name: SecretId } = await create({ AddReplicaRegions });
    await there.send(new sdk.GetSecretValueCommand({ SecretId }));
    expect((await describeSecret(SecretId)).ReplicationStatus).toMatchObject([
      { Region: "eu-west-1", Status: "InSync", LastAccessedDate: expect.any(Date) },
      { Region: "eu-central-1", Status: "Failed", StatusMessage: expect.stringContaining("can't use the KMS key") },
    ]);
    await expect(
      client.send(new sdk.ReplicateSecretToRegionsCommand({ SecretId, AddReplicaRegions: [{ Region: "nowhere" }] })),
    ).rejects.toMatchObject({ name: "ValidationException" });
  });
});
