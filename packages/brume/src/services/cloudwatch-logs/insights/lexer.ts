/** Takes a query apart into words, numbers, texts and signs, as the parser asks for them. */
import { Period } from "./period.js";
import { MalformedQuery } from "./syntax.js";

export interface Token {
  readonly kind: "word" | "name" | "number" | "period" | "text" | "sign" | "end";
  /** As it is written; of a text, what it says; of a name in back-ticks, the name. */
  readonly text: string;
  readonly value?: number | Period | undefined;
  readonly start: number;
  readonly end: number;
}

const SPACE = /(?:\s|#[^\n]*)*/y;
/** A field's name, its parts between dots; a part may be in back-ticks, and an element of a list in brackets. */
const WORD = /(?:[A-Za-z_@][\w@]*|`[^`]+`)(?:\.(?:[\w@]+|`[^`]+`)|\[\d+\])*/y;
const NUMBER = /(\d+(?:\.\d+)?)([A-Za-z]+)?/y;
const TEXT = /"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'/sy;
const SIGN = /!=|<=|>=|=~|[=<>+\-*/%^(),|[\]]/y;
const REGEX = /\/((?:\\.|[^/\\\n])+)\//sy;
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

export class Lexer {
  readonly source: string;
  #at = 0;
  #peeked: Token | undefined;

  constructor(source: string) {
    this.source = source;
  }

  peek(): Token {
    this.#peeked ??= this.#read();
    return this.#peeked;
  }

  next(): Token {
    const token = this.peek();
    this.#peeked = undefined;
    this.#at = token.end;
    return token;
  }

  /** A regular expression between slashes, if one is next. */
  regex(): { source: string; start: number } | undefined {
    const start = this.#skipSpace();
    const found = this.#match(REGEX, start);
    if (!found) return undefined;
    this.#peeked = undefined;
    this.#at = start + found[0].length;
    return { source: (found[1] as string).replaceAll("\\/", "/"), start };
  }

  #skipSpace(): number {
    return this.#at + (this.#match(SPACE, this.#at)?.[0].length ?? 0);
  }

  #match(sticky: RegExp, at: number): RegExpExecArray | null {
    sticky.lastIndex = at;
    return sticky.exec(this.source);
  }

  #read(): Token {
    const start = this.#skipSpace();
    if (start >= this.source.length) return { kind: "end", text: "", start, end: start };
    const token = (kind: Token["kind"], whole: string, text = whole, value?: Token["value"]): Token => ({
      kind,
      text,
      value,
      start,
      end: start + whole.length,
    });
    const word = this.#match(WORD, start)?.[0];
    if (word !== undefined) {
      const name = word.replaceAll("`", "").replace(/\[(\d+)\]/g, ".$1");
      return token(name === word ? "word" : "name", word, name);
    }
    const text = this.#match(TEXT, start);
    if (text)
      return token(
        "text",
        text[0],
        (text[1] ?? text[2] ?? "").replace(/\\(.)/gs, (_, escaped: string) => CONTROLS[escaped] ?? escaped),
      );
    const number = this.#match(NUMBER, start);
    if (number) return this.#number(number, token);
    const sign = this.#match(SIGN, start)?.[0];
    if (sign !== undefined) return token("sign", sign);
    throw unexpected({ text: this.source[start] as string, start, end: start + 1 }, this.source);
  }

  #number(
    [whole, digits, unit]: RegExpExecArray,
    token: (kind: Token["kind"], whole: string, text?: string, value?: Token["value"]) => Token,
  ): Token {
    if (unit === undefined) return token("number", whole, whole, Number(digits));
    const exponent = /^[eE]$/.test(unit)
      ? this.#match(/[eE][+-]?\d+/y, this.#skipSpace() + (digits as string).length)
      : null;
    if (exponent) return token("number", digits + exponent[0], undefined, Number(digits + exponent[0]));
    const period = Period.of(Number(digits), unit);
    if (!period) throw unexpected(token("period", whole), this.source);
    return token("period", whole, whole, period);
  }
}

/** What CloudWatch Logs says of a query that it cannot read. */
export function unexpected(
  { text, start, end }: Pick<Token, "text" | "start" | "end">,
  source: string,
): MalformedQuery {
  const before = source.slice(0, start);
  const line = before.split("\n").length;
  const position = start - (before.lastIndexOf("\n") + 1);
  const what = text === "" && start >= source.length ? "<EOF>" : text;
  return new MalformedQuery(`unexpected symbol found ${what} at line ${line} and position ${position}`, start, end);
}
