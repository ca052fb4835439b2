/** The operations on the tags of keys. */
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, page } from "./constraints.js";
import { changeKey, getKey, getOwnKey } from "./tables.js";

type Kms = typeof import("@aws-sdk/client-kms");

const MAX_TAGS = 50;

interface Tag {
  TagKey?: string | undefined;
  TagValue?: string | undefined;
}

/** Tags after some are set. @throws AwsError `TagException` */
export function setTags(before: Readonly<Record<string, string>>, set: readonly Tag[] = []): Record<string, string> {
  const tags = { ...before };
  for (const { TagKey, TagValue } of set) {
    check("tagKey", TagKey, { min: 1, max: 128 });
    check("tagValue", TagValue, { max: 256 });
    if ((TagKey as string).startsWith("aws:")) throw new AwsError("TagException", "Tag key cannot begin with 'aws:'");
    tags[TagKey as string] = TagValue as string;
  }
  if (Object.keys(tags).length > MAX_TAGS) throw new AwsError("TagException", "Too many tags");
  return tags;
}

export const tagResource: Handler<Kms, "TagResource"> = (input, ctx) => {
  const found = getOwnKey(ctx, input.KeyId);
  changeKey(ctx, found, { tags: setTags(found.key.tags, input.Tags) });
  return {};
};

export const untagResource: Handler<Kms, "UntagResource"> = (input, ctx) => {
  const found = getOwnKey(ctx, input.KeyId);
  const tags = Object.fromEntries(Object.entries(found.key.tags).filter(([key]) => !input.TagKeys?.includes(key)));
  changeKey(ctx, found, { tags });
  return {};
};

export const listResourceTags: Handler<Kms, "ListResourceTags"> = (input, ctx) => {
  const tags = Object.entries(getKey(ctx, input.KeyId).key.tags).sort();
  const { items, ...more } = page(tags, ([key]) => key, input, [50, 50]);
  return { Tags: items.map(([TagKey, TagValue]) => ({ TagKey, TagValue })), ...more };
};
