/** The operations on repository creation templates, and the repositories that a push makes by them. */
import type { RepositoryCreationTemplate } from "@aws-sdk/client-ecr";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { checkJson } from "./repositories.js";
import { invalid, page } from "./repository.js";

type Ecr = typeof import("@aws-sdk/client-ecr");

type Template = RepositoryCreationTemplate & { readonly prefix: string };
/** [prefix] */
const templates = defineTable<Template>("ecr/creation-templates");

const PREFIX = /^(([a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*\/?|ROOT)$/;

function checkTemplate(input: Partial<Template>): void {
  if (input.repositoryPolicy !== undefined) checkJson("repositoryPolicy", input.repositoryPolicy);
  if (input.lifecyclePolicy !== undefined) checkJson("lifecyclePolicy", input.lifecyclePolicy);
  if (input.appliedFor?.length === 0) throw invalid("appliedFor", "must have length greater than or equal to 1");
}

function getTemplate(ctx: Context, prefix: string | undefined): Template {
  const template = ctx.table(templates).get(prefix ?? "");
  if (template) return template;
  throw new AwsError(
    "TemplateNotFoundException",
    `The Repository Creation Template with prefix: '${prefix}' does not exist in the registry with id '${ctx.account}'`,
  );
}

const answer = (ctx: Context, repositoryCreationTemplate: Template) => ({
  registryId: ctx.account,
  repositoryCreationTemplate,
});

export const createRepositoryCreationTemplate: Handler<Ecr, "CreateRepositoryCreationTemplate"> = (input, ctx) => {
  const { prefix = "", appliedFor } = input;
  if (!PREFIX.test(prefix)) throw invalid("prefix", `must satisfy regular expression '${PREFIX.source}'`);
  if (!appliedFor) throw invalid("appliedFor", "must not be null");
  checkTemplate({ ...input, prefix });
  if (ctx.table(templates).has(prefix)) {
    throw new AwsError(
      "TemplateAlreadyExistsException",
      `The Repository Creation Template with prefix: '${prefix}' already exists in the registry with id '${ctx.account}'`,
    );
  }
  const now = new Date(ctx.now());
  const template: Template = {
    encryptionConfiguration: { encryptionType: "AES256" },
    imageTagMutability: "MUTABLE",
    ...input,
    prefix,
    createdAt: now,
    updatedAt: now,
  };
  ctx.table(templates).put([prefix], template);
  return answer(ctx, template);
};

export const updateRepositoryCreationTemplate: Handler<Ecr, "UpdateRepositoryCreationTemplate"> = (input, ctx) => {
  const before = getTemplate(ctx, input.prefix);
  checkTemplate(input as Partial<Template>);
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const template = { ...before, ...given, updatedAt: new Date(ctx.now()) };
  ctx.table(templates).put([before.prefix], template);
  return answer(ctx, template);
};

export const describeRepositoryCreationTemplates: Handler<Ecr, "DescribeRepositoryCreationTemplates"> = (
  input,
  ctx,
) => {
  const found = ctx
    .table(templates)
    .rows()
    .filter(({ prefix }) => !input.prefixes?.length || input.prefixes.includes(prefix));
  const { items, nextToken } = page(found, input);
  return { registryId: ctx.account, repositoryCreationTemplates: items, nextToken };
};

export const deleteRepositoryCreationTemplate: Handler<Ecr, "DeleteRepositoryCreationTemplate"> = (input, ctx) => {
  const template = getTemplate(ctx, input.prefix);
  ctx.table(templates).delete(template.prefix);
  return answer(ctx, template);
};

/** Makes a repository that a push names, where a template says so. @returns whether one did */
export async function createOnPush(ctx: Context, repositoryName: string): Promise<boolean> {
  const matching = ctx
    .table(templates)
    .rows()
    .filter(({ prefix, appliedFor }) => appliedFor?.includes("CREATE_ON_PUSH") && isUnder(prefix, repositoryName))
    .sort((a, b) => lengthOf(b.prefix) - lengthOf(a.prefix));
  const [template] = matching;
  if (!template) return false;
  await ctx.call("ecr", "CreateRepository", {
    repositoryName,
    imageTagMutability: template.imageTagMutability,
    imageTagMutabilityExclusionFilters: template.imageTagMutabilityExclusionFilters,
    encryptionConfiguration: template.encryptionConfiguration,
    tags: template.resourceTags,
  });
  const { repositoryPolicy: policyText, lifecyclePolicy: lifecyclePolicyText } = template;
  if (policyText) await ctx.call("ecr", "SetRepositoryPolicy", { repositoryName, policyText });
  if (lifecyclePolicyText) await ctx.call("ecr", "PutLifecyclePolicy", { repositoryName, lifecyclePolicyText });
  return true;
}

const lengthOf = (prefix: string) => (prefix === "ROOT" ? 0 : prefix.length);
const isUnder = (prefix: string, name: string) =>
  prefix === "ROOT" || name.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`);
