/** Filter patterns on log events that are JSON: `{ $.level = "ERROR" && $.items[0].size > 10 }`. */
import { type Comparison, compare, compileExpression, invalidPattern, type Matcher } from "./filter-pattern.js";

type Predicate = (event: unknown) => boolean;

const TOKEN =
  /\s*(&&|\|\||!=|<=|>=|[()=<>]|\$(?:\.[\w-]+|\.\*|\[\s*(?:\d+|\*|"[^"]*"|'[^']*')\s*\])*|"(?:\\.|[^"\\])*"|%(?:\\.|[^%\\])*%|[^\s()=<>!&|"]+)/y;

/** Makes a matcher of a pattern in braces. @throws AwsError `InvalidParameterException` */
export function compileJson(pattern: string): Matcher {
  if (!pattern.endsWith("}")) throw invalidPattern();
  const predicate = new Parser(tokenize(pattern.slice(1, -1))).parse();
  return (message) => {
    let event: unknown;
    try {
      event = JSON.parse(message);
    } catch {
      return undefined;
    }
    return typeof event === "object" && event !== null && predicate(event) ? {} : undefined;
  };
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  let end = 0;
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(text); found; found = TOKEN.exec(text)) {
    tokens.push(found[1] as string);
    end = TOKEN.lastIndex;
  }
  if (text.slice(end).trim() !== "") throw invalidPattern();
  return tokens;
}

/** "Or" of "and" of conditions or expressions in parentheses. */
class Parser {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  parse(): Predicate {
    const predicate = this.#or();
    if (this.#next < this.#tokens.length) throw invalidPattern();
    return predicate;
  }

  #take(): string {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw invalidPattern();
    return token;
  }

  #takeIf(token: string): boolean {
    if (this.#tokens[this.#next]?.toUpperCase() !== token) return false;
    this.#next++;
    return true;
  }

  #or(): Predicate {
    const parts = [this.#and()];
    while (this.#takeIf("||")) parts.push(this.#and());
    return parts.length === 1 ? (parts[0] as Predicate) : (event) => parts.some((part) => part(event));
  }

  #and(): Predicate {
    const parts = [this.#condition()];
    while (this.#takeIf("&&")) parts.push(this.#condition());
    return parts.length === 1 ? (parts[0] as Predicate) : (event) => parts.every((part) => part(event));
  }

  #condition(): Predicate {
    if (this.#takeIf("(")) {
      const inner = this.#or();
      if (!this.#takeIf(")")) throw invalidPattern();
      return inner;
    }
    const select = selector(this.#take());
    if (this.#takeIf("IS")) return this.#is(select);
    if (this.#takeIf("NOT")) {
      if (!this.#takeIf("EXISTS")) throw invalidPattern();
      return (event) => select(event).length === 0;
    }
    if (this.#takeIf("EXISTS")) return (event) => select(event).length > 0;
    const comparison = this.#take();
    if (!/^(=|!=|<|<=|>|>=)$/.test(comparison)) throw invalidPattern();
    const test = compare(comparison as Comparison, operand(this.#take()));
    return (event) => select(event).some(test);
  }

  #is(select: (event: unknown) => unknown[]): Predicate {
    const values: Record<string, unknown> = { NULL: null, TRUE: true, FALSE: false };
    const name = this.#take().toUpperCase();
    if (!Object.hasOwn(values, name)) throw invalidPattern();
    return (event) => select(event).includes(values[name]);
  }
}

/** A condition's right-hand side as it is written. */
export function operand(token: string) {
  if (token.startsWith('"')) return { text: token.slice(1, -1).replace(/\\(.)/g, "$1"), quoted: true };
  if (token.length > 1 && token.startsWith("%") && token.endsWith("%"))
    return { text: token, quoted: false, expression: compileExpression(token.slice(1, -1)) };
  return { text: token, quoted: false };
}

const STEP = /\.([\w-]+|\*)|\[\s*(\d+|\*|"[^"]*"|'[^']*')\s*\]/g;

/** All values that a selector such as `$.a.b[*].c` finds in an event. */
export function selector(token: string): (event: unknown) => unknown[] {
  if (!token.startsWith("$")) throw invalidPattern();
  const steps = [...token.matchAll(STEP)].map(
    ([, name, index]) => name ?? (index as string).replace(/^["']|["']$/g, ""),
  );
  return (event) => {
    let values: unknown[] = [event];
    for (const step of steps) {
      values = values.flatMap((value) => {
        if (typeof value !== "object" || value === null) return [];
        if (step === "*") return Object.values(value);
        return Object.hasOwn(value, step) ? [(value as Record<string, unknown>)[step]] : [];
      });
    }
    return values;
  };
}
