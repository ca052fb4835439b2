/** The documents that configure a bucket: each is put, got and deleted in the same way. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler, Input, OperationName, Output } from "../../kernel/service.js";
import { malformedXml } from "./documents.js";
import { scheduleLifecycle } from "./lifecycle.js";
import { checkRules, type LifecycleRule } from "./lifecycle-rules.js";
import type { S3 } from "./object.js";
import { checkTags } from "./settings.js";
import { buckets, configuration, configurations, configure, getBucket } from "./tables.js";
import { checkWebsite, type Website } from "./website-routing.js";

interface BucketInput {
  Bucket?: string | undefined;
  ExpectedBucketOwner?: string | undefined;
  Id?: string | undefined;
}
type Check<Name extends OperationName<S3>> = (input: Input<S3, Name>, ctx: Context) => void;

const missing = (code: string, message: string) => new AwsError(code, message, { status: 404 });

/** Stores the document that `read` finds in the input, after `check`. */
function put<Name extends OperationName<S3>>(
  kind: string,
  read: (input: Input<S3, Name>) => unknown,
  check?: Check<Name>,
): Handler<S3, Name> {
  return (input, ctx) => {
    const { name } = getBucket(ctx, input as BucketInput);
    const document = read(input);
    if (document === undefined) throw malformedXml();
    check?.(input, ctx);
    configure(ctx, name, kind, document, (input as BucketInput).Id);
    return {} as Output<S3, Name>;
  };
}

/** Answers with the stored document, as `write` wraps it; throws where there is none, unless `absent` is an answer. */
function get<Name extends OperationName<S3>>(
  kind: string,
  write: (document: never) => Output<S3, Name>,
  absent: () => AwsError | Output<S3, Name>,
): Handler<S3, Name> {
  return (input, ctx) => {
    const { Id, ...rest } = input as BucketInput;
    const document = configuration<never>(ctx, getBucket(ctx, rest).name, kind, Id);
    if (document !== undefined) return write(document);
    const answer = absent();
    if (answer instanceof AwsError) throw answer;
    return answer;
  };
}

function remove<Name extends OperationName<S3>>(kind: string): Handler<S3, Name> {
  return (input, ctx) => {
    const { name } = getBucket(ctx, input as BucketInput);
    configure(ctx, name, kind, undefined, (input as BucketInput).Id);
    return {} as Output<S3, Name>;
  };
}

/** Removes a document that has an id. @throws AwsError where there is none */
function removeOne<Name extends OperationName<S3>>(kind: string): Handler<S3, Name> {
  return (input, ctx) => {
    const { Id = "" } = input as BucketInput;
    const { name } = getBucket(ctx, input as BucketInput);
    if (!ctx.table(configurations).delete(name, kind, Id)) throw noSuchConfiguration();
    return {} as Output<S3, Name>;
  };
}

/** All documents of a kind, in the order of their ids. */
function listAll<Name extends OperationName<S3>>(
  kind: string,
  write: (documents: never[]) => Output<S3, Name>,
): Handler<S3, Name> {
  return (input, ctx) => {
    const { name } = getBucket(ctx, input as BucketInput);
    const rows = ctx.table(configurations).rows({ prefix: [name, kind] });
    return write(rows.map(({ document }) => document as never));
  };
}

const noSuchConfiguration = () => missing("NoSuchConfiguration", "The specified configuration does not exist.");

export const putBucketEncryption = put<"PutBucketEncryption">("encryption", (i) => i.ServerSideEncryptionConfiguration);
export const getBucketEncryption = get<"GetBucketEncryption">(
  "encryption",
  (document) => ({ ServerSideEncryptionConfiguration: document }),
  // Every bucket encrypts with S3's own keys unless it says otherwise.
  () => ({
    ServerSideEncryptionConfiguration: {
      Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" }, BucketKeyEnabled: false }],
    },
  }),
);
export const deleteBucketEncryption = remove<"DeleteBucketEncryption">("encryption");

const CORS_METHODS = new Set(["GET", "PUT", "HEAD", "POST", "DELETE"]);
export const putBucketCors = put<"PutBucketCors">(
  "cors",
  (input) => input.CORSConfiguration?.CORSRules,
  (input) => {
    for (const method of (input.CORSConfiguration?.CORSRules ?? []).flatMap((rule) => rule.AllowedMethods ?? [])) {
      if (CORS_METHODS.has(method)) continue;
      throw new AwsError(
        "InvalidRequest",
        `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`,
        {
          status: 400,
        },
      );
    }
  },
);
export const getBucketCors = get<"GetBucketCors">(
  "cors",
  (document) => ({ CORSRules: document }),
  () => missing("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
);
export const deleteBucketCors = remove<"DeleteBucketCors">("cors");

export const putBucketLifecycleConfiguration = put<"PutBucketLifecycleConfiguration">(
  "lifecycle",
  ({ LifecycleConfiguration, TransitionDefaultMinimumObjectSize }) =>
    LifecycleConfiguration?.Rules && {
      Rules: LifecycleConfiguration.Rules.map((rule, index) => ({ ...rule, ID: rule.ID ?? `rule-${index}` })),
      TransitionDefaultMinimumObjectSize: TransitionDefaultMinimumObjectSize ?? "all_storage_classes_128K",
    },
  (input, ctx) => {
    checkRules((input.LifecycleConfiguration?.Rules ?? []) as readonly LifecycleRule[]);
    scheduleLifecycle(ctx, input.Bucket ?? "");
  },
);
export const getBucketLifecycleConfiguration = get<"GetBucketLifecycleConfiguration">(
  "lifecycle",
  (document) => document,
  () => missing("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
);
export const deleteBucketLifecycle = remove<"DeleteBucketLifecycle">("lifecycle");

const MAX_BUCKET_TAGS = 50;
export const putBucketTagging = put<"PutBucketTagging">(
  "tagging",
  (input) => input.Tagging?.TagSet,
  (input) => checkTags(input.Tagging?.TagSet ?? [], MAX_BUCKET_TAGS),
);
export const getBucketTagging = get<"GetBucketTagging">(
  "tagging",
  (document) => ({ TagSet: document }),
  () => missing("NoSuchTagSet", "The TagSet does not exist"),
);
export const deleteBucketTagging = remove<"DeleteBucketTagging">("tagging");

export const putBucketOwnershipControls = put<"PutBucketOwnershipControls">(
  "ownership controls",
  (input) => input.OwnershipControls,
);
export const getBucketOwnershipControls = get<"GetBucketOwnershipControls">(
  "ownership controls",
  (document) => ({ OwnershipControls: document }),
  () => missing("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
);
export const deleteBucketOwnershipControls = remove<"DeleteBucketOwnershipControls">("ownership controls");

export const putPublicAccessBlock = put<"PutPublicAccessBlock">(
  "public access block",
  ({ PublicAccessBlockConfiguration: given }) =>
    given && {
      BlockPublicAcls: given.BlockPublicAcls ?? false,
      IgnorePublicAcls: given.IgnorePublicAcls ?? false,
      BlockPublicPolicy: given.BlockPublicPolicy ?? false,
      RestrictPublicBuckets: given.RestrictPublicBuckets ?? false,
    },
);
export const getPublicAccessBlock = get<"GetPublicAccessBlock">(
  "public access block",
  (document) => ({ PublicAccessBlockConfiguration: document }),
  () => missing("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
);
export const deletePublicAccessBlock = remove<"DeletePublicAccessBlock">("public access block");

export const putBucketWebsite = put<"PutBucketWebsite">(
  "website",
  (input) => input.WebsiteConfiguration,
  (input) => checkWebsite((input.WebsiteConfiguration ?? {}) as Website),
);
export const getBucketWebsite = get<"GetBucketWebsite">(
  "website",
  (document) => document,
  () => missing("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
);
export const deleteBucketWebsite = remove<"DeleteBucketWebsite">("website");

export const putBucketLogging = put<"PutBucketLogging">(
  "logging",
  (input) => input.BucketLoggingStatus ?? {},
  (input, ctx) => {
    const target = input.BucketLoggingStatus?.LoggingEnabled?.TargetBucket;
    if (target === undefined || ctx.table(buckets).has(target)) return;
    throw new AwsError("InvalidTargetBucketForLogging", "The target bucket for logging does not exist", {
      status: 400,
    });
  },
);
export const getBucketLogging = get<"GetBucketLogging">(
  "logging",
  (document) => document,
  () => ({}),
);

export const putBucketAccelerateConfiguration = put<"PutBucketAccelerateConfiguration">(
  "accelerate",
  (input) => input.AccelerateConfiguration,
);
export const getBucketAccelerateConfiguration = get<"GetBucketAccelerateConfiguration">(
  "accelerate",
  (document) => document,
  () => ({}),
);

export const putBucketRequestPayment = put<"PutBucketRequestPayment">(
  "request payment",
  (input) => input.RequestPaymentConfiguration,
);
export const getBucketRequestPayment = get<"GetBucketRequestPayment">(
  "request payment",
  (document) => document,
  () => ({ Payer: "BucketOwner" }),
);

export const putBucketReplication = put<"PutBucketReplication">(
  "replication",
  (input) => input.ReplicationConfiguration,
  (input, ctx) => {
    if (getBucket(ctx, input).versioning === "Enabled") return;
    throw new AwsError(
      "InvalidRequest",
      "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
      { status: 400 },
    );
  },
);
export const getBucketReplication = get<"GetBucketReplication">(
  "replication",
  (document) => ({ ReplicationConfiguration: document }),
  () => missing("ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
);
export const deleteBucketReplication = remove<"DeleteBucketReplication">("replication");

export const putBucketAbac = put<"PutBucketAbac">("abac", (input) => input.AbacStatus);
export const getBucketAbac = get<"GetBucketAbac">(
  "abac",
  (document) => ({ AbacStatus: document }),
  () => ({ AbacStatus: { Status: "Disabled" } }),
);

export const putBucketAnalyticsConfiguration = put<"PutBucketAnalyticsConfiguration">(
  "analytics",
  (input) => input.AnalyticsConfiguration,
);
export const getBucketAnalyticsConfiguration = get<"GetBucketAnalyticsConfiguration">(
  "analytics",
  (document) => ({ AnalyticsConfiguration: document }),
  noSuchConfiguration,
);
export const deleteBucketAnalyticsConfiguration = removeOne<"DeleteBucketAnalyticsConfiguration">("analytics");
export const listBucketAnalyticsConfigurations = listAll<"ListBucketAnalyticsConfigurations">(
  "analytics",
  (documents) => ({ IsTruncated: false, AnalyticsConfigurationList: documents }),
);

export const putBucketIntelligentTieringConfiguration = put<"PutBucketIntelligentTieringConfiguration">(
  "intelligent tiering",
  (input) => input.IntelligentTieringConfiguration,
);
export const getBucketIntelligentTieringConfiguration = get<"GetBucketIntelligentTieringConfiguration">(
  "intelligent tiering",
  (document) => ({ IntelligentTieringConfiguration: document }),
  noSuchConfiguration,
);
export const deleteBucketIntelligentTieringConfiguration =
  removeOne<"DeleteBucketIntelligentTieringConfiguration">("intelligent tiering");
export const listBucketIntelligentTieringConfigurations = listAll<"ListBucketIntelligentTieringConfigurations">(
  "intelligent tiering",
  (documents) => ({ IsTruncated: false, IntelligentTieringConfigurationList: documents }),
);

export const putBucketInventoryConfiguration = put<"PutBucketInventoryConfiguration">(
  "inventory",
  (input) => input.InventoryConfiguration,
);
export const getBucketInventoryConfiguration = get<"GetBucketInventoryConfiguration">(
  "inventory",
  (document) => ({ InventoryConfiguration: document }),
  noSuchConfiguration,
);
export const deleteBucketInventoryConfiguration = removeOne<"DeleteBucketInventoryConfiguration">("inventory");
export const listBucketInventoryConfigurations = listAll<"ListBucketInventoryConfigurations">(
  "inventory",
  (documents) => ({ IsTruncated: false, InventoryConfigurationList: documents }),
);

export const putBucketMetricsConfiguration = put<"PutBucketMetricsConfiguration">(
  "metrics",
  (input) => input.MetricsConfiguration,
);
export const getBucketMetricsConfiguration = get<"GetBucketMetricsConfiguration">(
  "metrics",
  (document) => ({ MetricsConfiguration: document }),
  noSuchConfiguration,
);
export const deleteBucketMetricsConfiguration = removeOne<"DeleteBucketMetricsConfiguration">("metrics");
export const listBucketMetricsConfigurations = listAll<"ListBucketMetricsConfigurations">("metrics", (documents) => ({
  IsTruncated: false,
  MetricsConfigurationList: documents,
}));
