/** What is started to run a version of a function: for a zip archive and for a container image. */
import type { Cloud } from "../../kernel/cloud.js";
import { AwsError } from "../../kernel/errors.js";
import { familyOf } from "../../runtimes/interpreters.js";
import { codePath, layersPath } from "./code.js";
import type { FunctionImage } from "./image.js";
import { CannotRun, imageEntry, type Program } from "./image-entry.js";
import { javaProgram, NO_JAVA_CLIENT } from "./java.js";
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

/** @throws AwsError `InvalidRuntimeException` for an image that cannot be run, or a runtime that is not on this machine */
export async function launchPlan(
  cloud: Cloud,
  version: FunctionVersion & { layerHashes: readonly string[] },
): Promise<LaunchPlan> {
  const plan = version.image ? imagePlan(cloud, version, version.image) : await archivePlan(cloud, version);
  const { configuration, taskRoot, layers } = plan;
  const { Runtime = "", Handler = "" } = configuration;
  if (plan.program || familyOf(Runtime) !== "java") return plan;
  const program = javaProgram(taskRoot, layers, Handler);
  if (program) return { ...plan, program };
  throw invalidRuntime(`The runtime ${Runtime} cannot be run: ${NO_JAVA_CLIENT}.`);
}

async function archivePlan(
  cloud: Cloud,
  { configuration, codeHash, layerHashes }: FunctionVersion & { layerHashes: readonly string[] },
): Promise<LaunchPlan> {
  const root = codePath(cloud, codeHash);
  const layers = await layersPath(cloud, layerHashes);
  return { configuration, taskRoot: root, directory: root, layers, pythonPath: [] };
}

function imagePlan(cloud: Cloud, { configuration, codeHash }: FunctionVersion, image: FunctionImage): LaunchPlan {
  try {
    const root = codePath(cloud, codeHash);
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
    throw invalidRuntime(`The image ${image.uri} cannot be run: ${error.message}.`);
  }
}

/** `InvalidRuntimeException`, with the members that AWS sends along. */
export const invalidRuntime = (Message: string): AwsError =>
  new AwsError("InvalidRuntimeException", Message, { members: { Type: "User", Message } });

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
