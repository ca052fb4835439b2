/**
 * `AWS::LanguageExtensions`: `Fn::ForEach`, and functions in deletion policies and as names. The transform's other functions are functions
 * of the engine itself.
 */
import type { Json } from "../../kernel/resource.js";
import { invalidTemplate } from "../template/errors.js";
import { isObject, type JsonObject } from "../template/template.js";

const POLICIES = ["DeletionPolicy", "UpdateReplacePolicy"];
const PREFIX = "Fn::ForEach::";
const MAX_ITEMS = 1000;
/** How often the loops of a template go round, those within others each time anew. */
const MAX_ROUNDS = 5000;

/** How many rounds are left. */
interface Budget {
  rounds: number;
}

/** Turns the collection of a loop into its items. */
export type Collection = (expression: Json) => readonly Json[];

/** Replaces every loop by what it makes. @throws AwsError `ValidationError` for a loop that is not well-formed */
export function expandLoops(value: Json, collection: Collection, budget: Budget = { rounds: MAX_ROUNDS }): Json {
  if (Array.isArray(value)) return value.map((item) => expandLoops(item, collection, budget));
  if (!isObject(value)) return value;
  const expanded = new Map<string, Json>();
  for (const [key, item] of Object.entries(value)) {
    const made = key.startsWith(PREFIX)
      ? expandLoop(key, item, collection, budget)
      : [[key, expandLoops(item, collection, budget)] as const];
    for (const [name, body] of made) {
      if (expanded.has(name)) throw invalidTemplate(`Fn::ForEach makes ${name} more than once.`);
      expanded.set(name, body);
    }
  }
  return Object.fromEntries(expanded);
}

/** Replaces functions in the policies of resources by what they come to. */
export function resolvePolicies(document: JsonObject, evaluate: (expression: Json) => unknown): JsonObject {
  if (!isObject(document.Resources)) return document;
  const resolved = Object.entries(document.Resources).map(([id, resource]): [string, Json] => {
    if (!isObject(resource)) return [id, resource as Json];
    const policies = POLICIES.filter((name) => isObject(resource[name])).map((name) => {
      const value = evaluate(resource[name] as Json);
      if (typeof value !== "string") throw invalidTemplate(`Template format error: ${name} of ${id} must be a string.`);
      return [name, value];
    });
    return [id, { ...resource, ...Object.fromEntries(policies) }];
  });
  return { ...document, Resources: Object.fromEntries(resolved) };
}

function expandLoop(key: string, loop: Json, collection: Collection, budget: Budget): Map<string, Json> {
  const [identifier, items, body] = Array.isArray(loop) ? loop : [];
  if (typeof identifier !== "string" || items === undefined || !isObject(body)) {
    throw invalidTemplate(`${key} layout is incorrect: it takes an identifier, a collection and an output.`);
  }
  const values = collection(items);
  if (values.length > MAX_ITEMS) throw invalidTemplate(`${key} has more than ${MAX_ITEMS} items.`);
  const made = new Map<string, Json>();
  for (const value of values) {
    if (typeof value === "object") throw invalidTemplate(`${key} has a collection whose items are no strings.`);
    if (--budget.rounds < 0) throw invalidTemplate(`${key} makes more than a template may hold.`);
    // The inner loops see the identifier too: it is replaced before they run.
    const replaced = substitute(body, identifier, String(value)) as JsonObject;
    for (const [name, item] of Object.entries(expandLoops(replaced, collection, budget) as JsonObject)) {
      if (made.has(name)) throw invalidTemplate(`${key} makes ${name} more than once.`);
      made.set(name, item);
    }
  }
  return made;
}

/** Computes the arguments of `Ref` and `Fn::GetAtt`, which may be functions where the transform is used. */
export function resolveNames(value: Json, evaluate: (expression: Json) => unknown): Json {
  if (Array.isArray(value)) return value.map((item) => resolveNames(item, evaluate));
  if (!isObject(value)) return value;
  const name = (expression: Json, of: string): Json => {
    if (!isObject(expression)) return expression;
    const text = evaluate(expression);
    if (typeof text !== "string") throw invalidTemplate(`Template error: the arguments of ${of} must be strings.`);
    return text;
  };
  const entries = Object.entries(value).map(([key, item]): [string, Json] => {
    if (key === "Ref") return [key, name(item, key)];
    if (key === "Fn::GetAtt" && Array.isArray(item)) return [key, item.map((part) => name(part, key))];
    return [key, resolveNames(item, evaluate)];
  });
  return Object.fromEntries(entries);
}

/** Replaces `${Identifier}`, `&{Identifier}` (without what logical ids may not hold) and `Ref` of the identifier. */
function substitute(value: Json, identifier: string, text: string): Json {
  if (typeof value === "string") {
    return value
      .replaceAll(`\${${identifier}}`, text)
      .replaceAll(`&{${identifier}}`, text.replace(/[^A-Za-z0-9]/g, ""));
  }
  if (Array.isArray(value)) return value.map((item) => substitute(item, identifier, text));
  if (!isObject(value)) return value;
  if (value.Ref === identifier && Object.keys(value).length === 1) return text;
  const entries = Object.entries(value).map(([key, item]): [string, Json] => [
    substitute(key, identifier, text) as string,
    substitute(item, identifier, text),
  ]);
  return Object.fromEntries(entries);
}
