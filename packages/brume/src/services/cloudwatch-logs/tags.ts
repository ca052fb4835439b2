/** The operations on tags. */
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { invalid } from "./constraints.js";
import { taggedDestination } from "./destinations.js";
import { setTags, type Tags } from "./set-tags.js";
import { changeGroup, getGroup, groupNameOf } from "./tables.js";

type Logs = typeof import("@aws-sdk/client-cloudwatch-logs");

const without = (tags: Tags, keys: readonly string[] = []): Tags =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));

/** What an ARN names, a log group or a destination: its tags, and what sets them. */
function tagged(ctx: Context, arn: string | undefined): { tags: Tags; put: (tags: Tags) => void } {
  if (arn === undefined || parseArn(arn)?.service !== "logs") throw invalid("Invalid resource arn.");
  const destination = taggedDestination(ctx, arn);
  if (destination) return destination;
  const group = getGroup(ctx, groupNameOf(arn));
  return { tags: group.tags, put: (tags) => void changeGroup(ctx, group, { tags }) };
}

export const tagResource: Handler<Logs, "TagResource"> = (input, ctx) => {
  const { tags, put } = tagged(ctx, input.resourceArn);
  put(setTags(tags, input.tags ?? {}));
  return {};
};

export const untagResource: Handler<Logs, "UntagResource"> = (input, ctx) => {
  const { tags, put } = tagged(ctx, input.resourceArn);
  put(without(tags, input.tagKeys));
  return {};
};

export const listTagsForResource: Handler<Logs, "ListTagsForResource"> = (input, ctx) => ({
  tags: { ...tagged(ctx, input.resourceArn).tags },
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
