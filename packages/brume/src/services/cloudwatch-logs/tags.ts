/** The operations on the tags of log groups. */
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, invalid } from "./constraints.js";
import { changeGroup, getGroup, groupNameOf, type LogGroup } from "./tables.js";

type Logs = typeof import("@aws-sdk/client-cloudwatch-logs");
type Tags = Readonly<Record<string, string>>;

const MAX_TAGS = 50;

/** Tags after some are set. @throws AwsError when one is malformed, or there are too many */
export function setTags(before: Tags, set: Tags): Tags {
  for (const [key, value] of Object.entries(set)) {
    check("tags", key, { min: 1, max: 128 });
    check("tags", value, { max: 256 });
  }
  const tags = { ...before, ...set };
  if (Object.keys(tags).length > MAX_TAGS)
    throw new AwsError("TooManyTagsException", `A resource can have no more than ${MAX_TAGS} tags.`);
  return tags;
}

const without = (tags: Tags, keys: readonly string[] = []): Tags =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));

// Differs from AWS: of the resources that CloudWatch Logs tags there are only log groups.
function groupByArn(ctx: Context, arn: string | undefined): LogGroup {
  if (parseArn(arn ?? "")?.service !== "logs") throw invalid("Invalid resource arn.");
  return getGroup(ctx, groupNameOf(arn));
}

export const tagResource: Handler<Logs, "TagResource"> = (input, ctx) => {
  const group = groupByArn(ctx, input.resourceArn);
  return changeGroup(ctx, group, { tags: setTags(group.tags, input.tags ?? {}) });
};

export const untagResource: Handler<Logs, "UntagResource"> = (input, ctx) => {
  const group = groupByArn(ctx, input.resourceArn);
  return changeGroup(ctx, group, { tags: without(group.tags, input.tagKeys) });
};

export const listTagsForResource: Handler<Logs, "ListTagsForResource"> = (input, ctx) => ({
  tags: { ...groupByArn(ctx, input.resourceArn).tags },
});

export const tagLogGroup: Handler<Logs, "TagLogGroup"> = (input, ctx) => {
  const group = getGroup(ctx, input.logGroupName);
  return changeGroup(ctx, group, { tags: setTags(group.tags, input.tags ?? {}) });
};

export const untagLogGroup: Handler<Logs, "UntagLogGroup"> = (input, ctx) => {
  const group = getGroup(ctx, input.logGroupName);
  return changeGroup(ctx, group, { tags: without(group.tags, input.tags) });
};

export const listTagsLogGroup: Handler<Logs, "ListTagsLogGroup"> = (input, ctx) => ({
  tags: { ...getGroup(ctx, input.logGroupName).tags },
});
