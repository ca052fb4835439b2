/** How an operation on a stack begins, and how it is performed. */

import { defineMemory } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { recordEvent } from "../events.js";
import { Deployment } from "../execute.js";
import { operations } from "../operations-under-way.js";
import { Spec } from "../schema/spec.js";
import { type Stack, stackNames, stacks } from "../stack.js";

/** The resource schemas, read once a cloud. */
export const spec = defineMemory("cloudformation/spec", () => new Spec());

/** Puts a stack into the status with which an operation begins, and sees to it that the operation is performed. */
export function startOperation(ctx: Context, stack: Stack): void {
  ctx.table(stacks).put([stack.id], stack);
  ctx.table(stackNames).put([stack.name], stack.id);
  recordEvent(ctx, stack, undefined);
  ctx.memory(operations).begin(stack.id);
  ctx.schedule({ at: ctx.now(), kind: "operation", payload: { stackId: stack.id }, id: `cloudformation/${stack.id}` });
}

/** The timer handler: performs what was begun, in this process or in one that was killed. */
export async function performOperation({ stackId }: { stackId: string }, ctx: Context): Promise<void> {
  const stack = ctx.table(stacks).get(stackId);
  ctx.memory(operations).begin(stackId);
  try {
    if (stack) await new Deployment(ctx, ctx.memory(spec), stack).run();
  } finally {
    await ctx.commit();
    ctx.memory(operations).end(stackId);
  }
}
