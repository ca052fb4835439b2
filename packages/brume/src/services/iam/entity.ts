/** What users, groups, roles and managed policies are, and how they are named. */

import { type Check, constraintCheck } from "../../kernel/constraints.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomBase32 } from "../../kernel/identifiers.js";
import type { Refusal } from "../../kernel/input-constraints.js";

export type Tags = Readonly<Record<string, string>>;

/** What users, groups and roles have in common. */
export interface Entity {
  readonly id: string;
  readonly name: string;
  /** Begins and ends with a slash. */
  readonly path: string;
  readonly createdAt: number;
  readonly tags: Tags;
  /** Inline policies: documents by name. */
  readonly inline: Readonly<Record<string, string>>;
  /** ARNs of managed policies. */
  readonly attached: readonly string[];
  /** ARN of the managed policy that is the permissions boundary. */
  readonly boundary?: string | undefined;
}

export interface Role extends Entity {
  readonly trust: string;
  readonly description?: string | undefined;
  readonly maxSessionSeconds: number;
  /** The service that a service-linked role belongs to. */
  readonly linkedService?: string | undefined;
}

export interface User extends Entity {
  /** Names of the groups that the user is in. */
  readonly groups: readonly string[];
  readonly login?: Login | undefined;
}

/** A user's password, of which only hashes are kept. */
export interface Login {
  readonly createdAt: number;
  readonly resetRequired: boolean;
  readonly changedAt: number;
  /** Hashes of the passwords that there were, the one in force last. */
  readonly hashes: readonly string[];
}

export interface PolicyVersion {
  readonly id: string;
  readonly document: string;
  readonly createdAt: number;
}

export interface ManagedPolicy {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly description?: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Oldest first. */
  readonly versions: readonly PolicyVersion[];
  readonly defaultVersion: string;
  readonly lastVersion: number;
  readonly tags: Tags;
}

export interface InstanceProfile {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly createdAt: number;
  readonly roles: readonly string[];
  readonly tags: Tags;
}

/** A unique id, such as AROA… for a role. */
export const uniqueId = (prefix: string): string => prefix + randomBase32(17);

/** The ARN of something in IAM, which has no region. */
export function iamArn(ctx: Context, kind: string, path: string, name: string, account = ctx.account): string {
  return ctx.arn(`${kind}${path}${name}`, "iam", { region: "", account });
}

const PATH_WORDS = "It must begin and end with / and contain only alphanumeric characters and/or / characters.";
/** What IAM says, instead of showing the pattern, of values that do not match it. */
const PATTERN_WORDS: Readonly<Record<string, string>> = {
  "[\\w+=,.@-]+": "It must contain only alphanumeric characters and/or the following: +=,.@_-",
  "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)": PATH_WORDS,
  "((/[A-Za-z0-9\\.,\\+@=_-]+)*)/": PATH_WORDS,
  "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+": "It must contain only printable ASCII characters.",
};

/** How constraints of the API's model are answered. */
export const refusal: Refusal = {
  code: "ValidationError",
  error(violations) {
    const [only, another] = violations;
    const words = only && PATTERN_WORDS[only.rule.replace("Member must satisfy regular expression pattern: ", "")];
    if (!words || another) return undefined;
    return new AwsError("ValidationError", `The specified value for ${only.path} is invalid. ${words}`);
  },
};

/** Checks a member as IAM's API model does. @throws AwsError `ValidationError` */
export const check: Check = constraintCheck("ValidationError");

const NAME = /^[\w+=,.@-]+$/;

export function checkName(member: string, name: string | undefined, max: number): string {
  check(member, name, { min: 1, max });
  if (!NAME.test(name as string)) {
    throw new AwsError(
      "ValidationError",
      `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
    );
  }
  return name as string;
}

export function checkPath(path: string | undefined): string {
  if (path === undefined) return "/";
  check("path", path, { min: 1, max: 512 });
  if (path !== "/" && !/^\/[!-\u007f]+\/$/.test(path)) {
    throw new AwsError(
      "ValidationError",
      "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    );
  }
  return path;
}

/** An answer's policy document: URL-encoded as RFC 3986 says. */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** An answer's list of tags. */
export function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** The same where an answer leaves the list out rather than empty. */
export function tagsIfAny(tags: Tags): { Key: string; Value: string }[] | undefined {
  return Object.keys(tags).length > 0 ? tagList(tags) : undefined;
}

const MAX_TAGS = 50;

/** Tags after some are set. @throws AwsError when one is malformed, or there are too many */
export function setTags(
  before: Tags,
  set: readonly { Key?: string | undefined; Value?: string | undefined }[] = [],
): Tags {
  const tags: Record<string, string> = { ...before };
  const seen = new Set<string>();
  for (const [index, { Key, Value = "" }] of set.entries()) {
    check(`tags.${index + 1}.member.key`, Key, { min: 1, max: 128, pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u });
    check(`tags.${index + 1}.member.value`, Value, { max: 256, pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u });
    const key = Key as string;
    if (seen.has(key.toLowerCase())) {
      throw new AwsError(
        "InvalidInputException",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
      );
    }
    seen.add(key.toLowerCase());
    tags[key] = Value;
  }
  if (Object.keys(tags).length > MAX_TAGS)
    throw new AwsError("LimitExceededException", "The number of tags has reached the maximum limit.");
  return tags;
}

/** Tags without some keys. */
export function removeTags(before: Tags, keys: readonly string[] = []): Tags {
  return Object.fromEntries(Object.entries(before).filter(([key]) => !keys.includes(key)));
}
