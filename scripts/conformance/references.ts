/** Finds things in a template's document, wherever they stand. */

import { referencesIn } from "../../packages/brume/src/cloudformation/template/references.js";
import { isObject, type JsonObject } from "../../packages/brume/src/cloudformation/template/template.js";
import type { Json } from "../../packages/brume/src/kernel/resource.js";

/** Every object within a value, the value itself first. */
export function* objectsIn(value: Json | undefined): IterableIterator<JsonObject> {
  if (typeof value !== "object" || value === null) return;
  if (isObject(value)) yield value;
  for (const item of Object.values(value)) yield* objectsIn(item as Json);
}

/**
 * The value with each object within it replaced by what `change` makes of it, innermost first. It is told the name of the
 * property that the object is the value of, whatever its conditions.
 */
export function mapObjects(value: Json, change: (object: JsonObject, key: string) => Json, key = ""): Json {
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, change, key));
  if (!isObject(value)) return value;
  const inner = Object.entries(value).map(([name, item]): [string, Json] => [
    name,
    mapObjects(item, change, name === "Fn::If" ? key : name),
  ]);
  return change(Object.fromEntries(inner), key);
}

/** The resources of a document, but for its loops. */
export function resourcesOf(document: JsonObject): [id: string, resource: JsonObject][] {
  const resources = isObject(document.Resources) ? document.Resources : {};
  return Object.entries(resources).filter(
    (entry): entry is [string, JsonObject] => isObject(entry[1]) && !entry[0].startsWith("Fn::"),
  );
}

/** The attributes of each resource that a document reads. */
export function attributesRead(document: JsonObject): Map<string, Set<string>> {
  const read = new Map<string, Set<string>>();
  for (const { kind, name, attribute } of referencesIn(document)) {
    if (kind !== "GetAtt" || attribute === undefined) continue;
    read.set(name, (read.get(name) ?? new Set()).add(attribute));
  }
  return read;
}
