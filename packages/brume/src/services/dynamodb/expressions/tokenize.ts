/** Splits an expression into tokens. See "Expressions in DynamoDB" in the Developer Guide. */

export interface Token {
  readonly kind: "name" | "placeholder" | "value" | "index" | "symbol" | "end";
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A mistake in an expression; the message is what follows `Invalid ConditionExpression: `. */
export class ExpressionError extends Error {}

const TOKEN = /\s*(?:([A-Za-z][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|(\d+)|(<>|<=|>=|[()[\],.=<>+-]))/y;
const KINDS = ["name", "placeholder", "value", "index", "symbol"] as const;
const END = "<EOF>";

/** @throws ExpressionError at the first character that begins no token */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const last = text.trimEnd().length;
  let position = 0;
  while (position < last) {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(text);
    if (!match) throw unknownToken(text, position, tokens);
    const group = match.slice(1).findIndex((part) => part !== undefined);
    const content = match[group + 1] as string;
    position = TOKEN.lastIndex;
    tokens.push({
      kind: KINDS[group] as Token["kind"],
      text: content,
      start: position - content.length,
      end: position,
    });
  }
  tokens.push({ kind: "end", text: END, start: last, end: last });
  return tokens;
}

function unknownToken(text: string, position: number, before: readonly Token[]): ExpressionError {
  const start = position + (/^\s*/.exec(text.slice(position))?.[0].length ?? 0);
  const following = /^(?:\w+|[^\w\s]?)/.exec(text.slice(start + 1))?.[0].length ?? 0;
  const token: Token = { kind: "symbol", text: text.charAt(start), start, end: start + 1 };
  const next: Token = { kind: "symbol", text: "", start: start + 1, end: start + 1 + following };
  return syntaxError(text, [...before, token, next], before.length);
}

/** Says which token cannot stand where it does, and what stands beside it. */
export function syntaxError(text: string, tokens: readonly Token[], at: number): ExpressionError {
  const token = tokens[at] as Token;
  const from = tokens[at - 1] ?? token;
  const to = tokens[at + 1] ?? token;
  return new ExpressionError(`Syntax error; token: "${token.text}", near: "${text.slice(from.start, to.end)}"`);
}
