import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import { resourceType } from "../../testing.js";
import service from "../index.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const KeyPolicy = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "kms:*", Resource: "*" }],
};

describe("AWS::KMS::Key, AWS::KMS::Alias", () => {
  it("are created, updated and deleted", async () => {
    const key = await resourceType(cloud, service, "AWS::KMS::Key");
    const alias = await resourceType(cloud, service, "AWS::KMS::Alias");
    const first = { KeyPolicy, EnableKeyRotation: "true", PendingWindowInDays: 7, Tags: [{ Key: "a", Value: "1" }] };
    const created = await key.create(first);
    expect(created).toMatchObject({ ...first, EnableKeyRotation: true, RotationPeriodInDays: 365, Enabled: true });
    expect(created.Arn).toBe(`arn:aws:kms:us-east-1:000000000000:key/${created.KeyId}`);
    const updated = await key.update({ KeyPolicy, Enabled: false, Description: "d" }, created, first);
    expect(updated).toMatchObject({ Enabled: false, Description: "d", EnableKeyRotation: false });
    expect(updated.Tags).toBeUndefined();

    const other = await key.create({ KeyPolicy });
    const desired = { AliasName: "alias/app", TargetKeyId: created.Arn as string };
    const anAlias = await alias.create(desired);
    expect(await alias.read(anAlias)).toEqual(desired);
    const moved = await alias.update({ ...desired, TargetKeyId: other.KeyId as string }, anAlias, desired);
    expect(await alias.read(moved)).toEqual({ AliasName: "alias/app", TargetKeyId: other.KeyId });
    await alias.delete(moved);
    expect(await alias.read(moved)).toBeUndefined();
    await key.delete({ ...updated, PendingWindowInDays: 7 });
    expect(await key.read(updated)).toBeUndefined();
    await cloud.clock.advance({ days: 8 });
    expect((await key.list()).map(({ KeyId }) => KeyId)).toEqual([other.KeyId]);
  });

  it("make keys of other kinds", async () => {
    const key = await resourceType(cloud, service, "AWS::KMS::Key");
    const desired = { KeyPolicy, KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" };
    expect(await key.create(desired)).toMatchObject(desired);
  });
});

describe("AWS::KMS::ReplicaKey", () => {
  it("is a replica, in the stack's region, of a key in another", async () => {
    const replica = await resourceType(cloud, service, "AWS::KMS::ReplicaKey");
    const there = cloud.client(KMSClient, { region: "eu-west-2" });
    const { KeyMetadata } = await there.send(new CreateKeyCommand({ MultiRegion: true }));
    const first = { KeyPolicy, PrimaryKeyArn: KeyMetadata?.Arn as string, Enabled: "false" };
    const created = await replica.create(first);
    expect(created).toMatchObject({ ...first, Enabled: false, KeyId: KeyMetadata?.KeyId });
    const desired = { ...first, Enabled: true, Description: "d", Tags: [{ Key: "a", Value: "1" }] };
    const updated = await replica.update(desired, created, first);
    expect(updated).toMatchObject(desired);
    expect(await replica.list()).toEqual([{ KeyId: created.KeyId }]);
    await replica.delete(updated);
    expect(await replica.read(updated)).toBeUndefined();
  });
});
