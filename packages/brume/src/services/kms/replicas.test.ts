import * as sdk from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let here: sdk.KMSClient;
let there: sdk.KMSClient;
beforeAll(async () => {
  cloud = await startCloud();
  here = cloud.client(sdk.KMSClient);
  there = cloud.client(sdk.KMSClient, { region: "eu-west-2" });
});
afterAll(() => cloud.close());

const Plaintext = Buffer.from("x");

async function newPair(input: sdk.CreateKeyCommandInput = {}): Promise<string> {
  const { KeyMetadata } = await here.send(new sdk.CreateKeyCommand({ ...input, MultiRegion: true }));
  const KeyId = KeyMetadata?.KeyId as string;
  await here.send(new sdk.ReplicateKeyCommand({ KeyId, ReplicaRegion: "eu-west-2" }));
  return KeyId;
}
const describeIn = async (kms: sdk.KMSClient, KeyId: string) =>
  (await kms.send(new sdk.DescribeKeyCommand({ KeyId }))).KeyMetadata;
const decryptIn = async (kms: sdk.KMSClient, CiphertextBlob: Uint8Array | undefined) =>
  Buffer.from((await kms.send(new sdk.DecryptCommand({ CiphertextBlob }))).Plaintext ?? []);

describe("ReplicateKey", () => {
  it("makes a key of the same id that decrypts what the primary encrypted", async () => {
    const KeyId = await newPair({ Description: "primary" });
    const arn = (region: string) => ({ Arn: `arn:aws:kms:${region}:000000000000:key/${KeyId}`, Region: region });
    const shared = { PrimaryKey: arn("us-east-1"), ReplicaKeys: [arn("eu-west-2")] };
    expect(await describeIn(here, KeyId)).toMatchObject({
      MultiRegionConfiguration: { MultiRegionKeyType: "PRIMARY", ...shared },
    });
    expect(await describeIn(there, KeyId)).toMatchObject({
      Description: "",
      KeyState: "Enabled",
      MultiRegionConfiguration: { MultiRegionKeyType: "REPLICA", ...shared },
    });
    const { CiphertextBlob } = await here.send(new sdk.EncryptCommand({ KeyId, Plaintext }));
    expect(await decryptIn(there, CiphertextBlob)).toEqual(Plaintext);
    await here.send(new sdk.RotateKeyOnDemandCommand({ KeyId }));
    const after = await there.send(new sdk.EncryptCommand({ KeyId, Plaintext }));
    expect(await decryptIn(here, after.CiphertextBlob)).toEqual(Plaintext);
    expect((await there.send(new sdk.ListKeyRotationsCommand({ KeyId }))).Rotations).toHaveLength(1);
  });

  it("takes a primary key only, and a region once", async () => {
    const KeyId = await newPair();
    const again = new sdk.ReplicateKeyCommand({ KeyId, ReplicaRegion: "eu-west-2" });
    await expect(here.send(again)).rejects.toThrow(sdk.AlreadyExistsException);
    await expect(there.send(new sdk.ReplicateKeyCommand({ KeyId, ReplicaRegion: "us-west-1" }))).rejects.toThrow(
      sdk.UnsupportedOperationException,
    );
    const { KeyMetadata } = await here.send(new sdk.CreateKeyCommand({}));
    const single = new sdk.ReplicateKeyCommand({ KeyId: KeyMetadata?.KeyId, ReplicaRegion: "us-west-1" });
    await expect(here.send(single)).rejects.toThrow(sdk.UnsupportedOperationException);
    const china = new sdk.ReplicateKeyCommand({ KeyId, ReplicaRegion: "cn-north-1" });
    await expect(here.send(china)).rejects.toThrow(sdk.UnsupportedOperationException);
  });

  it("keeps ciphertexts of single-Region keys to their region", async () => {
    const { KeyMetadata } = await here.send(new sdk.CreateKeyCommand({}));
    const { CiphertextBlob } = await here.send(new sdk.EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext }));
    await expect(decryptIn(there, CiphertextBlob)).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("does not exist in this region"),
    });
  });
});

describe("UpdatePrimaryRegion", () => {
  it("makes a replica the primary, which rotates from then on", async () => {
    const KeyId = await newPair();
    await here.send(new sdk.EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    await expect(there.send(new sdk.DisableKeyRotationCommand({ KeyId }))).rejects.toThrow(
      sdk.UnsupportedOperationException,
    );
    await expect(here.send(new sdk.UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: "us-west-1" }))).rejects.toThrow(
      sdk.NotFoundException,
    );
    await here.send(new sdk.UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: "eu-west-2" }));
    expect((await describeIn(here, KeyId))?.MultiRegionConfiguration).toMatchObject({
      MultiRegionKeyType: "REPLICA",
      PrimaryKey: { Region: "eu-west-2" },
      ReplicaKeys: [{ Region: "us-east-1" }],
    });
    await cloud.clock.advance({ days: 91 });
    expect((await here.send(new sdk.ListKeyRotationsCommand({ KeyId }))).Rotations).toMatchObject([
      { RotationType: "AUTOMATIC" },
    ]);
  });
});

describe("ScheduleKeyDeletion", () => {
  it("lets a primary key wait for its replicas to be gone", async () => {
    const KeyId = await newPair();
    const asked = await here.send(new sdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 10 }));
    expect(asked).toMatchObject({ KeyState: "PendingReplicaDeletion", PendingWindowInDays: 10 });
    expect(asked.DeletionDate).toBeUndefined();
    await cloud.clock.advance({ days: 20 });
    expect(await describeIn(here, KeyId)).toMatchObject({ PendingDeletionWindowInDays: 10 });
    await there.send(new sdk.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await cloud.clock.advance({ days: 7 });
    await expect(describeIn(there, KeyId)).rejects.toThrow(sdk.NotFoundException);
    expect(await describeIn(here, KeyId)).toMatchObject({
      KeyState: "PendingDeletion",
      MultiRegionConfiguration: { ReplicaKeys: [] },
    });
    await cloud.clock.advance({ days: 10 });
    await expect(describeIn(here, KeyId)).rejects.toThrow(sdk.NotFoundException);
  });
});
