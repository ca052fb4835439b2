/** The operations on repositories and on what is set for them. See the ECR API Reference. */
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { dropRepositoryLayers } from "./layer.js";
import {
  changeRepository,
  checkName,
  type ExclusionFilter,
  getRepository,
  images,
  invalid,
  MUTABILITIES,
  type Mutability,
  page,
  type Repository,
  registryHost,
  repositories,
  repositoryArn,
  repositoryNotFound,
} from "./repository.js";

type Ecr = typeof import("@aws-sdk/client-ecr");
interface Tag {
  Key?: string | undefined;
  Value?: string | undefined;
}

const MAX_TAGS = 50;

/** How answers show a repository. */
function repositoryAnswer(ctx: Context, repository: Repository, account: string) {
  const { name } = repository;
  return {
    repositoryArn: repositoryArn(ctx, name, account),
    registryId: account,
    repositoryName: name,
    repositoryUri: `${registryHost(ctx, account)}/${name}`,
    createdAt: new Date(repository.createdAt),
    imageTagMutability: repository.mutability,
    imageTagMutabilityExclusionFilters: repository.exclusions.length > 0 ? [...repository.exclusions] : undefined,
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: repository.encryption,
  };
}

function checkMutability(mutability: string | undefined, filters: readonly unknown[] | undefined): void {
  if (mutability !== undefined && !MUTABILITIES.includes(mutability as Mutability))
    throw invalid("imageTagMutability", `must satisfy enum value set: [${MUTABILITIES.join(", ")}]`);
  const excluding = mutability?.endsWith("_WITH_EXCLUSION") ?? false;
  if (excluding !== (filters !== undefined && filters.length > 0)) {
    throw new AwsError(
      "InvalidParameterException",
      "Invalid parameter at 'imageTagMutabilityExclusionFilters': exclusion filters are given with an exclusion mutability, and only then",
    );
  }
}

function setTags(before: Readonly<Record<string, string>>, set: readonly Tag[] = []): Record<string, string> {
  const tags = { ...before };
  for (const { Key = "", Value = "" } of set) {
    if (Key.length < 1 || Key.length > 128 || Value.length > 256)
      throw new AwsError(
        "InvalidTagParameterException",
        "Invalid parameter at 'tags': the key or the value of a tag is too long or missing",
      );
    tags[Key] = Value;
  }
  if (Object.keys(tags).length > MAX_TAGS)
    throw new AwsError(
      "TooManyTagsException",
      `The list of tags on the repository is over the limit. The maximum number of tags that can be applied to a repository is ${MAX_TAGS}.`,
    );
  return tags;
}

export const createRepository: Handler<Ecr, "CreateRepository"> = (input, ctx) => {
  const name = checkName(input.repositoryName);
  const account = input.registryId ?? ctx.account;
  checkMutability(input.imageTagMutability, input.imageTagMutabilityExclusionFilters);
  const tags = setTags({}, input.tags);
  const table = ctx.table(repositories, { account });
  if (table.has(name)) {
    throw new AwsError(
      "RepositoryAlreadyExistsException",
      `The repository with name '${name}' already exists in the registry with id '${account}'`,
    );
  }
  const { encryptionType = "AES256", kmsKey } = input.encryptionConfiguration ?? {};
  const defaultKey = ctx.arn("alias/aws/ecr", "kms", { account });
  const repository: Repository = {
    name,
    // Whole milliseconds are more than ECR keeps: seconds.
    createdAt: ctx.now(),
    mutability: input.imageTagMutability ?? "MUTABLE",
    exclusions: (input.imageTagMutabilityExclusionFilters ?? []) as ExclusionFilter[],
    scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
    encryption: encryptionType === "AES256" ? { encryptionType } : { encryptionType, kmsKey: kmsKey ?? defaultKey },
    tags,
  };
  table.put([name], repository);
  return { repository: repositoryAnswer(ctx, repository, account) };
};

export const describeRepositories: Handler<Ecr, "DescribeRepositories"> = (input, ctx) => {
  const account = input.registryId ?? ctx.account;
  const table = ctx.table(repositories, { account });
  if (input.repositoryNames !== undefined && input.repositoryNames.length > 0) {
    const found = input.repositoryNames.map((name) => {
      const repository = table.get(checkName(name));
      if (!repository) throw repositoryNotFound(name, account);
      return repositoryAnswer(ctx, repository, account);
    });
    return { repositories: found };
  }
  const { items, nextToken } = page(table.rows(), input);
  return { repositories: items.map((repository) => repositoryAnswer(ctx, repository, account)), nextToken };
};

export const deleteRepository: Handler<Ecr, "DeleteRepository"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const table = ctx.table(images, { account });
  if (!input.force && table.count({ prefix: [repository.name], limit: 1 }) > 0) {
    throw new AwsError(
      "RepositoryNotEmptyException",
      `The repository with name '${repository.name}' in registry with id '${account}' cannot be deleted because it still contains images`,
    );
  }
  table.clear({ prefix: [repository.name] });
  dropRepositoryLayers(ctx, repository.name, account);
  ctx.table(repositories, { account }).delete(repository.name);
  return { repository: repositoryAnswer(ctx, repository, account) };
};

export const putImageTagMutability: Handler<Ecr, "PutImageTagMutability"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  if (input.imageTagMutability === undefined) throw invalid("imageTagMutability", "must not be null");
  checkMutability(input.imageTagMutability, input.imageTagMutabilityExclusionFilters);
  const exclusions = (input.imageTagMutabilityExclusionFilters ?? []) as ExclusionFilter[];
  changeRepository(ctx, repository, account, { mutability: input.imageTagMutability, exclusions });
  return {
    registryId: account,
    repositoryName: repository.name,
    imageTagMutability: input.imageTagMutability,
    imageTagMutabilityExclusionFilters: exclusions.length > 0 ? exclusions : undefined,
  };
};

// Differs from AWS: images are never scanned.
export const putImageScanningConfiguration: Handler<Ecr, "PutImageScanningConfiguration"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const scanOnPush = input.imageScanningConfiguration?.scanOnPush ?? false;
  changeRepository(ctx, repository, account, { scanOnPush });
  return { registryId: account, repositoryName: repository.name, imageScanningConfiguration: { scanOnPush } };
};

/** @throws AwsError for text that is no JSON object */
export function checkJson(member: string, text: string | undefined): string {
  try {
    const value: unknown = JSON.parse(text ?? "");
    if (typeof value === "object" && value !== null) return text as string;
  } catch {
    // Answered below, as for JSON that is no object.
  }
  throw new AwsError(
    "InvalidParameterException",
    `Invalid parameter at '${member}' failed to satisfy constraint: 'Invalid JSON'`,
  );
}

export const setRepositoryPolicy: Handler<Ecr, "SetRepositoryPolicy"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const policyText = checkJson("PolicyText", input.policyText);
  changeRepository(ctx, repository, account, { policy: policyText });
  return { registryId: account, repositoryName: repository.name, policyText };
};

const policyNotFound = (name: string, account: string) =>
  new AwsError(
    "RepositoryPolicyNotFoundException",
    `Repository policy does not exist for the repository with name '${name}' in the registry with id '${account}'`,
  );

export const getRepositoryPolicy: Handler<Ecr, "GetRepositoryPolicy"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  if (repository.policy === undefined) throw policyNotFound(repository.name, account);
  return { registryId: account, repositoryName: repository.name, policyText: repository.policy };
};

export const deleteRepositoryPolicy: Handler<Ecr, "DeleteRepositoryPolicy"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  if (repository.policy === undefined) throw policyNotFound(repository.name, account);
  changeRepository(ctx, repository, account, { policy: undefined });
  return { registryId: account, repositoryName: repository.name, policyText: repository.policy };
};

/** The repository that an ARN names. */
function getByArn(ctx: Context, resourceArn: string | undefined) {
  const arn = parseArn(resourceArn ?? "");
  const [, repositoryName] = /^repository\/(.+)$/.exec(arn?.resource ?? "") ?? [];
  if (arn?.service !== "ecr" || repositoryName === undefined) throw invalid("resourceArn", "Invalid ARN");
  return getRepository(ctx, { repositoryName, registryId: arn.account });
}

export const tagResource: Handler<Ecr, "TagResource"> = (input, ctx) => {
  const { repository, account } = getByArn(ctx, input.resourceArn);
  changeRepository(ctx, repository, account, { tags: setTags(repository.tags, input.tags) });
  return {};
};

export const untagResource: Handler<Ecr, "UntagResource"> = (input, ctx) => {
  const { repository, account } = getByArn(ctx, input.resourceArn);
  const tags = Object.fromEntries(Object.entries(repository.tags).filter(([key]) => !input.tagKeys?.includes(key)));
  changeRepository(ctx, repository, account, { tags });
  return {};
};

export const listTagsForResource: Handler<Ecr, "ListTagsForResource"> = (input, ctx) => {
  const { repository } = getByArn(ctx, input.resourceArn);
  return { tags: Object.entries(repository.tags).map(([Key, Value]) => ({ Key, Value })) };
};
