/** Reads identifiers and attributes out of a resource's model, as its schema says. */
import type { Json, Properties } from "../../kernel/resource.js";
import type { ResourceSchema } from "./spec.js";

/** The value at a path of names, parted by `.` or `/`; the whole path may also be one key. */
export function valueAt(model: Properties, path: string): Json | undefined {
  if (Object.hasOwn(model, path)) return model[path];
  let value: Json | undefined = model;
  for (const name of path.split(/[./]/)) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined;
    value = value[name];
  }
  return value;
}

/** What `Ref` returns for a resource of a schema; `undefined` when the model lacks it. */
export function refOf(schema: ResourceSchema, model: Properties): string | undefined {
  const parts = schema.ref.map((path) => valueAt(model, path));
  if (parts.length === 0 || parts.some((part) => part === undefined || part === null)) return undefined;
  return parts.map(String).join("|");
}

/** A resource's primary identifier, its parts joined by `|`; `undefined` when the model lacks one. */
export function primaryIdentifierOf(schema: ResourceSchema, model: Properties): string | undefined {
  const parts = schema.primaryIdentifier.map((path) => valueAt(model, path));
  return parts.some((part) => part === undefined || part === null) ? undefined : parts.map(String).join("|");
}

/** The model of which nothing is known but its primary identifier; `undefined` when that has another number of parts. */
export function modelOfIdentifier(schema: ResourceSchema, identifier: string): Properties | undefined {
  const paths = schema.primaryIdentifier;
  const parts = paths.length === 1 ? [identifier] : identifier.split("|");
  if (parts.length !== paths.length || parts.includes("")) return undefined;
  return Object.fromEntries(paths.map((path, index) => [path, parts[index] as string]));
}
