/** What a repository and its images are, the rules for their names, and where they are kept. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Refusal, Violation } from "../../kernel/input-constraints.js";
import { defineTable } from "../../kernel/store.js";

export const MUTABILITIES = ["MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"] as const;
export type Mutability = (typeof MUTABILITIES)[number];

export interface ExclusionFilter {
  readonly filterType: "WILDCARD";
  readonly filter: string;
}

export interface Repository {
  readonly name: string;
  readonly createdAt: number;
  readonly mutability: Mutability;
  readonly exclusions: readonly ExclusionFilter[];
  readonly scanOnPush: boolean;
  readonly encryption: { readonly encryptionType: "AES256" | "KMS" | "KMS_DSSE"; readonly kmsKey?: string | undefined };
  readonly tags: Readonly<Record<string, string>>;
  readonly policy?: string | undefined;
  readonly lifecycle?: { readonly text: string; readonly evaluatedAt: number } | undefined;
}

export interface Image {
  readonly digest: string;
  readonly manifest: string;
  readonly mediaType: string;
  readonly pushedAt: number;
  readonly lastPulledAt?: number;
  readonly tags: readonly string[];
}

/** [name] */
export const repositories = defineTable<Repository>("ecr/repositories");
/** [repository, digest] */
export const images = defineTable<Image>("ecr/images");

/** @throws AwsError `InvalidParameterException`, worded as ECR does */
export function invalid(member: string, rule: string): AwsError {
  return new AwsError(
    "InvalidParameterException",
    `Invalid parameter at '${member}' failed to satisfy constraint: '${rule}'`,
  );
}

/** How constraints of the API's model are worded. The rules of lifecycles are looked at by themselves. */
export const refusal: Refusal = {
  code: "InvalidParameterException",
  leaves: ["LifecyclePolicyText"],
  error: ([first]) => {
    const { path, rule } = first as Violation;
    const words = rule.replace(/^Member /, "").replace(/(regular expression) pattern: (.*)$/, "$1 '$2'");
    return invalid(path, words);
  },
};

const NAME = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

export function checkName(name: string | undefined): string {
  if (name === undefined) throw invalid("repositoryName", "must not be null");
  if (name.length < 2) throw invalid("repositoryName", "must have length greater than or equal to 2");
  if (name.length > 256) throw invalid("repositoryName", "must have length less than or equal to 256");
  if (!NAME.test(name)) {
    throw invalid(
      "repositoryName",
      "must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'",
    );
  }
  return name;
}

export function repositoryArn(ctx: Context, name: string, account = ctx.account): string {
  return ctx.arn(`repository/${name}`, "ecr", { account });
}

/** The host of an account's registry. */
export function registryHost(ctx: Context, account = ctx.account): string {
  return `${account}.dkr.ecr.${ctx.region}.${ctx.urlSuffix}`;
}

interface RepositoryInput {
  repositoryName?: string | undefined;
  registryId?: string | undefined;
}

/** The ARN of the repository in an input, for authorization. */
export function repositoryOf({ repositoryName = "", registryId }: RepositoryInput, ctx: Context): string {
  return repositoryArn(ctx, repositoryName, registryId);
}

/** @throws AwsError `RepositoryNotFoundException` */
export function getRepository(
  ctx: Context,
  { repositoryName, registryId: account = ctx.account }: RepositoryInput,
): { repository: Repository; account: string } {
  const name = checkName(repositoryName);
  const repository = ctx.table(repositories, { account }).get(name);
  if (!repository) throw repositoryNotFound(name, account);
  return { repository, account };
}

export function repositoryNotFound(name: string, account: string): AwsError {
  return new AwsError(
    "RepositoryNotFoundException",
    `The repository with name '${name}' does not exist in the registry with id '${account}'`,
  );
}

/** Stores a repository with some of its members changed. */
export function changeRepository(
  ctx: Context,
  repository: Repository,
  account: string,
  change: Partial<Repository>,
): Repository {
  const changed = { ...repository, ...change };
  ctx.table(repositories, { account }).put([repository.name], changed);
  return changed;
}

/** One page of rows; the token says how many have been shown. */
export function page<T>(
  rows: readonly T[],
  { maxResults, nextToken }: { maxResults?: number | undefined; nextToken?: string | undefined },
): { items: T[]; nextToken: string | undefined } {
  const limit = maxResults ?? 100;
  if (limit < 1) throw invalid("maxResults", "must have value greater than or equal to 1");
  if (limit > 1000) throw invalid("maxResults", "must have value less than or equal to 1000");
  const start = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, "base64url").toString());
  if (!Number.isSafeInteger(start))
    throw new AwsError("InvalidParameterException", "Invalid parameter: nextToken is invalid");
  const end = start + limit;
  return {
    items: rows.slice(start, end),
    nextToken: end < rows.length ? Buffer.from(String(end)).toString("base64url") : undefined,
  };
}
