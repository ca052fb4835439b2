/** Reads the expressions of queries: or, and, not, comparisons, sums, products, powers, then values and calls. */
import { Regex } from "../regex/regex.js";
import { RegexError } from "../regex/syntax.js";
import { aggregateTakes, isAggregate } from "./aggregates.js";
import { isFunction, takes } from "./functions.js";
import { type Lexer, type Token, unexpected } from "./lexer.js";
import { type BinaryOperator, type Column, type Expression, MalformedQuery } from "./syntax.js";

const MAX_DEPTH = 100;
/** Operations of one rank in a row are as deep as parentheses are. */
const MAX_OPERATIONS = 1000;
const COMPARISONS = new Set(["=", "!=", "<", "<=", ">", ">="]);
const SUMS = new Set(["+", "-"]);
const PRODUCTS = new Set(["*", "/", "%"]);

export class ExpressionParser {
  readonly lexer: Lexer;
  #depth = 0;
  #operations = 0;
  /** Whether functions of many records may be called: in `stats` only, and not within one another. */
  #aggregates = false;

  constructor(lexer: Lexer) {
    this.lexer = lexer;
  }

  wrong(token: Token): MalformedQuery {
    return unexpected(token, this.lexer.source);
  }

  isWord(token: Token, ...words: string[]): boolean {
    return token.kind === "word" && words.includes(token.text.toLowerCase());
  }

  takeWord(word: string): boolean {
    if (!this.isWord(this.lexer.peek(), word)) return false;
    this.lexer.next();
    return true;
  }

  takeSign(sign: string): boolean {
    const { kind, text } = this.lexer.peek();
    if (kind !== "sign" || text !== sign) return false;
    this.lexer.next();
    return true;
  }

  expectSign(sign: string): void {
    if (!this.takeSign(sign)) throw this.wrong(this.lexer.peek());
  }

  /** What is separated by commas: at least one. */
  list<T>(read: () => T): T[] {
    const items = [read()];
    while (this.takeSign(",")) items.push(read());
    return items;
  }

  /** A name that is given: of a field, in back-ticks or not. */
  name(): string {
    const token = this.lexer.next();
    if (token.kind !== "word" && token.kind !== "name") throw this.wrong(token);
    return token.text;
  }

  /** An expression, and the name after `as`; without one its text is its name. */
  column(options: { aggregates?: boolean } = {}): Column {
    const { start } = this.lexer.peek();
    this.#aggregates = options.aggregates === true;
    const expression = this.expression();
    this.#aggregates = false;
    const text = this.lexer.source.slice(start, this.lexer.peek().start).trim();
    if (this.takeWord("as")) return { expression, name: this.name() };
    return { expression, name: expression.kind === "field" ? expression.name : text };
  }

  expression(): Expression {
    const token = this.lexer.peek();
    if (++this.#depth > MAX_DEPTH)
      throw new MalformedQuery("the expression is nested too deeply", token.start, token.end);
    const read = this.#or();
    this.#depth--;
    return read;
  }

  #binary(operator: BinaryOperator, left: Expression, right: Expression): Expression {
    const { start, end } = this.lexer.peek();
    if (++this.#operations > MAX_OPERATIONS) throw new MalformedQuery("the query has too many operations", start, end);
    return { kind: "binary", operator, left, right };
  }

  #or(): Expression {
    let left = this.#and();
    while (this.takeWord("or")) left = this.#binary("or", left, this.#and());
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.takeWord("and")) left = this.#binary("and", left, this.#not());
    return left;
  }

  #not(): Expression {
    let isNegated = false;
    while (this.takeWord("not")) isNegated = !isNegated;
    const of = this.#comparison();
    return isNegated ? { kind: "not", of } : of;
  }

  #comparison(): Expression {
    const left = this.#left(SUMS, () => this.#product());
    const token = this.lexer.peek();
    if (token.kind === "sign" && COMPARISONS.has(token.text)) {
      this.lexer.next();
      const right = this.#left(SUMS, () => this.#product());
      return { kind: "binary", operator: token.text as BinaryOperator, left, right };
    }
    if (this.takeSign("=~")) return this.#like(left);
    if (this.takeWord("not")) return { kind: "not", of: this.#likeOrIn(left) };
    return this.isWord(token, "like", "in") ? this.#likeOrIn(left) : left;
  }

  #likeOrIn(of: Expression): Expression {
    if (this.takeWord("like")) return this.#like(of);
    if (!this.takeWord("in")) throw this.wrong(this.lexer.peek());
    this.expectSign("[");
    const list = this.list(() => this.expression());
    this.expectSign("]");
    return { kind: "in", of, list };
  }

  #like(of: Expression): Expression {
    return { kind: "like", of, pattern: this.regex() ?? this.#left(SUMS, () => this.#product()) };
  }

  /** A regular expression between slashes, if one is next. */
  regex(): Regex | undefined {
    const found = this.lexer.regex();
    if (!found) return undefined;
    try {
      return new Regex(found.source);
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      const start = found.start + 1 + error.position;
      throw new MalformedQuery(`invalid regular expression: ${error.message}`, start, start + 1);
    }
  }

  /** Operations of one rank, from left to right. */
  #left(operators: ReadonlySet<string>, operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const { kind, text } = this.lexer.peek();
      if (kind !== "sign" || !operators.has(text)) return left;
      this.lexer.next();
      left = this.#binary(text as BinaryOperator, left, operand());
    }
  }

  #product(): Expression {
    return this.#left(PRODUCTS, () => this.#power());
  }

  #power(): Expression {
    let isNegative = false;
    while (this.takeSign("-")) isNegative = !isNegative;
    const bases = [this.#primary()];
    while (this.takeSign("^")) bases.push(this.#primary());
    const power = bases.reduceRight((right, left) => this.#binary("^", left, right));
    return isNegative ? { kind: "negative", of: power } : power;
  }

  #primary(): Expression {
    const token = this.lexer.next();
    if (token.kind === "number" || token.kind === "period") {
      return { kind: "value", value: token.value as number };
    }
    if (token.kind === "text") return { kind: "value", value: token.text };
    if (token.kind === "name") return { kind: "field", name: token.text };
    if (token.kind === "word") {
      if (this.takeSign("(")) return this.#call(token);
      if (this.isWord(token, "true", "false")) return { kind: "value", value: this.isWord(token, "true") ? 1 : 0 };
      return { kind: "field", name: token.text };
    }
    if (token.kind !== "sign" || token.text !== "(") throw this.wrong(token);
    const inner = this.expression();
    this.expectSign(")");
    return inner;
  }

  #call(token: Token): Expression {
    const name = token.text.toLowerCase();
    const isOfMany = isAggregate(name);
    if (isOfMany ? !this.#aggregates : !isFunction(name)) throw this.wrong(token);
    // Within a function of many records there is no other.
    const before = this.#aggregates;
    if (isOfMany) this.#aggregates = false;
    const isOfAll = name === "count" && this.takeSign("*");
    const isEmpty = isOfAll || (this.lexer.peek().kind === "sign" && this.lexer.peek().text === ")");
    const args = isEmpty ? [] : this.list(() => this.expression());
    this.#aggregates = before;
    const close = this.lexer.peek();
    this.expectSign(")");
    if (isOfMany ? aggregateTakes(name, args.length) : takes(name, args.length))
      return { kind: isOfMany ? "aggregate" : "call", name, args };
    throw new MalformedQuery(`wrong number of arguments of ${token.text}`, token.start, close.end);
  }
}
