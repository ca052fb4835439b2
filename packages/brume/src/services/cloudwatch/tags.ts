/** The operations on tags of alarms and dashboards. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { alarms, dashboards, invalidValue, missing, tags } from "./tables.js";

type CloudWatch = typeof import("@aws-sdk/client-cloudwatch");

const MAX_TAGS = 50;

type TagList = readonly { Key: string | undefined; Value: string | undefined }[];

/** Tags with some added. @throws AwsError */
export function withTags(before: Readonly<Record<string, string>>, added: TagList): Record<string, string> {
  const all = { ...before, ...Object.fromEntries(added.map(({ Key = "", Value = "" }) => [Key, Value])) };
  if (Object.keys(all).length > MAX_TAGS) throw invalidValue(`A resource cannot have more than ${MAX_TAGS} tags.`);
  return all;
}

/** @throws AwsError for what is not here */
function checkResource(ctx: Context, arn: string | undefined): string {
  if (!arn) throw missing("ResourceARN");
  const [, alarm] = /:alarm:(.+)$/.exec(arn) ?? [];
  const [, dashboard] = /:dashboard\/(.+)$/.exec(arn) ?? [];
  const isThere =
    (alarm !== undefined && ctx.table(alarms).has(alarm)) ||
    (dashboard !== undefined && ctx.table(dashboards).has(dashboard));
  if (!isThere) throw new AwsError("ResourceNotFoundException", "Unknown resource.");
  return arn;
}

export const tagResource: Handler<CloudWatch, "TagResource"> = (input, ctx) => {
  const arn = checkResource(ctx, input.ResourceARN);
  ctx.table(tags).put([arn], withTags(ctx.table(tags).get(arn) ?? {}, input.Tags ?? []));
  return {};
};

export const untagResource: Handler<CloudWatch, "UntagResource"> = (input, ctx) => {
  const arn = checkResource(ctx, input.ResourceARN);
  const kept = Object.entries(ctx.table(tags).get(arn) ?? {}).filter(([key]) => !input.TagKeys?.includes(key));
  ctx.table(tags).put([arn], Object.fromEntries(kept));
  return {};
};

export const listTagsForResource: Handler<CloudWatch, "ListTagsForResource"> = (input, ctx) => {
  const arn = checkResource(ctx, input.ResourceARN);
  return { Tags: Object.entries(ctx.table(tags).get(arn) ?? {}).map(([Key, Value]) => ({ Key, Value })) };
};
