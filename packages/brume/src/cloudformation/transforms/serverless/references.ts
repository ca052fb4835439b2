/** Rewrites what a document says of resources that an expansion renamed or made. */
import type { Json } from "../../../kernel/resource.js";
import { isObject, type JsonObject } from "../../template/template.js";
import { listOf } from "./plain.js";

/** What a name stands for: `[id, rest of the name]`, or undefined where it stays as it is. */
type Renaming = (parts: readonly string[]) => readonly string[] | undefined;

/** A document with the references to `<id>.<name>` turned into references to what was made, such as a function's alias. */
export function resolveReferable(value: Json, referable: ReadonlyMap<string, Record<string, string>>): Json {
  return rewrite(value, ([id = "", name = "", ...rest]) => {
    const names = referable.get(id);
    const made = names && Object.hasOwn(names, name) ? names[name] : undefined;
    return made === undefined ? undefined : [made, ...rest];
  });
}

/** A document with references to renamed resources following them. */
export function resolveRenamed(value: Json, renamed: ReadonlyMap<string, string>): Json {
  return rewrite(value, ([id = "", ...rest]) => {
    const made = renamed.get(id);
    return made === undefined ? undefined : [made, ...rest];
  });
}

function rewrite(value: Json, rename: Renaming): Json {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, rename));
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  if (keys.length === 1) {
    const { Ref: name, "Fn::GetAtt": attribute, "Fn::Sub": text } = value;
    if (typeof name === "string") return { Ref: renamedName(name, rename) };
    if (Array.isArray(attribute) && attribute.length > 1 && attribute.every((part) => typeof part === "string")) {
      const parts = rename(attribute.join(".").split("."));
      return { "Fn::GetAtt": parts ? [...parts] : attribute };
    }
    if (text !== undefined) return { "Fn::Sub": rewriteSub(text, rename) };
  }
  const result: JsonObject = {};
  for (const key of keys) result[key] = rewrite(value[key] as Json, rename);
  return result;
}

function renamedName(name: string, rename: Renaming): string {
  return rename(name.split("."))?.join(".") ?? name;
}

function rewriteSub(argument: Json, rename: Renaming): Json {
  const inText = (text: string) =>
    text.replace(/\$\{([A-Za-z0-9.]+)\}/g, (_, name: string) => `\${${renamedName(name, rename)}}`);
  if (typeof argument === "string") return inText(argument);
  if (!Array.isArray(argument) || typeof argument[0] !== "string") return rewrite(argument, rename);
  return [inText(argument[0]), ...argument.slice(1).map((item) => rewrite(item, rename))];
}

/** Replaces a logical id in what resources say they depend on, by the ids that were made for it; in place. */
export function replaceDependency(resources: JsonObject, id: string, made: readonly string[]): void {
  for (const resource of Object.values(resources)) {
    if (!isObject(resource) || resource.DependsOn === undefined) continue;
    const before = listOf(resource.DependsOn);
    if (!before.includes(id)) continue;
    const after = [...new Set([...before.filter((name) => name !== id), ...made])];
    resource.DependsOn = typeof resource.DependsOn === "string" && after.length === 1 ? (after[0] as Json) : after;
  }
}
