/** Reads template values, which may be text where numbers or booleans are meant. */
import { orUndefined } from "../../../kernel/errors.js";
import type { Json, Properties } from "../../../kernel/resource.js";

/** The members of an object, those that are named as numbers and those that say so as booleans. */
export function typed(value: Json | undefined, numbers: readonly string[]): Properties {
  return Object.fromEntries(
    Object.entries((value ?? {}) as Properties).map(([name, member]) => {
      if (numbers.includes(name)) return [name, Number(member)];
      return [name, member === "true" || member === "false" ? member === "true" : member];
    }),
  );
}

/** What a call answers; `undefined` when what it asks for is gone. */
export const ifThere = <T>(call: Promise<T>): Promise<T | undefined> => orUndefined(call, "ResourceNotFoundException");
