/** CreateChangeSet, ExecuteChangeSet and DeleteChangeSet. */

import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler, Input } from "../../kernel/service.js";
import { type ChangeSet, changeSets, deleteNestedChangeSets, findChangeSet, getChangeSet } from "../change-set.js";
import { observe, type ResourceDrift } from "../drift.js";
import { stackIdOf } from "../environment.js";
import { recordEvent } from "../events.js";
import { rollbackConfigurationOf } from "../rollback-triggers.js";
import {
  checkCanStart,
  checkStackName,
  findStack,
  getStack,
  type Operation,
  type Stack,
  stackNames,
  stackResources,
  stacks,
} from "../stack.js";
import type { StackStatus } from "../stack-statuses.js";
import { invalidTemplate } from "../template/errors.js";
import { existingResources, resourcesToImport } from "./imports.js";
import { type NestedInput, withNestedChangeSets } from "./nested-change-sets.js";
import { readSource } from "./source.js";
import { changesOf, hasChanges, newStack, startUpdate } from "./stacks.js";
import { spec, startOperation } from "./start.js";

type Cfn = typeof import("@aws-sdk/client-cloudformation");

const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

export const createChangeSet: Handler<Cfn, "CreateChangeSet"> = async (input, ctx) => {
  const { ChangeSetName: name = "" } = input;
  const type = input.ChangeSetType ?? "UPDATE";
  const rollbackConfiguration = rollbackConfigurationOf(input.RollbackConfiguration);
  const stackName = input.StackName ?? "";
  const before = stackFor(ctx, stackName, type);
  const place = before ?? { id: stackIdOf(ctx, stackName), name: stackName };
  const previous = before?.status === "REVIEW_IN_PROGRESS" ? undefined : before;
  const { source, template } = await readSource(ctx, input, place, previous);
  const { ParentStackId: parentStackId, ParentChangeSetId: parentId, RootChangeSetId: rootId } = input as NestedInput;
  const asNew = newStack(ctx, before?.name ?? checkStackName(stackName), source, place.id, {
    status: "REVIEW_IN_PROGRESS" as StackStatus,
    statusReason: "User Initiated",
    parentId: parentStackId,
  });
  const planned = previous ?? { ...asNew, parameters: [] };
  const imports =
    type === "IMPORT"
      ? await resourcesToImport(ctx, planned, source, template, input.ResourcesToImport)
      : input.ImportExistingResources
        ? await existingResources(ctx, planned, source, template)
        : undefined;
  const drifts = input.DeploymentMode === "REVERT_DRIFT" ? await driftsOf(ctx, planned) : undefined;
  const id = ctx.arn(`changeSet/${name}/${ctx.cloud.newId()}`, "cloudformation");
  const withDetails = { imports: imports?.physicalIds, drifts };
  const changes = await withNestedChangeSets(
    ctx,
    input,
    planned,
    { id, name, rootId: rootId ?? id },
    changesOf(ctx, planned, source, template, withDetails),
  );

  // From here on nothing is waited for: what others did meanwhile is seen, and nothing comes between.
  const existing = stackFor(ctx, stackName, type);
  if (existing && findChangeSet(ctx, existing, name))
    throw new AwsError("AlreadyExistsException", `ChangeSet ${name} already exists`);
  const stack = existing ?? asNew;
  if (!existing) {
    const inReview: Stack = { ...asNew, templateBody: "", processedBody: undefined, parameters: [] };
    ctx.table(stacks).put([stack.id], inReview);
    ctx.table(stackNames).put([stack.name], stack.id);
    recordEvent(ctx, inReview, undefined);
  }
  const changed =
    stack.status === "REVIEW_IN_PROGRESS" || changes.length > 0 || hasChanges(ctx, stack, source, template);
  ctx.table(changeSets).put([stack.id, id], {
    id,
    name,
    stackId: stack.id,
    type,
    status: changed ? "CREATE_COMPLETE" : "FAILED",
    statusReason: changed ? undefined : NO_CHANGES,
    executionStatus: changed ? "AVAILABLE" : "UNAVAILABLE",
    createdAt: ctx.now(),
    description: input.Description,
    source,
    changes,
    onStackFailure: input.OnStackFailure,
    rollbackConfiguration,
    clientToken: input.ClientToken,
    nested: input.IncludeNestedStacks ?? false,
    parentId,
    rootId,
    importsExisting: input.ImportExistingResources ?? false,
    imports: imports?.identifiers,
    driftStatus: drifts && stackDriftStatus(drifts),
  });
  return { Id: id, StackId: stack.id };
};

/** The stack that a change set is for; `undefined` when it is to be made. @throws AwsError `ValidationError` */
function stackFor(ctx: Context, name: string, type: string): Stack | undefined {
  if (type === "CREATE") {
    checkStackName(name.startsWith("arn:") ? "a" : name);
    const stack = findStack(ctx, name);
    if (stack && stack.status !== "REVIEW_IN_PROGRESS")
      throw invalidTemplate(`Stack [${name}] already exists and cannot be created again with the changeSet [CREATE].`);
    return stack;
  }
  const stack = type === "IMPORT" ? findStack(ctx, name) : getStack(ctx, name);
  if (type === "IMPORT" && (!stack || stack.status === "REVIEW_IN_PROGRESS")) return stack;
  if (!stack || stack.status === "REVIEW_IN_PROGRESS") throw invalidTemplate(`Stack [${name}] does not exist`);
  checkCanStart(stack, type === "IMPORT" ? "IMPORT_IN_PROGRESS" : "UPDATE_IN_PROGRESS");
  return stack;
}

/** What is found of each resource of a stack, for a change set that brings it back to its template. */
async function driftsOf(ctx: Context, stack: Stack): Promise<ReadonlyMap<string, ResourceDrift>> {
  const resources = ctx.table(stackResources).rows({ prefix: [stack.id] });
  const found = await Promise.all(
    resources.map(async (resource) => (await observe(ctx, ctx.memory(spec), stack, resource)).drift),
  );
  return new Map(found.map((drift) => [drift.logicalId, drift]));
}

function stackDriftStatus(drifts: ReadonlyMap<string, ResourceDrift>): ChangeSet["driftStatus"] {
  const statuses = new Set([...drifts.values()].map(({ status }) => status));
  if (statuses.has("MODIFIED") || statuses.has("DELETED")) return "DRIFTED";
  return statuses.has("IN_SYNC") ? "IN_SYNC" : "NOT_CHECKED";
}

export const executeChangeSet: Handler<Cfn, "ExecuteChangeSet"> = (input, ctx) => {
  const { changeSet, stack } = getChangeSet(ctx, input.ChangeSetName, input.StackName);
  if (changeSet.executionStatus !== "AVAILABLE") {
    throw new AwsError(
      "InvalidChangeSetStatus",
      `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${changeSet.status}]`,
    );
  }
  if (changeSet.parentId !== undefined) {
    throw new AwsError(
      "InvalidChangeSetStatus",
      `ChangeSet [${changeSet.id}] is nested: execute the root change set [${changeSet.rootId}] instead.`,
    );
  }
  const isNew = stack.status === "REVIEW_IN_PROGRESS";
  const { source, imports, type } = changeSet;
  const { DisableRollback: disableRollback, ClientRequestToken: clientRequestToken } = input;
  const { RetainExceptOnCreate: retainExceptOnCreate } = input;
  const onFailure = (changeSet.onStackFailure ??
    (disableRollback ? "DO_NOTHING" : undefined)) as Operation["onFailure"];
  const status = type === "IMPORT" ? "IMPORT_IN_PROGRESS" : isNew ? "CREATE_IN_PROGRESS" : "UPDATE_IN_PROGRESS";
  checkCanStart(stack, status);
  markExecuted(ctx, changeSet);
  if (isNew && type !== "IMPORT") {
    startOperation(
      ctx,
      {
        ...newStack(ctx, stack.name, source, stack.id, { status: "CREATE_IN_PROGRESS" as const }),
        createdAt: stack.createdAt,
        updatedAt: ctx.now(),
        changeSetId: changeSet.id,
        disableRollback: disableRollback ?? false,
        terminationProtection: stack.terminationProtection,
        rollbackConfiguration: changeSet.rollbackConfiguration,
        parentId: stack.parentId,
      },
      { type: "CREATE_STACK", clientRequestToken, onFailure, imports, retainExceptOnCreate },
    );
    return {};
  }
  startUpdate(ctx, stack, source, {
    status,
    disableRollback: disableRollback ?? changeSet.onStackFailure === "DO_NOTHING",
    changeSetId: changeSet.id,
    rollbackConfiguration: changeSet.rollbackConfiguration,
    operation: { clientRequestToken, imports, retainExceptOnCreate, revertsDrift: changeSet.driftStatus !== undefined },
  });
  return {};
};

/** A change set and the nested ones of it have been executed; all others of their stacks have become pointless. */
function markExecuted(ctx: Context, executed: ChangeSet): void {
  for (const other of ctx.table(changeSets).rows({ prefix: [executed.stackId] })) {
    const executionStatus = other.id === executed.id ? "EXECUTE_COMPLETE" : "OBSOLETE";
    ctx.table(changeSets).put([executed.stackId, other.id], { ...other, executionStatus });
  }
  for (const { changeSetId } of executed.changes) {
    if (changeSetId === undefined) continue;
    const { changeSet } = getChangeSet(ctx, changeSetId, undefined);
    markExecuted(ctx, changeSet);
  }
}

export const deleteChangeSet: Handler<Cfn, "DeleteChangeSet"> = (input, ctx) => {
  let found: { changeSet: ChangeSet; stack: Stack };
  try {
    found = getChangeSet(ctx, input.ChangeSetName, input.StackName);
  } catch (error) {
    // Deleting a change set that is not there is no error, as long as its stack is.
    if (error instanceof AwsError && error.code === "ChangeSetNotFound") return {};
    throw error;
  }
  if (found.changeSet.parentId !== undefined) {
    throw new AwsError(
      "InvalidChangeSetStatus",
      `ChangeSet [${found.changeSet.id}] is nested: delete the root change set [${found.changeSet.rootId}] instead.`,
    );
  }
  deleteNestedChangeSets(ctx, found.changeSet);
  ctx.table(changeSets).delete(found.stack.id, found.changeSet.id);
  return {};
};

/** What CreateChangeSet takes. */
export type ChangeSetInput = Input<Cfn, "CreateChangeSet">;
