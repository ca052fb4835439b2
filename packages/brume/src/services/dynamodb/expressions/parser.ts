/** The parts that all kinds of expressions share: paths, operands and functions. */
import type { Path, RawOperand } from "./syntax.js";
import { ExpressionError, syntaxError, type Token, tokenize } from "./tokenize.js";

const MAX_EXPRESSION_BYTES = 4096;

/** Reads tokens one after the other; the grammars of the kinds of expressions extend it. */
export class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #position = 0;

  /** @throws ExpressionError for an expression that is empty, too long or not made of tokens */
  constructor(text: string) {
    if (text.trim() === "") throw new ExpressionError("The expression can not be empty;");
    if (Buffer.byteLength(text) > MAX_EXPRESSION_BYTES) {
      throw new ExpressionError("Expression size has exceeded the maximum allowed size;");
    }
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  /** The token that is read next. */
  get token(): Token {
    return this.#tokens[this.#position] as Token;
  }

  next(): Token {
    const { token } = this;
    if (token.kind !== "end") this.#position++;
    return token;
  }

  /** The mistake that the next token cannot stand where it does. */
  unexpected(): ExpressionError {
    return syntaxError(this.#text, this.#tokens, this.#position);
  }

  /** Whether the next token is a symbol. */
  sees(symbol: string): boolean {
    return this.token.kind === "symbol" && this.token.text === symbol;
  }

  /** Whether the next token is a word of the grammar, in any case of letters. */
  seesWord(word: string): boolean {
    return this.token.kind === "name" && this.token.text.toUpperCase() === word;
  }

  takes(symbol: string): boolean {
    const seen = this.sees(symbol);
    if (seen) this.#position++;
    return seen;
  }

  takesWord(word: string): boolean {
    const seen = this.seesWord(word);
    if (seen) this.#position++;
    return seen;
  }

  expect(symbol: string): void {
    if (!this.takes(symbol)) throw this.unexpected();
  }

  expectWord(word: string): void {
    if (!this.takesWord(word)) throw this.unexpected();
  }

  expectEnd(): void {
    if (this.token.kind !== "end") throw this.unexpected();
  }

  /** `a.#b[3]` */
  path(): Path {
    const path: (string | number)[] = [this.name()];
    for (;;) {
      if (this.takes(".")) path.push(this.name());
      else if (this.takes("[")) {
        if (this.token.kind !== "index") throw this.unexpected();
        path.push(Number(this.next().text));
        this.expect("]");
      } else return path;
    }
  }

  private name(): string {
    const { kind } = this.token;
    if (kind !== "name" && kind !== "placeholder") throw this.unexpected();
    return this.next().text;
  }

  /** A path, a value or a function; not in parentheses. */
  operand(): RawOperand {
    if (this.token.kind === "value") return { kind: "placeholder", name: this.next().text };
    const following = this.#tokens[this.#position + 1];
    if (this.token.kind !== "name" || following?.kind !== "symbol" || following.text !== "(") {
      return { kind: "path", path: this.path() };
    }
    const name = this.next().text;
    this.expect("(");
    const operands = this.list(() => this.groupedOperand());
    this.expect(")");
    return { kind: "call", name, operands };
  }

  /** An operand, in parentheses or not. */
  groupedOperand(): RawOperand {
    if (!this.takes("(")) return this.operand();
    if (this.sees("(")) throw new ExpressionError("The expression has redundant parentheses;");
    const operand = this.groupedOperand();
    this.expect(")");
    return operand;
  }

  /** One or more, with commas between them. */
  list<T>(element: () => T): T[] {
    const elements = [element()];
    while (this.takes(",")) elements.push(element());
    return elements;
  }
}

/** Parses a projection expression. @throws ExpressionError */
export function parseProjection(text: string): Path[] {
  const parser = new Parser(text);
  const paths = parser.list(() => parser.path());
  parser.expectEnd();
  return paths;
}
