/** Adds tags to those that are there. */
import { AwsError } from "../../kernel/errors.js";
import { check } from "./constraints.js";

export type Tags = Readonly<Record<string, string>>;

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
