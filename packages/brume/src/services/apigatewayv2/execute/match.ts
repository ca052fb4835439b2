/** Finds the route that a request's method and path mean. See "Create routes for HTTP APIs". */
import type { Route } from "../tables.js";
import { decoded, type MatchedRoute, type Single } from "./exchange.js";

/** How closely a part of a path says what it means: text before a variable before a greedy one. */
const rank = (part: string) => (part.endsWith("+}") ? 2 : part.startsWith("{") ? 1 : 0);

const partsOf = (path: string) => path.split("/").slice(1);

interface Candidate extends MatchedRoute {
  readonly verb: string;
  readonly pattern: readonly string[];
}

/** A full match comes first, then one with a greedy variable, then `$default`; `undefined` where the API has none. */
export function matchRoute(routes: readonly Route[], method: string, path: string): MatchedRoute | undefined {
  const parts = partsOf(path);
  const candidates: Candidate[] = [];
  for (const route of routes) {
    const [verb = "", routePath] = route.RouteKey.split(" ");
    if (routePath === undefined || (verb !== "ANY" && verb !== method)) continue;
    const pattern = partsOf(routePath);
    const pathParameters = parametersOf(pattern, parts);
    if (pathParameters) candidates.push({ route, pathParameters, verb, pattern });
  }
  candidates.sort(compare);
  const [best] = candidates;
  if (best) return { route: best.route, pathParameters: best.pathParameters };
  const fallback = routes.find(({ RouteKey }) => RouteKey === "$default");
  return fallback && { route: fallback, pathParameters: {} };
}

const isGreedy = ({ pattern }: Candidate) => rank(pattern.at(-1) ?? "") === 2;

function compare(a: Candidate, b: Candidate): number {
  if (isGreedy(a) !== isGreedy(b)) return isGreedy(a) ? 1 : -1;
  for (let i = 0; i < Math.min(a.pattern.length, b.pattern.length); i++) {
    const difference = rank(a.pattern[i] as string) - rank(b.pattern[i] as string);
    if (difference !== 0) return difference;
  }
  if (a.pattern.length !== b.pattern.length) return b.pattern.length - a.pattern.length;
  return Number(a.verb === "ANY") - Number(b.verb === "ANY");
}

function parametersOf(pattern: readonly string[], parts: readonly string[]): Single | undefined {
  const parameters: Single = {};
  for (const [index, part] of pattern.entries()) {
    const value = parts[index];
    if (value === undefined) return undefined;
    if (rank(part) === 2) {
      const rest = parts.slice(index).join("/");
      if (rest === "") return undefined;
      parameters[part.slice(1, -2)] = decoded(rest);
      return parameters;
    }
    if (rank(part) === 1) {
      if (value === "") return undefined;
      parameters[part.slice(1, -1)] = decoded(value);
    } else if (part !== value && part !== decoded(value)) return undefined;
  }
  return pattern.length === parts.length ? parameters : undefined;
}
