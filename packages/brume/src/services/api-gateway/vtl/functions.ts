/** What mapping templates are given: `$input`, `$util`, `$context` and `$stageVariables`. */
import { render } from "./evaluate.js";
import { evaluateJsonPath } from "./json-path.js";
import { print } from "./values.js";

/** What a template works on. */
export interface TemplateInput {
  readonly body: string;
  readonly path: Readonly<Record<string, string>>;
  readonly querystring: Readonly<Record<string, string>>;
  readonly header: Readonly<Record<string, string>>;
  readonly context: unknown;
  readonly stageVariables: Readonly<Record<string, string>>;
}

/** Changes that a template makes to the request or response, by assigning to `$context`. */
export interface Overrides {
  readonly requestOverride: {
    header: Record<string, unknown>;
    path: Record<string, unknown>;
    querystring: Record<string, unknown>;
  };
  readonly responseOverride: { header: Record<string, unknown>; status?: unknown };
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
  '"': '\\"',
  "'": "\\'",
  "\\": "\\\\",
  "/": "\\/",
};

/** Escapes as `escapeEcmaScript` of Apache Commons does. */
export function escapeJavaScript(text: string): string {
  return text.replaceAll(
    /[\0-\x1f"'\\/\x7f-\uffff]/g,
    (char) => ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`,
  );
}

const util = {
  escapeJavaScript: (value: unknown) => escapeJavaScript(print(value ?? "")),
  parseJson: (value: unknown) => {
    try {
      return JSON.parse(print(value)) as unknown;
    } catch {
      return undefined;
    }
  },
  urlEncode: (value: unknown) => encodeURIComponent(print(value)).replaceAll("%20", "+"),
  urlDecode: (value: unknown) => decodeURIComponent(print(value).replaceAll("+", " ")),
  base64Encode: (value: unknown) => Buffer.from(print(value)).toString("base64"),
  base64Decode: (value: unknown) => Buffer.from(print(value), "base64").toString(),
};

function inputOf({ body, path, querystring, header }: TemplateInput) {
  let parsed: { value: unknown } | undefined;
  const root = () => {
    parsed ??= { value: body.trim() === "" ? {} : (util.parseJson(body) ?? body) };
    return parsed.value;
  };
  const lookup = (name: unknown) => {
    const key = print(name);
    for (const source of [path, querystring, header]) if (Object.hasOwn(source, key)) return source[key];
    return "";
  };
  return {
    body,
    json: (query: unknown) => {
      const value = evaluateJsonPath(print(query ?? "$"), root());
      return value === undefined ? '""' : JSON.stringify(value);
    },
    path: (query: unknown) => evaluateJsonPath(print(query ?? "$"), root()),
    params: (name?: unknown) =>
      name === undefined ? { path: { ...path }, querystring: { ...querystring }, header: { ...header } } : lookup(name),
  };
}

/** Renders a mapping template. @throws TemplateError when it cannot be read */
export function renderMapping(source: string, input: TemplateInput): { text: string; overrides: Overrides } {
  const overrides: Overrides = {
    requestOverride: { header: {}, path: {}, querystring: {} },
    responseOverride: { header: {} },
  };
  const text = render(source, {
    input: inputOf(input),
    util,
    context: { ...(input.context as object), ...overrides },
    stageVariables: { ...input.stageVariables },
  });
  return { text, overrides };
}
