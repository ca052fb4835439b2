/** Stacks and their resources as they are stored. */

import type { Context } from "../kernel/context.js";
import { AwsError } from "../kernel/errors.js";
import type { Principal } from "../kernel/principal.js";
import type { Properties } from "../kernel/resource.js";
import { defineTable } from "../kernel/store.js";
import { canFollow, type MovingStatus, type StackStatus } from "./stack-statuses.js";
import { invalidTemplate } from "./template/errors.js";
import type { Parameter } from "./template/parameters.js";

/** What a stack is made of: all that an update replaces and a rollback brings back. */
export interface StackSource {
  readonly templateBody: string;
  /** The template after its transforms; absent where it has none. */
  readonly processedBody?: string;
  readonly description?: string;
  readonly parameters: readonly Parameter[];
  readonly tags: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  readonly notificationArns: readonly string[];
  readonly roleArn?: string;
}

export interface StackOutput {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
}

/** What is being done to a stack. It is stored, so that a cloud that was killed goes on with it. */
export interface Operation {
  readonly type: OperationType;
  /** Names the operation to those who ask for its events. */
  readonly id: string;
  readonly principal: Principal;
  readonly clientRequestToken?: string;
  readonly onFailure?: "ROLLBACK" | "DELETE" | "DO_NOTHING";
  /** Whether a rollback deletes what the operation made even where its policy is to retain it. */
  readonly retainExceptOnCreate?: boolean | undefined;
  /** Logical ids that a deletion leaves alone. */
  readonly retain?: readonly string[];
  /** Logical ids whose failure to be restored a rollback passes over. */
  readonly skip?: readonly string[];
  /** By logical id: the primary identifiers of resources that are there already, and are taken in instead of made. */
  readonly imports?: Readonly<Record<string, Properties>>;
  /** Whether resources that were changed behind the stack's back are brought back to what its template says. */
  readonly revertsDrift?: boolean;
  /** In force in place of the stack's own policy, while the operation lasts. */
  readonly stackPolicy?: string;
  /** When the watch for alarms that follows the changes ends, in ms since the epoch. */
  readonly monitoredUntil?: number;
  /** What the stack was made of before; a failed update goes back to it. */
  readonly previous?: StackSource & { outputs: readonly StackOutput[] };
}

/** Alarms that make an operation roll back, and for how long they are watched after its changes. */
export interface RollbackConfiguration {
  readonly triggers: readonly { readonly arn: string; readonly type: string }[];
  readonly monitoringMinutes: number;
}

export type OperationType =
  | "CONTINUE_ROLLBACK"
  | "CREATE_CHANGESET"
  | "CREATE_STACK"
  | "DELETE_STACK"
  | "ROLLBACK"
  | "UPDATE_STACK";

export interface Stack extends StackSource {
  readonly id: string;
  readonly name: string;
  readonly status: StackStatus;
  readonly statusReason?: string;
  readonly createdAt: number;
  readonly updatedAt?: number;
  readonly deletedAt?: number;
  readonly outputs: readonly StackOutput[];
  readonly changeSetId?: string;
  readonly parentId?: string;
  readonly rootId?: string;
  readonly timeoutMinutes?: number;
  readonly terminationProtection: boolean;
  readonly disableRollback: boolean;
  readonly stackPolicy?: string;
  readonly rollbackConfiguration?: RollbackConfiguration;
  /** By logical id: the generation of the next resource, where an earlier one is left behind and has its name. */
  readonly nextGenerations?: Readonly<Record<string, number>>;
  /** The operations that were begun last, the latest first. */
  readonly lastOperations?: readonly { readonly id: string; readonly type: OperationType }[];
  /** What the last drift detection found. */
  readonly drift?: { readonly status: "DRIFTED" | "IN_SYNC" | "NOT_CHECKED"; readonly at: number };
  readonly operation?: Operation;
}

/** A resource of a stack. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  /** What `Ref` returns. */
  readonly physicalId?: string;
  readonly status: string;
  readonly statusReason?: string;
  readonly updatedAt: number;
  /** The properties that the template asks for, evaluated. */
  readonly properties: Properties;
  /** The properties that an update asked for which failed: which of them the resource has nobody knows. */
  readonly attempted?: Properties | undefined;
  /** The properties that the resource has, with its attributes. */
  readonly model?: Properties;
  readonly path?: string;
  readonly metadata?: string;
  readonly deletionPolicy: string;
  readonly updateReplacePolicy: string;
  readonly dependsOn: readonly string[];
  /** Counts the physical resources that this logical one has had: part of their names. */
  readonly generation: number;
  /** Whether no service stands behind the type yet. */
  readonly modelled: boolean;
}

/** A physical resource that is to be deleted when the operation has succeeded (or been rolled back). */
export interface Cleanup {
  readonly resource: StackResource;
  /** Left where it is, by a policy. */
  readonly retained: boolean;
}

/** [stack id] */
export const stacks = defineTable<Stack>("cloudformation/stacks");
/** [stack name]: the id of the stack that has the name now. */
export const stackNames = defineTable<string>("cloudformation/stack-names");
/** [stack id, logical id] */
export const stackResources = defineTable<StackResource>("cloudformation/resources");
/** [stack id, logical id]: the resources as they were when the present operation began. */
export const resourcesBefore = defineTable<StackResource>("cloudformation/resources-before");
/** [stack id, number] */
export const cleanups = defineTable<Cleanup>("cloudformation/cleanups");
/** [export name] */
export const exports_ = defineTable<{ stackId: string; value: string }>("cloudformation/exports");
/** [export name, stack id] */
export const imports_ = defineTable<true>("cloudformation/imports");

const NAME = /^[a-zA-Z][-a-zA-Z0-9]{0,127}$/;

/** @throws AwsError `ValidationError` */
export function checkStackName(name: string | undefined): string {
  if (name === undefined)
    throw invalidTemplate(
      "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null",
    );
  if (NAME.test(name)) return name;
  throw invalidTemplate(
    `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
  );
}

/** A stack by its name, or by its id also when it has been deleted; `undefined` when there is none. */
export function findStack(ctx: Context, nameOrId: string): Stack | undefined {
  const id = nameOrId.startsWith("arn:") ? nameOrId : ctx.table(stackNames).get(nameOrId);
  return id === undefined ? undefined : ctx.table(stacks).get(id);
}

/** @throws AwsError `ValidationError` "Stack with id X does not exist" */
export function getStack(ctx: Context, nameOrId: string | undefined): Stack {
  if (!nameOrId)
    throw invalidTemplate(
      "1 validation error detected: Value null at 'stackName' failed to satisfy constraint: Member must not be null",
    );
  const stack = findStack(ctx, nameOrId);
  if (!stack) throw invalidTemplate(`Stack with id ${nameOrId} does not exist`);
  return stack;
}

/**
 * @param byParent whether it is the parent of a nested stack that begins: it may while the stack waits for it
 * @throws AwsError `ValidationError` for a status from which a stack cannot go to the one that an operation begins with
 */
export function checkCanStart(stack: Stack, to: MovingStatus, byParent = false): void {
  const rests = byParent || stack.status === "REVIEW_IN_PROGRESS" || !stack.status.endsWith("_IN_PROGRESS");
  if (!rests || !canFollow(stack.status, to)) throw notNow(stack);
}

/** The error for an operation that a stack's status does not allow. */
export const notNow = ({ id, status }: Stack): AwsError =>
  new AwsError("ValidationError", `Stack:${id} is in ${status} state and can not be updated.`);

/** The ARNs that a call on a stack touches, for authorization. */
export function stackArn(input: { StackName?: string | undefined }, ctx: Context): string {
  const name = input.StackName ?? "*";
  return name.startsWith("arn:") ? name : ctx.arn(`stack/${name}/*`, "cloudformation");
}

/** Forgets a stack that was never made. */
export function forgetStack(ctx: Context, stack: Stack): void {
  ctx.table(stackNames).delete(stack.name);
  ctx.table(stacks).delete(stack.id);
}
