import { request } from "node:http";
import * as sdk from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { TestCloud } from "./test-cloud.js";

const test = new TestCloud();

describe("CreateBucket", () => {
  it("refuses names that S3 does not take", async () => {
    for (const Bucket of ["ab", "Upper", "under_score", "a..b", "-a-", "192.168.0.1", "xn--a", "x".repeat(64)]) {
      const creating = test.cloud.call("s3", "CreateBucket", { Bucket });
      await expect(creating, Bucket).rejects.toMatchObject({
        code: "InvalidBucketName",
        message: "The specified bucket is not valid.",
      });
    }
  });

  it("succeeds again in us-east-1, and nowhere else", async () => {
    const Bucket = await test.newBucket();
    await test.put(Bucket, "k");
    await test.s3.send(new sdk.CreateBucketCommand({ Bucket }));
    expect(await test.text(Bucket, "k")).toBe("x");
    const west = test.cloud.client(sdk.S3Client, { region: "us-west-2" });
    const CreateBucketConfiguration = { LocationConstraint: "us-west-2" as const };
    const create = (Bucket: string, configuration?: sdk.CreateBucketConfiguration) =>
      west.send(new sdk.CreateBucketCommand({ Bucket, CreateBucketConfiguration: configuration }));
    await create("in-the-west", CreateBucketConfiguration);
    await expect(create("in-the-west", CreateBucketConfiguration)).rejects.toThrow(sdk.BucketAlreadyOwnedByYou);
    await expect(create("in-the-east", { LocationConstraint: "eu-west-1" })).rejects.toMatchObject({
      name: "IllegalLocationConstraintException",
    });
  });

  it("refuses a name that another account has", async () => {
    const Bucket = await test.newBucket();
    const other = test.cloud.client(sdk.S3Client, {
      credentials: { accessKeyId: "111111111111", secretAccessKey: "x" },
    });
    await expect(other.send(new sdk.CreateBucketCommand({ Bucket }))).rejects.toThrow(sdk.BucketAlreadyExists);
    const input = { Bucket, ExpectedBucketOwner: "111111111111" };
    await expect(other.send(new sdk.GetBucketLocationCommand(input))).rejects.toMatchObject({ name: "AccessDenied" });
  });
});

describe("HeadBucket, DeleteBucket", () => {
  it("answers for a bucket that is there", async () => {
    const Bucket = await test.newBucket();
    expect((await test.s3.send(new sdk.HeadBucketCommand({ Bucket }))).BucketRegion).toBe("us-east-1");
    await test.put(Bucket, "k");
    await expect(test.s3.send(new sdk.DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: "BucketNotEmpty",
    });
    await test.s3.send(new sdk.DeleteObjectCommand({ Bucket, Key: "k" }));
    await test.s3.send(new sdk.DeleteBucketCommand({ Bucket }));
    await expect(test.s3.send(new sdk.HeadBucketCommand({ Bucket }))).rejects.toThrow(sdk.NotFound);
    await expect(test.s3.send(new sdk.DeleteBucketCommand({ Bucket }))).rejects.toThrow(sdk.NoSuchBucket);
  });
});

describe("ListBuckets", () => {
  it("lists the account's buckets, page by page", async () => {
    for (const name of ["list-a", "list-b", "list-c"]) {
      await test.s3.send(new sdk.CreateBucketCommand({ Bucket: name }));
    }
    const first = await test.s3.send(new sdk.ListBucketsCommand({ Prefix: "list-", MaxBuckets: 2 }));
    expect(first.Buckets?.map(({ Name }) => Name)).toEqual(["list-a", "list-b"]);
    const { ContinuationToken } = first;
    const rest = await test.s3.send(new sdk.ListBucketsCommand({ Prefix: "list-", ContinuationToken }));
    expect(rest.Buckets?.map(({ Name }) => Name)).toEqual(["list-c"]);
    expect(rest.ContinuationToken).toBeUndefined();
  });
});

describe("GetBucketLocation", () => {
  it("answers with a constraint everywhere but in us-east-1", async () => {
    const Bucket = await test.newBucket();
    const east = await test.s3.send(new sdk.GetBucketLocationCommand({ Bucket }));
    expect(east.LocationConstraint).toBeUndefined();
    const CreateBucketConfiguration = { LocationConstraint: "eu-central-1" as const };
    await test.s3.send(new sdk.CreateBucketCommand({ Bucket: "frankfurt", CreateBucketConfiguration }));
    const central = await test.s3.send(new sdk.GetBucketLocationCommand({ Bucket: "frankfurt" }));
    expect(central.LocationConstraint).toBe("eu-central-1");
  });
});

describe("PutBucketPolicy, GetBucketPolicy, GetBucketPolicyStatus, DeleteBucketPolicy", () => {
  const policy = (bucket: string, more: object = {}) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: `arn:aws:s3:::${bucket}/*`, ...more },
      ],
    });
  const put = (Bucket: string, Policy: string) => test.s3.send(new sdk.PutBucketPolicyCommand({ Bucket, Policy }));

  it("keeps the policy as it was written", async () => {
    const Bucket = await test.newBucket();
    const Policy = policy(Bucket, { Principal: { AWS: "arn:aws:iam::111111111111:root" } });
    await put(Bucket, Policy);
    expect((await test.s3.send(new sdk.GetBucketPolicyCommand({ Bucket }))).Policy).toBe(Policy);
    const status = await test.s3.send(new sdk.GetBucketPolicyStatusCommand({ Bucket }));
    expect(status.PolicyStatus?.IsPublic).toBe(false);
    await test.s3.send(new sdk.DeleteBucketPolicyCommand({ Bucket }));
    await expect(test.s3.send(new sdk.GetBucketPolicyCommand({ Bucket }))).rejects.toMatchObject({
      name: "NoSuchBucketPolicy",
      message: "The bucket policy does not exist",
    });
  });

  it("refuses a public policy until the public access block allows it", async () => {
    const Bucket = await test.newBucket();
    await expect(put(Bucket, policy(Bucket))).rejects.toMatchObject({ name: "AccessDenied" });
    await test.s3.send(new sdk.DeletePublicAccessBlockCommand({ Bucket }));
    await put(Bucket, policy(Bucket));
    const status = await test.s3.send(new sdk.GetBucketPolicyStatusCommand({ Bucket }));
    expect(status.PolicyStatus?.IsPublic).toBe(true);
  });

  it("refuses what is no policy of the bucket", async () => {
    const Bucket = await test.newBucket();
    await expect(put(Bucket, "{")).rejects.toMatchObject({ name: "MalformedPolicy" });
    await expect(put(Bucket, policy("other-bucket"))).rejects.toMatchObject({
      name: "MalformedPolicy",
      message: "Policy has invalid resource",
    });
  });
});

describe("buckets of another region", () => {
  it("are redirected to, and found by clients that follow", async () => {
    const [Bucket, Key] = ["far-away", "k"];
    const west = test.cloud.client(sdk.S3Client, { region: "us-west-2" });
    const CreateBucketConfiguration = { LocationConstraint: "us-west-2" as const };
    await west.send(new sdk.CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    await west.send(new sdk.PutObjectCommand({ Bucket, Key, Body: "x" }));
    const { s3 } = test;
    await expect(s3.send(new sdk.GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
      name: "PermanentRedirect",
      Endpoint: "far-away.s3.us-west-2.amazonaws.com",
      $response: { statusCode: 301, headers: { "x-amz-bucket-region": "us-west-2" } },
    });
    await expect(s3.send(new sdk.HeadBucketCommand({ Bucket }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 301 },
    });
    const follows = test.cloud.client(sdk.S3Client, { followRegionRedirects: true });
    const { Body } = await follows.send(new sdk.GetObjectCommand({ Bucket, Key }));
    expect(await Body?.transformToString()).toBe("x");
    const own = await test.newBucket();
    await s3.send(new sdk.CopyObjectCommand({ Bucket: own, Key, CopySource: `${Bucket}/${Key}` }));
    expect((await fetch(`${test.cloud.endpoint}/${Bucket}/${Key}`)).status).toBe(200);
  });
});

describe("buckets by their host names", () => {
  it("are found under AWS's names, and under localhost", async () => {
    const Bucket = await test.newBucket();
    await test.put(Bucket, "k");
    const { hostname, port } = new URL(test.cloud.endpoint);
    const status = (host: string) =>
      new Promise((resolve, reject) => {
        request({ hostname, port, path: "/k", headers: { host } }, (answer) => resolve(answer.resume().statusCode))
          .on("error", reject)
          .end();
      });
    for (const suffix of ["s3.amazonaws.com", "s3.us-east-1.amazonaws.com", "s3.localhost:4566", "localhost:4566"]) {
      expect([suffix, await status(`${Bucket}.${suffix}`)]).toEqual([suffix, 200]);
    }
    expect(await status("no-such-bucket.localhost:4566")).toBe(404);
  });
});
