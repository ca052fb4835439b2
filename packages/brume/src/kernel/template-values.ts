/** Reads the values of templates, which may be text where numbers or booleans are meant. */
import type { Json, Properties } from "./resource.js";

export const toNumber = (value: Json | undefined): number | undefined =>
  value === undefined || value === null ? undefined : Number(value);

export const toBoolean = (value: Json | undefined): boolean | undefined =>
  value === undefined || value === null ? undefined : String(value) === "true";

export const toText = (value: Json | undefined): string | undefined =>
  value === undefined || value === null ? undefined : String(value);

/** A model without the members that have no value. */
export function defined(model: Record<string, unknown>): Properties {
  return Object.fromEntries(
    Object.entries(model).filter(([, value]) => value !== undefined && value !== null),
  ) as Properties;
}

/** Whether two property values are the same. */
export const same = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

interface Tag {
  Key: string;
  Value: string;
}

/** The tags that a template gives, their values as text. */
export const tagsOf = ({ Tags }: Properties): Tag[] =>
  ((Tags ?? []) as unknown as Tag[]).map(({ Key, Value }) => ({ Key, Value: String(Value) }));
