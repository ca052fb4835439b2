/** CreateStack, UpdateStack, DeleteStack and the operations that describe stacks. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { environmentOf, stackIdOf } from "../environment.js";
import { checkExportsUnused } from "../exports.js";
import { operations } from "../operations-under-way.js";
import { plan, type Target } from "../plan.js";
import { presentRollbackConfiguration, rollbackConfigurationOf } from "../rollback-triggers.js";
import {
  checkCanStart,
  checkStackName,
  findStack,
  getStack,
  type Operation,
  type RollbackConfiguration,
  type Stack,
  type StackSource,
  stackResources,
  stacks,
} from "../stack.js";
import { parseStackPolicy } from "../stack-policy.js";
import { canFollow, type MovingStatus, type StackStatus } from "../stack-statuses.js";
import { invalidTemplate } from "../template/errors.js";
import type { Parameter } from "../template/parameters.js";
import type { Template } from "../template/template.js";
import { readSource, templateOf, textAtUrl } from "./source.js";
import { limitCreation, spec, startOperation } from "./start.js";

type Cfn = typeof import("@aws-sdk/client-cloudformation");

const PAGE = 100;

/** A parent that the engine itself hands on; clients cannot. */
interface NestedInput {
  ParentStackId?: string;
}

export const createStack: Handler<Cfn, "CreateStack"> = async (input, ctx) => {
  const name = checkStackName(input.StackName);
  checkUnused(ctx, name);
  const id = stackIdOf(ctx, name);
  const { source } = await readSource(ctx, input, { id, name });
  const stackPolicy = await stackPolicyOf(ctx, input.StackPolicyBody, input.StackPolicyURL);
  const existing = checkUnused(ctx, name);
  const parent = (input as NestedInput).ParentStackId;
  const parentStack = parent === undefined ? undefined : findStack(ctx, parent);
  const stack = newStack(ctx, name, source, existing?.id ?? id, {
    status: "CREATE_IN_PROGRESS" as const,
    timeoutMinutes: input.TimeoutInMinutes,
    terminationProtection: input.EnableTerminationProtection ?? false,
    disableRollback: input.DisableRollback ?? false,
    stackPolicy,
    rollbackConfiguration: rollbackConfigurationOf(input.RollbackConfiguration),
    parentId: parentStack?.id,
    rootId: parentStack && (parentStack.rootId ?? parentStack.id),
  });
  startOperation(ctx, stack, {
    type: "CREATE_STACK",
    clientRequestToken: input.ClientRequestToken,
    onFailure: input.OnFailure as Operation["onFailure"],
    retainExceptOnCreate: input.RetainExceptOnCreate,
  });
  if (input.TimeoutInMinutes !== undefined) limitCreation(ctx, stack.id, input.TimeoutInMinutes);
  return { StackId: stack.id, OperationId: getStack(ctx, stack.id).operation?.id };
};

/** @returns the stack in review that has the name, if one does */
function checkUnused(ctx: Context, name: string): Stack | undefined {
  const existing = findStack(ctx, name);
  if (!existing || existing.status === "REVIEW_IN_PROGRESS") return existing;
  throw new AwsError("AlreadyExistsException", `Stack [${name}] already exists`);
}

/** A stack as it is stored when it is first heard of. */
export function newStack<Status extends StackStatus>(
  ctx: Context,
  name: string,
  source: StackSource,
  id: string,
  more: Partial<Stack> & { status: Status },
): Stack & { status: Status } {
  return {
    ...source,
    id,
    name,
    createdAt: ctx.now(),
    outputs: [],
    terminationProtection: false,
    disableRollback: false,
    ...more,
  };
}

export const updateStack: Handler<Cfn, "UpdateStack"> = async (input, ctx) => {
  const before = getStack(ctx, input.StackName);
  const byParent = (input as NestedInput).ParentStackId !== undefined;
  checkCanStart(before, "UPDATE_IN_PROGRESS", byParent);
  const { source, template } = await readSource(ctx, input, before, before);
  const lasting = await stackPolicyOf(ctx, input.StackPolicyBody, input.StackPolicyURL);
  const during = await stackPolicyOf(ctx, input.StackPolicyDuringUpdateBody, input.StackPolicyDuringUpdateURL);
  const current = getStack(ctx, before.id);
  const stack = { ...current, stackPolicy: lasting ?? current.stackPolicy };
  checkCanStart(stack, "UPDATE_IN_PROGRESS", byParent);
  if (!hasChanges(ctx, stack, source, template)) throw invalidTemplate("No updates are to be performed.");
  startUpdate(ctx, stack, source, {
    disableRollback: input.DisableRollback,
    rollbackConfiguration: rollbackConfigurationOf(input.RollbackConfiguration),
    operation: {
      clientRequestToken: input.ClientRequestToken,
      retainExceptOnCreate: input.RetainExceptOnCreate,
      stackPolicy: during,
    },
  });
  return { StackId: stack.id, OperationId: getStack(ctx, stack.id).operation?.id };
};

/** Begins an update of a stack to a new source. */
export function startUpdate(ctx: Context, stack: Stack, source: StackSource, options: UpdateOptions): void {
  // After an update that failed and was left so, what there is to go back to is still what was before it; and so it is
  // in a nested stack whose own part of such an update succeeded.
  const pending =
    stack.status === "UPDATE_FAILED" || stack.status === "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
      ? stack.operation?.previous
      : undefined;
  startOperation(
    ctx,
    {
      ...stack,
      ...source,
      status: options.status ?? "UPDATE_IN_PROGRESS",
      updatedAt: ctx.now(),
      disableRollback: options.disableRollback ?? false,
      changeSetId: options.changeSetId ?? stack.changeSetId,
      rollbackConfiguration: options.rollbackConfiguration ?? stack.rollbackConfiguration,
    },
    { type: "UPDATE_STACK", previous: pending ?? sourceOf(stack), ...options.operation },
  );
}

/** What an update is given beside what the stack is to be made of. */
export interface UpdateOptions {
  readonly disableRollback?: boolean | undefined;
  readonly changeSetId?: string;
  readonly rollbackConfiguration?: RollbackConfiguration | undefined;
  /** Of an import, `IMPORT_IN_PROGRESS`. */
  readonly status?: MovingStatus;
  readonly operation: Partial<Operation>;
}

/** What a stack is made of, and what it puts out. */
function sourceOf(stack: Stack): StackSource & { outputs: Stack["outputs"] } {
  const { templateBody, processedBody, description, parameters, tags, outputs } = stack;
  const { capabilities, notificationArns, roleArn } = stack;
  return {
    templateBody,
    processedBody,
    description,
    parameters,
    tags,
    capabilities,
    notificationArns,
    roleArn,
    outputs,
  };
}

/** The changes that take a stack to a source. */
export function changesOf(
  ctx: Context,
  stack: Pick<Stack, "id" | "name" | "parameters" | "tags">,
  source: StackSource,
  template: Template,
  more: Pick<Target, "imports" | "drifts"> = {},
) {
  const current = ctx.table(stackResources).rows({ prefix: [stack.id] });
  const before = new Map(stack.parameters.map(({ key, value }) => [key, value]));
  return plan(ctx.memory(spec), {
    ...more,
    template,
    environment: environmentOf(
      ctx,
      { ...stack, notificationArns: source.notificationArns },
      template,
      source.parameters,
    ),
    current: new Map(current.map((resource) => [resource.logicalId, resource])),
    stackTags: { before: stack.tags, after: source.tags },
    changedParameters: new Set(
      source.parameters.filter(({ key, value }) => before.get(key) !== value).map(({ key }) => key),
    ),
  });
}

/** Whether a source differs from a stack in anything that an update would do. */
export function hasChanges(ctx: Context, stack: Stack, source: StackSource, template: Template): boolean {
  if (changesOf(ctx, stack, source, template).length > 0) return true;
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  if (!same(stack.tags, source.tags) || !same(stack.notificationArns, source.notificationArns)) return true;
  return stack.templateBody !== source.templateBody && !same(templateOf(stack).outputs, template.outputs);
}

export const deleteStack: Handler<Cfn, "DeleteStack"> = async (input, ctx) => {
  const found = input.StackName ? findStack(ctx, input.StackName) : getStack(ctx, undefined);
  // Deleting what is not there is no error.
  if (!found || found.status === "DELETE_COMPLETE") return {};
  if (found.status === "DELETE_IN_PROGRESS") return {};
  if (found.terminationProtection) {
    throw invalidTemplate(`Stack [${found.name}] cannot be deleted while TerminationProtection is enabled`);
  }
  if (!canFollow(found.status, "DELETE_IN_PROGRESS")) {
    throw invalidTemplate(`Stack [${found.name}] cannot be deleted while in status ${found.status}`);
  }
  // A creation under way is broken off: what is being made is finished, and then deleted.
  if (found.status !== "REVIEW_IN_PROGRESS") {
    ctx.memory(operations).cancel(found.id, "deletion");
    await ctx.memory(operations).ended(found.id);
  }
  const stack = getStack(ctx, found.id);
  checkExportsUnused(ctx, stack);
  startOperation(
    ctx,
    { ...stack, status: "DELETE_IN_PROGRESS" },
    { type: "DELETE_STACK", clientRequestToken: input.ClientRequestToken, retain: input.RetainResources },
  );
  return {};
};

export const describeStacks: Handler<Cfn, "DescribeStacks"> = (input, ctx) => {
  if (input.StackName) return { Stacks: [present(getStack(ctx, input.StackName))] };
  const { page, next } = paged(ctx, input.NextToken);
  return { Stacks: page.filter(({ status }) => status !== "DELETE_COMPLETE").map(present), NextToken: next };
};

function paged(ctx: Context, token: string | undefined): { page: Stack[]; next: string | undefined } {
  const after = token === undefined ? undefined : Buffer.from(token, "base64url").toString();
  const entries = [...ctx.table(stacks).entries({ after, limit: PAGE })];
  const last = entries.length === PAGE ? entries[PAGE - 1] : undefined;
  return { page: entries.map(({ row }) => row), next: last && Buffer.from(last.position).toString("base64url") };
}

/** How answers show parameters: those with `NoEcho` masked. */
export const parametersAnswer = (parameters: readonly Parameter[]) =>
  parameters.map(({ key, value, resolved, noEcho }) => ({
    ParameterKey: key,
    ParameterValue: noEcho ? "****" : value,
    ResolvedValue: noEcho ? undefined : resolved,
  }));

/** What lists and descriptions show of a stack. */
function summary(stack: Stack) {
  const { statusReason } = stack;
  const hasEnded = !stack.status.endsWith("_IN_PROGRESS");
  return {
    StackId: stack.id,
    StackName: stack.name,
    CreationTime: new Date(stack.createdAt),
    DeletionTime: stack.deletedAt === undefined ? undefined : new Date(stack.deletedAt),
    LastUpdatedTime: stack.updatedAt === undefined ? undefined : new Date(stack.updatedAt),
    StackStatus: stack.status as "CREATE_COMPLETE",
    StackStatusReason: statusReason === "User Initiated" && hasEnded ? undefined : statusReason,
    ParentId: stack.parentId,
    RootId: stack.rootId,
    DriftInformation: stack.drift
      ? { StackDriftStatus: stack.drift.status, LastCheckTimestamp: new Date(stack.drift.at) }
      : { StackDriftStatus: "NOT_CHECKED" as const },
  };
}

function present(stack: Stack) {
  return {
    ...summary(stack),
    ChangeSetId: stack.changeSetId,
    Description: stack.description,
    Parameters: parametersAnswer(stack.parameters),
    RollbackConfiguration: presentRollbackConfiguration(stack.rollbackConfiguration),
    DisableRollback: stack.disableRollback,
    NotificationARNs: [...stack.notificationArns],
    TimeoutInMinutes: stack.timeoutMinutes,
    Capabilities: [...stack.capabilities] as "CAPABILITY_IAM"[],
    Outputs: stack.outputs.map(({ key, value, description, exportName }) => ({
      OutputKey: key,
      OutputValue: value,
      Description: description,
      ExportName: exportName,
    })),
    RoleARN: stack.roleArn,
    Tags: Object.entries(stack.tags).map(([Key, Value]) => ({ Key, Value })),
    LastOperations: stack.lastOperations?.map(({ id, type }) => ({ OperationId: id, OperationType: type })),
    EnableTerminationProtection: stack.terminationProtection,
  };
}

export const listStacks: Handler<Cfn, "ListStacks"> = (input, ctx) => {
  const { page, next } = paged(ctx, input.NextToken);
  const wanted = page.filter(
    ({ status }) => !input.StackStatusFilter?.length || input.StackStatusFilter.includes(status as "CREATE_COMPLETE"),
  );
  const StackSummaries = wanted.map((stack) => ({ ...summary(stack), TemplateDescription: stack.description }));
  return { StackSummaries, NextToken: next };
};

export const updateTerminationProtection: Handler<Cfn, "UpdateTerminationProtection"> = (input, ctx) => {
  const stack = getStack(ctx, input.StackName);
  if (stack.parentId) throw invalidTemplate("TerminationProtection cannot be set on nested stacks");
  ctx.table(stacks).put([stack.id], { ...stack, terminationProtection: input.EnableTerminationProtection ?? false });
  return { StackId: stack.id };
};

/** The text of a stack policy, checked. @throws AwsError `ValidationError` */
async function stackPolicyOf(
  ctx: Context,
  body: string | undefined,
  url: string | undefined,
): Promise<string | undefined> {
  if (body !== undefined && url !== undefined)
    throw invalidTemplate("You cannot specify both a stack policy body and a stack policy URL.");
  const text = url === undefined ? body : await textAtUrl(ctx, url);
  if (text !== undefined) parseStackPolicy(text);
  return text;
}

export const setStackPolicy: Handler<Cfn, "SetStackPolicy"> = async (input, ctx) => {
  getStack(ctx, input.StackName);
  const stackPolicy = await stackPolicyOf(ctx, input.StackPolicyBody, input.StackPolicyURL);
  if (stackPolicy === undefined)
    throw invalidTemplate("A stack policy is required: StackPolicyBody or StackPolicyURL.");
  const stack = getStack(ctx, input.StackName);
  ctx.table(stacks).put([stack.id], { ...stack, stackPolicy });
  return {};
};

export const getStackPolicy: Handler<Cfn, "GetStackPolicy"> = (input, ctx) => ({
  StackPolicyBody: getStack(ctx, input.StackName).stackPolicy,
});
