/** Turns the properties of templates into the members of ECR's operations, and back: they differ in their first letter. */
import type { Json } from "../../../kernel/resource.js";

function renamed(value: Json, rename: (name: string) => string): Json {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [rename(name), renamed(member, rename)]));
}

/** `{ Rules: [{ ScanFrequency }] }` as `{ rules: [{ scanFrequency }] }`. */
export const toMembers = (value: Json): Json => renamed(value, (name) => name.charAt(0).toLowerCase() + name.slice(1));

/** The other way. */
export const toProperties = (value: Json): Json =>
  renamed(value, (name) => name.charAt(0).toUpperCase() + name.slice(1));
