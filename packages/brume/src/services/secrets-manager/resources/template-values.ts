/** Reads template values, which may be text where numbers or booleans are meant. */
import { orUndefined } from "../../../kernel/errors.js";
import type { Json, Properties } from "../../../kernel/resource.js";

export const toText = (value: Json | undefined): string | undefined =>
  value === undefined || value === null ? undefined : String(value);

/** The members of an object, those that are named as numbers and those that say so as booleans. */
export function typed(value: Json | undefined, numbers: readonly string[]): Properties {
  return Object.fromEntries(
    Object.entries((value ?? {}) as Properties).map(([name, member]) => {
      if (numbers.includes(name)) return [name, Number(member)];
      return [name, member === "true" || member === "false" ? member === "true" : member];
    }),
  );
}

/** A model without the members that have no value. */
export function defined(model: Record<string, unknown>): Properties {
  return Object.fromEntries(
    Object.entries(model).filter(([, value]) => value !== undefined && value !== null),
  ) as Properties;
}

/** What a call answers; `undefined` when what it asks for is gone. */
export const ifThere = <T>(call: Promise<T>): Promise<T | undefined> => orUndefined(call, "ResourceNotFoundException");

/** Whether two property values are the same. */
export const same = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);
