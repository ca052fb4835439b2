import * as sdk from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import type { Properties } from "../../../kernel/resource.js";
import { resourceContext } from "../../testing.js";
import bucketProvider from "./bucket.js";
import policyProvider from "./bucket-policy.js";

let cloud: RunningCloud;
let s3: sdk.S3Client;
beforeAll(async () => {
  cloud = await startCloud();
  s3 = cloud.client(sdk.S3Client);
});
afterAll(() => cloud.close());

/** As the CDK's bootstrap template declares its staging bucket. */
const STAGING: Properties = {
  BucketName: "cdk-hnb659fds-assets",
  AccessControl: "Private",
  BucketEncryption: {
    ServerSideEncryptionConfiguration: [
      { ServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "key-1" } },
    ],
  },
  PublicAccessBlockConfiguration: {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  },
  VersioningConfiguration: { Status: "Enabled" },
  LifecycleConfiguration: {
    Rules: [
      { Id: "CleanupOldVersions", Status: "Enabled", NoncurrentVersionExpiration: { NoncurrentDays: 30 } },
      { Id: "AbortIncomplete", Status: "Enabled", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
    ],
  },
};

describe("AWS::S3::Bucket", () => {
  it("makes the bucket of the CDK's bootstrap stack, and reads it back as the template says it", async () => {
    const ctx = resourceContext(cloud, "AWS::S3::Bucket");
    const model = await bucketProvider.create(STAGING, ctx);
    const { AccessControl, ...readable } = STAGING;
    expect(AccessControl).toBe("Private");
    expect(model).toMatchObject({
      ...readable,
      Arn: "arn:aws:s3:::cdk-hnb659fds-assets",
      DomainName: "cdk-hnb659fds-assets.s3.amazonaws.com",
      RegionalDomainName: "cdk-hnb659fds-assets.s3.us-east-1.amazonaws.com",
      WebsiteURL: "http://cdk-hnb659fds-assets.s3-website-us-east-1.amazonaws.com",
    });
    expect(await bucketProvider.read(model, ctx)).toEqual(model);
  });

  it("maps every property that CDK buckets use, there and back", async () => {
    const ctx = resourceContext(cloud, "AWS::S3::Bucket");
    const desired: Properties = {
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: "Enabled",
        Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 7 } },
      },
      CorsConfiguration: {
        CorsRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"], ExposedHeaders: ["ETag"], Id: "c", MaxAge: 60 }],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: "ObjectWriter" }] },
      Tags: [{ Key: "aws-cdk:auto-delete-objects", Value: "true" }],
      WebsiteConfiguration: {
        IndexDocument: "index.html",
        ErrorDocument: "error.html",
        RoutingRules: [{ RedirectRule: { ReplaceKeyWith: "x" }, RoutingRuleCondition: { KeyPrefixEquals: "docs/" } }],
      },
      LoggingConfiguration: { LogFilePrefix: "logs/" },
      AccelerateConfiguration: { AccelerationStatus: "Enabled" },
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      IntelligentTieringConfigurations: [
        { Id: "t", Status: "Enabled", Tierings: [{ AccessTier: "ARCHIVE_ACCESS", Days: 90 }], Prefix: "p" },
      ],
      InventoryConfigurations: [
        {
          Id: "i",
          Enabled: true,
          Destination: { BucketArn: "arn:aws:s3:::other", Format: "CSV" },
          IncludedObjectVersions: "All",
          ScheduleFrequency: "Daily",
        },
      ],
      MetricsConfigurations: [{ Id: "m", TagFilters: [{ Key: "k", Value: "v" }] }],
      LifecycleConfiguration: {
        Rules: [
          {
            Id: "l",
            Status: "Enabled",
            Prefix: "a/",
            TagFilters: [{ Key: "k", Value: "v" }],
            ExpirationInDays: 30,
            Transitions: [{ StorageClass: "GLACIER", TransitionInDays: 10 }],
            NoncurrentVersionTransitions: [{ StorageClass: "GLACIER", TransitionInDays: 5 }],
          },
        ],
      },
    };
    const model = await bucketProvider.create(desired, ctx);
    const { ObjectLockEnabled, LoggingConfiguration, ...readable } = desired;
    expect(ObjectLockEnabled).toBe(true);
    expect(model).toMatchObject(readable);
    expect(model.LoggingConfiguration).toEqual({
      ...(LoggingConfiguration as Properties),
      DestinationBucketName: model.BucketName,
    });
  });

  it("takes away what the template no longer says", async () => {
    const ctx = resourceContext(cloud, "AWS::S3::Bucket");
    const before: Properties = {
      Tags: [{ Key: "a", Value: "b" }],
      VersioningConfiguration: { Status: "Enabled" },
      MetricsConfigurations: [{ Id: "m" }, { Id: "n" }],
      CorsConfiguration: { CorsRules: [{ AllowedMethods: ["GET"], AllowedOrigins: ["*"] }] },
    };
    const model = await bucketProvider.create(before, ctx);
    const updated = await bucketProvider.update({ MetricsConfigurations: [{ Id: "n" }] }, model, ctx, before);
    expect(updated).toMatchObject({
      VersioningConfiguration: { Status: "Suspended" },
      MetricsConfigurations: [{ Id: "n" }],
    });
    expect(updated.Tags).toBeUndefined();
    expect(updated.CorsConfiguration).toBeUndefined();
  });

  it("cannot be deleted while it holds objects, and is gone after", async () => {
    const ctx = resourceContext(cloud, "AWS::S3::Bucket");
    const model = await bucketProvider.create({}, ctx);
    const Bucket = model.BucketName as string;
    await s3.send(new sdk.PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
    await expect(bucketProvider.delete(model, ctx)).rejects.toThrow("The bucket you tried to delete is not empty");
    await s3.send(new sdk.DeleteObjectCommand({ Bucket, Key: "k" }));
    await bucketProvider.delete(model, ctx);
    await bucketProvider.delete(model, ctx);
    expect(await bucketProvider.read(model, ctx)).toBeUndefined();
  });

  it("names buckets from a prefix, in the account's own namespace where it is asked to", async () => {
    const ctx = resourceContext(cloud, "AWS::S3::Bucket");
    const own = { BucketNamePrefix: "my-app", BucketNamespace: "account-regional" };
    expect((await bucketProvider.create(own, ctx)).BucketName).toBe("my-app-000000000000-us-east-1-an");
    expect((await bucketProvider.create({ BucketNamePrefix: "my-app" }, ctx)).BucketName).toMatch(/^my-app-.+/);
  });

  it("refuses metadata tables, which are not here", async () => {
    const ctx = resourceContext(cloud, "AWS::S3::Bucket");
    const MetadataConfiguration = { JournalTableConfiguration: { RecordExpiration: { Expiration: "DISABLED" } } };
    await expect(bucketProvider.create({ MetadataConfiguration }, ctx)).rejects.toThrow("S3 Tables are not here");
  });

  it("does not take over a bucket that is there already", async () => {
    const ctx = resourceContext(cloud, "AWS::S3::Bucket");
    await s3.send(new sdk.CreateBucketCommand({ Bucket: "there-already" }));
    await expect(bucketProvider.create({ BucketName: "there-already" }, ctx)).rejects.toThrow("already exists");
  });
});

const denyPlain = (bucket: unknown) => ({
  Effect: "Deny",
  Principal: { AWS: "*" },
  Action: "s3:*",
  Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});

describe("AWS::S3::BucketPolicy", () => {
  it("puts, reads and deletes the policy", async () => {
    const ctx = resourceContext(cloud, "AWS::S3::BucketPolicy");
    const { BucketName } = await bucketProvider.create({}, ctx);
    const PolicyDocument = { Version: "2012-10-17", Statement: [denyPlain(BucketName)] };
    const model = await policyProvider.create({ Bucket: BucketName as string, PolicyDocument }, ctx);
    expect(await policyProvider.read(model, ctx)).toEqual({ Bucket: BucketName, PolicyDocument });
    expect(await policyProvider.list(ctx)).toContainEqual({ Bucket: BucketName });
    await policyProvider.delete(model, ctx);
    expect(await policyProvider.read(model, ctx)).toBeUndefined();
  });

  it("waits a little for a bucket that is made at the same time", async () => {
    const ctx = { ...resourceContext(cloud, "AWS::S3::BucketPolicy"), wait: async () => void (await making()) };
    const Bucket = "made-beside";
    const making = () => s3.send(new sdk.CreateBucketCommand({ Bucket }));
    const desired = { Bucket, PolicyDocument: { Version: "2012-10-17", Statement: [denyPlain(Bucket)] } };
    expect(await policyProvider.create(desired, ctx)).toMatchObject({ Bucket });
    const missing = policyProvider.create({ ...desired, Bucket: "never-made" }, resourceContext(cloud, "policy"));
    await expect(missing).rejects.toThrow("The specified bucket does not exist");
  });
});
