/** What is started to run a version of a function: for a zip archive and for a container image. */
import type { Cloud } from "../../kernel/cloud.js";
import { AwsError } from "../../kernel/errors.js";
import { codePath, layersPath } from "./code.js";
import { CannotRun, imageEntry, type Program } from "./image-entry.js";
import type { Configuration, FunctionVersion } from "./tables.js";

export interface LaunchPlan {
  /** With the runtime, handler and variables that an image brings. */
  readonly configuration: Configuration;
  readonly taskRoot: string;
  /** Where the process works. */
  readonly directory: string;
  /** What stands for `/opt`. */
  readonly layers: string | undefined;
  readonly program?: Program | undefined;
  readonly pythonPath: readonly string[];
}

/** @throws AwsError `InvalidRuntimeException` for an image that cannot be run */
export async function launchPlan(
  cloud: Cloud,
  version: FunctionVersion & { layerHashes: readonly string[] },
): Promise<LaunchPlan> {
  const { configuration, codeHash, image } = version;
  const root = codePath(cloud, codeHash);
  if (!image) {
    const layers = await layersPath(cloud, version.layerHashes);
    return { configuration, taskRoot: root, directory: root, layers, pythonPath: [] };
  }
  try {
    const { runtime, handler, variables, ...entry } = imageEntry(image, configuration, root);
    const Variables = { ...variables, ...configuration.Environment?.Variables };
    return {
      ...entry,
      configuration: {
        ...configuration,
        Runtime: runtime as Configuration["Runtime"],
        Handler: handler,
        Environment: { Variables },
      },
    };
  } catch (error) {
    if (!(error instanceof CannotRun)) throw error;
    const Message = `The image ${image.uri} cannot be run: ${error.message}.`;
    throw new AwsError("InvalidRuntimeException", Message, { members: { Type: "User", Message } });
  }
}

/** The runtime of a version; for an image what it brings, or why it cannot be run. */
export function runtimeOf(cloud: Cloud, { configuration, codeHash, image }: FunctionVersion): string | CannotRun {
  if (!image) return configuration.Runtime ?? "";
  try {
    return imageEntry(image, configuration, codePath(cloud, codeHash)).runtime;
  } catch (error) {
    if (error instanceof CannotRun) return error;
    throw error;
  }
}
