/** AWS::S3::BucketPolicy */
import { isAwsError } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";

async function put(desired: Properties, ctx: ResourceContext): Promise<Properties> {
  const { Bucket, PolicyDocument } = desired;
  const Policy = typeof PolicyDocument === "string" ? PolicyDocument : JSON.stringify(PolicyDocument);
  await ctx.call("s3", "PutBucketPolicy", { Bucket, Policy });
  return { Bucket: Bucket as string, PolicyDocument: PolicyDocument as Json };
}

export default defineResource({
  create: put,
  async read(actual, ctx) {
    const { Bucket } = actual;
    try {
      const { Policy } = await ctx.call<{ Policy: string }>("s3", "GetBucketPolicy", { Bucket });
      return { Bucket: Bucket as string, PolicyDocument: JSON.parse(Policy) as Json };
    } catch (error) {
      if (isAwsError(error, "NoSuchBucket", "NoSuchBucketPolicy")) return undefined;
      throw error;
    }
  },
  update: (desired, _actual, ctx) => put(desired, ctx),
  async delete({ Bucket }, ctx) {
    try {
      await ctx.call("s3", "DeleteBucketPolicy", { Bucket });
    } catch (error) {
      if (!isAwsError(error, "NoSuchBucket")) throw error;
    }
  },
  async list(ctx) {
    const { Buckets = [] } = await ctx.call<{ Buckets?: { Name: string }[] }>("s3", "ListBuckets", {});
    const found: Properties[] = [];
    for (const { Name } of Buckets) {
      try {
        await ctx.call("s3", "GetBucketPolicy", { Bucket: Name });
        found.push({ Bucket: Name });
      } catch (error) {
        if (!isAwsError(error, "NoSuchBucketPolicy", "NoSuchBucket")) throw error;
      }
    }
    return found;
  },
});
