/** Container image assets: built here where that can be, with Docker where not, and pushed to the cloud's registry. */
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAwsError, UserError } from "../../kernel/errors.js";
import type { CloudClient } from "../cloud-client.js";
import { type BuildInput, buildImage, planImage } from "./build.js";
import { NeedsDocker } from "./build-plan.js";
import { buildWithDocker, hasDocker } from "./docker.js";
import { type ImageDestination, pushImage, registryPassword } from "./push.js";

/** What an asset manifest says of how an image is made. */
export interface ImageSource {
  readonly directory?: string;
  readonly executable?: readonly string[];
  readonly dockerFile?: string;
  readonly dockerBuildTarget?: string;
  readonly dockerBuildArgs?: Readonly<Record<string, string>>;
  readonly dockerBuildContexts?: Readonly<Record<string, string>>;
  readonly dockerBuildSecrets?: Readonly<Record<string, string>>;
  readonly dockerBuildSsh?: string;
  readonly dockerOutputs?: readonly string[];
  readonly networkMode?: string;
  readonly platform?: string;
}

/** A container image asset and where it goes. */
export interface ImageAsset extends ImageDestination {
  readonly name: string;
  readonly source: ImageSource & { readonly directory: string };
}

/** Builds and pushes an image unless it is there already. @returns the bytes that were sent */
export async function publishImage(cloud: CloudClient, asset: ImageAsset): Promise<number> {
  if (await isPushed(cloud, asset)) return 0;
  const { directory } = asset.source;
  if (!existsSync(directory))
    throw new UserError("AssetMissing", `The image asset ${asset.name} is not there.`, {
      where: directory,
      hint: "Synthesize the app again.",
    });
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "brume-image-")));
  try {
    const input = inputOf(asset);
    const plan = planImage(input);
    refuseExtras(asset);
    return await pushImage(cloud, await buildImage(input, plan, folder), asset);
  } catch (error) {
    if (!(error instanceof NeedsDocker)) throw error;
    if (!(await hasDocker())) throw needsDocker(asset, error);
    await withDocker(cloud, asset);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function isPushed(cloud: CloudClient, { repository, tag, place }: ImageAsset): Promise<boolean> {
  try {
    const input = { repositoryName: repository, imageIds: [{ imageTag: tag }] };
    await cloud.call("ecr", "DescribeImages", input, place);
    return true;
  } catch (error) {
    if (isAwsError(error, "ImageNotFoundException")) return false;
    throw error;
  }
}

function inputOf({ source }: ImageAsset): BuildInput {
  return {
    directory: source.directory,
    dockerfile: source.dockerFile ?? "Dockerfile",
    buildArgs: source.dockerBuildArgs ?? {},
    target: source.dockerBuildTarget,
    platform: source.platform,
  };
}

/** @throws NeedsDocker for what the asset wants beside its Dockerfile */
function refuseExtras({ source }: ImageAsset): void {
  const { dockerBuildContexts, dockerBuildSecrets, dockerBuildSsh, dockerOutputs } = source;
  const wanted = Object.entries({ dockerBuildContexts, dockerBuildSecrets, dockerBuildSsh, dockerOutputs }).find(
    ([, value]) => value !== undefined,
  );
  if (wanted) throw new NeedsDocker(1, `the asset has ${wanted[0]}`);
}

function needsDocker({ name, source }: ImageAsset, { message, line }: NeedsDocker): UserError {
  return new UserError("ImageNeedsDocker", `The image asset ${name} needs Docker, and no daemon answers: ${message}.`, {
    where: `${join(source.directory, source.dockerFile ?? "Dockerfile")}:${line}`,
    hint: "Without Docker, images begin with a Lambda base image, copy files, and run package managers and plain file commands.",
  });
}

async function withDocker(cloud: CloudClient, asset: ImageAsset): Promise<void> {
  const { source, repository, tag, place } = asset;
  const { host } = new URL(cloud.endpoint);
  const each = (flag: string, values: Readonly<Record<string, string>> = {}) =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  await buildWithDocker(
    {
      directory: source.directory,
      dockerfile: source.dockerFile,
      target: source.dockerBuildTarget,
      buildArgs: source.dockerBuildArgs ?? {},
      platform: source.platform,
      options: [
        ...each("--build-context", source.dockerBuildContexts),
        ...Object.entries(source.dockerBuildSecrets ?? {}).flatMap(([id, value]) => ["--secret", `id=${id},${value}`]),
        ...(source.dockerBuildSsh === undefined ? [] : ["--ssh", source.dockerBuildSsh]),
        ...(source.networkMode === undefined ? [] : ["--network", source.networkMode]),
        ...(source.dockerOutputs ?? []).map((output) => `--output=${output}`),
      ],
    },
    { reference: `${host}/${repository}:${tag}`, password: await registryPassword(cloud, place) },
  );
}
