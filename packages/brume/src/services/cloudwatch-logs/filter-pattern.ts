/** Filter patterns: which log events they match. See "Filter pattern syntax" in the CloudWatch Logs User Guide. */

import { matchesParts } from "../../kernel/wildcard.js";
import { invalid } from "./constraints.js";
import { compileFields } from "./field-filter.js";
import { compileJson } from "./json-filter.js";
import { Regex } from "./regex/regex.js";
import { RegexError } from "./regex/syntax.js";

/** What a pattern takes out of a message that it matches; `undefined` for one that it does not match. */
export type Matcher = (message: string) => Record<string, string> | undefined;

/** Makes a matcher of a pattern. @throws AwsError `InvalidParameterException` */
export function compileFilter(pattern: string | undefined): Matcher {
  const text = pattern?.trim() ?? "";
  if (text === "") return () => ({});
  if (text.startsWith("{")) return compileJson(text);
  if (text.startsWith("[")) return compileFields(text);
  return compileTerms(text);
}

type Test = (message: string) => boolean;

const TERM = /\s*([-?]?)(?:"((?:\\.|[^"\\])*)"|%((?:\\.|[^%\\])*)%|([^\s"%]+))/y;

/** Terms that must be there, must not (-), or of which one must be (?). */
function compileTerms(text: string): Matcher {
  const tests: Record<"" | "-" | "?", Test[]> = { "": [], "-": [], "?": [] };
  TERM.lastIndex = 0;
  let end = 0;
  for (let found = TERM.exec(text); found; found = TERM.exec(text)) {
    const [, sign = "", quoted, expression, plain] = found;
    const term = quoted === undefined ? (plain ?? "") : quoted.replace(/\\(.)/g, "$1");
    const compiled = expression === undefined ? undefined : compileExpression(expression);
    tests[sign as "" | "-" | "?"].push(
      compiled ? (message) => compiled.test(message) : (message) => message.includes(term),
    );
    end = TERM.lastIndex;
  }
  if (text.slice(end).trim() !== "") throw invalidPattern();
  const { "": required, "-": excluded, "?": optional } = tests;
  return (message) => {
    if (excluded.some((test) => test(message)) || !required.every((test) => test(message))) return undefined;
    // Beside terms that must be there, AWS ignores those of which one must be.
    const isChosen = required.length > 0 || optional.length === 0 || optional.some((test) => test(message));
    return isChosen ? {} : undefined;
  };
}

/** The regular expression between percent signs. */
export function compileExpression(source: string): Regex {
  try {
    return new Regex(source);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw invalidPattern();
  }
}

export const invalidPattern = () => invalid("Invalid filter pattern");

/** A test of text against a value in which `*` stands for anything. */
export function wildcard(value: string): Test {
  const parts = value.split("*");
  return (text) => matchesParts(parts, text);
}

export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=";

const NUMERIC: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** The right-hand side of a condition: text (quoted or not), or a regular expression. */
export interface Operand {
  readonly text: string;
  readonly quoted: boolean;
  readonly expression?: Regex | undefined;
}

/** Makes a test of `value <comparison> operand`. */
export function compare(comparison: Comparison, operand: Operand): (value: unknown) => boolean {
  const { text, quoted, expression } = operand;
  const negated = comparison === "!=";
  const isEquality = comparison === "=" || negated;
  if (expression) return (value) => isScalar(value) && expression.test(String(value)) !== negated;
  const number = Number(text);
  if (!quoted && text !== "" && Number.isFinite(number)) {
    const test = NUMERIC[comparison];
    return (value) => isScalar(value) && value !== "" && test(Number(value), number);
  }
  if (!isEquality) throw invalidPattern();
  const test = wildcard(text);
  return (value) => isScalar(value) && test(String(value)) !== negated;
}

const isScalar = (value: unknown) =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";
