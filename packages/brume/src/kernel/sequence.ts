/** Numbers that only grow: what orders messages, versions and batches. */
import { type Cloud, defineMemory, type MemoryDefinition } from "./cloud.js";

/** Numbers things so that later ones are higher, across restarts too. */
export class Sequence {
  #last = 0;
  readonly #cloud: Cloud;
  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }
  next(): number {
    this.#last = Math.max(this.#last + 1, Math.floor(this.#cloud.clock.now()) * 1024);
    return this.#last;
  }
}

/** Declares a sequence of a service's own. */
export const defineSequence = (name: string): MemoryDefinition<Sequence> =>
  defineMemory(name, (cloud) => new Sequence(cloud));
