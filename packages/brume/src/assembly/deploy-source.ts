/** Deploys whatever a test has at hand: an app's folder, an assembly, or a template. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, extname, join, resolve } from "node:path";
import { UserError } from "../kernel/errors.js";
import type { CloudClient, Place } from "./cloud-client.js";
import { readConfiguration } from "./configuration.js";
import { type DeployOptions, deployStacks, type StackResult } from "./deploy.js";
import { readAssembly, type StackArtifact, selectStacks } from "./manifest.js";
import { synthesize } from "./synthesize.js";

export interface CloudDeployOptions extends DeployOptions {
  account?: string;
  region?: string;
  /** Which stacks of an app: construct paths or names. Default: all. */
  stacks?: readonly string[];
  /** Context values for the app. */
  context?: Readonly<Record<string, string>>;
  /** The name of the stack that a template makes. Default: the file's name, or `Template`. */
  stackName?: string;
}

/** @throws UserError for a source that is not there, and for all that a deployment can fail with */
export async function deploySource(
  cloud: CloudClient,
  source: string | Record<string, unknown>,
  place: Place,
  options: CloudDeployOptions,
): Promise<StackResult[]> {
  if (typeof source !== "string")
    return deployTemplate(cloud, JSON.stringify(source), options.stackName ?? "Template", place, options);
  const path = resolve(source);
  if (!existsSync(path)) throw new UserError("NoSource", `There is nothing to deploy at ${path}.`, { where: path });
  if (statSync(path).isFile()) {
    const name =
      options.stackName ??
      basename(path, extname(path))
        .replace(/\.template$/, "")
        .replace(/[^A-Za-z0-9-]/g, "-");
    return deployTemplate(cloud, readFileSync(path, "utf8"), name, place, options);
  }
  const assembly = existsSync(join(path, "manifest.json"))
    ? readAssembly(path, place)
    : await synthesizeFolder(cloud, path, place, options);
  const { stacks = [] } = options;
  return deployStacks(cloud, selectStacks(assembly, stacks, { all: stacks.length === 0 }), options);
}

async function synthesizeFolder(cloud: CloudClient, path: string, place: Place, options: CloudDeployOptions) {
  const context = Object.entries(options.context ?? {}).map(([key, value]) => `${key}=${value}`);
  // Tests run beside each other: each has an assembly of its own.
  const output = mkdtempSync(join(tmpdir(), "brume-assembly-"));
  return synthesize(readConfiguration(path, { context, output }), place, async () => cloud);
}

async function deployTemplate(
  cloud: CloudClient,
  template: string,
  stackName: string,
  place: Place,
  options: DeployOptions,
): Promise<StackResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "brume-template-"));
  try {
    const templateFile = join(folder, "template");
    writeFileSync(templateFile, template);
    const stack: StackArtifact = {
      displayName: stackName,
      artifactId: stackName,
      stackName,
      place,
      templateFile,
      tags: {},
      parameters: {},
      terminationProtection: false,
      templateUrl: undefined,
      assetManifests: [],
      dependencies: [],
      errors: [],
    };
    return await deployStacks(cloud, [stack], options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
