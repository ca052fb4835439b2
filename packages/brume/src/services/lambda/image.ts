/** Container images of functions: found in the cloud's own registry, and unpacked where functions are run from. */
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import type { Context } from "../../kernel/context.js";
import { type AwsError, isAwsError } from "../../kernel/errors.js";
import { randomHex } from "../../kernel/identifiers.js";
import { codePath, type StoredCode } from "./code.js";
import { ImageRoot, LayerError } from "./image-layers.js";
import { invalidParameter } from "./names.js";

/** What an image says of how it is run. */
export interface ImageSettings {
  readonly env: readonly string[];
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDirectory: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The image of a function's version. */
export interface FunctionImage {
  /** As it was given. */
  readonly uri: string;
  /** By its digest. */
  readonly resolvedUri: string;
  readonly settings: ImageSettings;
}

const URI =
  /^(?<host>(?<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.[a-z0-9.]+)\/(?<repository>[a-z0-9._/-]+?)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;

interface Descriptor {
  digest: string;
}
interface Manifest {
  config?: Descriptor;
  layers?: Descriptor[];
  manifests?: unknown[];
}

/**
 * Finds an image and unpacks it, unless the same one is there already.
 * @throws AwsError `InvalidParameterValueException`
 */
export async function storeImage(
  ctx: Context,
  uri: string,
): Promise<{ readonly code: StoredCode; readonly image: FunctionImage }> {
  const groups = URI.exec(uri)?.groups;
  if (!groups) throw invalidParameter(`Source image ${uri} is not valid. Provide a valid source image.`);
  const { host, account = "", region = "", repository = "", tag = "latest", digest } = groups;
  if (region !== ctx.region) {
    throw invalidParameter(`Source image ${uri} is in another region. Provide a source image in ${ctx.region}.`);
  }
  const registry = { registryId: account, repositoryName: repository };
  const found = await manifestOf(ctx, uri, registry, digest ? { imageDigest: digest } : { imageTag: tag });
  const { config, layers = [] } = found.manifest;
  if (!config || found.manifest.manifests) {
    throw invalidParameter(
      `The image manifest, config or layer media type for the source image ${uri} is not supported.`,
    );
  }
  const fetchLayer = async (layerDigest: string) => {
    const { downloadUrl } = await ctx.call<{ downloadUrl: string }>("ecr", "GetDownloadUrlForLayer", {
      ...registry,
      layerDigest,
    });
    const { body, status } = await fetch(downloadUrl);
    if (status !== 200 || !body) throw new Error(`A layer of ${uri} was answered with ${status}.`);
    return Readable.fromWeb(body as never);
  };
  const settings = await settingsOf(await fetchLayer(config.digest), uri);
  const hash = found.digest.replace("sha256:", "");
  await unpack(ctx, hash, uri, layers, fetchLayer);
  return {
    // The digest is what the API shows as the hash of an image's code.
    code: { hash, sha256: hash, bytes: 0 },
    image: { uri, resolvedUri: `${host}/${repository}@${found.digest}`, settings },
  };
}

async function manifestOf(ctx: Context, uri: string, registry: object, imageId: object) {
  try {
    const { images } = await ctx.call<{ images: { imageId: { imageDigest: string }; imageManifest: string }[] }>(
      "ecr",
      "BatchGetImage",
      { ...registry, imageIds: [imageId] },
    );
    const [image] = images;
    if (!image) throw notThere(uri);
    return { digest: image.imageId.imageDigest, manifest: JSON.parse(image.imageManifest) as Manifest };
  } catch (error) {
    if (isAwsError(error, "RepositoryNotFoundException")) throw notThere(uri);
    if (isAwsError(error, "AccessDeniedException")) {
      throw invalidParameter("Lambda does not have permission to access the ECR image. Check the ECR permissions.");
    }
    throw error;
  }
}

const notThere = (uri: string): AwsError =>
  invalidParameter(`Source image ${uri} does not exist. Provide a valid source image.`);

async function settingsOf(stream: Readable, uri: string): Promise<ImageSettings> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  try {
    const { config = {} } = JSON.parse(Buffer.concat(chunks).toString()) as { config?: Record<string, unknown> };
    const texts = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
    return {
      env: texts(config.Env),
      entryPoint: texts(config.Entrypoint),
      command: texts(config.Cmd),
      workingDirectory: typeof config.WorkingDir === "string" && config.WorkingDir !== "" ? config.WorkingDir : "/",
      labels: (config.Labels ?? {}) as Record<string, string>,
    };
  } catch {
    throw invalidParameter(`Source image ${uri} is not valid. Provide a valid source image.`);
  }
}

async function unpack(
  ctx: Context,
  hash: string,
  uri: string,
  layers: readonly Descriptor[],
  fetchLayer: (digest: string) => Promise<Readable>,
): Promise<void> {
  const target = codePath(ctx.cloud, hash);
  if (existsSync(target)) return;
  const temporary = `${target}.${randomHex(8)}`;
  try {
    const root = new ImageRoot(temporary);
    for (const { digest } of layers) await root.add(await fetchLayer(digest));
    root.finish();
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (error instanceof LayerError)
      throw invalidParameter(`Source image ${uri} cannot be unpacked: ${error.message}.`);
    // Another call that unpacked the same image has come first.
    if (!existsSync(target)) throw error;
  }
}
