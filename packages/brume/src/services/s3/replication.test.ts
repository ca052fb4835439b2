import * as sdk from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { TestCloud } from "./test-cloud.js";

const test = new TestCloud();

async function replicated(
  rule: Partial<sdk.ReplicationRule> = {},
): Promise<{ source: string; target: string; status: (key: string) => Promise<string | undefined> }> {
  const [source, target] = [await test.newBucket("Enabled"), await test.newBucket("Enabled")];
  const Destination = { Bucket: `arn:aws:s3:::${target}`, StorageClass: "STANDARD_IA" as const };
  const Rules = [{ Status: "Enabled" as const, Priority: 1, Filter: { Prefix: "in/" }, Destination, ...rule }];
  const ReplicationConfiguration = { Role: "arn:aws:iam::000000000000:role/r", Rules };
  await test.s3.send(new sdk.PutBucketReplicationCommand({ Bucket: source, ReplicationConfiguration }));
  const status = async (Key: string) =>
    (await test.s3.send(new sdk.HeadObjectCommand({ Bucket: source, Key }))).ReplicationStatus;
  return { source, target, status };
}

describe("replication", () => {
  it("copies new objects, parts and all, under the same version ids", async () => {
    const { source, target, status } = await replicated();
    const { VersionId } = await test.put(source, "in/a", "hello", { Metadata: { a: "b" }, Tagging: "t=1" });
    const upload = { Bucket: source, Key: "in/parts" };
    const { UploadId } = await test.s3.send(new sdk.CreateMultipartUploadCommand(upload));
    const large = Buffer.alloc(5 * 1024 * 1024, "x");
    const Parts: sdk.CompletedPart[] = [];
    for (const [index, Body] of [large, "end"].entries()) {
      const part = { ...upload, UploadId, PartNumber: index + 1, Body };
      Parts.push({ PartNumber: index + 1, ETag: (await test.s3.send(new sdk.UploadPartCommand(part))).ETag });
    }
    await test.s3.send(new sdk.CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload: { Parts } }));
    await test.put(source, "out/a");
    await test.cloud.idle();
    expect(await status("in/a")).toBe("COMPLETED");
    expect(await status("out/a")).toBeUndefined();
    const got = await test.s3.send(new sdk.GetObjectCommand({ Bucket: target, Key: "in/a" }));
    expect(await got.Body?.transformToString()).toBe("hello");
    expect(got).toMatchObject({
      VersionId,
      Metadata: { a: "b" },
      TagCount: 1,
      StorageClass: "STANDARD_IA",
      ReplicationStatus: "REPLICA",
    });
    expect(await test.text(target, "in/parts")).toBe(`${large.toString()}end`);
    // What is gone at the source stays at the destination.
    await test.s3.send(new sdk.DeleteObjectCommand({ Bucket: source, Key: "in/a", VersionId }));
    expect(await test.text(target, "in/a")).toBe("hello");
    const { Contents = [] } = await test.s3.send(new sdk.ListObjectsV2Command({ Bucket: target }));
    expect(Contents.map(({ Key }) => Key)).toEqual(["in/a", "in/parts"]);
  });

  it("encrypts copies of what is encrypted by KMS with the key of the destination", async () => {
    const key = (name: string) => `arn:aws:kms:us-east-1:000000000000:key/${name}`;
    const { source, target } = await replicated();
    const Rules: sdk.ReplicationRule[] = [
      {
        Status: "Enabled",
        Priority: 1,
        Filter: { Prefix: "" },
        DeleteMarkerReplication: { Status: "Disabled" },
        SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: "Enabled" } },
        Destination: {
          Bucket: `arn:aws:s3:::${target}`,
          EncryptionConfiguration: { ReplicaKmsKeyID: key("of-the-target") },
        },
      },
    ];
    const ReplicationConfiguration = { Role: "arn:aws:iam::000000000000:role/r", Rules };
    await test.s3.send(new sdk.PutBucketReplicationCommand({ Bucket: source, ReplicationConfiguration }));
    await test.put(source, "plain", "x");
    await test.put(source, "secret", "x", { ServerSideEncryption: "aws:kms", SSEKMSKeyId: key("of-the-source") });
    await test.cloud.idle();
    const keyOf = async (Bucket: string, Key: string) =>
      (await test.s3.send(new sdk.HeadObjectCommand({ Bucket, Key }))).SSEKMSKeyId;
    expect(await keyOf(source, "secret")).toBe(key("of-the-source"));
    expect(await keyOf(target, "secret")).toBe(key("of-the-target"));
    expect(await keyOf(target, "plain")).toBeUndefined();
  });

  it("copies delete markers where the rule says so", async () => {
    for (const Status of ["Enabled", "Disabled"] as const) {
      const { source, target } = await replicated({ DeleteMarkerReplication: { Status } });
      await test.put(source, "in/a");
      await test.s3.send(new sdk.DeleteObjectCommand({ Bucket: source, Key: "in/a" }));
      await test.cloud.idle();
      const { DeleteMarkers = [] } = await test.s3.send(new sdk.ListObjectVersionsCommand({ Bucket: target }));
      expect(DeleteMarkers.length).toBe(Status === "Enabled" ? 1 : 0);
    }
  });

  it("fails where the destination cannot take it", async () => {
    const { source, target, status } = await replicated();
    await test.version(target, "Suspended");
    await test.put(source, "in/a");
    await test.cloud.idle();
    expect(await status("in/a")).toBe("FAILED");
  });
});
