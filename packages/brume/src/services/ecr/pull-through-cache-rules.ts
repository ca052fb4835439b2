/** The operations on pull through cache rules. Nothing is pulled from elsewhere: the rules are kept. */
import type { UpstreamRegistry } from "@aws-sdk/client-ecr";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { invalid, page } from "./repository.js";

type Ecr = typeof import("@aws-sdk/client-ecr");

interface Rule {
  readonly ecrRepositoryPrefix: string;
  readonly upstreamRegistryUrl: string;
  readonly upstreamRegistry: UpstreamRegistry;
  readonly credentialArn?: string | undefined;
  readonly customRoleArn?: string | undefined;
  readonly upstreamRepositoryPrefix: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
/** [prefix] */
const rules = defineTable<Rule>("ecr/pull-through-cache-rules");

const PREFIX = /^([a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*\/?$/;

/** The registries that can be upstream, by what their host looks like. */
const UPSTREAM: [host: RegExp, registry: UpstreamRegistry][] = [
  [/^public\.ecr\.aws$/, "ecr-public"],
  [/^registry\.k8s\.io$/, "k8s"],
  [/^quay\.io$/, "quay"],
  [/^registry-1\.docker\.io$/, "docker-hub"],
  [/\.azurecr\.io$/, "azure-container-registry"],
  [/^ghcr\.io$/, "github-container-registry"],
  [/^registry\.gitlab\.com$/, "gitlab-container-registry"],
  [/^cgr\.dev$/, "chainguard"],
  [/\.dkr\.ecr\./, "ecr"],
];

function getRule(ctx: Context, prefix: string | undefined): Rule {
  const rule = ctx.table(rules).get(prefix ?? "");
  if (rule) return rule;
  throw new AwsError(
    "PullThroughCacheRuleNotFoundException",
    `The pull through cache rule with repository prefix '${prefix}' does not exist in the registry with id '${ctx.account}'`,
  );
}

export const createPullThroughCacheRule: Handler<Ecr, "CreatePullThroughCacheRule"> = (input, ctx) => {
  const { ecrRepositoryPrefix = "", upstreamRegistryUrl = "", credentialArn, customRoleArn } = input;
  const length = ecrRepositoryPrefix.length;
  if (ecrRepositoryPrefix !== "ROOT" && (length < 2 || length > 30 || !PREFIX.test(ecrRepositoryPrefix)))
    throw invalid(
      "ecrRepositoryPrefix",
      "must satisfy regular expression '^((?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*/?|ROOT)$'",
    );
  const upstream = UPSTREAM.find(([host]) => host.test(upstreamRegistryUrl))?.[1];
  if (!upstream) {
    throw new AwsError(
      "UnsupportedUpstreamRegistryException",
      `The upstream registry '${upstreamRegistryUrl}' is not supported.`,
    );
  }
  if (ctx.table(rules).has(ecrRepositoryPrefix)) {
    throw new AwsError(
      "PullThroughCacheRuleAlreadyExistsException",
      `A pull through cache rule with repository prefix '${ecrRepositoryPrefix}' already exists in the registry with id '${ctx.account}'`,
    );
  }
  const now = new Date(ctx.now());
  const rule: Rule = {
    ecrRepositoryPrefix,
    upstreamRegistryUrl,
    upstreamRegistry: input.upstreamRegistry ?? upstream,
    credentialArn,
    customRoleArn,
    upstreamRepositoryPrefix: input.upstreamRepositoryPrefix ?? "ROOT",
    createdAt: now,
    updatedAt: now,
  };
  ctx.table(rules).put([ecrRepositoryPrefix], rule);
  return { ...rule, registryId: ctx.account };
};

export const describePullThroughCacheRules: Handler<Ecr, "DescribePullThroughCacheRules"> = (input, ctx) => {
  const found = input.ecrRepositoryPrefixes?.map((prefix) => getRule(ctx, prefix)) ?? ctx.table(rules).rows();
  const { items, nextToken } = page(found, input);
  return { pullThroughCacheRules: items.map((rule) => ({ ...rule, registryId: ctx.account })), nextToken };
};

export const updatePullThroughCacheRule: Handler<Ecr, "UpdatePullThroughCacheRule"> = (input, ctx) => {
  const rule = getRule(ctx, input.ecrRepositoryPrefix);
  const changed: Rule = {
    ...rule,
    credentialArn: input.credentialArn ?? rule.credentialArn,
    customRoleArn: input.customRoleArn ?? rule.customRoleArn,
    updatedAt: new Date(ctx.now()),
  };
  ctx.table(rules).put([rule.ecrRepositoryPrefix], changed);
  return { ...changed, registryId: ctx.account };
};

export const deletePullThroughCacheRule: Handler<Ecr, "DeletePullThroughCacheRule"> = (input, ctx) => {
  const rule = getRule(ctx, input.ecrRepositoryPrefix);
  ctx.table(rules).delete(rule.ecrRepositoryPrefix);
  return { ...rule, registryId: ctx.account };
};
