/** The operations on lifecycle policies, and what makes images expire when their time has come. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { checkIds, imagesOf } from "./image.js";
import { scheduleSweep } from "./layer.js";
import { type Expiration, expiring, nextExpiration, parseLifecyclePolicy } from "./lifecycle-policy.js";
import { parseManifest } from "./manifest.js";
import {
  changeRepository,
  getRepository,
  type Image,
  images,
  page,
  type Repository,
  repositories,
} from "./repository.js";

type Ecr = typeof import("@aws-sdk/client-ecr");

/** A policy is applied this long after a push: ECR takes up to a day. */
const DELAY_MS = 60 * 60 * 1000;

interface Preview {
  readonly text: string;
  readonly results: readonly Expiration[];
}
/** [repository] */
const previews = defineTable<Preview>("ecr/lifecycle-previews");

function expiringNow(ctx: Context, repository: string, account: string, text: string): Expiration[] {
  const all = imagesOf(ctx, repository, account);
  const listed = new Set(
    all.flatMap(({ manifest }) => (parseManifest(manifest).manifests ?? []).map(({ digest }) => digest)),
  );
  return expiring(parseLifecyclePolicy(text), all, listed, ctx.now());
}

/** Sees to it that a repository's policy is applied, soon or when the next image grows too old. */
export function scheduleEvaluation(ctx: Context, { name, lifecycle }: Repository, account: string): void {
  if (lifecycle === undefined) return;
  const payload = { account, repository: name };
  ctx.schedule({ at: ctx.now() + DELAY_MS, kind: "evaluateLifecycle", payload, id: timerOf(ctx, name, account) });
}

const timerOf = (ctx: Context, name: string, account: string) => `ecr/lifecycle/${account}/${ctx.region}/${name}`;

/** Applies a repository's policy, and has it applied again when the next image will be too old. */
export function evaluateLifecycle(payload: { account: string; repository: string }, ctx: Context): void {
  const { account, repository: name } = payload;
  const repository = ctx.table(repositories, { account }).get(name);
  if (!repository?.lifecycle) return;
  const { text } = repository.lifecycle;
  const table = ctx.table(images, { account });
  const expired = expiringNow(ctx, name, account, text);
  for (const { image } of expired) table.delete(name, image.digest);
  if (expired.length > 0) scheduleSweep(ctx, name, account);
  changeRepository(ctx, repository, account, { lifecycle: { text, evaluatedAt: ctx.now() } });
  const next = nextExpiration(parseLifecyclePolicy(text), imagesOf(ctx, name, account), ctx.now());
  if (next !== undefined)
    ctx.schedule({ at: next, kind: "evaluateLifecycle", payload, id: `${timerOf(ctx, name, account)}/age` });
}

export const putLifecyclePolicy: Handler<Ecr, "PutLifecyclePolicy"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const text = input.lifecyclePolicyText ?? "";
  parseLifecyclePolicy(text);
  const changed = changeRepository(ctx, repository, account, { lifecycle: { text, evaluatedAt: ctx.now() } });
  scheduleEvaluation(ctx, changed, account);
  return { registryId: account, repositoryName: repository.name, lifecyclePolicyText: text };
};

function lifecycleOf({ name, lifecycle }: Repository, account: string) {
  if (lifecycle === undefined) {
    throw new AwsError(
      "LifecyclePolicyNotFoundException",
      `Lifecycle policy does not exist for the repository with name '${name}' in the registry with id '${account}'`,
    );
  }
  return {
    registryId: account,
    repositoryName: name,
    lifecyclePolicyText: lifecycle.text,
    lastEvaluatedAt: new Date(lifecycle.evaluatedAt),
  };
}

export const getLifecyclePolicy: Handler<Ecr, "GetLifecyclePolicy"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  return lifecycleOf(repository, account);
};

export const deleteLifecyclePolicy: Handler<Ecr, "DeleteLifecyclePolicy"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const deleted = lifecycleOf(repository, account);
  changeRepository(ctx, repository, account, { lifecycle: undefined });
  return deleted;
};

export const startLifecyclePolicyPreview: Handler<Ecr, "StartLifecyclePolicyPreview"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const { name } = repository;
  const text = input.lifecyclePolicyText ?? lifecycleOf(repository, account).lifecyclePolicyText;
  const results = expiringNow(ctx, name, account, text);
  ctx.table(previews, { account }).put([name], { text, results });
  return { registryId: account, repositoryName: name, lifecyclePolicyText: text, status: "IN_PROGRESS" };
};

const hasTagStatus = ({ tags }: Image, status: string) => status === "ANY" || tags.length > 0 === (status === "TAGGED");

export const getLifecyclePolicyPreview: Handler<Ecr, "GetLifecyclePolicyPreview"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const { name } = repository;
  const preview = ctx.table(previews, { account }).get(name);
  if (!preview) {
    throw new AwsError(
      "LifecyclePolicyPreviewNotFoundException",
      `Lifecycle policy preview does not exist for the repository with name '${name}' in the registry with id '${account}'`,
    );
  }
  const ids = input.imageIds && checkIds(input.imageIds);
  const asked = preview.results.filter(
    ({ image }) =>
      hasTagStatus(image, input.filter?.tagStatus ?? "ANY") &&
      (ids === undefined ||
        ids.some(({ imageDigest, imageTag }) =>
          imageDigest === undefined ? image.tags.includes(imageTag ?? "") : imageDigest === image.digest,
        )),
  );
  const { items, nextToken } = page(asked, input);
  return {
    registryId: account,
    repositoryName: name,
    lifecyclePolicyText: preview.text,
    status: "COMPLETE",
    nextToken,
    previewResults: items.map(({ image, rulePriority }) => ({
      imageTags: [...image.tags],
      imageDigest: image.digest,
      imagePushedAt: new Date(image.pushedAt),
      action: { type: "EXPIRE" },
      appliedRulePriority: rulePriority,
    })),
    summary: { expiringImageTotalCount: preview.results.length },
  };
};
