/** Values between templates, where numbers and booleans may be text, and the typed form of the API. */
import type { Json } from "../../../kernel/resource.js";

/** A document of a template. */
export type Document = { readonly [name: string]: Json };

/** A date, which templates write in ISO 8601. */
export function date(value: Json | undefined): Date | undefined {
  return value === undefined || value === null ? undefined : new Date(String(value));
}

/** As a template would write it: without what is undefined, dates as text. */
export function plain(value: unknown): Json | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** A filter of a prefix and tags as the API has it: alone, or joined by `And`. */
export function filterToApi(prefix: Json | undefined, tags: Json | undefined, more: object = {}): object | undefined {
  const list = ((tags ?? []) as { Key: string; Value: string }[]).map(({ Key, Value }) => ({
    Key: String(Key),
    Value: String(Value),
  }));
  const others = Object.entries(more).filter(([, value]) => value !== undefined);
  const count = (prefix === undefined ? 0 : 1) + list.length + others.length;
  if (count === 0) return undefined;
  if (count > 1) return { And: { Prefix: prefix, Tags: list.length > 0 ? list : undefined, ...more } };
  if (prefix !== undefined) return { Prefix: prefix };
  return list[0] ? { Tag: list[0] } : Object.fromEntries(others);
}

/** What a filter of the API holds. */
export interface ApiFilter {
  readonly Prefix?: string;
  readonly Tag?: Json;
  readonly ObjectSizeGreaterThan?: number;
  readonly ObjectSizeLessThan?: number;
  readonly And?: {
    readonly Prefix?: string;
    readonly Tags?: Json[];
    readonly ObjectSizeGreaterThan?: number;
    readonly ObjectSizeLessThan?: number;
  };
}

/** The prefix and tags of a filter of the API. */
export function filterFromApi(filter: ApiFilter | undefined) {
  const tags = filter?.And?.Tags ?? (filter?.Tag ? [filter.Tag] : undefined);
  return {
    Prefix: filter?.And?.Prefix ?? filter?.Prefix,
    TagFilters: tags,
    ObjectSizeGreaterThan: filter?.And?.ObjectSizeGreaterThan ?? filter?.ObjectSizeGreaterThan,
    ObjectSizeLessThan: filter?.And?.ObjectSizeLessThan ?? filter?.ObjectSizeLessThan,
  };
}
