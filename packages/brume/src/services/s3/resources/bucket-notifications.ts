/** Custom::S3BucketNotifications: the CDK's way to set notifications, answered without its function. */
import { createHash } from "node:crypto";
import { isAwsError, orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { toBoolean } from "../../../kernel/template-values.js";

const LISTS = ["TopicConfigurations", "QueueConfigurations", "LambdaFunctionConfigurations"] as const;

type Rule = Properties & { Id?: string };
type Configuration = { [List in (typeof LISTS)[number]]?: Rule[] } & { EventBridgeConfiguration?: Json };

/** A rule under an id that depends on the stack and on what the rule says, so that it is known again. */
function identified(rule: Rule, ctx: ResourceContext): Rule {
  const { Id: _, ...content } = rule;
  const sorted = JSON.stringify(Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...content, Id: `${ctx.stackId}-${createHash("sha256").update(sorted).digest("hex").slice(0, 32)}` };
}

const configurationOf = (properties: Properties | undefined) =>
  (properties?.NotificationConfiguration ?? {}) as Configuration;

/** What the bucket is to have: all that the template says, and, unless it alone decides, what others have set. */
async function merged(
  desired: Properties,
  previous: Properties | undefined,
  ctx: ResourceContext,
): Promise<Configuration> {
  const wanted = configurationOf(desired);
  if (toBoolean(desired.Managed) !== false) return wanted;
  const { BucketName } = desired;
  const present = await ctx.call<Configuration>("s3", "GetBucketNotificationConfiguration", { Bucket: BucketName });
  const result: Configuration = {
    EventBridgeConfiguration: wanted.EventBridgeConfiguration ?? present.EventBridgeConfiguration,
  };
  for (const list of LISTS) {
    const own = new Set((configurationOf(previous)[list] ?? []).map((rule) => identified(rule, ctx).Id));
    const external = (present[list] ?? []).filter(({ Id }) => !own.has(Id));
    result[list] = [...external, ...(wanted[list] ?? []).map((rule) => identified(rule, ctx))];
  }
  return result;
}

async function put(desired: Properties, previous: Properties | undefined, ctx: ResourceContext): Promise<void> {
  await ctx.call("s3", "PutBucketNotificationConfiguration", {
    Bucket: desired.BucketName,
    NotificationConfiguration: await merged(desired, previous, ctx),
    SkipDestinationValidation: toBoolean(desired.SkipDestinationValidation),
  });
}

export default defineResource({
  async create(desired, ctx) {
    await put(desired, undefined, ctx);
    return { ...desired, PhysicalResourceId: ctx.physicalName() };
  },
  async read(actual, ctx) {
    try {
      await ctx.call("s3", "HeadBucket", { Bucket: actual.BucketName });
      return actual;
    } catch (error) {
      if (isAwsError(error, "NotFound")) return undefined;
      throw error;
    }
  },
  async update(desired, actual, ctx, previous) {
    if (previous.BucketName !== desired.BucketName) {
      await put({ ...previous, NotificationConfiguration: {} }, previous, ctx);
      await put(desired, undefined, ctx);
    } else await put(desired, previous, ctx);
    return { ...desired, PhysicalResourceId: actual.PhysicalResourceId as string };
  },
  async delete(actual, ctx) {
    await orUndefined(put({ ...actual, NotificationConfiguration: {} }, actual, ctx), "NoSuchBucket");
  },
  async list() {
    return [];
  },
});
