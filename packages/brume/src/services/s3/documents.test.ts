import * as sdk from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

const Bucket = "documents";
let cloud: RunningCloud;
let s3: sdk.S3Client;
beforeAll(async () => {
  cloud = await startCloud();
  s3 = cloud.client(sdk.S3Client);
  await s3.send(new sdk.CreateBucketCommand({ Bucket }));
  await s3.send(new sdk.PutObjectCommand({ Bucket, Key: "key", Body: "body" }));
});
afterAll(() => cloud.close());

/** By operation: documents that S3's schema does not allow, each in one way. */
const MALFORMED = {
  PutBucketAccelerateConfiguration: [{ AccelerateConfiguration: { Status: "On" } }],
  PutBucketAnalyticsConfiguration: [
    { Id: "a", AnalyticsConfiguration: { Id: "a" } },
    { Id: "a", AnalyticsConfiguration: { StorageClassAnalysis: {} } },
  ],
  PutBucketCors: [{ CORSConfiguration: { CORSRules: [{ AllowedOrigins: ["*"] }] } }],
  PutBucketEncryption: [
    { ServerSideEncryptionConfiguration: {} },
    { ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "DES" } }] } },
  ],
  PutBucketIntelligentTieringConfiguration: [
    { Id: "a", IntelligentTieringConfiguration: { Id: "a", Status: "Enabled" } },
    { Id: "a", IntelligentTieringConfiguration: { Id: "a", Status: "Enabled", Tierings: [{ Days: 90 }] } },
  ],
  PutBucketInventoryConfiguration: [
    { Id: "a", InventoryConfiguration: { Id: "a", IsEnabled: true, IncludedObjectVersions: "All" } },
  ],
  PutBucketLifecycleConfiguration: [{ LifecycleConfiguration: { Rules: [{ Prefix: "", Status: "On" }] } }],
  PutBucketLogging: [{ BucketLoggingStatus: { LoggingEnabled: { TargetBucket: Bucket } } }],
  PutBucketMetricsConfiguration: [{ Id: "a", MetricsConfiguration: { Filter: { Prefix: "a" } } }],
  PutBucketOwnershipControls: [
    { OwnershipControls: {} },
    { OwnershipControls: { Rules: [{ ObjectOwnership: "Everyone" }] } },
  ],
  PutBucketReplication: [{ ReplicationConfiguration: { Role: "arn:aws:iam::000000000000:role/r" } }],
  PutBucketRequestPayment: [{ RequestPaymentConfiguration: { Payer: "Nobody" } }],
  PutBucketTagging: [{ Tagging: { TagSet: [{ Key: "a" }] } }],
  PutBucketVersioning: [{ VersioningConfiguration: { Status: "On" } }],
  PutObjectTagging: [{ Key: "key", Tagging: { TagSet: [{ Key: "a" }] } }],
} satisfies Record<string, object[]>;

// Commands by their names, each of which takes its own input.
const commands = { ...sdk } as unknown as Record<string, new (input: object) => sdk.PutBucketTaggingCommand>;

describe("documents", () => {
  it.each(
    Object.entries(MALFORMED).flatMap(([operation, inputs]) => inputs.map((input) => [operation, input] as const)),
  )("%s refuses %j", async (operation, input) => {
    const Command = commands[`${operation}Command`];
    await expect(Command && s3.send(new Command({ Bucket, ...input }))).rejects.toMatchObject({
      name: "MalformedXML",
      message: "The XML you provided was not well-formed or did not validate against our published schema",
      $metadata: { httpStatusCode: 400 },
    });
  });

  it.each([
    new sdk.PutBucketTaggingCommand({ Bucket, Tagging: undefined }),
    new sdk.PutObjectTaggingCommand({ Bucket, Key: "key", Tagging: undefined }),
    new sdk.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: undefined }),
  ])("that are missing are missed (%#)", async (command) => {
    await expect(s3.send(command as sdk.PutBucketTaggingCommand)).rejects.toMatchObject({
      name: "MissingRequestBodyError",
      message: "Request Body is empty",
    });
  });
});
