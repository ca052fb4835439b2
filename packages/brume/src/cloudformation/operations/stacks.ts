/** CreateStack, UpdateStack, DeleteStack and the operations that describe stacks. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { environmentOf, stackIdOf } from "../environment.js";
import { checkExportsUnused } from "../exports.js";
import { operations } from "../operations-under-way.js";
import { plan } from "../plan.js";
import {
  checkCanStart,
  checkStackName,
  findStack,
  getStack,
  type Operation,
  type Stack,
  type StackSource,
  stackNames,
  stackResources,
  stacks,
} from "../stack.js";
import { invalidTemplate } from "../template/errors.js";
import type { Parameter } from "../template/parameters.js";
import type { Template } from "../template/template.js";
import { readSource, templateOf } from "./source.js";
import { spec, startOperation } from "./start.js";

type Cfn = typeof import("@aws-sdk/client-cloudformation");

const PAGE = 100;

/** Statuses in which a stack can be updated. */
export const UPDATABLE = [
  "CREATE_COMPLETE",
  "UPDATE_COMPLETE",
  "UPDATE_ROLLBACK_COMPLETE",
  "IMPORT_COMPLETE",
  "IMPORT_ROLLBACK_COMPLETE",
  "UPDATE_FAILED",
  "CREATE_FAILED",
];

/** A parent that the engine itself hands on; clients cannot. */
interface NestedInput {
  ParentStackId?: string;
}

export const createStack: Handler<Cfn, "CreateStack"> = async (input, ctx) => {
  const name = checkStackName(input.StackName);
  checkUnused(ctx, name);
  const id = stackIdOf(ctx, name);
  const { source, template } = await readSource(ctx, input, { id, name });
  const existing = checkUnused(ctx, name);
  const parent = (input as NestedInput).ParentStackId;
  const parentStack = parent === undefined ? undefined : findStack(ctx, parent);
  const stack = newStack(ctx, name, source, template, existing?.id ?? id, {
    status: "CREATE_IN_PROGRESS",
    timeoutMinutes: input.TimeoutInMinutes,
    terminationProtection: input.EnableTerminationProtection ?? false,
    disableRollback: input.DisableRollback ?? false,
    stackPolicy: input.StackPolicyBody,
    parentId: parentStack?.id,
    rootId: parentStack && (parentStack.rootId ?? parentStack.id),
    operation: {
      kind: "create",
      principal: ctx.principal,
      clientRequestToken: input.ClientRequestToken,
      onFailure: input.OnFailure as Operation["onFailure"],
    },
  });
  startOperation(ctx, { ...stack, statusReason: "User Initiated" });
  return { StackId: stack.id };
};

/** @returns the stack in review that has the name, if one does */
function checkUnused(ctx: Context, name: string): Stack | undefined {
  const existing = findStack(ctx, name);
  if (!existing || existing.status === "REVIEW_IN_PROGRESS") return existing;
  throw new AwsError("AlreadyExistsException", `Stack [${name}] already exists`);
}

/** A stack as it is stored when it is first heard of. */
export function newStack(
  ctx: Context,
  name: string,
  source: StackSource,
  template: Template,
  id: string,
  more: Partial<Stack> & { status: string },
): Stack {
  return {
    ...source,
    id,
    name,
    createdAt: ctx.now(),
    description: template.description,
    outputs: [],
    terminationProtection: false,
    disableRollback: false,
    ...more,
  };
}

export const updateStack: Handler<Cfn, "UpdateStack"> = async (input, ctx) => {
  const before = getStack(ctx, input.StackName);
  checkCanStart(before, ...UPDATABLE);
  const { source, template } = await readSource(ctx, input, before, before);
  const stack = getStack(ctx, before.id);
  checkCanStart(stack, ...UPDATABLE);
  if (!hasChanges(ctx, stack, source, template)) throw invalidTemplate("No updates are to be performed.");
  startUpdate(ctx, stack, source, template, {
    disableRollback: input.DisableRollback,
    clientRequestToken: input.ClientRequestToken,
  });
  return { StackId: stack.id };
};

/** Begins an update of a stack to a new source. */
export function startUpdate(
  ctx: Context,
  stack: Stack,
  source: StackSource,
  template: Template,
  options: { disableRollback?: boolean | undefined; clientRequestToken?: string | undefined; changeSetId?: string },
): void {
  // After an update that failed and was left so, what there is to go back to is still what was before it.
  const pending = stack.status === "UPDATE_FAILED" ? stack.operation?.previous : undefined;
  startOperation(ctx, {
    ...stack,
    ...source,
    description: template.description,
    status: "UPDATE_IN_PROGRESS",
    statusReason: "User Initiated",
    updatedAt: ctx.now(),
    disableRollback: options.disableRollback ?? false,
    changeSetId: options.changeSetId ?? stack.changeSetId,
    operation: {
      kind: "update",
      principal: ctx.principal,
      clientRequestToken: options.clientRequestToken,
      previous: pending ?? sourceOf(stack),
    },
  });
}

/** What a stack is made of, and what it puts out. */
function sourceOf(stack: Stack): StackSource & { outputs: Stack["outputs"] } {
  const { templateBody, processedBody, parameters, tags, capabilities, notificationArns, roleArn, outputs } = stack;
  return { templateBody, processedBody, parameters, tags, capabilities, notificationArns, roleArn, outputs };
}

/** The changes that take a stack to a source. */
export function changesOf(
  ctx: Context,
  stack: Pick<Stack, "id" | "name" | "parameters" | "tags">,
  source: StackSource,
  template: Template,
) {
  const current = ctx.table(stackResources).rows({ prefix: [stack.id] });
  const before = new Map(stack.parameters.map(({ key, value }) => [key, value]));
  return plan(ctx.memory(spec), {
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
  // Differs from AWS: a creation under way is not broken off; the deletion begins when it has ended.
  if (found.status !== "REVIEW_IN_PROGRESS") await ctx.memory(operations).ended(found.id);
  const stack = getStack(ctx, found.id);
  checkExportsUnused(ctx, stack);
  startOperation(ctx, {
    ...stack,
    status: "DELETE_IN_PROGRESS",
    statusReason: "User Initiated",
    operation: {
      kind: "delete",
      principal: ctx.principal,
      clientRequestToken: input.ClientRequestToken,
      retain: input.RetainResources,
    },
  });
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
    RollbackConfiguration: {},
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

export const setStackPolicy: Handler<Cfn, "SetStackPolicy"> = (input, ctx) => {
  const stack = getStack(ctx, input.StackName);
  if (input.StackPolicyBody === undefined) throw invalidTemplate("brume takes a stack policy as StackPolicyBody only.");
  ctx.table(stacks).put([stack.id], { ...stack, stackPolicy: input.StackPolicyBody });
  return {};
};

export const getStackPolicy: Handler<Cfn, "GetStackPolicy"> = (input, ctx) => ({
  StackPolicyBody: getStack(ctx, input.StackName).stackPolicy,
});

/** Forgets a stack that was never made. */
export function forgetStack(ctx: Context, stack: Stack): void {
  ctx.table(stackNames).delete(stack.name);
  ctx.table(stacks).delete(stack.id);
}
