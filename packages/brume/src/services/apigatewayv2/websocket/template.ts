/** Mapping templates of WebSocket integrations, as far as they are texts with references in them. */
import { memberOf, memberOfJson } from "../execute/expressions.js";
import { type Passage, requestContext } from "./event.js";

type Read = (argument: string, passage: Passage, body: string) => unknown;

/** References, and what they stand for. */
const REFERENCES: readonly (readonly [RegExp, Read])[] = [
  [/\$input\.body\b/g, (_, __, body) => body],
  [/\$input\.json\(\s*['"]([^'"]+)['"]\s*\)/g, (path, _, body) => JSON.stringify(memberOfJson(body, path) ?? "")],
  [/\$input\.path\(\s*['"]([^'"]+)['"]\s*\)/g, (path, _, body) => memberOfJson(body, path)],
  [/\$(?:\{|)context\.([\w.]*\w)\}?/g, (path, passage) => memberOf(requestContext(passage), path)],
  [/\$(?:\{|)stageVariables\.(\w+)\}?/g, (name, { stage }) => stage.StageVariables?.[name]],
];

/** Differs from AWS: of the template language, references are replaced; directives and `$util` are not known. */
export function render(template: string, passage: Passage, body: string): string {
  let text = template;
  for (const [pattern, read] of REFERENCES) {
    text = text.replaceAll(pattern, (_, argument: string) => {
      const value = read(argument, passage, body);
      if (value === undefined || value === null) return "";
      return typeof value === "object" ? JSON.stringify(value) : String(value);
    });
  }
  return text;
}

/** The template that a selection expression chooses; the only one where it chooses none. */
export function selectTemplate(
  templates: Readonly<Record<string, string>> | undefined,
  expression: string | undefined,
): string | undefined {
  const key = (expression ?? "$default").replace(/^\\/, "");
  return templates?.[key] ?? templates?.$default ?? Object.values(templates ?? {})[0];
}
