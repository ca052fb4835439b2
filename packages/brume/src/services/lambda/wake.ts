/** Lets one who waits for something new be told of it, or of the time, whichever comes first. */
import type { Cloud } from "../../kernel/cloud.js";

export class Wake {
  readonly #cloud: Cloud;
  readonly #signal: AbortSignal;
  #raised = false;
  #ring: (() => void) | undefined;

  /** @param signal ends all waiting */
  constructor(cloud: Cloud, signal: AbortSignal) {
    this.#cloud = cloud;
    this.#signal = signal;
  }

  /** Forgets what was told before: for one who is about to look. */
  clear(): void {
    this.#raised = false;
  }

  raise(): void {
    this.#raised = true;
    this.#ring?.();
  }

  /** Resolves when there was a call since the last `clear`, or at a time. Who waits does not count as in flight. */
  wait(until?: number): Promise<void> {
    if (this.#raised || this.#signal.aborted) return Promise.resolve();
    const { activity, clock } = this.#cloud;
    activity.leave();
    return new Promise((resolve) => {
      const done = () => {
        this.#ring = undefined;
        alarm?.cancel();
        this.#signal.removeEventListener("abort", done);
        activity.enter();
        resolve();
      };
      const alarm = until === undefined ? undefined : clock.alarm(until, done);
      this.#signal.addEventListener("abort", done, { once: true });
      this.#ring = done;
    });
  }
}
