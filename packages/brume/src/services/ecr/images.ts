/** The operations that store, hand out and delete images. See the ECR API Reference. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { matchesParts } from "../../kernel/wildcard.js";
import { checkIds, failureOf, findByTag, findImage, type ImageId, imagesOf, indexesOf, TAG } from "./image.js";
import { layers, scheduleSweep } from "./layer.js";
import { scheduleEvaluation } from "./lifecycle.js";
import { blobsOf, type Manifest, mediaTypeOf, parseManifest, sha256Digest } from "./manifest.js";
import { exclusions } from "./pull-time-exclusions.js";
import { getRepository, type Image, images, invalid, type Repository } from "./repository.js";

type Ecr = typeof import("@aws-sdk/client-ecr");

const PULL_STEP_MS = 60_000;

/** Whether a tag, once it is given, stays where it is. */
function isImmutable({ mutability, exclusions: filters }: Repository, tag: string): boolean {
  const isExcluded = filters.some(({ filter }) => matchesParts(filter.split("*"), tag));
  return mutability.startsWith("IMMUTABLE") !== isExcluded;
}

/** @throws AwsError when what a manifest refers to is not in the repository */
function checkReferences(ctx: Context, name: string, account: string, manifest: Manifest): void {
  const required = `required for pushing image into repository with name '${name}' in the registry with id '${account}' do not exist`;
  const held = ctx.table(layers, { account });
  const blobs = blobsOf(manifest).filter(({ digest }) => !held.has(name, digest));
  if (blobs.length > 0) {
    const digests = blobs.map(({ digest }) => digest).join(", ");
    throw new AwsError("LayersNotFoundException", `Layers with digests '[${digests}]' ${required}`);
  }
  const table = ctx.table(images, { account });
  const missing = (manifest.manifests ?? []).filter(({ digest }) => !table.has(name, digest));
  if (missing.length > 0) {
    const digests = missing.map(({ digest }) => digest).join(", ");
    throw new AwsError("ReferencedImagesNotFoundException", `Images with digests '[${digests}]' ${required}`);
  }
}

export const putImage: Handler<Ecr, "PutImage"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const { name } = repository;
  const manifest = input.imageManifest ?? "";
  const parsed = parseManifest(manifest);
  const digest = sha256Digest(manifest);
  const tag = input.imageTag;
  if (tag !== undefined && !TAG.test(tag))
    throw invalid("imageTag", "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,299}'");
  if (input.imageDigest !== undefined && input.imageDigest !== digest) {
    throw new AwsError(
      "ImageDigestDoesNotMatchException",
      `The specified image digest '${input.imageDigest}' does not match the digest of the manifest.`,
    );
  }
  const table = ctx.table(images, { account });
  const existing = table.get(name, digest);
  const tagged = tag === undefined ? undefined : findByTag(ctx, name, account, tag);
  if (existing && (tag === undefined || tagged?.digest === digest)) {
    throw new AwsError(
      "ImageAlreadyExistsException",
      `Image with digest '${digest}' and tag '${tag ?? "null"}' already exists in the repository with name '${name}' in registry with id '${account}'`,
    );
  }
  if (tag !== undefined && tagged && isImmutable(repository, tag)) {
    throw new AwsError(
      "ImageTagAlreadyExistsException",
      `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the repository is immutable.`,
    );
  }
  checkReferences(ctx, name, account, parsed);
  if (tagged) table.put([name, tagged.digest], { ...tagged, tags: tagged.tags.filter((one) => one !== tag) });
  const image: Image = {
    ...existing,
    digest,
    manifest,
    mediaType: input.imageManifestMediaType ?? mediaTypeOf(parsed),
    pushedAt: existing?.pushedAt ?? ctx.now(),
    tags: [...(existing?.tags ?? []), ...(tag === undefined ? [] : [tag])],
  };
  table.put([name, digest], image);
  scheduleEvaluation(ctx, repository, account);
  return { image: imageAnswer(image, name, account, { imageTag: tag }) };
};

function imageAnswer(image: Image, repositoryName: string, registryId: string, { imageTag }: ImageId) {
  return {
    registryId,
    repositoryName,
    imageId: { imageDigest: image.digest, imageTag: imageTag ?? image.tags[0] },
    imageManifest: image.manifest,
    imageManifestMediaType: image.mediaType,
  };
}

export const batchGetImage: Handler<Ecr, "BatchGetImage"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const { name } = repository;
  const found = [];
  const failures = [];
  const { roleArn, arn } = ctx.principal;
  const isExcluded = ctx.table(exclusions).has(roleArn ?? arn);
  for (const id of checkIds(input.imageIds)) {
    const image = findImage(ctx, name, account, id);
    if (!image) {
      failures.push(failureOf(ctx, name, account, id));
      continue;
    }
    found.push(imageAnswer(image, name, account, id));
    // ECR records pulls now and then, not each of them.
    if (!isExcluded && ctx.now() - (image.lastPulledAt ?? 0) >= PULL_STEP_MS)
      ctx.table(images, { account }).put([name, image.digest], { ...image, lastPulledAt: ctx.now() });
  }
  return { images: found, failures };
};

const isIndex = (image: Image | undefined) =>
  image !== undefined && parseManifest(image.manifest).manifests !== undefined;

export const batchDeleteImage: Handler<Ecr, "BatchDeleteImage"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const { name } = repository;
  const table = ctx.table(images, { account });
  const deleted: ImageId[] = [];
  const failures = [];
  const found = checkIds(input.imageIds).map((id) => ({ id, isIndex: isIndex(findImage(ctx, name, account, id)) }));
  // Indexes first: what they list can be deleted in the same call.
  for (const { id } of found.sort((a, b) => Number(b.isIndex) - Number(a.isIndex))) {
    const image = findImage(ctx, name, account, id);
    if (!image) {
      failures.push(failureOf(ctx, name, account, id));
      continue;
    }
    const { digest, tags } = image;
    const left = id.imageDigest === undefined ? tags.filter((tag) => tag !== id.imageTag) : [];
    // Without its last tag an image goes; by its digest it goes with all its tags.
    if (left.length > 0) {
      table.put([name, digest], { ...image, tags: left });
      deleted.push({ imageDigest: digest, imageTag: id.imageTag });
      continue;
    }
    const lists = indexesOf(imagesOf(ctx, name, account), digest).map((index) => index.digest);
    if (lists.length > 0) {
      failures.push({
        imageId: id,
        failureCode: "ImageReferencedByManifestList" as const,
        failureReason: `Requested image referenced by manifest list: [${lists.join(", ")}]`,
      });
      continue;
    }
    table.delete(name, digest);
    const gone = tags.length > 0 ? tags : [undefined];
    deleted.push(...gone.map((imageTag) => ({ imageDigest: digest, imageTag })));
  }
  if (deleted.length > 0) scheduleSweep(ctx, name, account);
  return { imageIds: deleted, failures };
};
