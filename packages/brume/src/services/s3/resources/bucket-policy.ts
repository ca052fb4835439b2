/** AWS::S3::BucketPolicy */
import { isAwsError, orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";

const ATTEMPTS = 5;
const PAUSE_MS = 200;

async function put(desired: Properties, ctx: ResourceContext): Promise<Properties> {
  const { Bucket, PolicyDocument } = desired;
  const Policy = typeof PolicyDocument === "string" ? PolicyDocument : JSON.stringify(PolicyDocument);
  for (let attempt = 1; ; attempt++) {
    try {
      await ctx.call("s3", "PutBucketPolicy", { Bucket, Policy });
      break;
    } catch (error) {
      // The bucket may be made at the same time: templates name it without saying that its policy depends on it.
      if (!isAwsError(error, "NoSuchBucket") || attempt === ATTEMPTS) throw error;
      await ctx.wait(PAUSE_MS);
    }
  }
  return { Bucket: Bucket as string, PolicyDocument: PolicyDocument as Json };
}

export default defineResource({
  create: put,
  async read(actual, ctx) {
    const { Bucket } = actual;
    const reading = ctx.call<{ Policy: string }>("s3", "GetBucketPolicy", { Bucket });
    const found = await orUndefined(reading, "NoSuchBucket", "NoSuchBucketPolicy");
    return found && { Bucket: Bucket as string, PolicyDocument: JSON.parse(found.Policy) as Json };
  },
  update: (desired, _actual, ctx) => put(desired, ctx),
  async delete({ Bucket }, ctx) {
    await orUndefined(ctx.call("s3", "DeleteBucketPolicy", { Bucket }), "NoSuchBucket");
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
