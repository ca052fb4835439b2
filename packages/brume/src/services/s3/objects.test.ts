import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import * as sdk from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let s3: sdk.S3Client;
beforeAll(async () => {
  cloud = await startCloud();
  s3 = cloud.client(sdk.S3Client);
});
afterAll(() => cloud.close());

let count = 0;
async function newBucket(): Promise<string> {
  const Bucket = `objects-${count++}`;
  await s3.send(new sdk.CreateBucketCommand({ Bucket }));
  return Bucket;
}
const text = async (Bucket: string, Key: string, more: Partial<sdk.GetObjectCommandInput> = {}) =>
  (await s3.send(new sdk.GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString();

describe("PutObject, GetObject", () => {
  it("returns what was put, with its headers and metadata", async () => {
    const Bucket = await newBucket();
    const put = await s3.send(
      new sdk.PutObjectCommand({
        Bucket,
        Key: "a",
        Body: "hello",
        ContentType: "text/plain",
        ContentEncoding: "identity",
        CacheControl: "no-cache",
        Metadata: { Color: "blue", name: "é" },
      }),
    );
    expect(put.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    expect(put.ChecksumCRC32).toBe("NhCmhg==");
    expect(put.ServerSideEncryption).toBe("AES256");
    const got = await s3.send(new sdk.GetObjectCommand({ Bucket, Key: "a" }));
    expect(await got.Body?.transformToString()).toBe("hello");
    expect(got).toMatchObject({
      ContentType: "text/plain",
      ContentEncoding: "identity",
      CacheControl: "no-cache",
      ContentLength: 5,
      ETag: put.ETag,
      AcceptRanges: "bytes",
    });
    expect(got.Metadata?.color).toBe("blue");
    expect(got.VersionId).toBeUndefined();
  });

  it("takes a stream of several megabytes in chunks with a trailing checksum", async () => {
    const Bucket = await newBucket();
    const content = Buffer.alloc(5_000_000, "0123456789abcdef");
    const Body = Readable.from(
      (function* () {
        for (let at = 0; at < content.length; at += 70_000) yield content.subarray(at, at + 70_000);
      })(),
    );
    await s3.send(new sdk.PutObjectCommand({ Bucket, Key: "big", Body, ContentLength: content.length }));
    const got = await s3.send(new sdk.GetObjectCommand({ Bucket, Key: "big", ChecksumMode: "ENABLED" }));
    const back = Buffer.from((await got.Body?.transformToByteArray()) as Uint8Array);
    expect(createHash("md5").update(back).digest("hex")).toBe(createHash("md5").update(content).digest("hex"));
    expect(got.ChecksumCRC32).toBeDefined();
    expect(got.ContentEncoding).toBeUndefined();
  });

  it("names the key that is not there", async () => {
    const Bucket = await newBucket();
    const getting = text(Bucket, "none");
    await expect(getting).rejects.toThrow(sdk.NoSuchKey);
    await expect(getting).rejects.toMatchObject({ message: "The specified key does not exist.", Key: "none" });
    await expect(text("no-such-bucket-here", "x")).rejects.toMatchObject({
      name: "NoSuchBucket",
      BucketName: "no-such-bucket-here",
    });
  });
});
