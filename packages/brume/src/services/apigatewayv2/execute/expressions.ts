/** Expressions in parameter mappings and identity sources, such as `$request.body.order.id`. */
import type { Stage } from "../tables.js";
import { decoded, type Exchange, type Single } from "./exchange.js";
import { contextVariables } from "./variables.js";

const asText = (value: unknown): string | undefined => {
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

/** A member of a value: `a.b[0].c`; a leading `$` stands for the value. */
export function memberOf(value: unknown, path: string): unknown {
  const steps = path.match(/[^.[\]'"]+/g) ?? [];
  let found = value;
  for (const step of steps[0] === "$" ? steps.slice(1) : steps) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string, unknown>)[step];
  }
  return found;
}

/** A member of a JSON text; `undefined` where there is none, or where it is no JSON. */
export function memberOfJson(text: string, path: string): unknown {
  try {
    return memberOf(JSON.parse(text), path);
  } catch {
    return undefined;
  }
}

/** What expressions are about. */
export interface Sources {
  readonly request?: {
    readonly method: string;
    readonly path: string;
    readonly headers: Single;
    readonly query: Single;
    readonly pathParameters: Single;
    readonly body: string;
  };
  readonly response?: { readonly headers: Single; readonly body: string };
  readonly context: Record<string, unknown>;
  readonly stage: Stage;
}

type Read = (rest: string, sources: Sources) => unknown;

/** What an expression begins with, and how the rest of it is read. */
const PREFIXES: readonly (readonly [prefix: string, Read])[] = [
  ["request.header.", (name, { request }) => request?.headers[name.toLowerCase()]],
  ["request.querystring.", (name, { request }) => request?.query[name]],
  ["request.path.", (name, { request }) => request?.pathParameters[name]],
  ["request.path", (_, { request }) => request?.path],
  ["request.method", (_, { request }) => request?.method],
  ["request.body.", (path, { request }) => memberOfJson(request?.body ?? "", path)],
  ["request.body", (_, { request }) => request?.body],
  ["response.header.", (name, { response }) => response?.headers[name.toLowerCase()]],
  ["response.body.", (path, { response }) => memberOfJson(response?.body ?? "", path)],
  ["response.body", (_, { response }) => response?.body],
  ["context.", (path, { context }) => memberOf(context, path)],
  ["stageVariables.", (name, { stage }) => stage.StageVariables?.[name]],
];

function read(expression: string, sources: Sources): string | undefined {
  const found = PREFIXES.find(([prefix]) => expression.startsWith(prefix));
  return found && asText(found[1](expression.slice(found[0].length), sources));
}

/** The value of an expression, or of a text with expressions in it; `undefined` where there is none. */
export function evaluate(expression: string, sources: Sources): string | undefined {
  const alone = /^\$(?:\{([^{}]+)\}|([a-z][^\s{}]*))$/i.exec(expression);
  if (alone) return read((alone[1] ?? alone[2]) as string, sources);
  return expression.replaceAll(/\$\{([^{}]+)\}/g, (_, inner: string) => read(inner, sources) ?? "");
}

export function sourcesOf(exchange: Exchange, response?: { headers: Single; body: string }): Sources {
  const { request, headers, query, pathParameters, stage } = exchange;
  return {
    request: {
      method: request.method,
      path: decoded(request.path),
      headers,
      query,
      pathParameters,
      body: request.body.toString(),
    },
    ...(response ? { response } : {}),
    context: contextVariables(exchange),
    stage,
  };
}
