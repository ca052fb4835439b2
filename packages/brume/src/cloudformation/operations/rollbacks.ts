/** RollbackStack, ContinueUpdateRollback, CancelUpdateStack and SignalResource. */
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { operations } from "../operations-under-way.js";
import { signalResource } from "../providers/creation-policy.js";
import { checkCanStart, getStack, type Operation, type Stack, stackResources } from "../stack.js";
import { invalidTemplate } from "../template/errors.js";
import { startOperation } from "./start.js";

type Cfn = typeof import("@aws-sdk/client-cloudformation");

/** The operation of a stack that failed, to be gone on with. */
function resumed(stack: Stack, more: Partial<Operation>): Operation {
  if (!stack.operation) throw new Error(`Stack ${stack.name} rests without an operation to go on with.`);
  return { ...stack.operation, ...more };
}

export const continueUpdateRollback: Handler<Cfn, "ContinueUpdateRollback"> = (input, ctx) => {
  const stack = getStack(ctx, input.StackName);
  if (stack.status !== "UPDATE_ROLLBACK_FAILED") {
    throw invalidTemplate(`Stack:${stack.id} is in ${stack.status} state and can not continue rollback from it.`);
  }
  const skip = input.ResourcesToSkip ?? [];
  for (const id of skip) {
    const resource = ctx.table(stackResources).get(stack.id, id);
    if (!resource) throw invalidTemplate(`Resource ${id} does not exist for stack ${stack.name}`);
    if (resource.status !== "UPDATE_FAILED") {
      throw invalidTemplate(`Resource ${id} cannot be skipped: only resources in the UPDATE_FAILED state can be.`);
    }
  }
  startOperation(ctx, {
    ...stack,
    status: "UPDATE_ROLLBACK_IN_PROGRESS",
    statusReason: "User Initiated",
    operation: resumed(stack, { skip, clientRequestToken: input.ClientRequestToken }),
  });
  return {};
};

export const rollbackStack: Handler<Cfn, "RollbackStack"> = (input, ctx) => {
  const stack = getStack(ctx, input.StackName);
  checkCanStart(stack, "UPDATE_FAILED", "CREATE_FAILED");
  const creation = stack.status === "CREATE_FAILED";
  const operation: Operation = creation
    ? { kind: "rollback", principal: ctx.principal, clientRequestToken: input.ClientRequestToken }
    : resumed(stack, { clientRequestToken: input.ClientRequestToken });
  const status = creation ? "ROLLBACK_IN_PROGRESS" : "UPDATE_ROLLBACK_IN_PROGRESS";
  startOperation(ctx, { ...stack, status, statusReason: "User Initiated", operation });
  return { StackId: stack.id };
};

export const cancelUpdateStack: Handler<Cfn, "CancelUpdateStack"> = (input, ctx) => {
  const stack = getStack(ctx, input.StackName);
  if (stack.status !== "UPDATE_IN_PROGRESS") {
    throw invalidTemplate(`CancelUpdateStack cannot be called from current stack status`);
  }
  ctx.memory(operations).cancel(stack.id);
  return {};
};

export const signalResourceOperation: Handler<Cfn, "SignalResource"> = (input, ctx) => {
  const { LogicalResourceId = "", UniqueId = "", Status = "" } = input;
  const stack = getStack(ctx, input.StackName);
  if (Status !== "SUCCESS" && Status !== "FAILURE") {
    throw new AwsError(
      "ValidationError",
      `1 validation error detected: Value '${Status}' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [FAILURE, SUCCESS]`,
    );
  }
  if (!ctx.table(stackResources).has(stack.id, LogicalResourceId)) {
    throw invalidTemplate(`Resource ${LogicalResourceId} does not exist for stack ${stack.name}`);
  }
  signalResource(ctx, stack.id, LogicalResourceId, UniqueId, Status);
  return {};
};
