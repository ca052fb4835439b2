/** Lifecycle policies: read, checked, and evaluated over a repository's images. See "Lifecycle policy properties in Amazon ECR". */
import { AwsError } from "../../kernel/errors.js";
import { matchesParts } from "../../kernel/wildcard.js";
import type { Image } from "./repository.js";

export const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_WILDCARDS = 4;

export interface LifecycleRule {
  readonly rulePriority: number;
  readonly description?: string;
  readonly selection: {
    readonly tagStatus: "tagged" | "untagged" | "any";
    readonly tagPrefixList?: readonly string[];
    readonly tagPatternList?: readonly string[];
    readonly countType: keyof typeof COUNT_TYPES;
    readonly countUnit?: "days";
    readonly countNumber: number;
  };
  readonly action: { readonly type: "expire" };
}

/** An image that a rule would have expire. */
export interface Expiration {
  readonly image: Image;
  readonly rulePriority: number;
}

/** By kind of count: the moment of an image's life from which days are counted; `undefined` where images are. */
const COUNT_TYPES = {
  imageCountMoreThan: undefined,
  sinceImagePushed: ({ pushedAt }: Image) => pushedAt,
  sinceImagePulled: ({ lastPulledAt, pushedAt }: Image) => lastPulledAt ?? pushedAt,
} satisfies Record<string, ((image: Image) => number) | undefined>;

const invalidPolicy = (reason: string) =>
  new AwsError(
    "InvalidParameterException",
    `Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure:\n${reason}\n'`,
  );

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string" && one !== "");
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;

/** The rules of a policy, first those that are applied first. @throws AwsError `InvalidParameterException` */
export function parseLifecyclePolicy(text: string): LifecycleRule[] {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch (cause) {
    throw new AwsError(
      "InvalidParameterException",
      "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Invalid JSON'",
      { cause },
    );
  }
  if (!isObject(policy)) throw invalidPolicy("instance type is not allowed (allowed: [object])");
  if (!Array.isArray(policy.rules)) throw invalidPolicy('object has missing required properties (["rules"])');
  const rules = policy.rules.map(parseRule).sort((a, b) => a.rulePriority - b.rulePriority);
  const any = rules.findIndex(({ selection }) => selection.tagStatus === "any");
  if (any >= 0 && any < rules.length - 1)
    throw invalidPolicy("the rule with tag status 'any' must have the lowest priority");
  if (new Set(rules.map(({ rulePriority }) => rulePriority)).size < rules.length)
    throw invalidPolicy("rule priorities must be unique");
  return rules;
}

function parseRule(rule: unknown): LifecycleRule {
  const missing = (names: string[]) =>
    invalidPolicy(`object has missing required properties (${JSON.stringify(names)})`);
  if (!isObject(rule)) throw invalidPolicy("instance type is not allowed (allowed: [object])");
  const { rulePriority, selection, action, description } = rule;
  const absent = Object.entries({ action, rulePriority, selection }).filter(([, value]) => value === undefined);
  if (absent.length > 0) throw missing(absent.map(([name]) => name));
  if (!isCount(rulePriority)) throw invalidPolicy("numeric instance is lower than the required minimum (minimum: 1)");
  if (description !== undefined && typeof description !== "string")
    throw invalidPolicy("instance type is not allowed (allowed: [string])");
  if (!isObject(action) || action.type !== "expire") {
    // Differs from AWS: there is no archive, to which images could move.
    throw invalidPolicy('instance value is not found in enum (possible values: ["expire"])');
  }
  if (!isObject(selection)) throw invalidPolicy("instance type is not allowed (allowed: [object])");
  const { tagStatus, tagPrefixList, tagPatternList, countType, countUnit, countNumber } = selection;
  const unset = Object.entries({ countNumber, countType, tagStatus }).filter(([, value]) => value === undefined);
  if (unset.length > 0) throw missing(unset.map(([name]) => name));
  if (!["tagged", "untagged", "any"].includes(tagStatus as string))
    throw invalidPolicy('instance value is not found in enum (possible values: ["any","tagged","untagged"])');
  if (!Object.hasOwn(COUNT_TYPES, countType as string))
    throw invalidPolicy(
      `instance value is not found in enum (possible values: ${JSON.stringify(Object.keys(COUNT_TYPES))})`,
    );
  if (!isCount(countNumber)) throw invalidPolicy("numeric instance is lower than the required minimum (minimum: 1)");
  const counted = countType === "imageCountMoreThan";
  if (counted === (countUnit !== undefined) || (!counted && countUnit !== "days"))
    throw invalidPolicy(counted ? "countUnit is not allowed with imageCountMoreThan" : "countUnit must be days");
  const lists = [tagPrefixList, tagPatternList].filter((list) => list !== undefined);
  if (tagStatus === "tagged" ? lists.length !== 1 || !isTexts(lists[0]) : lists.length > 0)
    throw invalidPolicy("tagPrefixList or tagPatternList is needed with tag status 'tagged', and with no other");
  if (isTexts(tagPatternList) && tagPatternList.some((pattern) => pattern.split("*").length > MAX_WILDCARDS + 1))
    throw invalidPolicy("a tag pattern has at most four wildcards");
  return rule as unknown as LifecycleRule;
}

/** Whether an image has the tags that a rule asks for: every one of the prefixes or patterns. */
function isSelected(
  { tags }: Image,
  { tagStatus, tagPrefixList, tagPatternList }: LifecycleRule["selection"],
): boolean {
  if (tagStatus === "any") return true;
  if (tagStatus === "untagged") return tags.length === 0;
  if (tagPatternList)
    return tagPatternList.every((pattern) => tags.some((tag) => matchesParts(pattern.split("*"), tag)));
  return (tagPrefixList ?? []).every((prefix) => tags.some((tag) => tag.startsWith(prefix)));
}

/**
 * The images that expire by now. An image that a rule selects is out of reach for the rules after it, which count it
 * all the same; images that an index lists stay as long as the index does.
 */
export function expiring(
  rules: readonly LifecycleRule[],
  images: readonly Image[],
  listed: ReadonlySet<string>,
  now: number,
): Expiration[] {
  const found: Expiration[] = [];
  const claimed = new Set<string>();
  const newestFirst = [...images].sort((a, b) => b.pushedAt - a.pushedAt || (a.digest < b.digest ? -1 : 1));
  for (const { rulePriority, selection } of rules) {
    const selected = newestFirst.filter((image) => isSelected(image, selection));
    const { countType, countNumber } = selection;
    const since = COUNT_TYPES[countType];
    const due = since
      ? selected.filter((image) => since(image) + countNumber * DAY_MS <= now)
      : selected.slice(countNumber);
    for (const image of due) {
      if (!claimed.has(image.digest) && !listed.has(image.digest)) found.push({ image, rulePriority });
    }
    for (const { digest } of selected) claimed.add(digest);
  }
  return found;
}

/** When time alone will next have an image expire; `undefined` when it never will. */
export function nextExpiration(
  rules: readonly LifecycleRule[],
  images: readonly Image[],
  now: number,
): number | undefined {
  let next: number | undefined;
  for (const { selection } of rules) {
    const since = COUNT_TYPES[selection.countType];
    if (!since) continue;
    for (const image of images) {
      if (!isSelected(image, selection)) continue;
      const at = since(image) + selection.countNumber * DAY_MS;
      if (at > now && (next === undefined || at < next)) next = at;
    }
  }
  return next;
}
