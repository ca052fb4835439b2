/** AWS::CloudFormation::Stack: a stack within a stack. */

import type { Context } from "../../kernel/context.js";
import { isAwsError, orUndefined } from "../../kernel/errors.js";
import type { Json, Properties, ResourceContext, ResourceProvider } from "../../kernel/resource.js";
import { ResourceFailure } from "../failure.js";
import { operations } from "../operations-under-way.js";

interface Described {
  StackId: string;
  StackStatus: string;
  StackStatusReason?: string;
  Outputs?: { OutputKey: string; OutputValue: string }[];
}

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

async function describe(id: string, ctx: ResourceContext): Promise<Described | undefined> {
  const describing = ctx.call<{ Stacks: Described[] }>("cloudformation", "DescribeStacks", { StackName: id });
  return (await orUndefined(describing, "ValidationError"))?.Stacks[0];
}

/** Waits until what is being done to the stack has ended. */
async function settled(engine: Context, id: string, ctx: ResourceContext): Promise<Described> {
  await engine.sideBySide(() => engine.memory(operations).ended(id));
  const stack = await describe(id, ctx);
  if (!stack) throw new ResourceFailure("NestedStackFailure", `Embedded stack ${id} does not exist`);
  return stack;
}

function modelOf(desired: Properties, stack: Described): Properties {
  const Outputs = Object.fromEntries(
    (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  );
  return { ...desired, StackId: stack.StackId, Outputs };
}

function check(stack: Described, ...good: string[]): void {
  if (good.includes(stack.StackStatus)) return;
  throw new ResourceFailure(
    "NestedStackFailure",
    `Embedded stack ${stack.StackId} was not successfully ${good.includes("UPDATE_COMPLETE") ? "updated" : "created"}: ${stack.StackStatusReason ?? stack.StackStatus}`,
  );
}

/** Makes the provider of nested stacks, in the context of the deployment of their parent. */
export function nestedStackProvider(engine: Context): ResourceProvider {
  return {
    async create(desired, ctx) {
      const StackName = ctx.physicalName({ maxLength: 128 });
      const input = { ...nestedStackInput(desired), StackName, OnFailure: "ROLLBACK", ParentStackId: ctx.stackId };
      const { StackId } = await ctx.call<{ StackId: string }>("cloudformation", "CreateStack", input);
      const stack = await settled(engine, StackId, ctx);
      try {
        check(stack, "CREATE_COMPLETE");
      } catch (error) {
        await ctx.call("cloudformation", "DeleteStack", { StackName: StackId });
        await settled(engine, StackId, ctx);
        throw error;
      }
      return modelOf(desired, stack);
    },
    async read(actual, ctx) {
      const stack = await describe(actual.StackId as string, ctx);
      return stack && stack.StackStatus !== "DELETE_COMPLETE" ? modelOf(actual, stack) : undefined;
    },
    async update(desired, actual, ctx) {
      const StackName = actual.StackId as string;
      // What a killed cloud had begun is gone on with by the nested stack itself.
      await settled(engine, StackName, ctx);
      try {
        await ctx.call("cloudformation", "UpdateStack", { ...nestedStackInput(desired), StackName });
      } catch (error) {
        if (!(isAwsError(error, "ValidationError") && error.message.startsWith("No updates"))) throw error;
      }
      const stack = await settled(engine, StackName, ctx);
      check(stack, "UPDATE_COMPLETE", "CREATE_COMPLETE");
      return modelOf(desired, stack);
    },
    async delete(actual, ctx) {
      const StackName = actual.StackId as string;
      await ctx.call("cloudformation", "DeleteStack", { StackName });
      const stack = await settled(engine, StackName, ctx);
      if (stack.StackStatus !== "DELETE_COMPLETE")
        throw new ResourceFailure(
          "NestedStackFailure",
          `Embedded stack ${StackName} was not successfully deleted: ${stack.StackStatusReason ?? stack.StackStatus}`,
        );
    },
    async list() {
      return [];
    },
  };
}
