/** The timer handlers of operations on stacks. */
import type { Context } from "../../kernel/context.js";
import { Deployment } from "../execute.js";
import { operations } from "../operations-under-way.js";
import { stacks } from "../stack.js";
import { spec } from "./start.js";

/** The timer handler: gives up a creation that takes longer than it may. */
export function giveUpCreation({ stackId, operationId }: { stackId: string; operationId: string }, ctx: Context): void {
  const stack = ctx.table(stacks).get(stackId);
  if (stack?.status === "CREATE_IN_PROGRESS" && stack.operation?.id === operationId)
    ctx.memory(operations).cancel(stackId, "timeout");
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
