/** What a deployment would change: a change set that is made, described and deleted. */
import { readFileSync } from "node:fs";
import { bootstrapFor } from "./bootstrap.js";
import type { CloudClient } from "./cloud-client.js";
import { createChangeSet, type DeployOptions, type ResourceChange } from "./deploy.js";
import { describeStack } from "./deployed-stack.js";
import type { StackArtifact } from "./manifest.js";

export interface StackDiff {
  readonly stackName: string;
  readonly displayName: string;
  /** Whether the stack is there. */
  readonly exists: boolean;
  readonly changes: readonly (ResourceChange & { path?: string })[];
}

/** Compares a stack of an assembly with the deployed one. */
export async function diffStack(
  cloud: CloudClient,
  stack: StackArtifact,
  options: DeployOptions = {},
): Promise<StackDiff> {
  const { stackName: StackName, displayName, place } = stack;
  const template = readFileSync(stack.templateFile, "utf8");
  await bootstrapFor(cloud, stack, template);
  const existing = await describeStack(cloud, StackName, place);
  const changeSet = await createChangeSet(cloud, stack, template, options, existing);
  await cloud.call("cloudformation", "DeleteChangeSet", { StackName, ChangeSetName: changeSet.ChangeSetId }, place);
  const isNew = !existing || existing.StackStatus === "REVIEW_IN_PROGRESS";
  if (isNew) await cloud.call("cloudformation", "DeleteStack", { StackName }, place);
  const paths = pathsIn(template);
  const changes = (changeSet.Changes ?? []).map(({ ResourceChange }) => ({
    ...ResourceChange,
    path: paths.get(ResourceChange.LogicalResourceId),
  }));
  return { stackName: StackName, displayName, exists: !isNew, changes };
}

function pathsIn(template: string): Map<string, string> {
  try {
    const { Resources = {} } = JSON.parse(template) as {
      Resources?: Record<string, { Metadata?: Record<string, string> }>;
    };
    return new Map(
      Object.entries(Resources).flatMap(([id, { Metadata }]) =>
        Metadata?.["aws:cdk:path"] ? [[id, Metadata["aws:cdk:path"]]] : [],
      ),
    );
  } catch {
    return new Map();
  }
}
