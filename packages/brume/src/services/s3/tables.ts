/** Where buckets, objects and configurations are kept, and how a bucket is found. Bucket names are global. */
import { partitionOf } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { defineSequence } from "../../kernel/sequence.js";
import { defineTable } from "../../kernel/store.js";
import { withHttp } from "../../protocol/answer.js";
import type { Bucket } from "./bucket.js";
import type { ObjectVersion } from "./object.js";

/** [bucket] */
export const buckets = defineTable<Bucket>("s3/buckets", "cloud", { cached: true });
/** [bucket, key]: the latest version of each key, delete markers too. */
export const objects = defineTable<ObjectVersion>("s3/objects", "cloud");
/** [bucket, key, LAST - sequence]: the versions that are not the latest, newest first. */
export const noncurrent = defineTable<ObjectVersion>("s3/noncurrent", "cloud");
/** [bucket, kind, id]: the documents that configure a bucket; id is "" where there is one only. */
export const configurations = defineTable<Configuration>("s3/configurations", "cloud", { cached: true });

/** A document as the SDK types it. */
export interface Configuration {
  readonly kind: string;
  readonly id: string;
  readonly document: unknown;
}

/** Subtracting a sequence from this makes keys that sort newest first. */
export const LAST = 2 ** 53 - 1;

export const noSuchBucket = (name: string) =>
  new AwsError("NoSuchBucket", "The specified bucket does not exist", { members: { BucketName: name }, status: 404 });

interface BucketInput {
  readonly Bucket?: string | undefined;
  readonly ExpectedBucketOwner?: string | undefined;
}

/**
 * The bucket that an input names.
 * @throws AwsError `NoSuchBucket`, `AccessDenied` for another owner's, or `PermanentRedirect` for another region's
 */
export function getBucket(ctx: Context, input: BucketInput): Bucket {
  const bucket = getBucketAnywhere(ctx, input);
  // Who calls from within the cloud means the bucket, wherever it is; so does who says no region.
  if (bucket.region === ctx.region || !ctx.http || ctx.principal.type === "anonymous") return bucket;
  const { name, region } = bucket;
  const error = new AwsError(
    "PermanentRedirect",
    "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
    { members: { Endpoint: `${name}.s3.${region}.${partitionOf(region).dnsSuffix}`, Bucket: name }, status: 301 },
  );
  throw withHttp(error, { headers: { "x-amz-bucket-region": region } });
}

/** The same for a bucket that may be in any region. @throws AwsError `NoSuchBucket` or `AccessDenied` */
export function getBucketAnywhere(ctx: Context, input: BucketInput): Bucket {
  const name = input.Bucket ?? "";
  const bucket = ctx.table(buckets).get(name);
  if (!bucket) throw noSuchBucket(name);
  if (input.ExpectedBucketOwner !== undefined && input.ExpectedBucketOwner !== bucket.account) {
    throw new AwsError("AccessDenied", "Access Denied", { status: 403 });
  }
  return bucket;
}

export const bucketArn = (ctx: Context, name: string) => `arn:${ctx.partition}:s3:::${name}`;

/** The bucket that a URL names, in its host or as the first part of its path, and what is left of the path, as it was sent. */
export function bucketOfUrl(host: string | undefined, path: string): { bucket?: string; rest: string } {
  const named = /^(.+?)\.s3[.-]/.exec(host ?? "")?.[1];
  if (named !== undefined) return { bucket: named, rest: path.slice(1) };
  const [, bucket = "", rest = ""] = /^\/(?:_aws\/s3-website\/)?([^/?]*)\/?([^?]*)/.exec(path) ?? [];
  return bucket === "" || bucket.startsWith("_") ? { rest } : { bucket, rest };
}

/** The ARN of the bucket in an input, for authorization. */
export function bucketOf(input: { Bucket?: string | undefined }, ctx: Context): string {
  return bucketArn(ctx, input.Bucket ?? "");
}

/** The ARN of the object in an input, for authorization. */
export function objectOf(input: { Bucket?: string | undefined; Key?: string | undefined }, ctx: Context): string {
  return `${bucketArn(ctx, input.Bucket ?? "")}/${input.Key ?? ""}`;
}

/** A document of a bucket's configuration, if it is set. */
export function configuration<T>(ctx: Context, bucket: string, kind: string, id = ""): T | undefined {
  return ctx.table(configurations).get(bucket, kind, id)?.document as T | undefined;
}

/** Sets a document of a bucket's configuration; `undefined` takes it away. */
export function configure(ctx: Context, bucket: string, kind: string, document: unknown, id = ""): void {
  if (document === undefined) ctx.table(configurations).delete(bucket, kind, id);
  else ctx.table(configurations).put([bucket, kind, id], { kind, id, document });
}

/** Orders versions. */
export const sequence = defineSequence("s3/sequence");
