/** `brume destroy`. */
import { createInterface } from "node:readline/promises";
import { describeStack, destroyStack, type KeptResource, keptResources } from "../../assembly/deployed-stack.js";
import { selectStacks } from "../../assembly/manifest.js";
import { requireCloud } from "../connect.js";
import type { Action } from "../main.js";
import { table } from "../output.js";
import { placeOf } from "../place.js";
import { synthesizeHere } from "../synthesis.js";

export const destroy: Action = async ([patterns = []], options, output) => {
  const cloud = await requireCloud(options);
  const { assembly } = await synthesizeHere(options, placeOf(options), async () => cloud, output);
  const { all, exclusively } = options;
  // What is destroyed are the chosen stacks and those that depend on them: dependents first.
  const chosen = selectStacks(assembly, patterns, { all, exclusively: true });
  const ids = new Set(chosen.map(({ artifactId }) => artifactId));
  if (!exclusively) {
    for (let before = -1; before !== ids.size; ) {
      before = ids.size;
      for (const stack of assembly.stacks) if (stack.dependencies.some((id) => ids.has(id))) ids.add(stack.artifactId);
    }
  }
  const stacks = selectStacks(assembly, [], { all: true })
    .filter(({ artifactId }) => ids.has(artifactId))
    .reverse();
  const names = stacks.map(({ displayName }) => displayName);
  if (!options.force && !options.json && process.stdin.isTTY) {
    const questions = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await questions.question(`Are you sure you want to delete: ${names.join(", ")} (y/n) `);
    questions.close();
    if (!/^y(es)?$/i.test(answer.trim())) return 1;
  }
  const destroyed: string[] = [];
  const kept: Record<string, readonly KeptResource[]> = {};
  for (const { stackName, displayName, place } of stacks) {
    const stack = await describeStack(cloud, stackName, place);
    const existed = stack !== undefined && (await destroyStack(cloud, stackName, place));
    output.line(`${displayName}: ${existed ? "destroyed" : "was not there"}`);
    if (!existed) continue;
    destroyed.push(stackName);
    const left = await keptResources(cloud, stack.StackId, place);
    if (left.length === 0) continue;
    kept[stackName] = left;
    output.line("  kept, by their policies:");
    for (const line of table(left.map((one) => [one.ResourceType, one.PhysicalResourceId ?? one.LogicalResourceId])))
      output.line(`    ${line}`);
  }
  cloud.close();
  output.result({ destroyed, kept });
};
