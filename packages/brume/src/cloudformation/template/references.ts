/** What a value in a template refers to: other resources, parameters, attributes, conditions. */
import type { Json } from "../../kernel/resource.js";
import { declaredDependencies, isObject, type ResourceDefinition } from "./template.js";

export interface Reference {
  /** `Ref` and `Fn::Sub` of a name, `Fn::GetAtt` (and `Fn::Sub` with a dot), or the use of a condition. */
  readonly kind: "Ref" | "GetAtt" | "Condition";
  readonly name: string;
  readonly attribute?: string;
  /** The names that lead to it from where the search began. */
  readonly path: readonly string[];
}

/** Matches `${name}` and `${name.attribute}`, and `${!literal}` which is none. */
export const SUB_PATTERN = /\$\{(!?)([^${}]*)\}/g;

/** All references in a value. */
export function referencesIn(value: Json | undefined): Reference[] {
  const found: Reference[] = [];
  if (value !== undefined) collect(value, [], found);
  return found;
}

function collect(value: Json, path: readonly string[], found: Reference[]): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) collect(item, [...path, String(index)], found);
    return;
  }
  if (!isObject(value)) return;
  const keys = Object.keys(value);
  if (keys.length === 1) {
    const key = keys[0] as string;
    const argument = value[key] as Json;
    if (key === "Ref" && typeof argument === "string") found.push({ kind: "Ref", name: argument, path });
    else if (key === "Condition" && typeof argument === "string")
      found.push({ kind: "Condition", name: argument, path });
    else if (key === "Fn::GetAtt") collectAttribute(argument, path, found);
    else if (key === "Fn::Sub") collectSub(argument, path, found);
    else if (key === "Fn::If" && Array.isArray(argument) && typeof argument[0] === "string") {
      found.push({ kind: "Condition", name: argument[0], path });
    }
  }
  for (const key of keys) collect(value[key] as Json, [...path, key], found);
}

function collectAttribute(argument: Json, path: readonly string[], found: Reference[]): void {
  const [name, attribute] = attributeArgument(argument);
  if (name !== undefined) found.push({ kind: "GetAtt", name, attribute, path });
}

/** The resource and attribute of an `Fn::GetAtt`; the attribute is absent where it is itself a function. */
export function attributeArgument(argument: Json): [name: string | undefined, attribute: string | undefined] {
  if (typeof argument === "string") {
    const dot = argument.indexOf(".");
    return dot < 0 ? [argument, undefined] : [argument.slice(0, dot), argument.slice(dot + 1)];
  }
  if (!Array.isArray(argument) || typeof argument[0] !== "string") return [undefined, undefined];
  const rest = argument.slice(1);
  return [argument[0], rest.every((part) => typeof part === "string") ? rest.join(".") : undefined];
}

function collectSub(argument: Json, path: readonly string[], found: Reference[]): void {
  const text = Array.isArray(argument) ? argument[0] : argument;
  const variables = Array.isArray(argument) && isObject(argument[1]) ? argument[1] : {};
  if (typeof text !== "string") return;
  for (const [, literal, rawName] of text.matchAll(SUB_PATTERN)) {
    const name = (rawName ?? "").trim();
    if (literal || Object.hasOwn(variables, name)) continue;
    const dot = name.indexOf(".");
    if (dot < 0) found.push({ kind: "Ref", name, path });
    else found.push({ kind: "GetAtt", name: name.slice(0, dot), attribute: name.slice(dot + 1), path });
  }
}

/** The names of all that a resource needs before it can be made: what it refers to, and what it says it depends on. */
export function dependenciesOf(resource: ResourceDefinition): Set<string> {
  const names = new Set(declaredDependencies(resource));
  for (const { kind, name } of referencesIn(resource.Properties)) if (kind !== "Condition") names.add(name);
  for (const { kind, name } of referencesIn(resource.Metadata)) if (kind !== "Condition") names.add(name);
  return names;
}
