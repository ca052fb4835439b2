/** AWS::ECR::PullThroughCacheRule */
import { orUndefined } from "../../../kernel/errors.js";
import { defineResource, type Properties } from "../../../kernel/resource.js";
import { defined } from "../../../kernel/template-values.js";

interface Rule {
  ecrRepositoryPrefix: string;
  upstreamRegistryUrl: string;
  upstreamRegistry?: string;
  credentialArn?: string;
  customRoleArn?: string;
  upstreamRepositoryPrefix?: string;
}

/** The hosts of upstream registries, for templates that name the registry only. */
const HOSTS: Readonly<Record<string, string>> = {
  "ecr-public": "public.ecr.aws",
  k8s: "registry.k8s.io",
  quay: "quay.io",
  "docker-hub": "registry-1.docker.io",
  "github-container-registry": "ghcr.io",
  "gitlab-container-registry": "registry.gitlab.com",
  chainguard: "cgr.dev",
};

const modelOf = (rule: Rule): Properties =>
  defined({
    EcrRepositoryPrefix: rule.ecrRepositoryPrefix,
    UpstreamRegistryUrl: rule.upstreamRegistryUrl,
    UpstreamRegistry: rule.upstreamRegistry,
    CredentialArn: rule.credentialArn,
    CustomRoleArn: rule.customRoleArn,
    UpstreamRepositoryPrefix: rule.upstreamRepositoryPrefix,
  });

export default defineResource({
  async create(desired, ctx) {
    const ecrRepositoryPrefix = desired.EcrRepositoryPrefix ?? ctx.physicalName({ maxLength: 30, lowerCase: true });
    const rule = await ctx.call<Rule>("ecr", "CreatePullThroughCacheRule", {
      ecrRepositoryPrefix,
      upstreamRegistryUrl: desired.UpstreamRegistryUrl ?? HOSTS[String(desired.UpstreamRegistry)],
      upstreamRegistry: desired.UpstreamRegistry,
      credentialArn: desired.CredentialArn,
      customRoleArn: desired.CustomRoleArn,
      upstreamRepositoryPrefix: desired.UpstreamRepositoryPrefix,
    });
    return modelOf(rule);
  },
  async read({ EcrRepositoryPrefix }, ctx) {
    const found = await orUndefined(
      ctx.call<{ pullThroughCacheRules: Rule[] }>("ecr", "DescribePullThroughCacheRules", {
        ecrRepositoryPrefixes: [EcrRepositoryPrefix],
      }),
      "PullThroughCacheRuleNotFoundException",
    );
    const rule = found?.pullThroughCacheRules[0];
    return rule && modelOf(rule);
  },
  async update(desired, actual, ctx) {
    await ctx.call("ecr", "UpdatePullThroughCacheRule", {
      ecrRepositoryPrefix: actual.EcrRepositoryPrefix,
      credentialArn: desired.CredentialArn,
      customRoleArn: desired.CustomRoleArn,
    });
    return { ...actual, ...desired };
  },
  async delete({ EcrRepositoryPrefix: ecrRepositoryPrefix }, ctx) {
    await orUndefined(
      ctx.call("ecr", "DeletePullThroughCacheRule", { ecrRepositoryPrefix }),
      "PullThroughCacheRuleNotFoundException",
    );
  },
  async list(ctx) {
    const { pullThroughCacheRules } = await ctx.call<{ pullThroughCacheRules: Rule[] }>(
      "ecr",
      "DescribePullThroughCacheRules",
      { maxResults: 1000 },
    );
    return pullThroughCacheRules.map(modelOf);
  },
});
