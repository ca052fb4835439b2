/** A stack while an operation is performed on it: its resources in memory, and every change of them in the store. */
import type { Context } from "../kernel/context.js";
import { forgetCalls } from "../kernel/journal.js";
import { recordEvent } from "./events.js";
import {
  type Cleanup,
  cleanups,
  resourcesBefore,
  type Stack,
  type StackResource,
  stackResources,
  stacks,
} from "./stack.js";
import { canFollow, type RestingStatus, type StackStatus } from "./stack-statuses.js";

export class StackState {
  readonly ctx: Context;
  readonly resources: Map<string, StackResource>;
  #stack: Stack;

  constructor(ctx: Context, stack: Stack) {
    this.ctx = ctx;
    this.#stack = stack;
    const rows = ctx.table(stackResources).rows({ prefix: [stack.id] });
    this.resources = new Map(rows.map((resource) => [resource.logicalId, resource]));
  }

  get stack(): Stack {
    return this.#stack;
  }

  /**
   * Whether the cloud is going down. What fails then fails for that reason: nothing of it is stored, and the next start
   * goes on from what was.
   */
  get #closing(): boolean {
    return this.ctx.cloud.closing;
  }

  putStack(stack: Stack): void {
    if (this.#closing) return;
    this.#stack = stack;
    this.ctx.table(stacks).put([stack.id], stack);
    this.ctx.publish();
  }

  setStatus(status: StackStatus, reason?: string): void {
    if (this.#closing) return;
    if (!canFollow(this.#stack.status, status))
      throw new Error(`Stack ${this.#stack.name} cannot go from ${this.#stack.status} to ${status}.`);
    this.#stack = { ...this.#stack, status, statusReason: reason?.trim() };
    recordEvent(this.ctx, this.#stack, undefined);
    this.putStack(this.#stack);
  }

  /** Sets a status in which the stack rests. */
  finish(status: RestingStatus, reason?: string): void {
    this.setStatus(status, reason);
    // A rollback that failed, or was never begun, still has to know what to go back to.
    if (status === "UPDATE_ROLLBACK_FAILED" || status === "UPDATE_FAILED") return;
    const { operation: _, ...rest } = this.#stack;
    this.putStack(rest);
  }

  /** Stores a resource, with an event where its status has changed. */
  put(resource: StackResource, withEvent = false): void {
    if (this.#closing) return;
    const stamped = { ...resource, updatedAt: this.ctx.now() };
    this.resources.set(resource.logicalId, stamped);
    this.ctx.table(stackResources).put([this.#stack.id, resource.logicalId], stamped);
    if (withEvent) recordEvent(this.ctx, this.#stack, stamped);
    // A step that has ended is not repeated.
    if (!resource.status.endsWith("_IN_PROGRESS")) forgetCalls(this.ctx, [this.#stack.id, resource.logicalId]);
    this.ctx.publish();
  }

  /** Records what happens to a physical resource that is the stack's no longer. */
  event(resource: StackResource): void {
    if (this.#closing) return;
    recordEvent(this.ctx, this.#stack, resource);
    this.ctx.publish();
  }

  remove(id: string): void {
    if (this.#closing) return;
    this.resources.delete(id);
    forgetCalls(this.ctx, [this.#stack.id, id]);
    this.ctx.table(stackResources).delete(this.#stack.id, id);
    this.ctx.publish();
  }

  /** Forgets a resource that is left where it is. */
  letGo({ logicalId, generation }: StackResource): void {
    const nextGenerations = { ...this.#stack.nextGenerations, [logicalId]: generation + 1 };
    this.putStack({ ...this.#stack, nextGenerations });
    this.remove(logicalId);
  }

  // The resources as they were before an update.

  get remembersResources(): boolean {
    return this.ctx.table(resourcesBefore).count({ prefix: [this.#stack.id] }) > 0;
  }

  rememberResources(): void {
    if (this.remembersResources) return;
    const table = this.ctx.table(resourcesBefore);
    for (const resource of this.resources.values()) table.put([this.#stack.id, resource.logicalId], resource);
    this.ctx.publish();
  }

  rememberedResources(): Map<string, StackResource> {
    const rows = this.ctx.table(resourcesBefore).rows({ prefix: [this.#stack.id] });
    return new Map(rows.map((resource) => [resource.logicalId, resource]));
  }

  forgetResources(): void {
    const table = this.ctx.table(resourcesBefore);
    for (const { logicalId } of table.rows({ prefix: [this.#stack.id] })) table.delete(this.#stack.id, logicalId);
    this.ctx.publish();
  }

  // Physical resources that the cleanup deletes.

  addCleanup(resource: StackResource, retained: boolean): void {
    const cleanup: Cleanup = { resource, retained };
    this.ctx.table(cleanups).put([this.#stack.id, resource.logicalId, resource.generation], cleanup);
  }

  dropCleanup(resource: StackResource): void {
    this.ctx.table(cleanups).delete(this.#stack.id, resource.logicalId, resource.generation);
    forgetCalls(this.ctx, [this.#stack.id, resource.logicalId]);
    this.ctx.publish();
  }

  cleanups(): Cleanup[] {
    return this.ctx.table(cleanups).rows({ prefix: [this.#stack.id] });
  }
}
