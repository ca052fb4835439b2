/** AWS::ECR::Repository */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";

interface Description {
  repositoryName: string;
  repositoryArn: string;
  repositoryUri: string;
  imageTagMutability: string;
  imageTagMutabilityExclusionFilters?: { filterType: string; filter: string }[];
  imageScanningConfiguration: { scanOnPush: boolean };
  encryptionConfiguration: { encryptionType: string; kmsKey?: string };
}
interface Tag {
  Key: string;
  Value: string;
}
type Filter = { ImageTagMutabilityExclusionFilterType: string; ImageTagMutabilityExclusionFilterValue: string };

const isTrue = (value: Json | undefined) => String(value) === "true";
const member = (value: Json | undefined, name: string) => (value as Properties | undefined)?.[name];
const documentText = (document: Json | undefined) =>
  typeof document === "string" ? document : JSON.stringify(document);
const tagsOf = (properties: Properties) => (properties.Tags ?? []) as unknown as Tag[];

/** `undefined` when what is asked for is not there. */
const orAbsent = <T>(work: Promise<T>, ...codes: string[]): Promise<T | undefined> =>
  orUndefined(work, "RepositoryNotFoundException", ...codes);

function mutabilityOf(desired: Properties) {
  const filters = desired.ImageTagMutabilityExclusionFilters as unknown as Filter[] | undefined;
  return {
    imageTagMutability: desired.ImageTagMutability ?? "MUTABLE",
    imageTagMutabilityExclusionFilters: filters?.map((filter) => ({
      filterType: filter.ImageTagMutabilityExclusionFilterType,
      filter: filter.ImageTagMutabilityExclusionFilterValue,
    })),
  };
}

async function read({ RepositoryName }: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const repositoryName = RepositoryName as string;
  const described = await orAbsent(
    ctx.call<{ repositories: Description[] }>("ecr", "DescribeRepositories", { repositoryNames: [repositoryName] }),
  );
  const found = described?.repositories[0];
  if (!found) return undefined;
  const model: Properties = {
    RepositoryName: repositoryName,
    Arn: found.repositoryArn,
    RepositoryUri: found.repositoryUri,
    ImageTagMutability: found.imageTagMutability,
    ImageScanningConfiguration: { ScanOnPush: found.imageScanningConfiguration.scanOnPush },
    EncryptionConfiguration: { EncryptionType: found.encryptionConfiguration.encryptionType },
  };
  const { kmsKey } = found.encryptionConfiguration;
  if (kmsKey) (model.EncryptionConfiguration as Properties).KmsKey = kmsKey;
  if (found.imageTagMutabilityExclusionFilters) {
    model.ImageTagMutabilityExclusionFilters = found.imageTagMutabilityExclusionFilters.map((one) => ({
      ImageTagMutabilityExclusionFilterType: one.filterType,
      ImageTagMutabilityExclusionFilterValue: one.filter,
    }));
  }
  const policy = await orAbsent(
    ctx.call<{ policyText: string }>("ecr", "GetRepositoryPolicy", { repositoryName }),
    "RepositoryPolicyNotFoundException",
  );
  if (policy) model.RepositoryPolicyText = JSON.parse(policy.policyText) as Json;
  const lifecycle = await orAbsent(
    ctx.call<{ lifecyclePolicyText: string }>("ecr", "GetLifecyclePolicy", { repositoryName }),
    "LifecyclePolicyNotFoundException",
  );
  if (lifecycle) model.LifecyclePolicy = { LifecyclePolicyText: lifecycle.lifecyclePolicyText };
  const { tags } = await ctx.call<{ tags: Tag[] }>("ecr", "ListTagsForResource", { resourceArn: found.repositoryArn });
  if (tags.length > 0) model.Tags = tags as unknown as Json;
  return model;
}

/** Sets the policies that are desired, and takes away those that no longer are. */
async function syncPolicies(repositoryName: string, desired: Properties, previous: Properties, ctx: ResourceContext) {
  if (desired.RepositoryPolicyText !== undefined) {
    const policyText = documentText(desired.RepositoryPolicyText);
    await ctx.call("ecr", "SetRepositoryPolicy", { repositoryName, policyText });
  } else if (previous.RepositoryPolicyText !== undefined) {
    await orAbsent(ctx.call("ecr", "DeleteRepositoryPolicy", { repositoryName }), "RepositoryPolicyNotFoundException");
  }
  const lifecycle = member(desired.LifecyclePolicy, "LifecyclePolicyText");
  if (lifecycle !== undefined) {
    const lifecyclePolicyText = documentText(lifecycle);
    await ctx.call("ecr", "PutLifecyclePolicy", { repositoryName, lifecyclePolicyText });
  } else if (previous.LifecyclePolicy !== undefined) {
    await orAbsent(ctx.call("ecr", "DeleteLifecyclePolicy", { repositoryName }), "LifecyclePolicyNotFoundException");
  }
}

export default defineResource({
  async create(desired, ctx) {
    const repositoryName =
      (desired.RepositoryName as string | undefined) ?? ctx.physicalName({ maxLength: 256, lowerCase: true });
    const encryption = desired.EncryptionConfiguration;
    await ctx.call("ecr", "CreateRepository", {
      repositoryName,
      ...mutabilityOf(desired),
      imageScanningConfiguration: { scanOnPush: isTrue(member(desired.ImageScanningConfiguration, "ScanOnPush")) },
      encryptionConfiguration: encryption && {
        encryptionType: member(encryption, "EncryptionType"),
        kmsKey: member(encryption, "KmsKey"),
      },
      tags: tagsOf(desired),
    });
    try {
      await syncPolicies(repositoryName, desired, {}, ctx);
    } catch (error) {
      await ctx.call("ecr", "DeleteRepository", { repositoryName });
      throw error;
    }
    return { ...(await read({ RepositoryName: repositoryName }, ctx)), ...emptying(desired) };
  },
  async read(actual, ctx) {
    const model = await read(actual, ctx);
    return model && { ...model, ...emptying(actual) };
  },
  async update(desired, actual, ctx, previous) {
    const repositoryName = actual.RepositoryName as string;
    await ctx.call("ecr", "PutImageTagMutability", { repositoryName, ...mutabilityOf(desired) });
    const scanOnPush = isTrue(member(desired.ImageScanningConfiguration, "ScanOnPush"));
    await ctx.call("ecr", "PutImageScanningConfiguration", {
      repositoryName,
      imageScanningConfiguration: { scanOnPush },
    });
    await syncPolicies(repositoryName, desired, previous, ctx);
    const resourceArn = actual.Arn;
    const tags = tagsOf(desired);
    const tagKeys = tagsOf(actual)
      .map(({ Key }) => Key)
      .filter((key) => !tags.some(({ Key }) => Key === key));
    if (tagKeys.length > 0) await ctx.call("ecr", "UntagResource", { resourceArn, tagKeys });
    if (tags.length > 0) await ctx.call("ecr", "TagResource", { resourceArn, tags });
    return { ...(await read(actual, ctx)), ...emptying(desired) };
  },
  async delete(actual, ctx) {
    const input = { repositoryName: actual.RepositoryName, force: isTrue(actual.EmptyOnDelete) };
    await orAbsent(ctx.call("ecr", "DeleteRepository", input));
  },
  async list(ctx) {
    const { repositories } = await ctx.call<{ repositories: Description[] }>("ecr", "DescribeRepositories", {
      maxResults: 1000,
    });
    return repositories.map(({ repositoryName }) => ({ RepositoryName: repositoryName }));
  },
});

/** EmptyOnDelete is no property of the repository itself: it says what the provider is to do at the end. */
function emptying({ EmptyOnDelete }: Properties): Properties {
  return EmptyOnDelete === undefined ? {} : { EmptyOnDelete };
}
