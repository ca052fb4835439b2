import * as sdk from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { TestCloud } from "./test-cloud.js";

const test = new TestCloud();

/** One kind of document: what is put, what is then answered, and the error where there is none. */
interface Case {
  readonly operation: string;
  readonly deletion?: string;
  readonly input: object;
  readonly output?: object;
  readonly missing?: string;
  readonly versioned?: true;
}

const CORSRules = [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"], MaxAgeSeconds: 1 }];
const Rules = [
  { ID: "r", Status: "Enabled", Filter: { Prefix: "a" }, Expiration: { Date: new Date("2030-01-01T00:00:00Z") } },
];
const TagSet = [{ Key: "k", Value: "v" }];
const website = { IndexDocument: { Suffix: "index.html" } };
const LoggingEnabled = { TargetBucket: "bucket-0", TargetPrefix: "p" };
const replication = {
  Role: "arn:aws:iam::000000000000:role/r",
  Rules: [{ Status: "Enabled", Destination: { Bucket: "arn:aws:s3:::other" } }],
};
const encryption = {
  Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "k" } }],
};
const block = { BlockPublicAcls: true, IgnorePublicAcls: false, BlockPublicPolicy: true, RestrictPublicBuckets: false };

const CASES: readonly Case[] = [
  {
    operation: "BucketEncryption",
    deletion: "DeleteBucketEncryption",
    input: { ServerSideEncryptionConfiguration: encryption },
  },
  {
    operation: "BucketCors",
    deletion: "DeleteBucketCors",
    input: { CORSConfiguration: { CORSRules } },
    output: { CORSRules },
    missing: "NoSuchCORSConfiguration",
  },
  {
    operation: "BucketLifecycleConfiguration",
    deletion: "DeleteBucketLifecycle",
    input: { LifecycleConfiguration: { Rules } },
    output: { Rules },
    missing: "NoSuchLifecycleConfiguration",
  },
  {
    operation: "BucketTagging",
    deletion: "DeleteBucketTagging",
    input: { Tagging: { TagSet } },
    output: { TagSet },
    missing: "NoSuchTagSet",
  },
  {
    operation: "BucketOwnershipControls",
    deletion: "DeleteBucketOwnershipControls",
    input: { OwnershipControls: { Rules: [{ ObjectOwnership: "ObjectWriter" }] } },
    missing: "OwnershipControlsNotFoundError",
  },
  {
    operation: "PublicAccessBlock",
    deletion: "DeletePublicAccessBlock",
    input: { PublicAccessBlockConfiguration: block },
    missing: "NoSuchPublicAccessBlockConfiguration",
  },
  {
    operation: "BucketWebsite",
    deletion: "DeleteBucketWebsite",
    input: { WebsiteConfiguration: website },
    output: website,
    missing: "NoSuchWebsiteConfiguration",
  },
  { operation: "BucketLogging", input: { BucketLoggingStatus: { LoggingEnabled } }, output: { LoggingEnabled } },
  {
    operation: "BucketAccelerateConfiguration",
    input: { AccelerateConfiguration: { Status: "Enabled" } },
    output: { Status: "Enabled" },
  },
  {
    operation: "BucketRequestPayment",
    input: { RequestPaymentConfiguration: { Payer: "Requester" } },
    output: { Payer: "Requester" },
  },
  {
    operation: "BucketReplication",
    deletion: "DeleteBucketReplication",
    input: { ReplicationConfiguration: replication },
    missing: "ReplicationConfigurationNotFoundError",
    versioned: true,
  },
  { operation: "BucketAbac", input: { AbacStatus: { Status: "Enabled" } } },
];

const NAMED: Readonly<Record<string, object>> = {
  AnalyticsConfiguration: { Id: "i", StorageClassAnalysis: {} },
  IntelligentTieringConfiguration: {
    Id: "i",
    Status: "Enabled",
    Tierings: [{ Days: 90, AccessTier: "ARCHIVE_ACCESS" }],
  },
  InventoryConfiguration: {
    Id: "i",
    IsEnabled: true,
    IncludedObjectVersions: "All",
    Schedule: { Frequency: "Daily" },
    Destination: { S3BucketDestination: { Bucket: "arn:aws:s3:::other", Format: "CSV" } },
  },
  MetricsConfiguration: { Id: "i", Filter: { Prefix: "p" } },
};

type Commands = Record<string, new (input: object) => sdk.ListBucketsCommand>;
const send = (operation: string, input: object) => {
  const Command = (sdk as unknown as Commands)[`${operation}Command`]; // commands are found by their names here
  if (!Command) throw new Error(`The SDK has no ${operation}.`);
  return test.s3.send(new Command(input)) as Promise<object>;
};

describe("PutBucketEncryption, GetBucketEncryption, DeleteBucketEncryption, PutBucketCors, GetBucketCors, DeleteBucketCors, PutBucketLifecycleConfiguration, GetBucketLifecycleConfiguration, DeleteBucketLifecycle, PutBucketTagging, GetBucketTagging, DeleteBucketTagging, PutBucketOwnershipControls, GetBucketOwnershipControls, DeleteBucketOwnershipControls, PutPublicAccessBlock, GetPublicAccessBlock, DeletePublicAccessBlock, PutBucketWebsite, GetBucketWebsite, DeleteBucketWebsite, PutBucketLogging, GetBucketLogging, PutBucketAccelerateConfiguration, GetBucketAccelerateConfiguration, PutBucketRequestPayment, GetBucketRequestPayment, PutBucketReplication, GetBucketReplication, DeleteBucketReplication, PutBucketAbac, GetBucketAbac", () => {
  it.each(CASES)(
    "keep, answer and take away $operation",
    async ({ operation, deletion, input, output, missing, versioned }) => {
      const Bucket = await test.newBucket(versioned && "Enabled");
      await send(`Put${operation}`, { Bucket, ...input });
      expect(await send(`Get${operation}`, { Bucket })).toMatchObject(output ?? input);
      if (deletion) await send(deletion, { Bucket });
      if (missing) await expect(send(`Get${operation}`, { Bucket })).rejects.toMatchObject({ name: missing });
      await expect(send(`Get${operation}`, { Bucket: "no-such-bucket" })).rejects.toThrow(sdk.NoSuchBucket);
    },
  );

  it("encrypts objects as the bucket does by default", async () => {
    const Bucket = await test.newBucket();
    await send("PutBucketEncryption", { Bucket, ServerSideEncryptionConfiguration: encryption });
    expect(await test.put(Bucket, "k")).toMatchObject({
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: "arn:aws:kms:us-east-1:000000000000:key/k",
    });
  });
});

describe("PutBucketAnalyticsConfiguration, GetBucketAnalyticsConfiguration, DeleteBucketAnalyticsConfiguration, ListBucketAnalyticsConfigurations, PutBucketIntelligentTieringConfiguration, GetBucketIntelligentTieringConfiguration, DeleteBucketIntelligentTieringConfiguration, ListBucketIntelligentTieringConfigurations, PutBucketInventoryConfiguration, GetBucketInventoryConfiguration, DeleteBucketInventoryConfiguration, ListBucketInventoryConfigurations, PutBucketMetricsConfiguration, GetBucketMetricsConfiguration, DeleteBucketMetricsConfiguration, ListBucketMetricsConfigurations", () => {
  it.each(Object.entries(NAMED))("keep each %s under its id", async (kind, document) => {
    const Bucket = await test.newBucket();
    const one = { Bucket, Id: "i" };
    await send(`PutBucket${kind}`, { ...one, [kind]: document });
    expect(await send(`GetBucket${kind}`, one)).toMatchObject({ [kind]: document });
    expect(await send(`ListBucket${kind}s`, { Bucket })).toMatchObject({ [`${kind}List`]: [document] });
    await send(`DeleteBucket${kind}`, one);
    for (const operation of ["Get", "Delete"]) {
      await expect(send(`${operation}Bucket${kind}`, one)).rejects.toMatchObject({ name: "NoSuchConfiguration" });
    }
  });
});
