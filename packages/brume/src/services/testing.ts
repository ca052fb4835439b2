/** For tests of services: runs resource providers as the engine would, and chooses at random, the same at every run. */
import type { RunningCloud } from "../index.js";
import { rootOf } from "../kernel/principal.js";
import type { Properties, ResourceContext } from "../kernel/resource.js";
import type { Service } from "../kernel/service.js";

let count = 0;

/** A context for one resource; the name it gives is new at every call. */
export function resourceContext(cloud: RunningCloud, type: string): ResourceContext {
  const name = `stack-thing-${count++}`;
  return {
    type,
    account: cloud.account,
    region: cloud.region,
    partition: "aws",
    urlSuffix: "amazonaws.com",
    stackId: "arn:aws:cloudformation:us-east-1:000000000000:stack/stack/1",
    stackName: "stack",
    logicalId: "Thing",
    path: undefined,
    token: name,
    signal: new AbortController().signal,
    now: () => cloud.clock.now(),
    wait: async () => {},
    call: (service, operation, input, { region = cloud.region } = {}) =>
      cloud.kernel.call(service, operation, input, {
        account: cloud.account,
        region,
        principal: rootOf(cloud.account),
      }),
    physicalName: ({ prefix = "", suffix = "", alphanumeric = false } = {}) =>
      prefix + (alphanumeric ? name.replaceAll("-", "") : name) + suffix,
  };
}

/** A resource type of a service, to be created, read, updated, deleted and listed. */
export async function resourceType(cloud: RunningCloud, service: Service, type: string) {
  const load = service.resources[type];
  if (!load) throw new Error(`There is no ${type}.`);
  const { default: provider } = await load();
  return {
    create: (desired: Properties) => provider.create(desired, resourceContext(cloud, type)),
    read: (actual: Properties) => provider.read(actual, resourceContext(cloud, type)),
    update: (desired: Properties, actual: Properties, previous: Properties) =>
      provider.update(desired, actual, resourceContext(cloud, type), previous),
    list: () => provider.list(resourceContext(cloud, type)),
    /** Deletes twice: what is gone already is no error. */
    async delete(actual: Properties): Promise<void> {
      await provider.delete(actual, resourceContext(cloud, type));
      await provider.delete(actual, resourceContext(cloud, type));
    },
  };
}

/** Numbers that look random and are the same at every run with the same seed. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 (inclusive) to `limit` (exclusive). */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  /** One of some things; `undefined` where there are none. */
  pick<T>(things: readonly T[]): T | undefined {
    return things[this.below(Math.max(1, things.length))];
  }
}
