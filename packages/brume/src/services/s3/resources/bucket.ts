/** AWS::S3::Bucket */
import { partitionOf } from "../../../kernel/arn.js";
import { AwsError, isAwsError, orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { ASPECTS, type Aspect } from "./bucket-aspects.js";

async function apply(bucket: string, desired: Properties, previous: Properties, ctx: ResourceContext): Promise<void> {
  for (const [property, aspect] of Object.entries(ASPECTS)) {
    const [value, before] = [desired[property], previous[property]];
    if (value === undefined && before === undefined) continue;
    if (JSON.stringify(value) === JSON.stringify(before)) continue;
    if (value === undefined) await aspect.clear(bucket, before as Json, ctx);
    else await aspect.put(bucket, value, ctx, before);
  }
}

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const name = actual.BucketName as string;
  try {
    const { BucketRegion } = await ctx.call<{ BucketRegion: string }>("s3", "HeadBucket", { Bucket: name });
    const model = attributesOf(name, BucketRegion);
    for (const [property, aspect] of Object.entries(ASPECTS)) {
      const value = await readAspect(name, aspect, ctx);
      if (value !== undefined) model[property] = value;
    }
    return model;
  } catch (error) {
    if (isAwsError(error, "NotFound", "NoSuchBucket")) return undefined;
    throw error;
  }
}

async function readAspect(bucket: string, aspect: Aspect, ctx: ResourceContext): Promise<Json | undefined> {
  try {
    return await aspect.read(bucket, ctx);
  } catch (error) {
    // What is not configured answers with an error of its own.
    if (isAwsError(error) && /^NoSuch(?!Bucket$)|NotFoundError$/.test(error.code)) return undefined;
    throw error;
  }
}

function attributesOf(name: string, region: string): Properties {
  const { name: partition, dnsSuffix } = partitionOf(region);
  return {
    BucketName: name,
    Arn: `arn:${partition}:s3:::${name}`,
    DomainName: `${name}.s3.${dnsSuffix}`,
    DualStackDomainName: `${name}.s3.dualstack.${region}.${dnsSuffix}`,
    RegionalDomainName: `${name}.s3.${region}.${dnsSuffix}`,
    WebsiteURL: `http://${name}.s3-website${DASHED.has(region) ? "-" : "."}${region}.${dnsSuffix}`,
  };
}

/** Regions whose website endpoints have a dash. See "Amazon S3 endpoints and quotas", website endpoints. */
const DASHED = new Set([
  "us-east-1",
  "us-west-1",
  "us-west-2",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-northeast-1",
  "eu-west-1",
  "sa-east-1",
  "us-gov-west-1",
]);

export default defineResource({
  async create(desired, ctx) {
    const Bucket = nameOf(desired, ctx);
    // S3 answers a second creation in us-east-1 with success; CloudFormation does not take over what is there. Under a
    // name that was made for this stack it can only be an earlier attempt at the same creation.
    if (desired.BucketName !== undefined && (await exists(Bucket, ctx))) {
      throw new AwsError("BucketAlreadyOwnedByYou", `${Bucket} already exists`, { status: 409 });
    }
    await ctx.call("s3", "CreateBucket", {
      Bucket,
      BucketNamespace: desired.BucketNamespace,
      CreateBucketConfiguration: ctx.region === "us-east-1" ? undefined : { LocationConstraint: ctx.region },
      ObjectLockEnabledForBucket: String(desired.ObjectLockEnabled) === "true" || undefined,
    });
    try {
      await apply(Bucket, desired, {}, ctx);
    } catch (error) {
      await ctx.call("s3", "DeleteBucket", { Bucket });
      throw error;
    }
    return (await read({ BucketName: Bucket }, ctx)) ?? attributesOf(Bucket, ctx.region);
  },
  read,
  async update(desired, actual, ctx, previous) {
    await apply(actual.BucketName as string, desired, previous, ctx);
    return (await read(actual, ctx)) ?? actual;
  },
  async delete({ BucketName }, ctx) {
    await orUndefined(ctx.call("s3", "DeleteBucket", { Bucket: BucketName }), "NoSuchBucket");
  },
  async list(ctx) {
    const { Buckets = [] } = await ctx.call<{ Buckets?: { Name: string }[] }>("s3", "ListBuckets", {});
    return Buckets.map(({ Name }) => ({ BucketName: Name }));
  },
});

function nameOf({ BucketName, BucketNamePrefix: prefix, BucketNamespace }: Properties, ctx: ResourceContext): string {
  if (typeof BucketName === "string") return BucketName;
  const generated = ctx.physicalName({ maxLength: 63, lowerCase: true });
  if (typeof prefix !== "string") return generated;
  const regional = BucketNamespace === "account-regional";
  return `${prefix}-${regional ? `${ctx.account}-${ctx.region}-an` : generated.slice(-12).replace(/^-/, "")}`;
}

async function exists(bucket: string, ctx: ResourceContext): Promise<boolean> {
  try {
    await ctx.call("s3", "HeadBucket", { Bucket: bucket });
    return true;
  } catch (error) {
    if (isAwsError(error, "NotFound")) return false;
    throw error;
  }
}
