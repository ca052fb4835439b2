/** AWS::ECR::RepositoryCreationTemplate */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { defined, tagsOf } from "../../../kernel/template-values.js";

type Filter = { ImageTagMutabilityExclusionFilterType: string; ImageTagMutabilityExclusionFilterValue: string };
interface Template {
  prefix: string;
  description?: string;
  encryptionConfiguration?: { encryptionType: string; kmsKey?: string };
  resourceTags?: { Key: string; Value: string }[];
  imageTagMutability?: string;
  imageTagMutabilityExclusionFilters?: { filterType: string; filter: string }[];
  repositoryPolicy?: string;
  lifecyclePolicy?: string;
  appliedFor: string[];
  customRoleArn?: string;
  createdAt: Date;
  updatedAt: Date;
}

function inputOf(desired: Properties): object {
  const encryption = desired.EncryptionConfiguration as Properties | undefined;
  const filters = desired.ImageTagMutabilityExclusionFilters as unknown as Filter[] | undefined;
  return {
    prefix: desired.Prefix,
    description: desired.Description,
    encryptionConfiguration: encryption && {
      encryptionType: encryption.EncryptionType,
      kmsKey: encryption.KmsKey,
    },
    resourceTags: desired.ResourceTags && tagsOf({ Tags: desired.ResourceTags }),
    imageTagMutability: desired.ImageTagMutability,
    imageTagMutabilityExclusionFilters: filters?.map((filter) => ({
      filterType: filter.ImageTagMutabilityExclusionFilterType,
      filter: filter.ImageTagMutabilityExclusionFilterValue,
    })),
    repositoryPolicy: desired.RepositoryPolicy,
    lifecyclePolicy: desired.LifecyclePolicy,
    appliedFor: desired.AppliedFor,
    customRoleArn: desired.CustomRoleArn,
  };
}

function modelOf(template: Template): Properties {
  const { encryptionConfiguration: encryption, imageTagMutabilityExclusionFilters: filters } = template;
  return defined({
    Prefix: template.prefix,
    Description: template.description,
    EncryptionConfiguration:
      encryption && defined({ EncryptionType: encryption.encryptionType, KmsKey: encryption.kmsKey }),
    ResourceTags: template.resourceTags as Json | undefined,
    ImageTagMutability: template.imageTagMutability,
    ImageTagMutabilityExclusionFilters: filters?.map(({ filterType, filter }) => ({
      ImageTagMutabilityExclusionFilterType: filterType,
      ImageTagMutabilityExclusionFilterValue: filter,
    })),
    RepositoryPolicy: template.repositoryPolicy,
    LifecyclePolicy: template.lifecyclePolicy,
    AppliedFor: template.appliedFor,
    CustomRoleArn: template.customRoleArn,
    CreatedAt: template.createdAt.toISOString(),
    UpdatedAt: template.updatedAt.toISOString(),
  });
}

async function describe(ctx: ResourceContext, prefixes?: string[]): Promise<Properties[]> {
  const { repositoryCreationTemplates } = await ctx.call<{ repositoryCreationTemplates: Template[] }>(
    "ecr",
    "DescribeRepositoryCreationTemplates",
    prefixes ? { prefixes } : { maxResults: 1000 },
  );
  return repositoryCreationTemplates.map(modelOf);
}

const act = async (operation: string, desired: Properties, ctx: ResourceContext) =>
  modelOf(
    (await ctx.call<{ repositoryCreationTemplate: Template }>("ecr", operation, inputOf(desired)))
      .repositoryCreationTemplate,
  );

export default defineResource({
  create: (desired, ctx) => act("CreateRepositoryCreationTemplate", desired, ctx),
  async read({ Prefix }, ctx) {
    const [model] = await describe(ctx, [String(Prefix)]);
    return model;
  },
  async update(desired, actual, ctx) {
    // An update leaves what it does not name as it is: what is no longer desired goes with the template.
    await ctx.call("ecr", "DeleteRepositoryCreationTemplate", { prefix: actual.Prefix });
    const model = await act("CreateRepositoryCreationTemplate", desired, ctx);
    return model;
  },
  async delete({ Prefix: prefix }, ctx) {
    await orUndefined(ctx.call("ecr", "DeleteRepositoryCreationTemplate", { prefix }), "TemplateNotFoundException");
  },
  list: (ctx) => describe(ctx),
});
