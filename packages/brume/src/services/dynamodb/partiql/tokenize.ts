/** Splits a PartiQL statement into tokens. See "PartiQL: a SQL-compatible query language for Amazon DynamoDB". */
import type { AwsError } from "../../../kernel/errors.js";
import { validation } from "../attribute-value.js";

export interface Token {
  readonly kind: "word" | "quoted" | "text" | "number" | "symbol" | "end";
  readonly text: string;
  readonly start: number;
}

const TOKEN =
  /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)|(<<|>>|<>|!=|<=|>=|[=<>()[\]{},.:+\-*?]))/y;
const KINDS = ["word", "quoted", "text", "number", "symbol"] as const;

export const malformed = (detail: string): AwsError =>
  validation(`Statement wasn't well formed, can't be processed: ${detail}`);

/** @throws AwsError `ValidationException` at the first character that begins no token */
export function tokenize(statement: string): Token[] {
  const tokens: Token[] = [];
  const last = statement.trimEnd().length;
  let position = 0;
  while (position < last) {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(statement);
    if (!match) throw malformed(`Unexpected character at position ${position + 1}`);
    const group = match.slice(1).findIndex((part) => part !== undefined);
    const kind = KINDS[group] as Token["kind"];
    const content = match[group + 1] as string;
    const text =
      kind === "quoted" ? content.replaceAll('""', '"') : kind === "text" ? content.replaceAll("''", "'") : content;
    tokens.push({ kind, text, start: position });
    position = TOKEN.lastIndex;
  }
  tokens.push({ kind: "end", text: "", start: last });
  return tokens;
}
