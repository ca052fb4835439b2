/**
 * What the calls of a piece of work answered. Each answer is stored together with what the call wrote, so that work which
 * a killed process left half done can be begun anew: calls that were made are not made again, their answers are.
 */
import { Readable } from "node:stream";
import type { CallOptions } from "./cloud.js";
import type { Context } from "./context.js";
import { defineTable, type Transaction } from "./store.js";

interface Answer {
  /** The call that it answers: work that takes another way the second time is not answered by the first. */
  readonly call: string;
  readonly output: unknown;
}

/** [...key of the work, number of the call] */
const answers = defineTable<Answer>("kernel/journal", "cloud");
/** [...key of the work]: how many numbers its answers may have, so that they are found without a search. */
const lengths = defineTable<number>("kernel/journal-lengths", "cloud");

/** Calls that change nothing are made again. */
const READS = /^(?:Describe|Get|Head|List|BatchGet|Search|Select|Lookup)/;

/** The calls of one piece of work, in the order in which it makes them. */
export class Journal {
  readonly #ctx: Context;
  readonly #key: readonly string[];
  #made = 0;

  /** @param key names the work: the same for each attempt at it */
  constructor(ctx: Context, key: readonly string[]) {
    this.#ctx = ctx;
    this.#key = key;
  }

  /** Performs an operation, or answers what it answered in an earlier attempt. */
  async call<Output>(
    service: string,
    operation: string,
    input: object,
    options: Partial<CallOptions>,
  ): Promise<Output> {
    if (READS.test(operation)) return this.#ctx.call<Output>(service, operation, input, options);
    const number = this.#made++;
    const place = [...this.#key, number] as const;
    const call = describe(service, operation, input);
    const earlier = this.#ctx.table(answers).get(...place);
    if (earlier?.call === call) return earlier.output as Output;
    const record = (transaction: Transaction, output: unknown) => {
      const storable = !Object.values((output ?? {}) as object).some((value) => value instanceof Readable);
      if (!storable) return;
      transaction.table(answers, "", "").put(place, { call, output });
      const known = transaction.table(lengths, "", "");
      // Calls that are made at once need not end in order.
      known.put(this.#key, Math.max(number + 1, known.get(...this.#key) ?? 0));
    };
    return this.#ctx.call<Output>(service, operation, input, { ...options, record });
  }
}

/** Forgets the calls of a piece of work that is done. */
export function forgetCalls(ctx: Context, key: readonly string[]): void {
  const length = ctx.table(lengths).get(...key) ?? 0;
  for (let number = 0; number < length; number++) ctx.table(answers).delete(...key, number);
  if (length > 0) ctx.table(lengths).delete(...key);
}

/** A call as far as it has to be told from others: bytes and streams by their sizes. */
function describe(service: string, operation: string, input: object): string {
  return JSON.stringify([service, operation, input], (_, value: unknown) => {
    if (value instanceof Readable) return "stream";
    if (value instanceof Uint8Array) return value.length;
    return value;
  });
}
