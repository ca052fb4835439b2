/** RollbackStack, ContinueUpdateRollback, CancelUpdateStack and SignalResource. */
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { operations } from "../operations-under-way.js";
import { signalResource } from "../providers/creation-policy.js";
import {
  findStack,
  getStack,
  notNow,
  type Operation,
  type Stack,
  type StackResource,
  stackResources,
} from "../stack.js";
import { invalidTemplate } from "../template/errors.js";
import { startOperation } from "./start.js";

type Cfn = typeof import("@aws-sdk/client-cloudformation");

/** What a stack that failed to be updated can go back to. */
function previousOf(stack: Stack): Operation["previous"] {
  if (!stack.operation) throw new Error(`Stack ${stack.name} rests without an operation to go on with.`);
  return stack.operation.previous;
}

/** A resource of a stack by its logical id, or one of a nested stack by `NestedStack.LogicalId`. */
function resourceToSkip(ctx: Context, stack: Stack, id: string): StackResource | undefined {
  const [first = "", ...rest] = id.split(".");
  const resource = ctx.table(stackResources).get(stack.id, first);
  if (rest.length === 0 || !resource) return resource;
  const nested = findStack(ctx, resource.physicalId ?? "");
  return nested && resourceToSkip(ctx, nested, rest.join("."));
}

export const continueUpdateRollback: Handler<Cfn, "ContinueUpdateRollback"> = (input, ctx) => {
  const stack = getStack(ctx, input.StackName);
  if (stack.status !== "UPDATE_ROLLBACK_FAILED") {
    throw invalidTemplate(`Stack:${stack.id} is in ${stack.status} state and can not continue rollback from it.`);
  }
  const skip = input.ResourcesToSkip ?? [];
  for (const id of skip) {
    const resource = resourceToSkip(ctx, stack, id);
    if (!resource) throw invalidTemplate(`Resource ${id} does not exist for stack ${stack.name}`);
    if (resource.status !== "UPDATE_FAILED") {
      throw invalidTemplate(`Resource ${id} cannot be skipped: only resources in the UPDATE_FAILED state can be.`);
    }
  }
  startOperation(
    ctx,
    { ...stack, status: "UPDATE_ROLLBACK_IN_PROGRESS" },
    { type: "CONTINUE_ROLLBACK", skip, previous: previousOf(stack), clientRequestToken: input.ClientRequestToken },
  );
  return {};
};

export const rollbackStack: Handler<Cfn, "RollbackStack"> = (input, ctx) => {
  const stack = getStack(ctx, input.StackName);
  const creation = stack.status === "CREATE_FAILED";
  const status = creation ? "ROLLBACK_IN_PROGRESS" : "UPDATE_ROLLBACK_IN_PROGRESS";
  if (stack.status !== "CREATE_FAILED" && stack.status !== "UPDATE_FAILED") throw notNow(stack);
  const previous = creation ? undefined : previousOf(stack);
  startOperation(
    ctx,
    { ...stack, status },
    {
      type: "ROLLBACK",
      previous,
      clientRequestToken: input.ClientRequestToken,
      retainExceptOnCreate: input.RetainExceptOnCreate,
    },
  );
  return { StackId: stack.id, OperationId: getStack(ctx, stack.id).operation?.id };
};

export const cancelUpdateStack: Handler<Cfn, "CancelUpdateStack"> = (input, ctx) => {
  const stack = getStack(ctx, input.StackName);
  if (stack.status !== "UPDATE_IN_PROGRESS") {
    throw invalidTemplate(`CancelUpdateStack cannot be called from current stack status`);
  }
  ctx.memory(operations).cancel(stack.id, "user");
  return {};
};

export const signalResourceOperation: Handler<Cfn, "SignalResource"> = (input, ctx) => {
  const { LogicalResourceId = "", UniqueId = "", Status = "SUCCESS" } = input;
  const stack = getStack(ctx, input.StackName);
  if (!ctx.table(stackResources).has(stack.id, LogicalResourceId)) {
    throw invalidTemplate(`Resource ${LogicalResourceId} does not exist for stack ${stack.name}`);
  }
  signalResource(ctx, stack.id, LogicalResourceId, UniqueId, Status);
  return {};
};
