/** Builds an image from a Dockerfile without Docker: what its instructions come to, in one layer, on a base that is named. */
import { createHash } from "node:crypto";
import { createWriteStream, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { UserError } from "../../kernel/errors.js";
import { writeTar } from "../../kernel/tar.js";
import type { ImageConfiguration } from "./base-images.js";
import { type BuildOptions, type BuildPlan, NeedsDocker, planBuild, type StagePlan } from "./build-plan.js";
import { CopyFailed, performCopy } from "./copy-step.js";
import { parseDockerfile } from "./dockerfile.js";
import { readDockerignore } from "./dockerignore.js";
import { missingPrograms, performRun, RunFailed } from "./run-step.js";
import { copyTree, layerEntries, onDisk } from "./staging.js";

export interface BuildInput extends BuildOptions {
  /** The build context. */
  readonly directory: string;
  /** The Dockerfile's name in the context. */
  readonly dockerfile: string;
}

/** An image that is ready to be pushed: its layer in a file, its configuration and manifest as text. */
export interface BuiltImage {
  readonly layer: { readonly file: string; readonly digest: string; readonly bytes: number };
  readonly configuration: string;
  readonly manifest: string;
}

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
/** Equal content makes equal images. */
const CREATED = "1970-01-01T00:00:00Z";

const sha256 = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** Finds out whether an image can be built without Docker, and how. @throws NeedsDocker, UserError */
export function planImage(input: BuildInput): BuildPlan {
  const file = join(input.directory, input.dockerfile);
  const plan = planBuild(parseDockerfile(readDockerfile(file), file), input);
  for (const { steps } of plan.stages.values()) {
    for (const step of steps) {
      const [missing] = step.type === "run" ? missingPrograms(step) : [];
      if (missing && step.type === "run")
        throw new NeedsDocker(step.line, `RUN ${step.text.split("\n")[0]}: ${missing} is not on this machine`);
    }
  }
  return plan;
}

function readDockerfile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new UserError("DockerfileMissing", "The Dockerfile of an image asset is not there.", { where: file, cause });
  }
}

/**
 * Builds what was planned, in a working folder. @throws UserError for what an instruction fails with, NeedsDocker
 * where the image that comes of it is none that could be run
 */
export async function buildImage(input: BuildInput, plan: BuildPlan, folder: string): Promise<BuiltImage> {
  const context = {
    root: input.directory,
    ignore: readDockerignore(input.directory, join(input.directory, input.dockerfile)),
  };
  const rootOf = (stage: number) => join(folder, `stage-${stage}`);
  for (const [index, { parent, steps, configuration, base }] of plan.stages) {
    const root = rootOf(index);
    mkdirSync(onDisk(root, base.configuration.WorkingDir), { recursive: true });
    if (parent !== undefined) copyTree(rootOf(parent), root, "/", { sourceRoot: rootOf(parent) });
    for (const step of steps) {
      try {
        if (step.type === "directory") mkdirSync(onDisk(root, step.path), { recursive: true });
        else if (step.type === "run") await performRun(step, root);
        else {
          const source = step.from === undefined ? context : { root: rootOf(step.from), ignore: () => false };
          await performCopy(step, source, root);
        }
      } catch (error) {
        if (!(error instanceof CopyFailed || error instanceof RunFailed)) throw error;
        throw new UserError("ImageBuildFailed", error.message, {
          where: `${join(input.directory, input.dockerfile)}:${error.line}`,
        });
      }
    }
    if (index === plan.target) checkRunnable(configuration, base, root);
  }
  const { configuration } = plan.stages.get(plan.target) as StagePlan;
  return pack(rootOf(plan.target), configuration, input.platform, folder);
}

const RUNTIME_CLIENTS = /aws-lambda-ric|awslambdaric/;

/** An image has to bring its runtime: a Lambda base image, a runtime interface client, or a program of its own. */
function checkRunnable(configuration: ImageConfiguration, base: StagePlan["base"], root: string): void {
  const { Entrypoint = [], Cmd = [], WorkingDir } = configuration;
  const words = [...Entrypoint, ...Cmd];
  if (base.runsFunctions || words.some((word) => RUNTIME_CLIENTS.test(word))) return;
  const [program = ""] = words;
  const file = program.startsWith("/") ? onDisk(root, program) : onDisk(root, join(WorkingDir, program));
  if (program !== "" && statSync(file, { throwIfNoEntry: false })?.isFile()) return;
  const image = Object.values(base.configuration.Labels)[0];
  throw new NeedsDocker(1, `its last stage is on ${image}, of which only Docker has the files`);
}

async function pack(
  root: string,
  configuration: ImageConfiguration,
  platform: string | undefined,
  folder: string,
): Promise<BuiltImage> {
  const file = join(folder, "layer.tar");
  const hash = createHash("sha256");
  const counted = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(Readable.from(writeTar(layerEntries(root))), counted, createWriteStream(file));
  const layer = { file, digest: `sha256:${hash.digest("hex")}`, bytes: statSync(file).size };
  rmSync(root, { recursive: true, force: true });
  const document = JSON.stringify({
    architecture: platform?.split("/")[1] ?? (process.arch === "arm64" ? "arm64" : "amd64"),
    os: "linux",
    created: CREATED,
    config: configuration,
    rootfs: { type: "layers", diff_ids: [layer.digest] },
    history: [{ created: CREATED, created_by: "brume" }],
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: sha256(document),
      size: Buffer.byteLength(document),
    },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: layer.digest, size: layer.bytes }],
  });
  return { layer, configuration: document, manifest };
}
