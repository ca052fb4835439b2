/** Reads an assembly: what `cdk synth` writes. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../kernel/errors.js";
import type { Place } from "./cloud-client.js";

/** A stack of an assembly. */
export interface StackArtifact {
  /** The construct path of the stack: what commands call it by. */
  readonly displayName: string;
  readonly artifactId: string;
  readonly stackName: string;
  /** `unknown-account` and `unknown-region` are replaced by the place that commands deploy to. */
  readonly place: Place;
  readonly templateFile: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly terminationProtection: boolean;
  /** Where the template is published, `s3://bucket/key`. */
  readonly templateUrl: string | undefined;
  readonly assetManifests: readonly string[];
  /** The artifact ids of the stacks that have to be deployed before. */
  readonly dependencies: readonly string[];
  /** Errors that the app itself found. */
  readonly errors: readonly { path: string; message: string }[];
}

/** Something that the app asked to be looked up. */
export interface MissingContext {
  readonly key: string;
  readonly provider: string;
  readonly props: Readonly<Record<string, unknown>> & { account?: string; region?: string };
}

export interface Assembly {
  readonly directory: string;
  readonly stacks: readonly StackArtifact[];
  readonly missing: readonly MissingContext[];
}

interface Artifact {
  type: string;
  environment?: string;
  displayName?: string;
  dependencies?: string[];
  metadata?: Record<string, { type: string; data?: unknown }[]>;
  additionalMetadataFile?: string;
  properties?: {
    file?: string;
    directoryName?: string;
    templateFile?: string;
    stackName?: string;
    tags?: Record<string, string>;
    parameters?: Record<string, string>;
    terminationProtection?: boolean;
    stackTemplateAssetObjectUrl?: string;
  };
}

/** Reads the assembly in a folder, nested ones (of stages) included. @throws UserError when there is none */
export function readAssembly(directory: string, place: Place): Assembly {
  const file = join(directory, "manifest.json");
  if (!existsSync(file)) {
    throw new UserError("NoAssembly", `The app wrote no assembly into ${directory}.`, {
      where: file,
      hint: "Make sure that the app ends by synthesizing: new App() is all that it takes.",
    });
  }
  const manifest = JSON.parse(readFileSync(file, "utf8")) as {
    artifacts?: Record<string, Artifact>;
    missing?: MissingContext[];
  };
  const artifacts = manifest.artifacts ?? {};
  const stacks: StackArtifact[] = [];
  const missing = [...(manifest.missing ?? [])];
  for (const [id, artifact] of Object.entries(artifacts)) {
    if (artifact.type === "cdk:cloud-assembly") {
      const nested = readAssembly(join(directory, artifact.properties?.directoryName ?? ""), place);
      const needs = stackDependencies(artifacts, artifact);
      stacks.push(...nested.stacks.map((stack) => ({ ...stack, dependencies: [...stack.dependencies, ...needs] })));
      missing.push(...nested.missing);
    } else if (artifact.type === "aws:cloudformation:stack")
      stacks.push(toStack(directory, id, artifact, artifacts, place));
  }
  return { directory, stacks, missing };
}

function toStack(
  directory: string,
  id: string,
  artifact: Artifact,
  artifacts: Record<string, Artifact>,
  place: Place,
): StackArtifact {
  const { properties = {} } = artifact;
  const [, account = "", region = ""] = /^aws:\/\/([^/]*)\/(.*)$/.exec(artifact.environment ?? "") ?? [];
  const metadata = metadataOf(directory, artifact);
  const errors = Object.entries(metadata).flatMap(([path, entries]) =>
    entries
      .filter(({ type }) => type === "aws:cdk:error")
      .map(({ data }) => ({ path: path.replace(/^\//, ""), message: String(data) })),
  );
  const assetManifests = (artifact.dependencies ?? [])
    .map((dependency) => artifacts[dependency])
    .filter((dependency) => dependency?.type === "cdk:asset-manifest")
    .map((dependency) => join(directory, dependency?.properties?.file ?? ""));
  return {
    displayName: artifact.displayName ?? id,
    artifactId: id,
    stackName: properties.stackName ?? id,
    place: {
      account: account === "" || account === "unknown-account" ? place.account : account,
      region: region === "" || region === "unknown-region" ? place.region : region,
    },
    templateFile: join(directory, properties.templateFile ?? ""),
    tags: properties.tags ?? {},
    parameters: properties.parameters ?? {},
    terminationProtection: properties.terminationProtection ?? false,
    templateUrl: properties.stackTemplateAssetObjectUrl,
    assetManifests,
    dependencies: stackDependencies(artifacts, artifact),
    errors,
  };
}

function metadataOf(directory: string, artifact: Artifact): NonNullable<Artifact["metadata"]> {
  const file = artifact.additionalMetadataFile && join(directory, artifact.additionalMetadataFile);
  if (!file || !existsSync(file)) return artifact.metadata ?? {};
  return { ...artifact.metadata, ...(JSON.parse(readFileSync(file, "utf8")) as Artifact["metadata"]) };
}

function stackDependencies(artifacts: Record<string, Artifact>, artifact: Artifact): string[] {
  return (artifact.dependencies ?? []).filter((id) => {
    const type = artifacts[id]?.type;
    return type === "aws:cloudformation:stack" || type === "cdk:cloud-assembly";
  });
}

/**
 * The stacks that patterns name (by construct path, or stack name, `*` and `?` allowed), with all that they depend on
 * unless `exclusively`, in the order in which they can be deployed. No pattern means the only stack, or `all`.
 * @throws UserError when a pattern matches nothing, or when none is given and there are several
 */
export function selectStacks(
  assembly: Assembly,
  patterns: readonly string[],
  options: { all?: boolean; exclusively?: boolean } = {},
): StackArtifact[] {
  const { stacks } = assembly;
  if (stacks.length === 0) throw new UserError("NoStacks", "This app contains no stacks.");
  let chosen: StackArtifact[];
  if (options.all) chosen = [...stacks];
  else if (patterns.length === 0) {
    const top = stacks.filter(({ displayName }) => !displayName.includes("/"));
    if (top.length !== 1 && stacks.length !== 1) {
      throw new UserError(
        "SeveralStacks",
        "Since this app includes more than a single stack, specify which stacks to use (wildcards are supported) or specify `--all`.",
        {
          hint: `Stacks: ${stacks.map(({ displayName }) => displayName).join(" ")}`,
        },
      );
    }
    chosen = stacks.length === 1 ? [...stacks] : top;
  } else {
    chosen = [];
    for (const pattern of patterns) {
      const expression = new RegExp(
        `^${pattern
          .replace(/[.+^${}()|[\]\\]/g, "\\$&")
          .replaceAll("**", "\u0001")
          .replaceAll("*", "[^/]*")
          .replaceAll("\u0001", ".*")
          .replaceAll("?", ".")}$`,
      );
      const found = stacks.filter(({ displayName, stackName, artifactId }) =>
        [displayName, stackName, artifactId].some((name) => expression.test(name)),
      );
      if (found.length === 0) {
        throw new UserError("NoSuchStack", `No stack matches ${pattern}.`, {
          hint: `Stacks: ${stacks.map(({ displayName }) => displayName).join(" ")}`,
        });
      }
      chosen.push(...found);
    }
  }
  return inOrder(stacks, new Set(chosen), options.exclusively ?? false);
}

function inOrder(
  stacks: readonly StackArtifact[],
  chosen: ReadonlySet<StackArtifact>,
  exclusively: boolean,
): StackArtifact[] {
  const byId = new Map(stacks.map((stack) => [stack.artifactId, stack]));
  const ordered: StackArtifact[] = [];
  const seen = new Set<StackArtifact>();
  const visit = (stack: StackArtifact) => {
    if (seen.has(stack)) return;
    seen.add(stack);
    for (const id of stack.dependencies) {
      const need = byId.get(id);
      if (need) visit(need);
    }
    if (chosen.has(stack) || !exclusively) ordered.push(stack);
  };
  for (const stack of stacks) if (chosen.has(stack)) visit(stack);
  return ordered;
}
