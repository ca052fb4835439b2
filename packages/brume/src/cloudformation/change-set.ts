/** Change sets as they are stored, and found. */
import type { Context } from "../kernel/context.js";
import { AwsError } from "../kernel/errors.js";
import type { Properties } from "../kernel/resource.js";
import { defineTable } from "../kernel/store.js";
import type { ResourceChange } from "./plan.js";
import { forgetStack, getStack, type RollbackConfiguration, type Stack, type StackSource } from "./stack.js";
import { invalidTemplate } from "./template/errors.js";

export interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly stackId: string;
  readonly type: "CREATE" | "UPDATE" | "IMPORT";
  readonly status: "CREATE_COMPLETE" | "FAILED";
  readonly statusReason?: string;
  readonly executionStatus: "AVAILABLE" | "UNAVAILABLE" | "EXECUTE_COMPLETE" | "OBSOLETE";
  readonly createdAt: number;
  readonly description?: string;
  readonly source: StackSource;
  readonly changes: readonly ResourceChange[];
  readonly onStackFailure?: string;
  readonly rollbackConfiguration?: RollbackConfiguration;
  readonly clientToken?: string;
  /** Whether nested stacks have change sets of their own. */
  readonly nested: boolean;
  /** The change set of the stack that holds this one's, and of the outermost one. */
  readonly parentId?: string;
  readonly rootId?: string;
  /** Whether resources that exist are taken in where the template would make them. */
  readonly importsExisting: boolean;
  /** By logical id: the primary identifiers of the resources that it takes in. */
  readonly imports?: Readonly<Record<string, Properties>>;
  /** What was found of the stack, where the change set is to bring it back to its template. */
  readonly driftStatus?: "DRIFTED" | "IN_SYNC" | "NOT_CHECKED";
}

/** [stack id, change set id] */
export const changeSets = defineTable<ChangeSet>("cloudformation/change-sets");

export function findChangeSet(ctx: Context, stack: Stack, nameOrId: string): ChangeSet | undefined {
  return ctx
    .table(changeSets)
    .rows({ prefix: [stack.id] })
    .find(({ id, name }) => id === nameOrId || name === nameOrId);
}

/** A change set by name and stack, or by its ARN alone. @throws AwsError `ChangeSetNotFound` */
export function getChangeSet(
  ctx: Context,
  nameOrId: string | undefined,
  stackName: string | undefined,
): { changeSet: ChangeSet; stack: Stack } {
  const missing = () => new AwsError("ChangeSetNotFound", `ChangeSet [${nameOrId}] does not exist`);
  if (!nameOrId)
    throw invalidTemplate(
      "1 validation error detected: Value null at 'changeSetName' failed to satisfy constraint: Member must not be null",
    );
  if (stackName) {
    const stack = getStack(ctx, stackName);
    const changeSet = findChangeSet(ctx, stack, nameOrId);
    if (!changeSet) throw missing();
    return { changeSet, stack };
  }
  if (!nameOrId.startsWith("arn:"))
    throw invalidTemplate("StackName must be specified if ChangeSetName is not specified as an ARN.");
  const changeSet = ctx
    .table(changeSets)
    .rows()
    .find(({ id }) => id === nameOrId);
  if (!changeSet) throw missing();
  return { changeSet, stack: getStack(ctx, changeSet.stackId) };
}

/** Deletes the change sets of nested stacks, and the stacks that were only ever in review. */
export function deleteNestedChangeSets(ctx: Context, { changes }: ChangeSet): void {
  for (const { changeSetId } of changes) {
    if (changeSetId === undefined) continue;
    const { changeSet, stack } = getChangeSet(ctx, changeSetId, undefined);
    deleteNestedChangeSets(ctx, changeSet);
    ctx.table(changeSets).delete(stack.id, changeSet.id);
    if (stack.status === "REVIEW_IN_PROGRESS" && ctx.table(changeSets).count({ prefix: [stack.id] }) === 0)
      forgetStack(ctx, stack);
  }
}

/** Deletes all change sets of a stack that is no more. */
export function deleteChangeSets(ctx: Context, stackId: string): void {
  const table = ctx.table(changeSets);
  for (const changeSet of table.rows({ prefix: [stackId] })) {
    deleteNestedChangeSets(ctx, changeSet);
    table.delete(stackId, changeSet.id);
  }
}
