/** How images are found, by digest or tag, and what is answered where they are not. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { DIGEST, type Manifest, parseManifest } from "./manifest.js";
import { type Image, images, invalid } from "./repository.js";

export interface ImageId {
  readonly imageDigest?: string | undefined;
  readonly imageTag?: string | undefined;
}

const MAX_IDS = 100;
export const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,299}$/;

/** @throws AwsError for more ids than one call may have */
export function checkIds(ids: readonly ImageId[] | undefined): readonly ImageId[] {
  if (ids === undefined || ids.length === 0) throw invalid("imageIds", "must have length greater than or equal to 1");
  if (ids.length > MAX_IDS) throw invalid("imageIds", `must have length less than or equal to ${MAX_IDS}`);
  return ids;
}

/** The images of a repository. */
export const imagesOf = (ctx: Context, repository: string, account: string): Image[] =>
  ctx.table(images, { account }).rows({ prefix: [repository] });

export function findByTag(ctx: Context, repository: string, account: string, tag: string): Image | undefined {
  return imagesOf(ctx, repository, account).find(({ tags }) => tags.includes(tag));
}

export function findImage(ctx: Context, repository: string, account: string, id: ImageId): Image | undefined {
  const { imageDigest, imageTag } = id;
  if (imageDigest === undefined)
    return imageTag === undefined ? undefined : findByTag(ctx, repository, account, imageTag);
  const image = ctx.table(images, { account }).get(repository, imageDigest);
  return image && (imageTag === undefined || image.tags.includes(imageTag)) ? image : undefined;
}

/** @throws AwsError `ImageNotFoundException` */
export function getImage(ctx: Context, repository: string, account: string, id: ImageId | undefined): Image {
  const { imageDigest, imageTag } = id ?? {};
  if (imageDigest === undefined && imageTag === undefined)
    throw new AwsError("InvalidParameterException", "Invalid request parameters: both tag and digest cannot be null");
  const image = findImage(ctx, repository, account, { imageDigest, imageTag });
  if (image) return image;
  throw new AwsError(
    "ImageNotFoundException",
    `The image with imageId {imageDigest:'${imageDigest ?? "null"}', imageTag:'${imageTag ?? "null"}'} does not exist within the repository with name '${repository}' in the registry with id '${account}'`,
  );
}

/** Why an image was not found, as batch operations say it. */
export function failureOf(ctx: Context, repository: string, account: string, id: ImageId) {
  const { imageDigest, imageTag } = id;
  const failure = <Code extends string>(failureCode: Code, failureReason: string) => ({
    imageId: id,
    failureCode,
    failureReason,
  });
  if (imageDigest === undefined && imageTag === undefined) {
    return failure("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null");
  }
  if (imageDigest !== undefined && !DIGEST.test(imageDigest)) {
    return failure(
      "InvalidImageDigest",
      "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    );
  }
  if (imageTag !== undefined && !TAG.test(imageTag)) {
    return failure(
      "InvalidImageTag",
      "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,299}'",
    );
  }
  if (imageDigest !== undefined && ctx.table(images, { account }).has(repository, imageDigest)) {
    return failure(
      "ImageTagDoesNotMatchDigest",
      "Invalid request parameters: the image tag does not belong to the image with the digest",
    );
  }
  return failure("ImageNotFound", "Requested image not found");
}

/** The indexes of a repository that list an image. */
export function indexesOf(all: readonly Image[], digest: string): Image[] {
  return all.filter(({ manifest }) =>
    (parseManifest(manifest).manifests ?? []).some((listed) => listed.digest === digest),
  );
}

/** The size of an image in bytes; of an index, that of the largest of its images. */
export function imageBytes(ctx: Context, repository: string, account: string, manifest: Manifest): number {
  const { config, layers = [], manifests = [] } = manifest;
  const table = ctx.table(images, { account });
  const listed = manifests.map(({ digest }) => {
    const image = table.get(repository, digest);
    const parsed = image && parseManifest(image.manifest);
    return parsed && !parsed.manifests ? imageBytes(ctx, repository, account, parsed) : 0;
  });
  const own = layers.reduce((sum, { size }) => sum + size, config?.size ?? 0);
  return Math.max(own, ...listed);
}
