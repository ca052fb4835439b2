import * as sdk from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import yazl from "yazl";
import { type RunningCloud, startCloud } from "../../../index.js";
import type { Properties } from "../../../kernel/resource.js";
import { resourceContext } from "../../testing.js";
import deployment from "./bucket-deployment.js";
import notifications from "./bucket-notifications.js";
import { collect } from "./zip.js";

let cloud: RunningCloud;
let s3: sdk.S3Client;
beforeAll(async () => {
  cloud = await startCloud();
  s3 = cloud.client(sdk.S3Client);
});
afterAll(() => cloud.close());

let count = 0;
async function newBucket(): Promise<string> {
  const Bucket = `custom-${count++}`;
  await s3.send(new sdk.CreateBucketCommand({ Bucket }));
  return Bucket;
}
async function put(Bucket: string, Key: string, Body: string | Buffer = "x"): Promise<void> {
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key, Body }));
}
async function text(Bucket: string, Key: string): Promise<string | undefined> {
  return (await s3.send(new sdk.GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
}
async function keys(Bucket: string): Promise<(string | undefined)[]> {
  return ((await s3.send(new sdk.ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key);
}

async function zip(files: Record<string, string>): Promise<Buffer> {
  const archive = new yazl.ZipFile();
  for (const [name, content] of Object.entries(files)) {
    if (name.endsWith("/")) archive.addEmptyDirectory(name);
    else archive.addBuffer(Buffer.from(content), name);
  }
  archive.end();
  return collect(archive.outputStream as never);
}

async function source(files: Record<string, string>): Promise<{ bucket: string; key: string }> {
  const bucket = await newBucket();
  await put(bucket, "asset.zip", await zip(files));
  return { bucket, key: "asset.zip" };
}

describe("Custom::CDKBucketDeployment", () => {
  it("unpacks archives with content types, markers and metadata, and prunes what is not in them", async () => {
    const ctx = resourceContext(cloud, "Custom::CDKBucketDeployment");
    const site = await source({ "index.html": "<h1>hi</h1>", "js/app.js": "1", "empty/": "" });
    const config = await source({ "config.json": '{"url":"<<marker:0xbaba:0>>"}' });
    const Destination = await newBucket();
    await put(Destination, "www/old.txt");
    await put(Destination, "elsewhere.txt");
    const desired: Properties = {
      SourceBucketNames: [site.bucket, config.bucket],
      SourceObjectKeys: [site.key, config.key],
      SourceMarkers: [{}, { "<<marker:0xbaba:0>>": 'https://"quoted"' }],
      SourceMarkersConfig: [{}, { jsonEscape: true }],
      DestinationBucketName: Destination,
      DestinationBucketKeyPrefix: "www",
      Prune: "true",
      UserMetadata: { owner: "me" },
      SystemMetadata: { "cache-control": "max-age=60" },
    };
    const model = await deployment.create(desired, ctx);
    expect(model).toMatchObject({
      DestinationBucketArn: `arn:aws:s3:::${Destination}`,
      SourceObjectKeys: [site.key, config.key],
      PhysicalResourceId: expect.stringMatching(/^aws\.cdk\.s3deployment\./),
    });
    expect(await keys(Destination)).toEqual(["elsewhere.txt", "www/config.json", "www/index.html", "www/js/app.js"]);
    expect(JSON.parse((await text(Destination, "www/config.json")) ?? "")).toEqual({ url: 'https://"quoted"' });
    const head = await s3.send(new sdk.HeadObjectCommand({ Bucket: Destination, Key: "www/index.html" }));
    expect(head).toMatchObject({ ContentType: "text/html", CacheControl: "max-age=60", Metadata: { owner: "me" } });
    const kept = await deployment.update(
      { ...desired, Prune: false, SourceBucketNames: [config.bucket], SourceObjectKeys: [config.key] },
      model,
      ctx,
      desired,
    );
    expect(await keys(Destination)).toHaveLength(4);
    await deployment.delete({ ...kept, RetainOnDelete: "false" }, ctx);
    expect(await keys(Destination)).toEqual(["elsewhere.txt"]);
  });

  it("leaves out what is excluded, and copies an archive whole where it is told to", async () => {
    const ctx = resourceContext(cloud, "Custom::CDKBucketDeployment");
    const { bucket, key } = await source({ "a.js": "1", "a.css": "2", "b.css": "3" });
    const DestinationBucketName = await newBucket();
    await put(DestinationBucketName, "kept.css");
    const common = { SourceBucketNames: [bucket], SourceObjectKeys: [key], DestinationBucketName };
    await deployment.create({ ...common, Exclude: ["*.css"], Include: ["b.*"] }, ctx);
    expect(await keys(DestinationBucketName)).toEqual(["a.js", "b.css", "kept.css"]);
    await deployment.create({ ...common, Extract: "false", Prune: "false" }, ctx);
    expect(await keys(DestinationBucketName)).toContain("asset.zip");
  });

  it("refuses an archive whose names lead out of it", async () => {
    const ctx = resourceContext(cloud, "Custom::CDKBucketDeployment");
    const bucket = await newBucket();
    const archive = await zip({ "xx/evil": "1" });
    // The same length, so that the archive stays whole.
    await put(bucket, "evil.zip", Buffer.from(archive.toString("latin1").replaceAll("xx/evil", "../evil"), "latin1"));
    const DestinationBucketName = await newBucket();
    const desired = { SourceBucketNames: [bucket], SourceObjectKeys: ["evil.zip"], DestinationBucketName };
    await expect(deployment.create(desired, ctx)).rejects.toThrow("The archive cannot be read");
    expect(await keys(DestinationBucketName)).toEqual([]);
  });
});

describe("Custom::S3BucketNotifications", () => {
  const rule = (QueueArn: string, Value: string) => ({
    Events: ["s3:ObjectCreated:*"],
    QueueArn,
    Filter: { Key: { FilterRules: [{ Name: "suffix", Value }] } },
  });
  const read = (Bucket: string) => s3.send(new sdk.GetBucketNotificationConfigurationCommand({ Bucket }));
  const suffixes = async (Bucket: string) =>
    ((await read(Bucket)).QueueConfigurations ?? []).map(({ Filter }) => Filter?.Key?.FilterRules?.[0]?.Value);

  it("overwrites what is there when it is managed", async () => {
    const ctx = resourceContext(cloud, "Custom::S3BucketNotifications");
    const BucketName = await newBucket();
    await cloud.call("sqs", "CreateQueue", { QueueName: "managed" });
    const arn = "arn:aws:sqs:us-east-1:000000000000:managed";
    const desired: Properties = {
      BucketName,
      Managed: "true",
      NotificationConfiguration: { QueueConfigurations: [rule(arn, ".a")] },
    };
    const model = await notifications.create(desired, ctx);
    expect(model.PhysicalResourceId).toBeDefined();
    expect(await suffixes(BucketName)).toEqual([".a"]);
    await notifications.delete(model, ctx);
    expect(await suffixes(BucketName)).toEqual([]);
  });

  it("leaves what others have set when it is not", async () => {
    const ctx = resourceContext(cloud, "Custom::S3BucketNotifications");
    const BucketName = await newBucket();
    await cloud.call("sqs", "CreateQueue", { QueueName: "shared" });
    const arn = "arn:aws:sqs:us-east-1:000000000000:shared";
    await cloud.call("s3", "PutBucketNotificationConfiguration", {
      Bucket: BucketName,
      NotificationConfiguration: { QueueConfigurations: [rule(arn, ".theirs")] },
    });
    const desired = (suffix: string): Properties => ({
      BucketName,
      Managed: false,
      SkipDestinationValidation: "false",
      NotificationConfiguration: { QueueConfigurations: [rule(arn, suffix)] },
    });
    const model = await notifications.create(desired(".a"), ctx);
    expect(await suffixes(BucketName)).toEqual([".theirs", ".a"]);
    const updated = await notifications.update(desired(".b"), model, ctx, desired(".a"));
    expect(await suffixes(BucketName)).toEqual([".theirs", ".b"]);
    await notifications.delete(updated, ctx);
    expect(await suffixes(BucketName)).toEqual([".theirs"]);
  });
});
