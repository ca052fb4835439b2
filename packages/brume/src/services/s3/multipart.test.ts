import { createHash } from "node:crypto";
import * as sdk from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { TestCloud } from "./test-cloud.js";

const test = new TestCloud();
const MIB = 1024 * 1024;
const md5 = (content: Uint8Array | string) => createHash("md5").update(content).digest("hex");

async function begin(Bucket: string, Key: string, more: Partial<sdk.CreateMultipartUploadCommandInput> = {}) {
  const { UploadId } = await test.s3.send(new sdk.CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  return { Bucket, Key, UploadId };
}
type Begun = Awaited<ReturnType<typeof begin>>;

async function part(upload: Begun, PartNumber: number, Body: Buffer | string): Promise<sdk.CompletedPart> {
  const sent = await test.s3.send(new sdk.UploadPartCommand({ ...upload, PartNumber, Body }));
  return { PartNumber, ETag: sent.ETag, ChecksumCRC32: sent.ChecksumCRC32 };
}
const complete = (upload: Begun, Parts: sdk.CompletedPart[], more: object = {}) =>
  test.s3.send(new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...more }));

describe("CreateMultipartUpload, UploadPart, CompleteMultipartUpload", () => {
  it("makes one object of the parts", async () => {
    const Bucket = await test.newBucket();
    const upload = await begin(Bucket, "k", {
      ContentType: "text/x",
      Metadata: { a: "b" },
      ChecksumAlgorithm: "CRC32",
    });
    const [first, second] = [Buffer.alloc(5 * MIB, "first "), Buffer.from("second")];
    // Out of order, and one of them twice.
    const parts = [await part(upload, 7, second), await part(upload, 2, "replaced")];
    parts[1] = await part(upload, 2, first);
    const done = await complete(upload, parts.reverse());
    const whole = Buffer.concat([first, second]);
    const tags = Buffer.concat([first, second].map((content) => Buffer.from(md5(content), "hex")));
    expect(done.ETag).toBe(`"${md5(tags)}-2"`);
    expect(done.ChecksumCRC32).toMatch(/-2$/);
    expect(done.ChecksumType).toBe("COMPOSITE");
    const got = await test.s3.send(new sdk.GetObjectCommand({ Bucket, Key: "k" }));
    expect(md5((await got.Body?.transformToByteArray()) as Uint8Array)).toBe(md5(whole));
    expect(got).toMatchObject({ ContentType: "text/x", Metadata: { a: "b" }, ContentLength: whole.length });
    const across = `bytes=${5 * MIB - 3}-${5 * MIB + 2}`;
    expect(await test.text(Bucket, "k", { Range: across })).toBe(whole.subarray(5 * MIB - 3, 5 * MIB + 3).toString());
    const one = await test.s3.send(new sdk.GetObjectCommand({ Bucket, Key: "k", PartNumber: 7 }));
    expect([await one.Body?.transformToString(), one.PartsCount]).toEqual(["second", 2]);
    const { ObjectParts } = await test.s3.send(
      new sdk.GetObjectAttributesCommand({ Bucket, Key: "k", ObjectAttributes: ["ObjectParts"] }),
    );
    expect(ObjectParts?.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [2, 5 * MIB],
      [7, 6],
    ]);
    await expect(complete(upload, parts)).rejects.toThrow(sdk.NoSuchUpload);
    const copy = { Bucket, Key: "copy", CopySource: `${Bucket}/k` };
    const copied = await test.s3.send(new sdk.CopyObjectCommand(copy));
    expect(copied.CopyObjectResult?.ETag).toBe(`"${md5(whole)}"`);
  });

  it("can be read to its end when it is deleted meanwhile", async () => {
    const Bucket = await test.newBucket();
    const upload = await begin(Bucket, "k");
    const parts = [await part(upload, 1, Buffer.alloc(20 * MIB)), await part(upload, 2, Buffer.alloc(6 * MIB, "last"))];
    await complete(upload, parts);
    const { Body } = await test.s3.send(new sdk.GetObjectCommand({ Bucket, Key: "k", ChecksumMode: undefined }));
    await test.s3.send(new sdk.DeleteObjectCommand({ Bucket, Key: "k" }));
    await test.cloud.idle();
    const content = Buffer.from((await Body?.transformToByteArray()) as Uint8Array);
    expect(content.length).toBe(26 * MIB);
    expect(content.subarray(-4).toString()).toBe("last");
  });

  it("joins the checksums of the parts to that of the whole", async () => {
    const Bucket = await test.newBucket();
    const upload = await begin(Bucket, "k", { ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" });
    const contents = [Buffer.alloc(5 * MIB, "a"), Buffer.from("tail")];
    const parts = [await part(upload, 1, contents[0] as Buffer), await part(upload, 2, contents[1] as Buffer)];
    const done = await complete(upload, parts);
    const put = await test.put(Bucket, "same", Buffer.concat(contents));
    expect([done.ChecksumCRC32, done.ChecksumType]).toEqual([put.ChecksumCRC32, "FULL_OBJECT"]);
  });

  it("refuses parts that are not as the completion says", async () => {
    const Bucket = await test.newBucket();
    const upload = await begin(Bucket, "k");
    const parts = [await part(upload, 1, "small"), await part(upload, 2, "small too")];
    await expect(complete(upload, parts)).rejects.toMatchObject({ name: "EntityTooSmall", PartNumber: "1" });
    await expect(complete(upload, [...parts].reverse())).rejects.toMatchObject({ name: "InvalidPartOrder" });
    await expect(complete(upload, [{ PartNumber: 1, ETag: '"0"' }])).rejects.toMatchObject({ name: "InvalidPart" });
    await expect(complete(upload, [{ PartNumber: 3, ETag: "x" }])).rejects.toMatchObject({ name: "InvalidPart" });
    await expect(complete(upload, [])).rejects.toMatchObject({ name: "MalformedXML" });
    await expect(part(upload, 10_001, "x")).rejects.toMatchObject({ name: "InvalidArgument" });
    await complete(upload, parts.slice(0, 1), { IfNoneMatch: "*" });
    const other = await begin(Bucket, "k");
    const again = [await part(other, 1, "x")];
    await expect(complete(other, again, { IfNoneMatch: "*" })).rejects.toMatchObject({ name: "PreconditionFailed" });
  });
});

describe("UploadPartCopy", () => {
  it("takes a range of another object as a part", async () => {
    const Bucket = await test.newBucket();
    await test.put(Bucket, "source", "0123456789");
    const upload = await begin(Bucket, "k");
    const input = { ...upload, PartNumber: 1, CopySource: `${Bucket}/source` };
    const { CopyPartResult } = await test.s3.send(
      new sdk.UploadPartCopyCommand({ ...input, CopySourceRange: "bytes=2-5" }),
    );
    await complete(upload, [{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
    expect(await test.text(Bucket, "k")).toBe("2345");
    const other = await begin(Bucket, "k");
    await expect(
      test.s3.send(new sdk.UploadPartCopyCommand({ ...input, ...other, CopySourceRange: "bytes=5-10" })),
    ).rejects.toMatchObject({ name: "InvalidArgument" });
  });
});

describe("AbortMultipartUpload", () => {
  it("forgets the upload and its parts", async () => {
    const Bucket = await test.newBucket();
    const upload = await begin(Bucket, "k");
    await part(upload, 1, "x");
    await test.s3.send(new sdk.AbortMultipartUploadCommand(upload));
    await expect(test.s3.send(new sdk.ListPartsCommand(upload))).rejects.toThrow(sdk.NoSuchUpload);
    await expect(test.s3.send(new sdk.AbortMultipartUploadCommand(upload))).rejects.toThrow(sdk.NoSuchUpload);
  });
});

describe("ListParts, ListMultipartUploads", () => {
  it("pages through parts", async () => {
    const Bucket = await test.newBucket();
    const upload = await begin(Bucket, "k");
    for (const number of [1, 3, 10]) await part(upload, number, `part ${number}`);
    const first = await test.s3.send(new sdk.ListPartsCommand({ ...upload, MaxParts: 2 }));
    expect(first.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 6],
      [3, 6],
    ]);
    expect([first.IsTruncated, first.NextPartNumberMarker]).toEqual([true, "3"]);
    const rest = await test.s3.send(new sdk.ListPartsCommand({ ...upload, PartNumberMarker: "3" }));
    expect(rest.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([10]);
  });

  it("pages through uploads, and groups them", async () => {
    const Bucket = await test.newBucket();
    const begun = [];
    for (const key of ["a", "b/1", "b/2", "c"]) begun.push(await begin(Bucket, key));
    const list = (more: object) => test.s3.send(new sdk.ListMultipartUploadsCommand({ Bucket, ...more }));
    const all = await list({});
    expect(all.Uploads?.map(({ UploadId }) => UploadId)).toEqual(begun.map(({ UploadId }) => UploadId));
    const grouped = await list({ Delimiter: "/", MaxUploads: 2 });
    expect(grouped.Uploads?.map(({ Key }) => Key)).toEqual(["a"]);
    expect(grouped.CommonPrefixes).toEqual([{ Prefix: "b/" }]);
    const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = grouped;
    const rest = await list({ Delimiter: "/", KeyMarker, UploadIdMarker });
    expect([rest.Uploads?.map(({ Key }) => Key), rest.CommonPrefixes]).toEqual([["c"], undefined]);
  });
});
