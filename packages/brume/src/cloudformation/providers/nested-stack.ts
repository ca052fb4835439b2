/**
 * AWS::CloudFormation::Stack: a stack within a stack. What its update replaces or removes is deleted only when its parent
 * cleans up, and comes back when its parent goes back.
 */
import type { Context } from "../../kernel/context.js";
import { isAwsError } from "../../kernel/errors.js";
import type { Json, Properties, ResourceContext, ResourceProvider } from "../../kernel/resource.js";
import { ResourceFailure } from "../failure.js";
import { goOn, startOperation } from "../operations/start.js";
import { operations } from "../operations-under-way.js";
import { findStack, type Stack } from "../stack.js";

export const NESTED_STACK = "AWS::CloudFormation::Stack";

/** What the stack of a resource is to be made of. */
export function nestedStackInput(desired: Properties): Record<string, unknown> {
  const parameters = Object.entries((desired.Parameters ?? {}) as Record<string, Json>);
  return {
    TemplateURL: desired.TemplateURL,
    Parameters: parameters.map(([ParameterKey, value]) => ({
      ParameterKey,
      ParameterValue: Array.isArray(value) ? value.join(",") : String(value),
    })),
    Tags: desired.Tags,
    NotificationARNs: desired.NotificationARNs,
    Capabilities: ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
  };
}

/** Waits until what is being done to a nested stack has ended, or waits for the parent. */
async function settled(engine: Context, id: string): Promise<Stack> {
  await engine.sideBySide(() => engine.memory(operations).ended(id));
  const stack = findStack(engine, id);
  if (!stack) throw new ResourceFailure("NestedStackFailure", `Embedded stack ${id} does not exist`);
  return stack;
}

/** As `settled`, while the operation on the parent may be given up: then that on the nested stack is as well. */
async function ended(engine: Context, id: string, { signal }: ResourceContext): Promise<Stack> {
  const giveUp = () => engine.memory(operations).cancel(id, signal.reason);
  signal.addEventListener("abort", giveUp);
  if (signal.aborted) giveUp();
  try {
    return await settled(engine, id);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

function modelOf(desired: Properties, { id, outputs }: Stack): Properties {
  const Outputs = Object.fromEntries(outputs.map(({ key, value }) => [key, value]));
  return { ...desired, StackId: id, Outputs };
}

function failure(stack: Stack, verb: "created" | "deleted" | "updated"): ResourceFailure {
  const { id, status, statusReason = status } = stack;
  const reason = verb === "updated" ? `. Currently in ${status} with reason: ${statusReason}` : `: ${statusReason}`;
  return new ResourceFailure("NestedStackFailure", `Embedded stack ${id} was not successfully ${verb}${reason}`);
}

const UPDATED = ["UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"];
const BACK = ["UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"];

function check(stack: Stack, good: readonly string[]): Stack {
  if (good.includes(stack.status)) return stack;
  throw failure(stack, "updated");
}

/** Brings a nested stack to its properties. */
async function bringTo(engine: Context, desired: Properties, stack: Stack, ctx: ResourceContext): Promise<Stack> {
  const DisableRollback = findStack(engine, ctx.stackId)?.disableRollback;
  const input = { ...nestedStackInput(desired), StackName: stack.id, ParentStackId: ctx.stackId, DisableRollback };
  try {
    await ctx.call("cloudformation", "UpdateStack", input);
  } catch (error) {
    if (!(isAwsError(error, "ValidationError") && error.message.startsWith("No updates"))) throw error;
    return stack;
  }
  return check(await ended(engine, stack.id, ctx), UPDATED);
}

/**
 * Brings a nested stack back to what it was before the operation on its parent: by a rollback of what it did in it.
 * @returns nothing where it did nothing
 */
async function goBack(engine: Context, stack: Stack, ctx: ResourceContext): Promise<Stack | undefined> {
  switch (stack.status) {
    case "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
    case "UPDATE_FAILED":
    case "UPDATE_ROLLBACK_FAILED": {
      const prefix = `${ctx.logicalId}.`;
      const skipped = findStack(engine, ctx.stackId)?.operation?.skip ?? [];
      const skip = skipped.filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length));
      const begun = { type: "ROLLBACK" as const, previous: stack.operation?.previous, skip };
      startOperation(engine, { ...stack, status: "UPDATE_ROLLBACK_IN_PROGRESS" }, begun);
      break;
    }
    case "UPDATE_ROLLBACK_IN_PROGRESS":
      goOn(engine, stack.id);
      break;
    case "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS":
      return stack;
    default:
      return undefined;
  }
  engine.publish();
  return check(await settled(engine, stack.id), BACK);
}

/**
 * Lets a nested stack go on with what has waited for its parent.
 * @returns whether anything has
 */
export async function settleNestedStack(engine: Context, id: string): Promise<boolean> {
  const { status } = await settled(engine, id);
  if (!status.endsWith("_IN_PROGRESS")) return false;
  goOn(engine, id);
  engine.publish();
  await settled(engine, id);
  return true;
}

/** Makes the provider of nested stacks, in the context of the deployment of their parent. */
export function nestedStackProvider(engine: Context): ResourceProvider {
  return {
    async create(desired, ctx) {
      const StackName = ctx.physicalName({ maxLength: 128 });
      const input = { ...nestedStackInput(desired), StackName, OnFailure: "DO_NOTHING", ParentStackId: ctx.stackId };
      const { StackId } = await ctx.call<{ StackId: string }>("cloudformation", "CreateStack", input);
      const stack = await ended(engine, StackId, ctx);
      if (stack.status === "CREATE_COMPLETE") return modelOf(desired, stack);
      await ctx.call("cloudformation", "DeleteStack", { StackName: StackId });
      await settled(engine, StackId);
      throw failure(stack, "created");
    },
    async read(actual) {
      const stack = findStack(engine, actual.StackId as string);
      return stack && stack.status !== "DELETE_COMPLETE" ? modelOf(actual, stack) : undefined;
    },
    async update(desired, actual, ctx) {
      // What a killed cloud had begun is gone on with by the nested stack itself.
      const before = await settled(engine, actual.StackId as string);
      const goesBack = findStack(engine, ctx.stackId)?.status === "UPDATE_ROLLBACK_IN_PROGRESS";
      const back = goesBack ? await goBack(engine, before, ctx) : undefined;
      return modelOf(desired, back ?? (await bringTo(engine, desired, before, ctx)));
    },
    async delete(actual, ctx) {
      const StackName = actual.StackId as string;
      if (findStack(engine, StackName)) await settleNestedStack(engine, StackName);
      await ctx.call("cloudformation", "DeleteStack", { StackName });
      const stack = await settled(engine, StackName);
      if (stack.status !== "DELETE_COMPLETE") throw failure(stack, "deleted");
    },
    async list() {
      return [];
    },
  };
}
