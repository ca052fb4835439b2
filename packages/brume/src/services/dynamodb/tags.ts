/** TagResource, UntagResource and ListTagsOfResource. */
import type { Tag } from "@aws-sdk/client-dynamodb";
import type { Handler } from "../../kernel/service.js";
import { getArnResource } from "./arn-resource.js";
import { validation } from "./attribute-value.js";
import { checkMembers, RESOURCE_ARN } from "./constraints.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

const MAX_TAGS = 50;

/** Tags with more. @throws AwsError `ValidationException` */
export function withTags(before: Readonly<Record<string, string>>, more: readonly Tag[]): Record<string, string> {
  const tags = { ...before };
  more.forEach((tag, i) => {
    checkMembers(
      tag,
      { Key: { required: true, minLength: 1, maxLength: 128 }, Value: { required: true, maxLength: 256 } },
      `tags.${i + 1}.member.`,
    );
    tags[tag.Key as string] = tag.Value as string;
  });
  if (Object.keys(tags).length > MAX_TAGS) {
    throw validation("One or more parameter values were invalid: Too many tags: the limit is 50 for each resource");
  }
  return tags;
}

export const tagResource: Handler<Dynamo, "TagResource"> = (input, ctx) => {
  checkMembers(input, { ResourceArn: RESOURCE_ARN, Tags: { required: true } });
  const resource = getArnResource(ctx, input.ResourceArn as string);
  resource.save({ tags: withTags(resource.tags, input.Tags ?? []) });
  return {};
};

export const untagResource: Handler<Dynamo, "UntagResource"> = (input, ctx) => {
  checkMembers(input, { ResourceArn: RESOURCE_ARN, TagKeys: { required: true } });
  const resource = getArnResource(ctx, input.ResourceArn as string);
  const left = Object.entries(resource.tags).filter(([key]) => !input.TagKeys?.includes(key));
  resource.save({ tags: Object.fromEntries(left) });
  return {};
};

export const listTagsOfResource: Handler<Dynamo, "ListTagsOfResource"> = (input, ctx) => {
  checkMembers(input, { ResourceArn: RESOURCE_ARN });
  const { tags } = getArnResource(ctx, input.ResourceArn as string);
  return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
};
