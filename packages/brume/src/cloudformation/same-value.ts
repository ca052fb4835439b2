/** When two property values are the same to a resource. */
import type { Json } from "../kernel/resource.js";

/** Whether two values are the same to a resource: scalars by their text, maps whatever the order of their keys. */
export function sameValue(a: Json | undefined, b: unknown): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a === null || b === null) return false;
  if (typeof a !== "object" || typeof b !== "object")
    return typeof a !== "object" && typeof b !== "object" && String(a) === String(b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), b as Record<string, Json>];
  return (
    left.length === Object.keys(right).length &&
    left.every(([key, value]) => Object.hasOwn(right, key) && sameValue(value as Json, right[key]))
  );
}
