/** What a deployment would change: a change set that is made, described and deleted. */
import { readFileSync } from "node:fs";
import { fileAssets, publishAsset } from "./assets.js";
import { bootstrapFor } from "./bootstrap.js";
import type { CloudClient } from "./cloud-client.js";
import { pathsIn } from "./construct-paths.js";
import { createChangeSet, type DeployOptions, type ResourceChange } from "./deploy.js";
import { describeStack } from "./deployed-stack.js";
import { type IamChange, iamChanges } from "./iam-changes.js";
import type { StackArtifact } from "./manifest.js";

/** A change, where it is in the app, and what it changes of a nested stack. */
export interface Change extends ResourceChange {
  readonly path?: string | undefined;
  readonly nested?: readonly Change[];
}

export interface StackDiff {
  readonly stackName: string;
  readonly displayName: string;
  /** Whether the stack is there. */
  readonly exists: boolean;
  readonly changes: readonly Change[];
  /** The permissions that come and go. */
  readonly iam: readonly IamChange[];
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
  const nested = /"AWS::CloudFormation::Stack"/.test(template);
  if (nested) await publishTemplates(cloud, stack);
  const existing = await describeStack(cloud, StackName, place);
  const changeSet = await createChangeSet(cloud, stack, template, { ...options, nested }, existing);
  const changes = await withNested(cloud, stack, changeSet.Changes ?? [], pathsIn(template));
  await cloud.call("cloudformation", "DeleteChangeSet", { StackName, ChangeSetName: changeSet.ChangeSetId }, place);
  const isNew = !existing || existing.StackStatus === "REVIEW_IN_PROGRESS";
  if (isNew) await cloud.call("cloudformation", "DeleteStack", { StackName }, place);
  return { stackName: StackName, displayName, exists: !isNew, changes, iam: iamChanges(changes.flatMap(flat)) };
}

/** The templates of nested stacks have to be where their URLs say. */
async function publishTemplates(cloud: CloudClient, stack: StackArtifact): Promise<void> {
  const assets = fileAssets(stack.assetManifests, stack.place).filter(({ path }) => /\.template\.json$/.test(path));
  await Promise.all(assets.map((asset) => publishAsset(cloud, asset)));
}

const flat = (change: Change): Change[] => [change, ...(change.nested ?? []).flatMap(flat)];

async function withNested(
  cloud: CloudClient,
  stack: StackArtifact,
  changes: readonly { ResourceChange: ResourceChange }[],
  paths: ReadonlyMap<string, string>,
): Promise<Change[]> {
  return Promise.all(
    changes.map(async ({ ResourceChange: change }): Promise<Change> => {
      const path = paths.get(change.LogicalResourceId);
      if (change.ChangeSetId === undefined) return { ...change, path };
      const input = { ChangeSetName: change.ChangeSetId };
      const described = await cloud.call<{ Changes?: { ResourceChange: ResourceChange }[] }>(
        "cloudformation",
        "DescribeChangeSet",
        { ...input, IncludePropertyValues: true },
        stack.place,
      );
      const { TemplateBody } = await cloud.call<{ TemplateBody: string }>(
        "cloudformation",
        "GetTemplate",
        input,
        stack.place,
      );
      return {
        ...change,
        path,
        nested: await withNested(cloud, stack, described.Changes ?? [], pathsIn(TemplateBody)),
      };
    }),
  );
}
