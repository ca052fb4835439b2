/** Exports: outputs that other stacks import. See "Get exported outputs from a deployed stack". */
import type { Context } from "../kernel/context.js";
import { textAt } from "../kernel/store.js";
import { exports_, imports_, type Stack, type StackOutput, stacks } from "./stack.js";
import { invalidTemplate } from "./template/errors.js";

/** The ids of the stacks that import a name. */
export function importersOf(ctx: Context, name: string): string[] {
  return [...ctx.table(imports_).entries({ prefix: [name] })].map(({ position }) => textAt(position, 1));
}

/**
 * Makes a stack's exports those of its outputs.
 * @throws AwsError for a name that another stack has, or one in use that would change or go
 */
export function publishExports(ctx: Context, stack: Stack, outputs: readonly StackOutput[]): void {
  const named = new Map(
    outputs.flatMap(({ exportName, value }) => (exportName === undefined ? [] : [[exportName, value] as const])),
  );
  for (const [name, value] of named) {
    const existing = ctx.table(exports_).get(name);
    if (existing && existing.stackId !== stack.id) {
      const owner = ctx.table(stacks).get(existing.stackId);
      throw invalidTemplate(`Export with name ${name} is already exported by stack ${owner?.name ?? existing.stackId}`);
    }
    if (existing && existing.value !== value) checkUnused(ctx, name, "updated");
    ctx.table(exports_).put([name], { stackId: stack.id, value });
  }
  for (const { exportName } of stack.outputs) {
    if (exportName === undefined || named.has(exportName)) continue;
    checkUnused(ctx, exportName, "deleted");
    ctx.table(exports_).delete(exportName);
  }
}

function checkUnused(ctx: Context, name: string, verb: "updated" | "deleted"): void {
  const users = importersOf(ctx, name).map((id) => ctx.table(stacks).get(id)?.name ?? id);
  if (users.length > 0)
    throw invalidTemplate(`Export ${name} cannot be ${verb} as it is in use by ${users.join(" and ")}`);
}

/** @throws AwsError when another stack imports what this one exports */
export function checkExportsUnused(ctx: Context, stack: Stack): void {
  for (const { exportName } of stack.outputs) if (exportName !== undefined) checkUnused(ctx, exportName, "deleted");
}

/** Takes back what a deleted stack exported and imported. */
export function withdrawExports(ctx: Context, stack: Stack): void {
  for (const { exportName } of stack.outputs) {
    if (exportName !== undefined && ctx.table(exports_).get(exportName)?.stackId === stack.id)
      ctx.table(exports_).delete(exportName);
  }
  for (const { position } of [...ctx.table(imports_).entries()]) {
    if (textAt(position, 1) === stack.id) ctx.table(imports_).delete(textAt(position, 0), stack.id);
  }
}
