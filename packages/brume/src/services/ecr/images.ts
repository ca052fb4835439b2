/** The operations on images, as far as they are manifests and tags, and on access to a registry. */
import { createHash } from "node:crypto";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { getRepository, type Image, images, page, type Repository, registryHost } from "./repository.js";

type Ecr = typeof import("@aws-sdk/client-ecr");
interface ImageId {
  imageDigest?: string | undefined;
  imageTag?: string | undefined;
}

const TOKEN_MS = 12 * 60 * 60 * 1000;
const DOCKER_V2 = "application/vnd.docker.distribution.manifest.v2+json";

export const getAuthorizationToken: Handler<Ecr, "GetAuthorizationToken"> = (input, ctx) => {
  const accounts = input.registryIds && input.registryIds.length > 0 ? input.registryIds : [ctx.account];
  const expiresAt = new Date(ctx.now() + TOKEN_MS);
  return {
    authorizationData: accounts.map((account) => ({
      // Differs from AWS: there is no registry to sign in to yet, so the password opens nothing.
      authorizationToken: Buffer.from(`AWS:brume-${account}`).toString("base64"),
      expiresAt,
      proxyEndpoint: `https://${registryHost(ctx, account)}`,
    })),
  };
};

interface Manifest {
  mediaType?: string;
  config?: { mediaType?: string; size?: number };
  layers?: { size?: number }[];
}

function parseManifest(text: string): Manifest {
  const invalid = (reason: string, cause?: unknown) =>
    new AwsError(
      "InvalidParameterException",
      `Invalid parameter at 'imageManifest' failed to satisfy constraint: '${reason}'`,
      { cause },
    );
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (cause) {
    throw invalid("Invalid JSON syntax", cause);
  }
  if (!isManifest(manifest)) throw invalid("Invalid manifest");
  return manifest;
}

function isManifest(value: unknown): value is Manifest {
  const isObject = (part: unknown): part is Record<string, unknown> =>
    typeof part === "object" && part !== null && !Array.isArray(part);
  if (!isObject(value)) return false;
  const { config = {}, layers = [] } = value;
  return (
    Array.isArray(layers) && [config, ...layers].every((part) => isObject(part) && Number.isFinite(part.size ?? 0))
  );
}

const isExcluded = (repository: Repository, tag: string) =>
  repository.exclusions.some(({ filter }) =>
    new RegExp(
      `^${filter
        .split("*")
        .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
        .join(".*")}$`,
    ).test(tag),
  );

/** Whether a tag, once it is given, stays where it is. */
function isImmutable(repository: Repository, tag: string): boolean {
  return repository.mutability.startsWith("IMMUTABLE") !== isExcluded(repository, tag);
}

// Differs from AWS: an image is its manifest; that its layers are there is not checked.
export const putImage: Handler<Ecr, "PutImage"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const { name } = repository;
  const manifest = input.imageManifest ?? "";
  const parsed = parseManifest(manifest);
  const digest = `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
  if (input.imageDigest !== undefined && input.imageDigest !== digest) {
    throw new AwsError(
      "ImageDigestDoesNotMatchException",
      `The specified image digest '${input.imageDigest}' does not match the digest of the manifest.`,
    );
  }
  const table = ctx.table(images, { account });
  const tag = input.imageTag;
  const existing = table.get(name, digest);
  const tagged = tag === undefined ? undefined : findByTag(ctx, name, account, tag);
  if (existing && (tag === undefined || tagged?.digest === digest)) {
    throw new AwsError(
      "ImageAlreadyExistsException",
      `Image with digest '${digest}' and tag '${tag ?? "null"}' already exists in the repository with name '${name}' in registry with id '${account}'`,
    );
  }
  if (tag !== undefined && tagged) {
    if (isImmutable(repository, tag)) {
      throw new AwsError(
        "ImageTagAlreadyExistsException",
        `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the repository is immutable.`,
      );
    }
    table.put([name, tagged.digest], { ...tagged, tags: tagged.tags.filter((one) => one !== tag) });
  }
  const image: Image = {
    digest,
    manifest,
    mediaType: input.imageManifestMediaType ?? parsed.mediaType ?? DOCKER_V2,
    pushedAt: existing?.pushedAt ?? ctx.now(),
    tags: [...(existing?.tags ?? []), ...(tag === undefined ? [] : [tag])],
  };
  table.put([name, digest], image);
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

function findByTag(ctx: Context, repository: string, account: string, tag: string): Image | undefined {
  const rows = ctx.table(images, { account }).rows({ prefix: [repository] });
  return rows.find(({ tags }) => tags.includes(tag));
}

function find(ctx: Context, repository: string, account: string, id: ImageId): Image | undefined {
  const { imageDigest, imageTag } = id;
  if (imageDigest === undefined)
    return imageTag === undefined ? undefined : findByTag(ctx, repository, account, imageTag);
  const image = ctx.table(images, { account }).get(repository, imageDigest);
  return image && (imageTag === undefined || image.tags.includes(imageTag)) ? image : undefined;
}

function failure(id: ImageId) {
  const { imageDigest, imageTag } = id;
  if (imageDigest === undefined && imageTag === undefined) {
    return {
      imageId: id,
      failureCode: "MissingDigestAndTag" as const,
      failureReason: "Invalid request parameters: both tag and digest cannot be null",
    };
  }
  if (imageDigest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(imageDigest)) {
    return {
      imageId: id,
      failureCode: "InvalidImageDigest" as const,
      failureReason:
        "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    };
  }
  return { imageId: id, failureCode: "ImageNotFound" as const, failureReason: "Requested image not found" };
}

export const batchGetImage: Handler<Ecr, "BatchGetImage"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const found = [];
  const failures = [];
  for (const id of input.imageIds ?? []) {
    const image = find(ctx, repository.name, account, id);
    if (image) found.push(imageAnswer(image, repository.name, account, id));
    else failures.push(failure(id));
  }
  return { images: found, failures };
};

export const batchDeleteImage: Handler<Ecr, "BatchDeleteImage"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const table = ctx.table(images, { account });
  const deleted: ImageId[] = [];
  const failures = [];
  for (const id of input.imageIds ?? []) {
    const image = find(ctx, repository.name, account, id);
    if (!image) {
      failures.push(failure(id));
      continue;
    }
    const { digest, tags } = image;
    const left = id.imageDigest === undefined ? tags.filter((tag) => tag !== id.imageTag) : [];
    // Without its last tag an image goes; by its digest it goes with all its tags.
    if (left.length > 0) {
      table.put([repository.name, digest], { ...image, tags: left });
      deleted.push({ imageDigest: digest, imageTag: id.imageTag });
      continue;
    }
    table.delete(repository.name, digest);
    const gone = tags.length > 0 ? tags : [undefined];
    deleted.push(...gone.map((imageTag) => ({ imageDigest: digest, imageTag })));
  }
  return { imageIds: deleted, failures };
};

export const listImages: Handler<Ecr, "ListImages"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const status = input.filter?.tagStatus ?? "ANY";
  const ids = ctx
    .table(images, { account })
    .rows({ prefix: [repository.name] })
    .flatMap(({ digest, tags }): ImageId[] => {
      if (tags.length === 0) return status === "TAGGED" ? [] : [{ imageDigest: digest }];
      return status === "UNTAGGED" ? [] : tags.map((imageTag) => ({ imageDigest: digest, imageTag }));
    });
  const { items, nextToken } = page(ids, input);
  return { imageIds: items, nextToken };
};

export const describeImages: Handler<Ecr, "DescribeImages"> = (input, ctx) => {
  const { repository, account } = getRepository(ctx, input);
  const { name } = repository;
  let rows: Image[];
  if (input.imageIds !== undefined && input.imageIds.length > 0) {
    rows = input.imageIds.map((id) => {
      const image = find(ctx, name, account, id);
      if (!image) {
        throw new AwsError(
          "ImageNotFoundException",
          `The image with imageId {imageDigest:'${id.imageDigest ?? "null"}', imageTag:'${id.imageTag ?? "null"}'} does not exist within the repository with name '${name}' in the registry with id '${account}'`,
        );
      }
      return image;
    });
  } else {
    const status = input.filter?.tagStatus ?? "ANY";
    rows = ctx
      .table(images, { account })
      .rows({ prefix: [name] })
      .filter(({ tags }) => status === "ANY" || tags.length > 0 === (status === "TAGGED"));
  }
  const { items, nextToken } = page(rows, input);
  const details = items.map((image) => {
    const { config, layers = [] } = parseManifest(image.manifest);
    return {
      registryId: account,
      repositoryName: name,
      imageDigest: image.digest,
      imageTags: image.tags.length > 0 ? [...image.tags] : undefined,
      imageSizeInBytes: layers.reduce((sum, { size = 0 }) => sum + size, config?.size ?? 0),
      imagePushedAt: new Date(image.pushedAt),
      imageManifestMediaType: image.mediaType,
      artifactMediaType: config?.mediaType,
    };
  });
  return { imageDetails: details, nextToken };
};
