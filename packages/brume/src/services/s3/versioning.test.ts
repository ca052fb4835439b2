import * as sdk from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { TestCloud } from "./test-cloud.js";

const test = new TestCloud();
const remove = (Bucket: string, Key: string, VersionId?: string, more: object = {}) =>
  test.s3.send(new sdk.DeleteObjectCommand({ Bucket, Key, VersionId, ...more }));

describe("PutBucketVersioning, GetBucketVersioning", () => {
  it("keeps every version, and shows the latest", async () => {
    const Bucket = await test.newBucket();
    expect((await test.s3.send(new sdk.GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    await test.put(Bucket, "k", "before");
    await test.version(Bucket, "Enabled");
    const first = await test.put(Bucket, "k", "1");
    await test.put(Bucket, "k", "2");
    expect(await test.text(Bucket, "k")).toBe("2");
    expect(await test.text(Bucket, "k", { VersionId: first.VersionId })).toBe("1");
    expect(await test.text(Bucket, "k", { VersionId: "null" })).toBe("before");
    await expect(test.text(Bucket, "k", { VersionId: "x".repeat(32) })).rejects.toMatchObject({
      name: "NoSuchVersion",
    });
  });

  it("hides a deleted key behind a marker, and shows it again without", async () => {
    const Bucket = await test.newBucket("Enabled");
    const { VersionId } = await test.put(Bucket, "k", "1");
    const marker = await remove(Bucket, "k");
    expect(marker.DeleteMarker).toBe(true);
    await expect(test.text(Bucket, "k")).rejects.toThrow(sdk.NoSuchKey);
    expect(await test.text(Bucket, "k", { VersionId })).toBe("1");
    await expect(test.text(Bucket, "k", { VersionId: marker.VersionId })).rejects.toMatchObject({
      name: "MethodNotAllowed",
      message: "The specified method is not allowed against this resource.",
    });
    const undone = await remove(Bucket, "k", marker.VersionId);
    expect(undone).toMatchObject({ DeleteMarker: true, VersionId: marker.VersionId });
    expect(await test.text(Bucket, "k")).toBe("1");
    await remove(Bucket, "k", VersionId);
    await test.s3.send(new sdk.DeleteBucketCommand({ Bucket }));
  });

  it("writes the null version while suspended, and keeps the others", async () => {
    const Bucket = await test.newBucket("Enabled");
    const { VersionId } = await test.put(Bucket, "k", "kept");
    await test.version(Bucket, "Suspended");
    await test.put(Bucket, "k", "null 1");
    await test.put(Bucket, "k", "null 2");
    await remove(Bucket, "k");
    const { Versions, DeleteMarkers } = await test.s3.send(new sdk.ListObjectVersionsCommand({ Bucket }));
    expect(Versions?.map((version) => version.VersionId)).toEqual([VersionId]);
    expect(DeleteMarkers).toMatchObject([{ VersionId: "null", IsLatest: true }]);
  });

  it("replaces the null version that versioned ones have covered", async () => {
    const Bucket = await test.newBucket();
    await test.put(Bucket, "k", "null 1");
    await test.version(Bucket, "Enabled");
    const { VersionId } = await test.put(Bucket, "k", "kept");
    await test.version(Bucket, "Suspended");
    await test.put(Bucket, "k", "null 2");
    const { Versions } = await test.s3.send(new sdk.ListObjectVersionsCommand({ Bucket }));
    expect(Versions?.map((version) => version.VersionId)).toEqual(["null", VersionId]);
    expect(await test.text(Bucket, "k", { VersionId: "null" })).toBe("null 2");
  });

  it("cannot delete a bucket that has versions left", async () => {
    const Bucket = await test.newBucket("Enabled");
    await test.put(Bucket, "k");
    await remove(Bucket, "k");
    await expect(test.s3.send(new sdk.DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: "BucketNotEmpty",
      message: "The bucket you tried to delete is not empty",
      BucketName: Bucket,
    });
  });
});

describe("PutObjectTagging, GetObjectTagging, DeleteObjectTagging", () => {
  it("keeps tags by version", async () => {
    const Bucket = await test.newBucket("Enabled");
    const { VersionId } = await test.put(Bucket, "k", "1", { Tagging: "a=1" });
    await test.put(Bucket, "k", "2");
    const tags = async (more: object = {}) =>
      (await test.s3.send(new sdk.GetObjectTaggingCommand({ Bucket, Key: "k", ...more }))).TagSet;
    expect(await tags()).toEqual([]);
    const Tagging = { TagSet: [{ Key: "b", Value: "2" }] };
    await test.s3.send(new sdk.PutObjectTaggingCommand({ Bucket, Key: "k", VersionId, Tagging }));
    expect(await tags({ VersionId })).toEqual(Tagging.TagSet);
    await test.s3.send(new sdk.DeleteObjectTaggingCommand({ Bucket, Key: "k", VersionId }));
    expect(await tags({ VersionId })).toEqual([]);
    const many = { TagSet: Array.from({ length: 11 }, (_, index) => ({ Key: String(index), Value: "" })) };
    await expect(
      test.s3.send(new sdk.PutObjectTaggingCommand({ Bucket, Key: "k", Tagging: many })),
    ).rejects.toMatchObject({ name: "BadRequest", message: "Object tags cannot be greater than 10" });
  });
});

describe("PutObjectRetention, GetObjectRetention, PutObjectLegalHold, GetObjectLegalHold", () => {
  it("protects versions until their time, or while they are held", async () => {
    const Bucket = await test.newBucket(undefined, { ObjectLockEnabledForBucket: true });
    const { VersionId } = await test.put(Bucket, "k");
    const RetainUntilDate = new Date(Math.floor(Date.now() / 1000 + 3600) * 1000);
    const Retention = { Mode: "GOVERNANCE" as const, RetainUntilDate };
    await test.s3.send(new sdk.PutObjectRetentionCommand({ Bucket, Key: "k", Retention }));
    expect((await test.s3.send(new sdk.GetObjectRetentionCommand({ Bucket, Key: "k" }))).Retention).toEqual(Retention);
    await expect(remove(Bucket, "k", VersionId)).rejects.toMatchObject({ name: "AccessDenied" });
    await test.s3.send(new sdk.PutObjectLegalHoldCommand({ Bucket, Key: "k", LegalHold: { Status: "ON" } }));
    await expect(remove(Bucket, "k", VersionId, { BypassGovernanceRetention: true })).rejects.toMatchObject({
      name: "AccessDenied",
    });
    await test.s3.send(new sdk.PutObjectLegalHoldCommand({ Bucket, Key: "k", LegalHold: { Status: "OFF" } }));
    const hold = await test.s3.send(new sdk.GetObjectLegalHoldCommand({ Bucket, Key: "k" }));
    expect(hold.LegalHold?.Status).toBe("OFF");
    await remove(Bucket, "k", VersionId, { BypassGovernanceRetention: true });
  });

  it("is refused where the bucket has no lock", async () => {
    const Bucket = await test.newBucket();
    await test.put(Bucket, "k");
    await expect(test.s3.send(new sdk.GetObjectRetentionCommand({ Bucket, Key: "k" }))).rejects.toMatchObject({
      name: "InvalidRequest",
      message: "Bucket is missing Object Lock Configuration",
    });
  });
});

describe("PutObjectLockConfiguration, GetObjectLockConfiguration", () => {
  it("gives new objects the default retention", async () => {
    const Bucket = await test.newBucket(undefined, { ObjectLockEnabledForBucket: true });
    const ObjectLockConfiguration = {
      ObjectLockEnabled: "Enabled" as const,
      Rule: { DefaultRetention: { Mode: "COMPLIANCE" as const, Days: 1 } },
    };
    await test.s3.send(new sdk.PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
    const got = await test.s3.send(new sdk.GetObjectLockConfigurationCommand({ Bucket }));
    expect(got.ObjectLockConfiguration).toEqual(ObjectLockConfiguration);
    const { VersionId } = await test.put(Bucket, "k");
    await expect(remove(Bucket, "k", VersionId, { BypassGovernanceRetention: true })).rejects.toMatchObject({
      name: "AccessDenied",
    });
    await test.cloud.clock.advance({ days: 2 });
    await remove(Bucket, "k", VersionId);
  });
});

describe("PutObjectAcl, GetObjectAcl, PutBucketAcl, GetBucketAcl", () => {
  it("keeps canned lists and grants where the bucket allows them", async () => {
    const Bucket = await test.newBucket(undefined, { ObjectOwnership: "ObjectWriter" });
    await test.put(Bucket, "k", "x", { ACL: "public-read" });
    const acl = await test.s3.send(new sdk.GetObjectAclCommand({ Bucket, Key: "k" }));
    expect(acl.Grants?.map(({ Permission, Grantee }) => [Permission, Grantee?.Type])).toEqual([
      ["FULL_CONTROL", "CanonicalUser"],
      ["READ", "Group"],
    ]);
    await test.s3.send(new sdk.PutObjectAclCommand({ Bucket, Key: "k", ACL: "private" }));
    expect((await test.s3.send(new sdk.GetObjectAclCommand({ Bucket, Key: "k" }))).Grants).toHaveLength(1);
    const uri = "http://acs.amazonaws.com/groups/s3/LogDelivery";
    await test.s3.send(new sdk.PutBucketAclCommand({ Bucket, GrantWrite: `uri="${uri}"` }));
    const { Grants } = await test.s3.send(new sdk.GetBucketAclCommand({ Bucket }));
    expect(Grants).toMatchObject([{ Permission: "WRITE", Grantee: { URI: uri } }]);
  });

  it("refuses them where the bucket's owner owns everything", async () => {
    const Bucket = await test.newBucket();
    await expect(test.put(Bucket, "k", "x", { ACL: "public-read" })).rejects.toMatchObject({
      name: "AccessControlListNotSupported",
      message: "The bucket does not allow ACLs",
    });
  });
});
