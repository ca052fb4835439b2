/** Finds the resource and method that a request's path and verb mean. */
import type { Method, Resource } from "../tables.js";
import type { Single } from "./exchange.js";

export interface Route {
  readonly resource: Resource;
  readonly method: Method;
  readonly pathParameters: Single;
}

/** How closely each part of a resource's path says what it means: text before a variable before a greedy one. */
const rank = (part: string) => (part.endsWith("+}") ? 2 : part.startsWith("{") ? 1 : 0);

const partsOf = (path: string) => path.split("/").filter((part) => part !== "");

/** The route of a request; `undefined` where the API has none. */
export function matchRoute(resources: readonly Resource[], verb: string, path: string): Route | undefined {
  const parts = partsOf(path);
  const candidates = resources
    .map((resource) => ({ resource, pattern: partsOf(resource.path) }))
    .map((one) => ({ ...one, pathParameters: parametersOf(one.pattern, parts) }))
    .filter((one): one is typeof one & { pathParameters: Single } => one.pathParameters !== undefined)
    .sort((a, b) => compare(a.pattern, b.pattern));
  for (const { resource, pathParameters } of candidates) {
    const method = resource.resourceMethods[verb] ?? resource.resourceMethods.ANY;
    // A resource that matches but lacks the verb gives way to a less specific one that has it.
    if (method) return { resource, method, pathParameters };
  }
  return undefined;
}

function compare(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = rank(a[i] as string) - rank(b[i] as string);
    if (difference !== 0) return difference;
  }
  return b.length - a.length;
}

function parametersOf(pattern: readonly string[], parts: readonly string[]): Single | undefined {
  const parameters: Single = {};
  for (const [index, part] of pattern.entries()) {
    const value = parts[index];
    if (value === undefined) return undefined;
    if (rank(part) === 2) {
      parameters[part.slice(1, -2)] = parts.slice(index).join("/");
      return parameters;
    }
    if (rank(part) === 1) parameters[part.slice(1, -1)] = value;
    else if (part !== value && part !== decoded(value)) return undefined;
  }
  return pattern.length === parts.length ? parameters : undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
