/** The operations that list and describe images, and what refers to them. See the ECR API Reference. */
import type { Handler } from "../../kernel/service.js";
import { checkIds, getImage, type ImageId, imageBytes, imagesOf } from "./image.js";
import { artifactTypeOf, DIGEST, parseManifest } from "./manifest.js";
import { getRepository, type Image, invalid, page } from "./repository.js";

type Ecr = typeof import("@aws-sdk/client-ecr");

const hasStatus = ({ tags }: Image, status: string) => status === "ANY" || tags.length > 0 === (status === "TAGGED");

export const listImages: Handler<Ecr, "ListImages"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const status = input.filter?.tagStatus ?? "ANY";
  const ids = imagesOf(ctx, repository.name, account)
    .filter((image) => hasStatus(image, status))
    .flatMap(({ digest, tags }): ImageId[] =>
      tags.length === 0 ? [{ imageDigest: digest }] : tags.map((imageTag) => ({ imageDigest: digest, imageTag })),
    );
  const { items, nextToken } = page(ids, input);
  return { imageIds: items, nextToken };
};

export const describeImages: Handler<Ecr, "DescribeImages"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const { name } = repository;
  const status = input.filter?.tagStatus ?? "ANY";
  const rows =
    input.imageIds !== undefined && input.imageIds.length > 0
      ? checkIds(input.imageIds).map((id) => getImage(ctx, name, account, id))
      : imagesOf(ctx, name, account).filter((image) => hasStatus(image, status));
  const { items, nextToken } = page(rows, input);
  const imageDetails = items.map((image) => {
    const manifest = parseManifest(image.manifest);
    return {
      registryId: account,
      repositoryName: name,
      imageDigest: image.digest,
      imageTags: image.tags.length > 0 ? [...image.tags] : undefined,
      imageSizeInBytes: imageBytes(ctx, name, account, manifest),
      imagePushedAt: new Date(image.pushedAt),
      imageManifestMediaType: image.mediaType,
      artifactMediaType: artifactTypeOf(manifest),
      subjectManifestDigest: manifest.subject?.digest,
      lastRecordedPullTime: image.lastPulledAt === undefined ? undefined : new Date(image.lastPulledAt),
      imageStatus: "ACTIVE" as const,
    };
  });
  return { imageDetails, nextToken };
};

export const listImageReferrers: Handler<Ecr, "ListImageReferrers"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const subject = input.subjectId?.imageDigest;
  if (subject === undefined || !DIGEST.test(subject))
    throw invalid("subjectId.imageDigest", "must satisfy regular expression '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'");
  const types = input.filter?.artifactTypes ?? [];
  const referrers = imagesOf(ctx, repository.name, account).flatMap((image) => {
    const manifest = parseManifest(image.manifest);
    if (manifest.subject?.digest !== subject) return [];
    const artifactType = artifactTypeOf(manifest);
    if (types.length > 0 && !types.includes(artifactType ?? "")) return [];
    return [
      {
        digest: image.digest,
        mediaType: image.mediaType,
        artifactType,
        size: Buffer.byteLength(image.manifest),
        annotations: manifest.annotations && { ...manifest.annotations },
        artifactStatus: "ACTIVE" as const,
      },
    ];
  });
  const { items, nextToken } = page(referrers, input);
  return { referrers: items, nextToken };
};
