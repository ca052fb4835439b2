/**
 * The change sets of nested stacks, made and deleted with the one of the stack around them.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/change-sets-for-nested-stacks.html
 */
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import type { ResourceChange } from "../plan.js";
import { physicalName } from "../providers/engine-context.js";
import { NESTED_STACK, nestedStackInput } from "../providers/nested-stack.js";
import type { Stack } from "../stack.js";
import { KNOWN_AFTER_APPLY } from "../template/evaluate.js";
import type { JsonObject } from "../template/template.js";

/** What the engine itself hands on to the change set of a nested stack; clients cannot. */
export interface NestedInput {
  ParentStackId?: string;
  ParentChangeSetId?: string;
  RootChangeSetId?: string;
}

/** Makes the change sets of the nested stacks that changes touch, and names them in the changes. */
export async function withNestedChangeSets(
  ctx: Context,
  { IncludeNestedStacks: wanted }: { IncludeNestedStacks?: boolean | undefined },
  stack: Stack,
  { id, name, rootId }: { id: string; name: string; rootId: string },
  changes: readonly ResourceChange[],
): Promise<readonly ResourceChange[]> {
  if (!wanted) return changes;
  return Promise.all(
    changes.map(async (change) => {
      if (change.type !== NESTED_STACK || !change.after || change.replacement === "True") return change;
      // What depends on resources to come is planned when they are there.
      if (JSON.stringify(change.after).includes(KNOWN_AFTER_APPLY)) return change;
      const links: NestedInput = { ParentStackId: stack.id, ParentChangeSetId: id, RootChangeSetId: rootId };
      const changeSetId = await makeNested(ctx, stack, name, change, change.after, links);
      return { ...change, changeSetId };
    }),
  );
}

async function makeNested(
  ctx: Context,
  stack: Stack,
  name: string,
  { action, logicalId, physicalId }: ResourceChange,
  properties: JsonObject,
  links: NestedInput,
): Promise<string> {
  const nestedName = physicalName(stack, { logicalId, generation: 0 }, { maxLength: 128 });
  try {
    const { Id } = await ctx.call<{ Id: string }>("cloudformation", "CreateChangeSet", {
      ...nestedStackInput(properties),
      ...links,
      StackName: action === "Add" ? nestedName : physicalId,
      ChangeSetName: `${name.slice(0, 100)}-${ctx.cloud.newId().slice(0, 8)}`,
      ChangeSetType: action === "Add" ? "CREATE" : "UPDATE",
      IncludeNestedStacks: true,
    });
    return Id;
  } catch (error) {
    if (!isAwsError(error)) throw error;
    throw new AwsError(error.code, `Nested change set for ${logicalId} was not successfully created: ${error.message}`);
  }
}
