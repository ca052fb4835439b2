/** Parameter mappings: values taken from a request, an integration's answer, the context or a literal. */
import { evaluateJsonPath } from "../vtl/json-path.js";
import { type Exchange, headerOf, type Multi, type Single } from "./exchange.js";

/** What an integration answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Single;
  readonly multiHeaders: Multi;
  readonly body: Buffer;
}

type Read = (
  name: string,
  exchange: Exchange,
  context: Record<string, unknown>,
  answer: Answer | undefined,
) => string | undefined;

const asText = (value: unknown): string | undefined => {
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

function fromJson(body: Buffer, path: string): string | undefined {
  try {
    return asText(evaluateJsonPath(path, JSON.parse(body.toString())));
  } catch {
    return undefined;
  }
}

/** What a mapping expression begins with, and how the rest of it is read. */
const SOURCES: readonly [prefix: string, Read][] = [
  ["method.request.header.", (name, { headers }) => headerOf(headers, name)],
  ["method.request.multivalueheader.", (name, { multiHeaders }) => multiHeaders[name]?.join(",")],
  ["method.request.querystring.", (name, { query }) => query[name]],
  ["method.request.multivaluequerystring.", (name, { multiQuery }) => multiQuery[name]?.join(",")],
  ["method.request.path.", (name, { pathParameters }) => pathParameters[name]],
  ["method.request.body.", (path, { request }) => fromJson(request.body, `$.${path.replace(/^\$\.?/, "")}`)],
  ["method.request.body", (_, { request }) => request.body.toString()],
  ["integration.response.header.", (name, _, __, answer) => answer && headerOf(answer.headers, name)],
  ["integration.response.multivalueheader.", (name, _, __, answer) => answer?.multiHeaders[name]?.join(",")],
  [
    "integration.response.body.",
    (path, _, __, answer) => answer && fromJson(answer.body, `$.${path.replace(/^\$\.?/, "")}`),
  ],
  ["integration.response.body", (_, __, ___, answer) => answer?.body.toString()],
  ["context.", (path, _, context) => asText(evaluateJsonPath(`$.${path}`, context))],
  ["stageVariables.", (name, { stage }) => stage.variables?.[name]],
];

/** The value of a mapping expression; `undefined` where there is none. */
export function parameterValue(
  expression: string,
  exchange: Exchange,
  context: Record<string, unknown>,
  answer: Answer | undefined,
): string | undefined {
  const literal = /^'(.*)'$/s.exec(expression);
  if (literal) return literal[1];
  const source = SOURCES.find(([prefix]) => expression.startsWith(prefix));
  return source?.[1](expression.slice(source[0].length), exchange, context, answer);
}
