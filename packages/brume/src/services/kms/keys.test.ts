import * as sdk from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let kms: sdk.KMSClient;
beforeAll(async () => {
  cloud = await startCloud();
  kms = cloud.client(sdk.KMSClient);
});
afterAll(() => cloud.close());

async function newKey(input: sdk.CreateKeyCommandInput = {}): Promise<string> {
  return (await kms.send(new sdk.CreateKeyCommand(input))).KeyMetadata?.KeyId as string;
}
const describeKey = async (KeyId: string) => (await kms.send(new sdk.DescribeKeyCommand({ KeyId }))).KeyMetadata;
const Plaintext = Buffer.from("x");

describe("CreateKey, DescribeKey, ListKeys", () => {
  it("make a key that encrypts, with a policy for the account's root", async () => {
    const KeyId = await newKey({ Description: "d", Tags: [{ TagKey: "a", TagValue: "b" }] });
    expect(await describeKey(KeyId)).toMatchObject({
      Arn: `arn:aws:kms:us-east-1:000000000000:key/${KeyId}`,
      KeyState: "Enabled",
      KeySpec: "SYMMETRIC_DEFAULT",
      EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
      KeyManager: "CUSTOMER",
    });
    const { Keys } = await kms.send(new sdk.ListKeysCommand({}));
    expect(Keys?.map((key) => key.KeyId)).toContain(KeyId);
    const { Policy } = await kms.send(new sdk.GetKeyPolicyCommand({ KeyId, PolicyName: "default" }));
    expect(JSON.parse(Policy ?? "").Statement[0].Principal.AWS).toBe("arn:aws:iam::000000000000:root");
  });

  it("say which key is not there", async () => {
    const KeyId = "11111111-2222-3333-4444-555555555555";
    await expect(describeKey(KeyId)).rejects.toMatchObject({
      name: "NotFoundException",
      message: `Key 'arn:aws:kms:us-east-1:000000000000:key/${KeyId}' does not exist`,
    });
    await expect(describeKey("nonsense")).rejects.toThrow("Invalid keyId 'nonsense'");
  });

  it("need the usage of a key that has a choice", async () => {
    await expect(newKey({ KeySpec: "RSA_2048" })).rejects.toThrow("You must specify a KeyUsage value");
    await expect(newKey({ KeySpec: "HMAC_256", KeyUsage: "SIGN_VERIFY" })).rejects.toThrow(
      "KeyUsage SIGN_VERIFY is not compatible with KeySpec HMAC_256",
    );
  });
});

describe("EnableKey, DisableKey, UpdateKeyDescription", () => {
  it("keep a disabled key from being used", async () => {
    const KeyId = await newKey();
    await kms.send(new sdk.DisableKeyCommand({ KeyId }));
    const encrypting = () => kms.send(new sdk.EncryptCommand({ KeyId, Plaintext }));
    await expect(encrypting()).rejects.toMatchObject({
      name: "DisabledException",
      message: `arn:aws:kms:us-east-1:000000000000:key/${KeyId} is disabled.`,
    });
    await kms.send(new sdk.EnableKeyCommand({ KeyId }));
    await encrypting();
    await kms.send(new sdk.UpdateKeyDescriptionCommand({ KeyId, Description: "new" }));
    expect((await describeKey(KeyId))?.Description).toBe("new");
  });
});

describe("ScheduleKeyDeletion, CancelKeyDeletion", () => {
  it("delete a key, and its aliases, when the waiting period is over", async () => {
    const KeyId = await newKey();
    const AliasName = "alias/goes-with-its-key";
    await kms.send(new sdk.CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
    await kms.send(new sdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    expect((await describeKey(KeyId))?.KeyState).toBe("PendingDeletion");
    await expect(kms.send(new sdk.EncryptCommand({ KeyId, Plaintext }))).rejects.toMatchObject({
      name: "KMSInvalidStateException",
      message: expect.stringContaining("is pending deletion."),
    });
    await cloud.clock.advance({ days: 7 });
    await expect(describeKey(KeyId)).rejects.toThrow(sdk.NotFoundException);
    await expect(describeKey(AliasName)).rejects.toThrow("is not found.");
  });

  it("can be taken back", async () => {
    const KeyId = await newKey();
    await kms.send(new sdk.ScheduleKeyDeletionCommand({ KeyId }));
    await kms.send(new sdk.CancelKeyDeletionCommand({ KeyId }));
    await cloud.clock.advance({ days: 31 });
    expect((await describeKey(KeyId))?.KeyState).toBe("Disabled");
  });
});

describe("PutKeyPolicy, GetKeyPolicy, ListKeyPolicies", () => {
  it("keep the policy", async () => {
    const KeyId = await newKey();
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    await kms.send(new sdk.PutKeyPolicyCommand({ KeyId, Policy }));
    expect((await kms.send(new sdk.GetKeyPolicyCommand({ KeyId }))).Policy).toBe(Policy);
    expect((await kms.send(new sdk.ListKeyPoliciesCommand({ KeyId }))).PolicyNames).toEqual(["default"]);
    await expect(kms.send(new sdk.PutKeyPolicyCommand({ KeyId, Policy: "no" }))).rejects.toThrow(
      sdk.MalformedPolicyDocumentException,
    );
  });
});

describe("TagResource, UntagResource, ListResourceTags", () => {
  it("keep the tags", async () => {
    const KeyId = await newKey({ Tags: [{ TagKey: "a", TagValue: "1" }] });
    await kms.send(new sdk.TagResourceCommand({ KeyId, Tags: [{ TagKey: "b", TagValue: "2" }] }));
    await kms.send(new sdk.UntagResourceCommand({ KeyId, TagKeys: ["a"] }));
    const { Tags } = await kms.send(new sdk.ListResourceTagsCommand({ KeyId }));
    expect(Tags).toEqual([{ TagKey: "b", TagValue: "2" }]);
  });
});

describe("EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand, ListKeyRotations", () => {
  it("rotate a key that can still decrypt what it encrypted before", async () => {
    const KeyId = await newKey();
    await kms.send(new sdk.EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    expect(await kms.send(new sdk.GetKeyRotationStatusCommand({ KeyId }))).toMatchObject({
      KeyRotationEnabled: true,
      RotationPeriodInDays: 90,
    });
    await kms.send(new sdk.DisableKeyRotationCommand({ KeyId }));
    const { CiphertextBlob } = await kms.send(new sdk.EncryptCommand({ KeyId, Plaintext }));
    await kms.send(new sdk.RotateKeyOnDemandCommand({ KeyId }));
    expect((await kms.send(new sdk.ListKeyRotationsCommand({ KeyId }))).Rotations).toHaveLength(1);
    const decrypted = await kms.send(new sdk.DecryptCommand({ CiphertextBlob }));
    expect(Buffer.from(decrypted.Plaintext ?? [])).toEqual(Plaintext);
  });
});

describe("EnableKeyRotation", () => {
  it("rotates a key by the clock, and makes up for what it missed while disabled", async () => {
    const KeyId = await newKey();
    await kms.send(new sdk.EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 100 }));
    const { CiphertextBlob } = await kms.send(new sdk.EncryptCommand({ KeyId, Plaintext }));
    const rotations = async () => (await kms.send(new sdk.ListKeyRotationsCommand({ KeyId }))).Rotations;
    await cloud.clock.advance({ days: 201 });
    expect(await rotations()).toMatchObject([{ RotationType: "AUTOMATIC" }, { RotationType: "AUTOMATIC" }]);
    const decrypted = await kms.send(new sdk.DecryptCommand({ CiphertextBlob }));
    expect(Buffer.from(decrypted.Plaintext ?? [])).toEqual(Plaintext);
    expect(decrypted.KeyMaterialId).not.toBe((await describeKey(KeyId))?.CurrentKeyMaterialId);
    await kms.send(new sdk.DisableKeyCommand({ KeyId }));
    await cloud.clock.advance({ days: 120 });
    expect(await rotations()).toHaveLength(2);
    await kms.send(new sdk.EnableKeyCommand({ KeyId }));
    expect(await rotations()).toHaveLength(3);
    await kms.send(new sdk.DisableKeyRotationCommand({ KeyId }));
    await cloud.clock.advance({ days: 500 });
    expect(await rotations()).toHaveLength(3);
  });

  it("is for symmetric keys", async () => {
    const KeyId = await newKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
    for (const Command of [sdk.EnableKeyRotationCommand, sdk.GetKeyRotationStatusCommand, sdk.RotateKeyOnDemandCommand])
      await expect(kms.send(new Command({ KeyId }) as never)).rejects.toThrow(sdk.UnsupportedOperationException);
  });
});

describe("RotateKeyOnDemand", () => {
  it("rotates a key 25 times", async () => {
    const KeyId = await newKey();
    for (let i = 0; i < 25; i++) await kms.send(new sdk.RotateKeyOnDemandCommand({ KeyId }));
    await expect(kms.send(new sdk.RotateKeyOnDemandCommand({ KeyId }))).rejects.toThrow(sdk.LimitExceededException);
    const page = await kms.send(new sdk.ListKeyRotationsCommand({ KeyId, Limit: 20 }));
    const rest = await kms.send(new sdk.ListKeyRotationsCommand({ KeyId, Marker: page.NextMarker }));
    expect(rest.Rotations).toHaveLength(5);
  });
});

describe("GetKeyLastUsage", () => {
  it("says which operation used a key last", async () => {
    const KeyId = await newKey();
    expect((await kms.send(new sdk.GetKeyLastUsageCommand({ KeyId }))).KeyLastUsage).toBeUndefined();
    await kms.send(new sdk.GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256" }));
    await expect(kms.send(new sdk.EncryptCommand({ KeyId, Plaintext, DryRun: true }))).rejects.toThrow(
      sdk.DryRunOperationException,
    );
    const { KeyLastUsage, KeyCreationDate } = await kms.send(new sdk.GetKeyLastUsageCommand({ KeyId }));
    expect(KeyLastUsage).toMatchObject({ Operation: "GenerateDataKey", KmsRequestId: expect.any(String) });
    expect(KeyCreationDate).toEqual((await describeKey(KeyId))?.CreationDate);
  });
});

describe("CreateAlias, UpdateAlias, DeleteAlias, ListAliases", () => {
  it("point at keys", async () => {
    const [first, second] = [await newKey(), await newKey()];
    const AliasName = "alias/app";
    await kms.send(new sdk.CreateAliasCommand({ AliasName, TargetKeyId: first }));
    await expect(kms.send(new sdk.CreateAliasCommand({ AliasName, TargetKeyId: second }))).rejects.toThrow(
      "An alias with the name arn:aws:kms:us-east-1:000000000000:alias/app already exists",
    );
    await kms.send(new sdk.UpdateAliasCommand({ AliasName, TargetKeyId: second }));
    expect((await describeKey(AliasName))?.KeyId).toBe(second);
    const { Aliases } = await kms.send(new sdk.ListAliasesCommand({ KeyId: second }));
    expect(Aliases?.map((alias) => alias.AliasName)).toEqual([AliasName]);
    await kms.send(new sdk.DeleteAliasCommand({ AliasName }));
    await expect(describeKey(AliasName)).rejects.toThrow(
      "Alias arn:aws:kms:us-east-1:000000000000:alias/app is not found.",
    );
  });

  it("are of one kind of key, and at most 50 a key", async () => {
    const KeyId = await newKey();
    for (let i = 0; i < 50; i++)
      await kms.send(new sdk.CreateAliasCommand({ AliasName: `alias/many-${i}`, TargetKeyId: KeyId }));
    await expect(
      kms.send(new sdk.CreateAliasCommand({ AliasName: "alias/too-many", TargetKeyId: KeyId })),
    ).rejects.toThrow(sdk.LimitExceededException);
    const signing = await newKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
    await expect(
      kms.send(new sdk.UpdateAliasCommand({ AliasName: "alias/many-1", TargetKeyId: signing })),
    ).rejects.toThrow("must be the same type");
  });

  it("list those of AWS's own keys, with a key once there is one", async () => {
    const { Aliases } = await kms.send(new sdk.ListAliasesCommand({ Limit: 100 }));
    const found = Aliases?.find((alias) => alias.AliasName === "alias/aws/glue");
    expect(found).toMatchObject({ AliasArn: "arn:aws:kms:us-east-1:000000000000:alias/aws/glue" });
    expect(found?.TargetKeyId).toBeUndefined();
    await expect(describeKey("alias/aws/nonsense")).rejects.toThrow("is not found.");
  });

  it("find AWS's own keys, which nobody may change", async () => {
    const key = await describeKey("alias/aws/s3");
    expect(key).toMatchObject({ KeyManager: "AWS", Enabled: true });
    expect((await describeKey("alias/aws/s3"))?.KeyId).toBe(key?.KeyId);
    await expect(kms.send(new sdk.DisableKeyCommand({ KeyId: key?.KeyId }))).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });
});

describe("CreateGrant, ListGrants, RevokeGrant, RetireGrant, ListRetirableGrants", () => {
  it("keep grants until they are revoked or retired", async () => {
    const KeyId = await newKey();
    const principal = "arn:aws:iam::000000000000:role/r";
    const input = {
      KeyId,
      Name: "g",
      GranteePrincipal: principal,
      RetiringPrincipal: principal,
      Operations: ["Decrypt" as const],
    };
    const { GrantId } = await kms.send(new sdk.CreateGrantCommand(input));
    const again = await kms.send(new sdk.CreateGrantCommand(input));
    expect(again.GrantId).toBe(GrantId);
    const other = await kms.send(new sdk.CreateGrantCommand({ ...input, Name: "h" }));
    expect((await kms.send(new sdk.ListGrantsCommand({ KeyId }))).Grants).toHaveLength(2);
    const retirable = await kms.send(new sdk.ListRetirableGrantsCommand({ RetiringPrincipal: principal }));
    expect(retirable.Grants).toHaveLength(2);
    await kms.send(new sdk.RevokeGrantCommand({ KeyId, GrantId }));
    await kms.send(new sdk.RetireGrantCommand({ GrantToken: other.GrantToken }));
    expect((await kms.send(new sdk.ListGrantsCommand({ KeyId }))).Grants).toEqual([]);
  });

  it("grant what the key can do, within bounds", async () => {
    const KeyId = await newKey();
    const GranteePrincipal = "arn:aws:iam::000000000000:role/r";
    const creating = (input: Partial<sdk.CreateGrantCommandInput>) =>
      kms.send(new sdk.CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ["Decrypt"], ...input }));
    await expect(creating({ Operations: ["Sign"] })).rejects.toMatchObject({ name: "ValidationException" });
    await expect(creating({ Operations: [] })).rejects.toMatchObject({ name: "ValidationException" });
    const pairs = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, "v"]));
    await expect(creating({ Constraints: { EncryptionContextEquals: pairs } })).rejects.toMatchObject({
      name: "ValidationException",
    });
    const { GrantToken, GrantId } = await creating({ Constraints: { EncryptionContextSubset: { a: "1" } } });
    const encrypting = () =>
      kms.send(new sdk.EncryptCommand({ KeyId, Plaintext, GrantTokens: [GrantToken as string] }));
    await encrypting();
    await kms.send(new sdk.RetireGrantCommand({ KeyId, GrantId }));
    await expect(encrypting()).rejects.toThrow(sdk.InvalidGrantTokenException);
    await expect(kms.send(new sdk.RevokeGrantCommand({ KeyId, GrantId }))).rejects.toThrow(sdk.NotFoundException);
    await expect(kms.send(new sdk.RetireGrantCommand({ KeyId }))).rejects.toMatchObject({
      name: "ValidationException",
    });
  });
});
