/** How an operation on a stack begins. */
import { defineMemory } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { defineTable } from "../../kernel/store.js";
import { recordEvent } from "../events.js";
import { operations } from "../operations-under-way.js";
import { Spec } from "../schema/spec.js";
import { type Operation, type Stack, stackNames, stacks } from "../stack.js";
import type { MovingStatus } from "../stack-statuses.js";

/** How many operations a stack remembers. */
const REMEMBERED = 5;

/** The resource schemas, read once a cloud. */
export const spec = defineMemory("cloudformation/spec", () => new Spec());

/** [operation id]: the id of the stack that it is, or was, performed on */
export const operationStacks = defineTable<string>("cloudformation/operation-stacks");

/** Puts a stack into the status with which an operation begins, and sees to it that the operation is performed. */
export function startOperation(
  ctx: Context,
  resting: Stack & { status: MovingStatus },
  begun: Omit<Operation, "id" | "principal">,
): void {
  const operation: Operation = { ...begun, id: ctx.cloud.newId(), principal: ctx.principal };
  const lastOperations = [{ id: operation.id, type: operation.type }, ...(resting.lastOperations ?? [])];
  const stack: Stack = {
    ...resting,
    statusReason: "User Initiated",
    lastOperations: lastOperations.slice(0, REMEMBERED),
    operation,
  };
  ctx.table(stacks).put([stack.id], stack);
  ctx.table(stackNames).put([stack.name], stack.id);
  ctx.table(operationStacks).put([operation.id], stack.id);
  recordEvent(ctx, stack, undefined);
  goOn(ctx, stack.id);
}

/** Sees to it that what is to be done to a stack is done. */
export function goOn(ctx: Context, stackId: string): void {
  ctx.memory(operations).begin(stackId);
  ctx.schedule({ at: ctx.now(), kind: "operation", payload: { stackId }, id: `cloudformation/${stackId}` });
}

/** Gives a creation a time by which it has to be done. */
export function limitCreation(ctx: Context, stackId: string, minutes: number): void {
  const operationId = ctx.table(stacks).get(stackId)?.operation?.id;
  const payload = { stackId, operationId };
  ctx.schedule({ at: ctx.now() + minutes * 60_000, kind: "timeout", payload, id: `cloudformation/${stackId}/timeout` });
}
