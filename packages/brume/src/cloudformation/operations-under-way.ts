/** The operations on stacks that this process is performing now. */
import { setMaxListeners } from "node:events";
import type { Activity } from "../kernel/activity.js";
import { defineMemory } from "../kernel/cloud.js";

/** Why an operation was given up. */
export type Cancellation = "user" | "timeout" | "deletion" | "closing";

/** All steps of an operation listen to it. */
function newCancel(): AbortController {
  const cancel = new AbortController();
  setMaxListeners(0, cancel.signal);
  return cancel;
}

class Operations {
  readonly #activity: Activity;
  readonly #underWay = new Map<string, { ended: Promise<void>; end: () => void; cancel: AbortController }>();

  constructor(activity: Activity) {
    this.#activity = activity;
  }

  /** Says that an operation on a stack is to come, or is under way; `end` is called when it is over. */
  begin(stackId: string): AbortSignal {
    const known = this.#underWay.get(stackId);
    if (known) return known.cancel.signal;
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const cancel = newCancel();
    this.#underWay.set(stackId, { ended, end, cancel });
    return cancel.signal;
  }

  end(stackId: string): void {
    const operation = this.#underWay.get(stackId);
    this.#underWay.delete(stackId);
    operation?.end();
  }

  /** Resolves when nothing is being done to a stack. */
  async ended(stackId: string): Promise<void> {
    const operation = this.#underWay.get(stackId);
    if (operation) await this.#activity.outside(operation.ended);
  }

  /** Lets what follows a cancelled operation, its rollback, run without being cancelled as well. */
  renew(stackId: string): void {
    const operation = this.#underWay.get(stackId);
    if (operation?.cancel.signal.aborted) operation.cancel = newCancel();
  }

  /** Gives up the operation on a stack: what waits in it ends. */
  cancel(stackId: string, why: Cancellation): void {
    this.#underWay.get(stackId)?.cancel.abort(why);
  }

  /** Why the operation on a stack was given up, if it was. */
  cancellation(stackId: string): Cancellation | undefined {
    const signal = this.#underWay.get(stackId)?.cancel.signal;
    return signal?.aborted ? (signal.reason as Cancellation) : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { cancel } of this.#underWay.values()) cancel.abort("closing" satisfies Cancellation);
  }
}

export const operations = defineMemory("cloudformation/operations", ({ activity }) => new Operations(activity));
