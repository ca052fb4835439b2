/** Change sets: CreateChangeSet, DescribeChangeSet, ExecuteChangeSet, DeleteChangeSet, ListChangeSets. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { stackIdOf } from "../environment.js";
import { recordEvent } from "../events.js";
import type { ChangeDetail, ResourceChange } from "../plan.js";
import {
  checkCanStart,
  checkStackName,
  findStack,
  getStack,
  type Operation,
  type Stack,
  type StackSource,
  stackNames,
  stacks,
} from "../stack.js";
import { invalidTemplate } from "../template/errors.js";
import { readSource, templateOf } from "./source.js";
import { changesOf, hasChanges, newStack, parametersAnswer, startUpdate, UPDATABLE } from "./stacks.js";
import { startOperation } from "./start.js";

type Cfn = typeof import("@aws-sdk/client-cloudformation");

const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

export interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly stackId: string;
  readonly type: string;
  readonly status: "CREATE_COMPLETE" | "FAILED";
  readonly statusReason?: string;
  readonly executionStatus: "AVAILABLE" | "UNAVAILABLE" | "EXECUTE_COMPLETE" | "OBSOLETE";
  readonly createdAt: number;
  readonly description?: string;
  readonly source: StackSource;
  readonly changes: readonly ResourceChange[];
  readonly onStackFailure?: string;
  readonly clientToken?: string;
}

/** [stack id, change set id] */
export const changeSets = defineTable<ChangeSet>("cloudformation/change-sets");

export const createChangeSet: Handler<Cfn, "CreateChangeSet"> = async (input, ctx) => {
  const { ChangeSetName: name = "" } = input;
  if (!/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name)) {
    throw invalidTemplate(
      `1 validation error detected: Value '${name}' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
    );
  }
  const type = input.ChangeSetType ?? "UPDATE";
  if (type === "IMPORT") throw new AwsError("NotImplemented", "brume does not import resources yet.", { status: 501 });
  const stackName = input.StackName ?? "";
  const before = stackFor(ctx, stackName, type);
  const place = before ?? { id: stackIdOf(ctx, stackName), name: stackName };
  const previous = before?.status === "REVIEW_IN_PROGRESS" ? undefined : before;
  const { source, template } = await readSource(ctx, input, place, previous);
  const existing = stackFor(ctx, stackName, type);
  if (existing && findChangeSet(ctx, existing, name))
    throw new AwsError("AlreadyExistsException", `ChangeSet ${name} already exists`);
  const stack =
    existing ??
    newStack(ctx, checkStackName(input.StackName), source, template, place.id, {
      status: "REVIEW_IN_PROGRESS",
      statusReason: "User Initiated",
    });
  const id = ctx.arn(`changeSet/${name}/${ctx.cloud.newId()}`, "cloudformation");
  if (!existing) {
    const { templateBody: _, ...rest } = stack;
    const inReview: Stack = { ...rest, templateBody: "", parameters: [], tags: source.tags };
    ctx.table(stacks).put([stack.id], inReview);
    ctx.table(stackNames).put([stack.name], stack.id);
    recordEvent(ctx, inReview, undefined);
  }
  const isNew = stack.status === "REVIEW_IN_PROGRESS";
  const changes = changesOf(ctx, isNew ? { ...stack, parameters: [], tags: source.tags } : stack, source, template);
  const changed = isNew || changes.length > 0 || hasChanges(ctx, stack, source, template);
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
    clientToken: input.ClientToken,
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
  const stack = getStack(ctx, name);
  if (stack.status === "REVIEW_IN_PROGRESS") throw invalidTemplate(`Stack [${name}] does not exist`);
  checkCanStart(stack, ...UPDATABLE);
  return stack;
}

function findChangeSet(ctx: Context, stack: Stack, nameOrId: string): ChangeSet | undefined {
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

export const describeChangeSet: Handler<Cfn, "DescribeChangeSet"> = (input, ctx) => {
  const { changeSet, stack } = getChangeSet(ctx, input.ChangeSetName, input.StackName);
  const { source } = changeSet;
  return {
    ChangeSetName: changeSet.name,
    ChangeSetId: changeSet.id,
    StackId: stack.id,
    StackName: stack.name,
    Description: changeSet.description,
    Parameters: parametersAnswer(source.parameters),
    CreationTime: new Date(changeSet.createdAt),
    ExecutionStatus: changeSet.executionStatus,
    Status: changeSet.status,
    StatusReason: changeSet.statusReason,
    NotificationARNs: [...source.notificationArns],
    RollbackConfiguration: {},
    Capabilities: [...source.capabilities] as "CAPABILITY_IAM"[],
    Tags: Object.entries(source.tags).map(([Key, Value]) => ({ Key, Value })),
    Changes: changeSet.changes.map((change) => ({
      Type: "Resource" as const,
      ResourceChange: present(change, input.IncludePropertyValues ?? false),
    })),
    IncludeNestedStacks: false,
    OnStackFailure: changeSet.onStackFailure as "ROLLBACK" | undefined,
  };
};

function present(change: ResourceChange, withValues: boolean) {
  const { action, logicalId, physicalId, type, replacement, policyAction, details, before, after } = change;
  return {
    Action: action,
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    Replacement: replacement,
    PolicyAction: policyAction,
    Scope: [...new Set(details.map(({ attribute }) => attribute))],
    Details: details.map((detail) => presentDetail(detail, withValues)),
    ...(withValues && before ? { BeforeContext: JSON.stringify({ Properties: before }) } : {}),
    ...(withValues && after ? { AfterContext: JSON.stringify({ Properties: after }) } : {}),
  };
}

function presentDetail(detail: ChangeDetail, withValues: boolean) {
  const text = (value: unknown) =>
    value === undefined ? undefined : typeof value === "object" ? JSON.stringify(value) : String(value);
  return {
    Target: {
      Attribute: detail.attribute,
      Name: detail.name,
      RequiresRecreation: detail.recreation,
      ...(detail.name === undefined ? {} : { Path: `/Properties/${detail.name}` }),
      ...(withValues
        ? {
            BeforeValue: text(detail.before),
            AfterValue: detail.evaluation === "Static" ? text(detail.after) : "{{changeSet:KNOWN_AFTER_APPLY}}",
          }
        : {}),
    },
    Evaluation: detail.evaluation,
    ChangeSource: detail.source as "DirectModification",
    CausingEntity: detail.causingEntity,
  };
}

export const executeChangeSet: Handler<Cfn, "ExecuteChangeSet"> = (input, ctx) => {
  const { changeSet, stack } = getChangeSet(ctx, input.ChangeSetName, input.StackName);
  if (changeSet.executionStatus !== "AVAILABLE") {
    throw new AwsError(
      "InvalidChangeSetStatus",
      `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${changeSet.status}]`,
    );
  }
  const { source } = changeSet;
  const template = templateOf(source);
  for (const other of ctx.table(changeSets).rows({ prefix: [stack.id] })) {
    const executionStatus = other.id === changeSet.id ? "EXECUTE_COMPLETE" : "OBSOLETE";
    ctx.table(changeSets).put([stack.id, other.id], { ...other, executionStatus });
  }
  const { DisableRollback: disableRollback, ClientRequestToken: clientRequestToken } = input;
  if (stack.status !== "REVIEW_IN_PROGRESS") {
    checkCanStart(stack, ...UPDATABLE);
    startUpdate(ctx, stack, source, template, { disableRollback, clientRequestToken, changeSetId: changeSet.id });
    return {};
  }
  const onFailure = changeSet.onStackFailure as Operation["onFailure"];
  startOperation(ctx, {
    ...newStack(ctx, stack.name, source, template, stack.id, {
      status: "CREATE_IN_PROGRESS",
      statusReason: "User Initiated",
    }),
    createdAt: stack.createdAt,
    updatedAt: ctx.now(),
    changeSetId: changeSet.id,
    disableRollback: disableRollback ?? false,
    terminationProtection: stack.terminationProtection,
    operation: { kind: "create", principal: ctx.principal, clientRequestToken, onFailure },
  });
  return {};
};

export const deleteChangeSet: Handler<Cfn, "DeleteChangeSet"> = (input, ctx) => {
  let found: { changeSet: ChangeSet; stack: Stack };
  try {
    found = getChangeSet(ctx, input.ChangeSetName, input.StackName);
  } catch (error) {
    // Deleting a change set that is not there is no error, as long as its stack is.
    if (error instanceof AwsError && error.code === "ChangeSetNotFound") return {};
    throw error;
  }
  ctx.table(changeSets).delete(found.stack.id, found.changeSet.id);
  return {};
};

export const listChangeSets: Handler<Cfn, "ListChangeSets"> = (input, ctx) => {
  const stack = getStack(ctx, input.StackName);
  const Summaries = ctx
    .table(changeSets)
    .rows({ prefix: [stack.id] })
    .map((changeSet) => ({
      StackId: stack.id,
      StackName: stack.name,
      ChangeSetId: changeSet.id,
      ChangeSetName: changeSet.name,
      ExecutionStatus: changeSet.executionStatus,
      Status: changeSet.status,
      StatusReason: changeSet.statusReason,
      CreationTime: new Date(changeSet.createdAt),
      Description: changeSet.description,
    }));
  return { Summaries };
};
