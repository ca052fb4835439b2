/** IAM's pages: MaxItems and Marker in, IsTruncated and Marker out. */
import { AwsError } from "../../kernel/errors.js";
import { check, type Tags, tagList } from "./entity.js";

const DEFAULT_ITEMS = 100;

export interface PageRequest {
  MaxItems?: number | undefined;
  Marker?: string | undefined;
}

/** One page of items that are in the order of their keys. A marker says after which key the next page begins. */
export function page<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { MaxItems: limit = DEFAULT_ITEMS, Marker: marker }: PageRequest,
): { items: T[]; IsTruncated: boolean; Marker: string | undefined } {
  check("maxItems", limit, { min: 1, max: 1000 });
  const after = marker === undefined ? undefined : Buffer.from(marker, "base64url").toString();
  if (after !== undefined && Buffer.from(after).toString("base64url") !== marker)
    throw new AwsError("ValidationError", `Invalid Marker.`);
  const sorted = [...items].sort((a, b) => compare(keyOf(a), keyOf(b)));
  const rest = after === undefined ? sorted : sorted.filter((item) => compare(keyOf(item), after) > 0);
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  const IsTruncated = rest.length > shown.length && last !== undefined;
  return {
    items: shown,
    IsTruncated,
    Marker: IsTruncated ? Buffer.from(keyOf(last)).toString("base64url") : undefined,
  };
}

/** A page of tags, as the operations that list them answer. */
export function tagPage(tags: Tags, input: PageRequest) {
  const { items, ...more } = page(tagList(tags), ({ Key }) => Key, input);
  return { Tags: items, ...more };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
