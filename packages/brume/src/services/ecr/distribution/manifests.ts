/** Manifests, tags and referrers as the registry takes them and hands them out. */

import { readBody } from "../../../kernel/endpoint-request.js";
import { isAwsError } from "../../../kernel/errors.js";
import { createOnPush } from "../creation-templates.js";
import { OCI_INDEX, parseManifest, sha256Digest } from "../manifest.js";
import { getRepository } from "../repository.js";
import { answer, answerDocument, type Exchange, RegistryError, registryError } from "./exchange.js";

const MAX_MANIFEST_BYTES = 4_194_304;
/** How many tags or repositories are told at once, when the client does not say. */
const PAGE = 1000;

interface Identifier {
  imageDigest?: string;
  imageTag?: string;
}
interface Image {
  imageId: { imageDigest: string };
  imageManifest: string;
  imageManifestMediaType: string;
}

const identifierOf = (reference: string): Identifier =>
  reference.includes(":") ? { imageDigest: reference } : { imageTag: reference };

/** GET or HEAD of a manifest. */
export async function getManifest(exchange: Exchange): Promise<void> {
  const { ctx, repositoryName, reference } = exchange;
  const { images } = await ctx.call<{ images: Image[] }>("ecr", "BatchGetImage", {
    repositoryName,
    imageIds: [identifierOf(reference)],
  });
  const [image] = images;
  if (!image) throw new RegistryError("MANIFEST_UNKNOWN", "Requested image not found", 404);
  answerDocument(exchange, 200, image.imageManifest, {
    "content-type": image.imageManifestMediaType,
    "docker-content-digest": image.imageId.imageDigest,
  });
}

/** PUT of a manifest, by tag or digest. */
export async function putManifest(exchange: Exchange): Promise<void> {
  const { request, repositoryName, reference } = exchange;
  const body = await readBody(request, MAX_MANIFEST_BYTES);
  if (!body) throw new RegistryError("MANIFEST_INVALID", "The manifest is too large", 413);
  const imageManifest = body.toString();
  const type = request.headers["content-type"]?.split(";")[0];
  const input = {
    repositoryName,
    imageManifest,
    imageManifestMediaType: type?.startsWith("application/vnd.") ? type : undefined,
    ...identifierOf(reference),
  };
  try {
    await putImage(exchange, input);
  } catch (error) {
    // What is pushed once more is there.
    if (!isAwsError(error, "ImageAlreadyExistsException")) throw registryError(error, "MANIFEST_INVALID");
  }
  const digest = sha256Digest(body);
  const subject = parseManifest(imageManifest).subject?.digest;
  answer(exchange, 201, {
    location: `/v2/${repositoryName}/manifests/${digest}`,
    "docker-content-digest": digest,
    ...(subject ? { "oci-subject": subject } : {}),
  });
}

async function putImage({ ctx, repositoryName }: Exchange, input: object): Promise<void> {
  try {
    await ctx.call("ecr", "PutImage", input);
  } catch (error) {
    if (!isAwsError(error, "RepositoryNotFoundException") || !(await createOnPush(ctx, repositoryName))) throw error;
    await ctx.call("ecr", "PutImage", input);
  }
}

/** DELETE of a tag, or of an image by its digest. */
export async function deleteManifest(exchange: Exchange): Promise<void> {
  const { ctx, repositoryName, reference } = exchange;
  const { failures } = await ctx.call<{ failures: { failureCode: string; failureReason: string }[] }>(
    "ecr",
    "BatchDeleteImage",
    { repositoryName, imageIds: [identifierOf(reference)] },
  );
  const [failure] = failures;
  if (failure) {
    const isThere = failure.failureCode === "ImageReferencedByManifestList";
    throw new RegistryError(isThere ? "DENIED" : "MANIFEST_UNKNOWN", failure.failureReason, isThere ? 403 : 404);
  }
  answer(exchange, 202, {});
}

/** All that a listing operation has, page by page. */
async function everything<T>(
  { ctx }: Exchange,
  operation: string,
  input: object,
  take: (page: Record<string, unknown>) => T[],
): Promise<T[]> {
  const found: T[] = [];
  let nextToken: unknown;
  do {
    const page = await ctx.call("ecr", operation, { ...input, maxResults: 50, nextToken });
    found.push(...take(page));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

/** Answers with one page of names in order, and a link to the next. */
function answerNames(exchange: Exchange, path: string, names: string[], document: (page: string[]) => object): void {
  const { query } = exchange;
  const count = Number(query.get("n") ?? PAGE);
  if (!Number.isSafeInteger(count) || count < 0)
    throw new RegistryError("PAGINATION_NUMBER_INVALID", "invalid number of results requested", 400);
  const last = query.get("last");
  const left = [...new Set(names)].sort().filter((name) => last === null || name > last);
  const page = left.slice(0, count);
  const next = page.length > 0 && left.length > page.length && page.at(-1);
  const link = next ? { link: `<${path}?last=${encodeURIComponent(next)}&n=${count}>; rel="next"` } : undefined;
  answerDocument(exchange, 200, JSON.stringify(document(page)), link);
}

/** GET of a repository's tags. */
export async function listTags(exchange: Exchange): Promise<void> {
  const { repositoryName } = exchange;
  const input = { repositoryName, filter: { tagStatus: "TAGGED" } };
  const ids = await everything(exchange, "ListImages", input, (page) => page.imageIds as { imageTag: string }[]);
  const tags = ids.map(({ imageTag }) => imageTag);
  answerNames(exchange, `/v2/${repositoryName}/tags/list`, tags, (page) => ({ name: repositoryName, tags: page }));
}

/** GET of the names of all repositories. */
export async function listRepositories(exchange: Exchange): Promise<void> {
  const names = await everything(exchange, "DescribeRepositories", {}, (page) =>
    (page.repositories as { repositoryName: string }[]).map(({ repositoryName }) => repositoryName),
  );
  answerNames(exchange, "/v2/_catalog", names, (page) => ({ repositories: page }));
}

/** GET of what refers to an image, as an index. */
export async function listReferrers(exchange: Exchange): Promise<void> {
  const { ctx, repositoryName, reference, query } = exchange;
  getRepository(ctx, { repositoryName });
  const type = query.get("artifactType");
  const input = {
    repositoryName,
    subjectId: { imageDigest: reference },
    ...(type ? { filter: { artifactTypes: [type] } } : {}),
  };
  const referrers = await everything(
    exchange,
    "ListImageReferrers",
    input,
    (page) => page.referrers as { artifactStatus: string }[],
  );
  const manifests = referrers.map(({ artifactStatus: _, ...descriptor }) => descriptor);
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests };
  answerDocument(exchange, 200, JSON.stringify(index), {
    "content-type": OCI_INDEX,
    ...(type ? { "oci-filters-applied": "artifactType" } : {}),
  });
}
