/** The operations on a parameter's tags. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check } from "./constraints.js";
import type { Parameter } from "./parameter.js";
import { parameters } from "./tables.js";

type Ssm = typeof import("@aws-sdk/client-ssm");
type Tags = Readonly<Record<string, string>>;

const MAX_TAGS = 50;

/** Tags after some are set. @throws AwsError when one is malformed, or there are too many */
export function setTags(
  before: Tags,
  set: readonly { Key?: string | undefined; Value?: string | undefined }[],
): Record<string, string> {
  const tags: Record<string, string> = { ...before };
  for (const [index, { Key, Value }] of set.entries()) {
    check(`tags.${index + 1}.member.key`, Key, { min: 1, max: 128 });
    check(`tags.${index + 1}.member.value`, Value, { max: 256 });
    tags[Key as string] = Value as string;
  }
  if (Object.keys(tags).length > MAX_TAGS) {
    throw new AwsError(
      "TooManyTagsError",
      "The Targets parameter includes too many tags. Remove one or more tags and try the command again.",
    );
  }
  return tags;
}

interface Tagged {
  ResourceType?: string | undefined;
  ResourceId?: string | undefined;
}

// Differs from AWS: of the resources that Systems Manager tags there are only parameters.
function getTagged(ctx: Context, { ResourceType: type, ResourceId: id }: Tagged): Parameter {
  const parameter = type === "Parameter" && id ? ctx.table(parameters).get(id) : undefined;
  if (!parameter) {
    throw new AwsError(
      "InvalidResourceId",
      `The resource ID "${id}" is not valid. Verify that you entered the ID correctly, and try again.`,
    );
  }
  return parameter;
}

export const addTagsToResource: Handler<Ssm, "AddTagsToResource"> = (input, ctx) => {
  const parameter = getTagged(ctx, input);
  ctx.table(parameters).put([parameter.name], { ...parameter, tags: setTags(parameter.tags, input.Tags ?? []) });
  return {};
};

export const removeTagsFromResource: Handler<Ssm, "RemoveTagsFromResource"> = (input, ctx) => {
  const parameter = getTagged(ctx, input);
  const tags = Object.fromEntries(Object.entries(parameter.tags).filter(([key]) => !input.TagKeys?.includes(key)));
  ctx.table(parameters).put([parameter.name], { ...parameter, tags });
  return {};
};

export const listTagsForResource: Handler<Ssm, "ListTagsForResource"> = (input, ctx) => ({
  TagList: Object.entries(getTagged(ctx, input).tags).map(([Key, Value]) => ({ Key, Value })),
});
