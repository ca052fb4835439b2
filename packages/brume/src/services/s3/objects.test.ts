import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import * as sdk from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { describe, expect, it } from "vitest";
import { TestCloud } from "./test-cloud.js";

const test = new TestCloud();
const md5 = (content: Uint8Array | string) => createHash("md5").update(content).digest("hex");

/** The files of bodies that are on disk. */
function bodyFiles(): string[] {
  const directory = join(test.cloud.kernel.directory, "s3", "bodies");
  if (!existsSync(directory)) return [];
  return readdirSync(directory).flatMap((group) => readdirSync(join(directory, group)));
}

describe("PutObject, GetObject", () => {
  it("returns what was put, with its headers and metadata", async () => {
    const Bucket = await test.newBucket();
    const put = await test.put(Bucket, "a", "hello", {
      ContentType: "text/plain",
      ContentEncoding: "identity",
      CacheControl: "no-cache",
      Expires: new Date("2030-01-01T00:00:00Z"),
      Metadata: { Color: "blue" },
      StorageClass: "STANDARD_IA",
      Tagging: "a=b&c=d%20e",
      WebsiteRedirectLocation: "/other",
    });
    expect(put.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    expect(put.ChecksumCRC32).toBe("NhCmhg==");
    expect(put.ServerSideEncryption).toBe("AES256");
    const got = await test.s3.send(new sdk.GetObjectCommand({ Bucket, Key: "a" }));
    expect(await got.Body?.transformToString()).toBe("hello");
    expect(got).toMatchObject({
      ContentType: "text/plain",
      ContentEncoding: "identity",
      CacheControl: "no-cache",
      ExpiresString: "Tue, 01 Jan 2030 00:00:00 GMT",
      ContentLength: 5,
      ETag: put.ETag,
      AcceptRanges: "bytes",
      Metadata: { color: "blue" },
      StorageClass: "STANDARD_IA",
      TagCount: 2,
      WebsiteRedirectLocation: "/other",
    });
    expect(got.VersionId).toBeUndefined();
  });

  it("takes a stream of several megabytes in chunks with a trailing checksum", async () => {
    const Bucket = await test.newBucket();
    const content = Buffer.alloc(5_000_000, "0123456789abcdef");
    const chunks = Array.from({ length: 72 }, (_, index) => content.subarray(index * 70_000, (index + 1) * 70_000));
    await test.put(Bucket, "big", Readable.from(chunks), {
      ContentLength: content.length,
      ChecksumAlgorithm: "CRC32C",
    });
    const got = await test.s3.send(new sdk.GetObjectCommand({ Bucket, Key: "big", ChecksumMode: "ENABLED" }));
    const back = (await got.Body?.transformToByteArray()) as Uint8Array;
    expect(md5(back)).toBe(md5(content));
    expect(got.ChecksumCRC32C).toBeDefined();
    expect(got.ContentEncoding).toBeUndefined();
  });

  it("names what is not there", async () => {
    const Bucket = await test.newBucket();
    const getting = test.text(Bucket, "none");
    await expect(getting).rejects.toThrow(sdk.NoSuchKey);
    await expect(getting).rejects.toMatchObject({ message: "The specified key does not exist.", Key: "none" });
    await expect(test.text("no-such-bucket-here", "x")).rejects.toMatchObject({
      name: "NoSuchBucket",
      BucketName: "no-such-bucket-here",
    });
    await expect(test.put("no-such-bucket-here", "x", Buffer.alloc(1_000_000))).rejects.toThrow(sdk.NoSuchBucket);
  });

  it("keeps keys as they are, whatever they hold", async () => {
    const Bucket = await test.newBucket();
    const keys = [
      "../../etc/passwd",
      "a//b",
      "/lead",
      "trail/",
      "ü/日本/😀",
      "a+b c%20d?e&f#g",
      ".",
      "x\ny",
      "é".repeat(512),
    ];
    for (const key of keys) await test.put(Bucket, key, `content of ${key}`);
    for (const key of keys) expect(await test.text(Bucket, key)).toBe(`content of ${key}`);
    const { Contents } = await test.s3.send(new sdk.ListObjectsV2Command({ Bucket }));
    const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(Contents?.map(({ Key }) => Key)).toEqual(sorted);
    await expect(test.put(Bucket, "k".repeat(1025))).rejects.toMatchObject({ name: "KeyTooLongError" });
  });

  it("answers ranges", async () => {
    const Bucket = await test.newBucket();
    await test.put(Bucket, "k", "0123456789");
    const got = await test.s3.send(new sdk.GetObjectCommand({ Bucket, Key: "k", Range: "bytes=2-4" }));
    expect(got).toMatchObject({ ContentRange: "bytes 2-4/10", ContentLength: 3, $metadata: { httpStatusCode: 206 } });
    expect(await got.Body?.transformToString()).toBe("234");
    expect(await test.text(Bucket, "k", { Range: "bytes=7-" })).toBe("789");
    expect(await test.text(Bucket, "k", { Range: "bytes=-2" })).toBe("89");
    expect(await test.text(Bucket, "k", { Range: "bytes=8-100" })).toBe("89");
    expect(await test.text(Bucket, "k", { Range: "lines=1-2" })).toBe("0123456789");
    await expect(test.text(Bucket, "k", { Range: "bytes=10-" })).rejects.toMatchObject({
      name: "InvalidRange",
      ActualObjectSize: "10",
      $metadata: { httpStatusCode: 416 },
    });
  });

  it("answers ranges of content that is in a file", async () => {
    const Bucket = await test.newBucket();
    const content = Buffer.from(Array.from({ length: 700_000 }, (_, index) => index % 251));
    await test.put(Bucket, "k", content);
    const { Body } = await test.s3.send(new sdk.GetObjectCommand({ Bucket, Key: "k", Range: "bytes=300000-600000" }));
    expect(md5((await Body?.transformToByteArray()) as Uint8Array)).toBe(md5(content.subarray(300_000, 600_001)));
  });

  it("honours conditions on reads", async () => {
    const Bucket = await test.newBucket();
    const { ETag } = await test.put(Bucket, "k");
    const past = new Date(Date.now() - 60_000);
    const future = new Date(Date.now() + 60_000);
    expect(await test.text(Bucket, "k", { IfMatch: ETag, IfUnmodifiedSince: past })).toBe("x");
    expect(await test.text(Bucket, "k", { IfNoneMatch: '"other"', IfModifiedSince: future })).toBe("x");
    for (const more of [{ IfMatch: '"other"' }, { IfUnmodifiedSince: past }]) {
      await expect(test.text(Bucket, "k", more)).rejects.toMatchObject({
        name: "PreconditionFailed",
        message: "At least one of the pre-conditions you specified did not hold",
        $metadata: { httpStatusCode: 412 },
      });
    }
    for (const more of [{ IfNoneMatch: ETag }, { IfModifiedSince: future }]) {
      await expect(test.text(Bucket, "k", more)).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    }
  });

  it("honours conditions on writes", async () => {
    const Bucket = await test.newBucket();
    const { ETag } = await test.put(Bucket, "k", "1", { IfNoneMatch: "*" });
    await expect(test.put(Bucket, "k", "2", { IfNoneMatch: "*" })).rejects.toMatchObject({
      name: "PreconditionFailed",
      Condition: "If-None-Match",
    });
    await test.put(Bucket, "k", "3", { IfMatch: ETag });
    await expect(test.put(Bucket, "k", "4", { IfMatch: ETag })).rejects.toMatchObject({ name: "PreconditionFailed" });
    await expect(test.put(Bucket, "new", "5", { IfMatch: ETag })).rejects.toMatchObject({ name: "NoSuchKey" });
    expect(await test.text(Bucket, "k")).toBe("3");
  });

  it("checks the condition again when the body is there", async () => {
    const Bucket = await test.newBucket();
    const before = bodyFiles();
    const Body = new PassThrough();
    const slow = test.put(Bucket, "k", Body, { ContentLength: 1_000_000, IfNoneMatch: "*" });
    Body.write(Buffer.alloc(500_000));
    await expect.poll(bodyFiles).not.toEqual(before);
    await test.put(Bucket, "k", "fast", { IfNoneMatch: "*" });
    Body.end(Buffer.alloc(500_000));
    await expect(slow).rejects.toMatchObject({ name: "PreconditionFailed" });
    expect(await test.text(Bucket, "k")).toBe("fast");
    expect(bodyFiles()).toEqual(before);
  });

  it.each(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)("checks and returns %s", async (algorithm) => {
    const Bucket = await test.newBucket();
    const member = `Checksum${algorithm}` as const;
    const wrong = { CRC32: "AAAAAA==", CRC32C: "AAAAAA==", CRC64NVME: "AAAAAAAAAAA=" } as Record<string, string>;
    const length = algorithm === "SHA1" ? 20 : 32;
    const value = wrong[algorithm] ?? Buffer.alloc(length).toString("base64");
    await expect(test.put(Bucket, "k", "hello", { [member]: value })).rejects.toMatchObject({
      name: "BadDigest",
      message: `The ${algorithm} you specified did not match the calculated checksum.`,
    });
    await expect(test.text(Bucket, "k")).rejects.toThrow(sdk.NoSuchKey);
    const right = { CRC32: "NhCmhg==", CRC32C: "mnG7TA==", CRC64NVME: "M3eFcAZSQlc=" } as Record<string, string>;
    const digest = right[algorithm] ?? createHash(algorithm.toLowerCase()).update("hello").digest("base64");
    expect((await test.put(Bucket, "k", "hello", { [member]: digest }))[member]).toBe(digest);
    const got = await test.s3.send(new sdk.HeadObjectCommand({ Bucket, Key: "k", ChecksumMode: "ENABLED" }));
    expect(got[member]).toBe(digest);
    expect(got.ChecksumType).toBe("FULL_OBJECT");
  });

  it("checks Content-MD5", async () => {
    const Bucket = await test.newBucket();
    const right = createHash("md5").update("x").digest("base64");
    await test.put(Bucket, "k", "x", { ContentMD5: right });
    const wrong = createHash("md5").update("y").digest("base64");
    await expect(test.put(Bucket, "k", "x", { ContentMD5: wrong })).rejects.toMatchObject({ name: "BadDigest" });
    await expect(test.put(Bucket, "k", "x", { ContentMD5: "short" })).rejects.toMatchObject({ name: "InvalidDigest" });
  });

  it("checks the checksum that follows a body in a trailer", async () => {
    const Bucket = await test.newBucket();
    const send = (trailer: string) =>
      fetch(`${test.cloud.endpoint}/${Bucket}/k`, {
        method: "PUT",
        headers: {
          "content-encoding": "gzip,aws-chunked",
          "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
          "x-amz-decoded-content-length": "5",
          "x-amz-trailer": "x-amz-checksum-crc32",
        },
        body: `5\r\nhello\r\n0\r\n${trailer}\r\n`,
      });
    const wrong = await send("x-amz-checksum-crc32:AAAAAA==\r\n");
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining("BadDigest")]);
    expect(await (await send("")).text()).toContain("MalformedTrailerError");
    expect((await send("x-amz-checksum-crc32:NhCmhg==\r\n")).status).toBe(200);
    const head = await test.s3.send(new sdk.HeadObjectCommand({ Bucket, Key: "k" }));
    expect(head).toMatchObject({ ContentLength: 5, ContentEncoding: "gzip" });
  });

  it("encodes metadata beyond ASCII as RFC 2047 says", async () => {
    const Bucket = await test.newBucket();
    const url = `${test.cloud.endpoint}/${Bucket}/k`;
    const utf8 = Buffer.from("café").toString("latin1");
    const headers = { "x-amz-meta-raw": utf8, "x-amz-meta-word": "=?UTF-8?Q?caf=C3=A9?=", "x-amz-meta-plain": "a b" };
    await fetch(url, { method: "PUT", headers, body: "x" });
    const encoded = `=?UTF-8?B?${Buffer.from("café").toString("base64")}?=`;
    const head = await test.s3.send(new sdk.HeadObjectCommand({ Bucket, Key: "k" }));
    expect(head.Metadata).toEqual({ raw: encoded, word: encoded, plain: "a b" });
    const { Metadata } = await test.cloud.call<{ Metadata: object }>("s3", "HeadObject", { Bucket, Key: "k" });
    expect(Metadata).toEqual({ raw: "café", word: "café", plain: "a b" });
  });

  it("takes presigned requests", async () => {
    const Bucket = await test.newBucket();
    const putUrl = await getSignedUrl(test.s3, new sdk.PutObjectCommand({ Bucket, Key: "p q" }));
    const put = await fetch(putUrl, { method: "PUT", body: "by url", headers: { "content-type": "text/plain" } });
    expect(put.status).toBe(200);
    const command = new sdk.GetObjectCommand({ Bucket, Key: "p q", ResponseContentType: "text/x-other" });
    const got = await fetch(await getSignedUrl(test.s3, command));
    expect(await got.text()).toBe("by url");
    expect(got.headers.get("content-type")).toBe("text/x-other");
  });

  it("leaves nothing of a body that breaks off", async () => {
    const Bucket = await test.newBucket();
    await test.put(Bucket, "whole", Buffer.alloc(100_000));
    const before = bodyFiles();
    const { port } = new URL(test.cloud.endpoint);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write(`PUT /${Bucket}/half HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: 5000000\r\n\r\n`);
    socket.write(Buffer.alloc(1_000_000));
    await expect.poll(bodyFiles).not.toEqual(before);
    socket.destroy();
    await expect.poll(bodyFiles).toEqual(before);
    await expect(test.text(Bucket, "half")).rejects.toThrow(sdk.NoSuchKey);
  });

  it("removes the file of an object that is replaced, but not from under who reads it", async () => {
    const Bucket = await test.newBucket();
    const before = bodyFiles().length;
    const content = Buffer.alloc(8_000_000, "old content ");
    await test.put(Bucket, "k", content);
    const { Body } = await test.s3.send(new sdk.GetObjectCommand({ Bucket, Key: "k" }));
    await test.put(Bucket, "k", "new");
    expect(md5((await Body?.transformToByteArray()) as Uint8Array)).toBe(md5(content));
    await test.cloud.idle();
    await expect.poll(() => bodyFiles().length).toBe(before);
  });

  it("asks for the customer's key again", async () => {
    const Bucket = await test.newBucket();
    const key = {
      SSECustomerAlgorithm: "AES256",
      SSECustomerKey: Buffer.alloc(32, 1).toString("base64"),
      SSECustomerKeyMD5: createHash("md5").update(Buffer.alloc(32, 1)).digest("base64"),
    };
    const call = (operation: string, input: object) => test.cloud.call<{ Body: Uint8Array }>("s3", operation, input);
    await call("PutObject", { Bucket, Key: "k", Body: "x", ...key });
    await expect(call("GetObject", { Bucket, Key: "k" })).rejects.toMatchObject({ code: "InvalidRequest" });
    expect((await call("GetObject", { Bucket, Key: "k", ...key })).Body).toEqual(Buffer.from("x"));
  });
});

describe("HeadObject", () => {
  it("answers without a body, errors too", async () => {
    const Bucket = await test.newBucket();
    await test.put(Bucket, "k", "hello");
    const head = await test.s3.send(new sdk.HeadObjectCommand({ Bucket, Key: "k" }));
    expect(head).toMatchObject({ ContentLength: 5, ContentType: "application/octet-stream" });
    await expect(test.s3.send(new sdk.HeadObjectCommand({ Bucket, Key: "none" }))).rejects.toThrow(sdk.NotFound);
  });
});

describe("CopyObject", () => {
  it("copies content, headers, metadata and tags", async () => {
    const Bucket = await test.newBucket();
    for (const content of ["small", Buffer.alloc(300_000, "large")]) {
      await test.put(Bucket, "from/a b", content, { ContentType: "text/plain", Metadata: { m: "1" }, Tagging: "t=1" });
      const copy = await test.s3.send(
        new sdk.CopyObjectCommand({ Bucket, Key: "to", CopySource: `${Bucket}/from/a%20b` }),
      );
      expect(copy.CopyObjectResult?.ETag).toBe(`"${md5(content)}"`);
      await test.s3.send(new sdk.DeleteObjectCommand({ Bucket, Key: "from/a b" }));
      await test.cloud.idle();
      expect(await test.text(Bucket, "to")).toBe(content.toString());
      const head = await test.s3.send(new sdk.HeadObjectCommand({ Bucket, Key: "to" }));
      expect(head).toMatchObject({ ContentType: "text/plain", Metadata: { m: "1" } });
      const { TagSet } = await test.s3.send(new sdk.GetObjectTaggingCommand({ Bucket, Key: "to" }));
      expect(TagSet).toEqual([{ Key: "t", Value: "1" }]);
    }
  });

  it("replaces metadata where it is told to, and refuses a copy to itself that changes nothing", async () => {
    const Bucket = await test.newBucket();
    await test.put(Bucket, "k", "x", { Metadata: { old: "1" } });
    const CopySource = `/${Bucket}/k`;
    await expect(test.s3.send(new sdk.CopyObjectCommand({ Bucket, Key: "k", CopySource }))).rejects.toMatchObject({
      name: "InvalidRequest",
    });
    await test.s3.send(
      new sdk.CopyObjectCommand({ Bucket, Key: "k", CopySource, MetadataDirective: "REPLACE", Metadata: { new: "2" } }),
    );
    const head = await test.s3.send(new sdk.HeadObjectCommand({ Bucket, Key: "k" }));
    expect(head.Metadata).toEqual({ new: "2" });
  });

  it("honours conditions on the source", async () => {
    const Bucket = await test.newBucket();
    const { ETag } = await test.put(Bucket, "k");
    const input = { Bucket, Key: "to", CopySource: `${Bucket}/k` };
    await expect(
      test.s3.send(new sdk.CopyObjectCommand({ ...input, CopySourceIfNoneMatch: ETag })),
    ).rejects.toMatchObject({ name: "PreconditionFailed" });
    await test.s3.send(new sdk.CopyObjectCommand({ ...input, CopySourceIfMatch: ETag }));
    await expect(test.s3.send(new sdk.CopyObjectCommand({ ...input, CopySource: `${Bucket}/none` }))).rejects.toThrow(
      "The specified key does not exist.",
    );
  });
});

describe("DeleteObject, DeleteObjects", () => {
  it("deletes what is there, and succeeds for what is not", async () => {
    const Bucket = await test.newBucket();
    for (const key of ["a", "b", "c"]) await test.put(Bucket, key);
    await test.s3.send(new sdk.DeleteObjectCommand({ Bucket, Key: "a" }));
    await test.s3.send(new sdk.DeleteObjectCommand({ Bucket, Key: "a" }));
    const Objects = [{ Key: "b" }, { Key: "none" }];
    const { Deleted } = await test.s3.send(new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted).toEqual(Objects);
    const quiet = await test.s3.send(
      new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "c" }], Quiet: true } }),
    );
    expect(quiet.Deleted).toBeUndefined();
    expect((await test.s3.send(new sdk.ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  });

  it("deletes on a condition", async () => {
    const Bucket = await test.newBucket();
    const { ETag } = await test.put(Bucket, "k");
    await expect(
      test.s3.send(new sdk.DeleteObjectCommand({ Bucket, Key: "k", IfMatch: '"other"' })),
    ).rejects.toMatchObject({ name: "PreconditionFailed" });
    await test.s3.send(new sdk.DeleteObjectCommand({ Bucket, Key: "k", IfMatch: ETag }));
  });
});

describe("GetObjectAttributes", () => {
  it("answers what it is asked for", async () => {
    const Bucket = await test.newBucket();
    await test.put(Bucket, "k", "hello");
    const answer = await test.s3.send(
      new sdk.GetObjectAttributesCommand({ Bucket, Key: "k", ObjectAttributes: ["ETag", "Checksum", "ObjectSize"] }),
    );
    expect(answer).toMatchObject({ ETag: md5("hello"), ObjectSize: 5, Checksum: { ChecksumCRC32: "NhCmhg==" } });
    expect(answer.StorageClass).toBeUndefined();
  });
});
