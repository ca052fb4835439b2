/** The operations on a parameter's tags. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check } from "./constraints.js";
import { documents, parameters, referenceArn } from "./tables.js";

type Ssm = typeof import("@aws-sdk/client-ssm");
type Tags = Readonly<Record<string, string>>;

const MAX_TAGS = 50;
const TAG_TEXT = /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u;

/** Tags after some are set. @throws AwsError when one is malformed, or there are too many */
export function setTags(
  before: Tags,
  set: readonly { Key?: string | undefined; Value?: string | undefined }[],
): Record<string, string> {
  const tags: Record<string, string> = { ...before };
  for (const [index, { Key, Value }] of set.entries()) {
    check(`tags.${index + 1}.member.key`, Key, { min: 1, max: 128, pattern: TAG_TEXT });
    check(`tags.${index + 1}.member.value`, Value, { max: 256, pattern: TAG_TEXT });
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

const RESOURCE_TYPES = [
  "Association",
  "Automation",
  "Document",
  "MaintenanceWindow",
  "ManagedInstance",
  "OpsItem",
  "OpsMetadata",
  "Parameter",
  "PatchBaseline",
];

/** Where the tags of a resource are. */
// Differs from AWS: of the resources that Systems Manager tags there are only parameters and documents.
function getTagged(ctx: Context, { ResourceType: type, ResourceId: id = "" }: Tagged) {
  if (!RESOURCE_TYPES.includes(type ?? "")) {
    throw new AwsError(
      "InvalidResourceType",
      "The resource type is not valid. For example, if you are attempting to tag an EC2 instance, the instance must be a registered managed node.",
    );
  }
  const parameter = type === "Parameter" ? ctx.table(parameters).get(id) : undefined;
  const document = type === "Document" ? ctx.table(documents).get(id) : undefined;
  const resource = parameter ?? document;
  if (!resource) {
    throw new AwsError(
      "InvalidResourceId",
      `The resource ID "${id}" is not valid. Verify that you entered the ID correctly, and try again.`,
    );
  }
  const put = (tags: Tags) => {
    if (parameter) ctx.table(parameters).put([id], { ...parameter, tags });
    if (document) ctx.table(documents).put([id], { ...document, tags });
    return {};
  };
  return { tags: resource.tags, put };
}

export const addTagsToResource: Handler<Ssm, "AddTagsToResource"> = (input, ctx) => {
  const { tags, put } = getTagged(ctx, input);
  return put(setTags(tags, input.Tags ?? []));
};

export const removeTagsFromResource: Handler<Ssm, "RemoveTagsFromResource"> = (input, ctx) => {
  const { tags, put } = getTagged(ctx, input);
  return put(Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys?.includes(key))));
};

/** How answers show tags. */
export const tagList = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export const listTagsForResource: Handler<Ssm, "ListTagsForResource"> = (input, ctx) => ({
  TagList: tagList(getTagged(ctx, input).tags),
});

/** The ARN of a resource that is tagged, for authorization. */
export function taggedArn({ ResourceType, ResourceId = "" }: Tagged, ctx: Context): string {
  return ResourceType === "Document" ? ctx.arn(`document/${ResourceId}`, "ssm") : referenceArn(ctx, ResourceId);
}
