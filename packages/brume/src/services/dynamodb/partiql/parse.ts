/** Parses PartiQL statements into what expressions are compiled to. */
import { canonicalItem, canonicalValue, type Item, type Value, validation } from "../attribute-value.js";
import type { Action, Comparator, Condition, Operand, Path } from "../expressions/syntax.js";
import { malformed, type Token, tokenize } from "./tokenize.js";

export type Returning = "ALL_OLD" | "ALL_NEW" | "UPDATED_OLD" | "UPDATED_NEW";

export type Statement =
  | {
      readonly kind: "Select";
      readonly table: string;
      readonly index: string | undefined;
      readonly projection: readonly Path[] | undefined;
      readonly where: Condition | undefined;
      readonly descending: boolean;
    }
  | { readonly kind: "Exists"; readonly table: string; readonly where: Condition | undefined }
  | { readonly kind: "Insert"; readonly table: string; readonly item: Item }
  | {
      readonly kind: "Update";
      readonly table: string;
      readonly actions: readonly Action[];
      readonly where: Condition | undefined;
      readonly returning: Returning | undefined;
    }
  | {
      readonly kind: "Delete";
      readonly table: string;
      readonly where: Condition | undefined;
      readonly returning: Returning | undefined;
    };

/** Parses a statement; `?` stand for the parameters, in their order. @throws AwsError `ValidationException` */
export function parseStatement(text: string, parameters: readonly Value[] | undefined): Statement {
  const parser = new StatementParser(
    tokenize(text),
    (parameters ?? []).map((value) => canonicalValue(value)),
  );
  const statement = parser.statement();
  parser.finish();
  return statement;
}

const COMPARATORS: Readonly<Record<string, Comparator>> = {
  "=": "=",
  "<>": "<>",
  "!=": "<>",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
};
const TESTS = ["begins_with", "contains", "attribute_type"];
const FUNCTIONS: ReadonlySet<string> = new Set([
  ...TESTS,
  "size",
  "list_append",
  "if_not_exists",
  "set_add",
  "set_delete",
]);

class StatementParser {
  readonly #tokens: readonly Token[];
  readonly #parameters: readonly Value[];
  #position = 0;
  #used = 0;

  constructor(tokens: readonly Token[], parameters: readonly Value[]) {
    this.#tokens = tokens;
    this.#parameters = parameters;
  }

  get #token(): Token {
    return this.#tokens[this.#position] as Token;
  }

  #next(): Token {
    const token = this.#token;
    this.#position++;
    return token;
  }

  #unexpected(): Error {
    const { kind, text, start } = this.#token;
    return malformed(
      kind === "end" ? "Unexpected end of statement" : `Unexpected token "${text}" at position ${start + 1}`,
    );
  }

  #sees(symbol: string): boolean {
    return this.#token.kind === "symbol" && this.#token.text === symbol;
  }

  #takes(...symbols: string[]): boolean {
    return this.#takesAll("symbol", symbols);
  }

  #takesWords(...words: string[]): boolean {
    return this.#takesAll("word", words);
  }

  #takesAll(kind: Token["kind"], texts: readonly string[]): boolean {
    const matches = texts.every((text, i) => {
      const token = this.#tokens[this.#position + i];
      return token?.kind === kind && token.text.toUpperCase() === text;
    });
    if (matches) this.#position += texts.length;
    return matches;
  }

  #expect(symbol: string): void {
    if (!this.#takes(symbol)) throw this.#unexpected();
  }

  #expectWords(...words: string[]): void {
    if (!this.#takesWords(...words)) throw this.#unexpected();
  }

  #list<T>(element: () => T, end: string): T[] {
    const elements: T[] = [];
    if (this.#takes(end)) return elements;
    do elements.push(element());
    while (this.#takes(","));
    this.#expect(end);
    return elements;
  }

  /** @throws AwsError when something follows the statement, or parameters are left over */
  finish(): void {
    if (this.#token.kind !== "end") throw this.#unexpected();
    if (this.#used < this.#parameters.length) {
      throw validation("Number of parameters in request and statement don't match.");
    }
  }

  statement(): Statement {
    if (this.#takesWords("SELECT")) return this.#select();
    if (this.#takesWords("EXISTS")) return this.#exists();
    if (this.#takesWords("INSERT", "INTO")) {
      const table = this.#name();
      this.#expectWords("VALUE");
      const { M: item } = this.#value();
      if (!item) throw this.#unexpected();
      return { kind: "Insert", table, item: canonicalItem(item) };
    }
    if (this.#takesWords("UPDATE")) {
      const table = this.#name();
      const actions = this.#actions();
      return { kind: "Update", table, actions, where: this.#where(), returning: this.#returning() };
    }
    if (this.#takesWords("DELETE", "FROM")) {
      return { kind: "Delete", table: this.#name(), where: this.#where(), returning: this.#returning() };
    }
    throw this.#unexpected();
  }

  #exists(): Statement {
    this.#expect("(");
    this.#expectWords("SELECT");
    const { table, where } = this.#select();
    this.#expect(")");
    return { kind: "Exists", table, where };
  }

  #select(): Extract<Statement, { kind: "Select" }> {
    const projection: Path[] = [];
    if (!this.#takes("*")) {
      do projection.push(this.#path());
      while (this.#takes(","));
    }
    this.#expectWords("FROM");
    const table = this.#name();
    const index = this.#takes(".") ? this.#name() : undefined;
    const where = this.#where();
    let descending = false;
    if (this.#takesWords("ORDER", "BY")) {
      do {
        this.#path();
        descending = this.#takesWords("DESC");
        if (!descending) this.#takesWords("ASC");
      } while (this.#takes(","));
    }
    return {
      kind: "Select",
      table,
      index,
      projection: projection.length > 0 ? projection : undefined,
      where,
      descending,
    };
  }

  #name(): string {
    const { kind } = this.#token;
    if (kind !== "word" && kind !== "quoted") throw this.#unexpected();
    return this.#next().text;
  }

  #path(): Path {
    const path: (string | number)[] = [this.#name()];
    for (;;) {
      if (this.#takes(".")) path.push(this.#name());
      else if (this.#takes("[")) {
        if (this.#token.kind !== "number") throw this.#unexpected();
        path.push(Number(this.#next().text));
        this.#expect("]");
      } else return path;
    }
  }

  #actions(): Action[] {
    const actions: Action[] = [];
    for (;;) {
      if (this.#takesWords("SET")) {
        do actions.push(this.#assignment());
        while (this.#takes(","));
      } else if (this.#takesWords("REMOVE")) {
        do actions.push({ section: "REMOVE", path: this.#path() });
        while (this.#takes(","));
      } else break;
    }
    if (actions.length === 0) throw this.#unexpected();
    return actions;
  }

  #assignment(): Action {
    const path = this.#path();
    this.#expect("=");
    const operand = this.#sum();
    // Sets change by functions here, and by sections of their own in update expressions.
    const [, elements] = operand.kind === "call" ? operand.operands : [];
    if (operand.kind === "call" && elements) {
      if (operand.name === "set_add") return { section: "ADD", path, operand: elements };
      if (operand.name === "set_delete") return { section: "DELETE", path, operand: elements };
    }
    return { section: "SET", path, operand };
  }

  #sum(): Operand {
    const left = this.#operand();
    for (const name of ["+", "-"]) {
      if (this.#takes(name)) return { kind: "call", name, operands: [left, this.#operand()] };
    }
    return left;
  }

  #where(): Condition | undefined {
    return this.#takesWords("WHERE") ? this.#disjunction() : undefined;
  }

  #returning(): Returning | undefined {
    if (!this.#takesWords("RETURNING")) return undefined;
    const which = this.#takesWords("ALL") ? "ALL" : this.#takesWords("MODIFIED") ? "UPDATED" : undefined;
    const when = this.#takesWords("OLD") ? "OLD" : this.#takesWords("NEW") ? "NEW" : undefined;
    if (!which || !when) throw this.#unexpected();
    this.#expect("*");
    return `${which}_${when}`;
  }

  #disjunction(): Condition {
    let left = this.#conjunction();
    while (this.#takesWords("OR")) left = { kind: "or", left, right: this.#conjunction() };
    return left;
  }

  #conjunction(): Condition {
    let left = this.#negation();
    while (this.#takesWords("AND")) left = { kind: "and", left, right: this.#negation() };
    return left;
  }

  #negation(): Condition {
    return this.#takesWords("NOT") ? { kind: "not", condition: this.#negation() } : this.#comparison();
  }

  #comparison(): Condition {
    if (this.#takes("(")) {
      const inner = this.#disjunction();
      this.#expect(")");
      return inner;
    }
    const first = this.#operand();
    const operator = this.#token.kind === "symbol" ? COMPARATORS[this.#token.text] : undefined;
    if (operator) {
      this.#next();
      return { kind: "compare", operator, operands: [first, this.#operand()] };
    }
    if (this.#takesWords("BETWEEN")) {
      const low = this.#operand();
      this.#expectWords("AND");
      return { kind: "between", operands: [first, low, this.#operand()] };
    }
    if (this.#takesWords("IN")) {
      const end = this.#takes("[") ? "]" : ")";
      if (end === ")") this.#expect("(");
      return { kind: "in", operands: [first, ...this.#list(() => this.#operand(), end)] };
    }
    if (this.#takesWords("IS")) return this.#presence(first);
    if (first.kind === "call" && TESTS.includes(first.name)) {
      return { kind: "test", name: first.name, operands: first.operands };
    }
    throw this.#unexpected();
  }

  #presence(operand: Operand): Condition {
    const negated = this.#takesWords("NOT");
    if (this.#takesWords("MISSING")) {
      return { kind: "test", name: negated ? "attribute_exists" : "attribute_not_exists", operands: [operand] };
    }
    this.#expectWords("NULL");
    const type: Operand = { kind: "value", value: { S: "NULL" } };
    const isNull: Condition = { kind: "test", name: "attribute_type", operands: [operand, type] };
    return negated ? { kind: "not", condition: isNull } : isNull;
  }

  #operand(): Operand {
    const { kind } = this.#token;
    const following = this.#tokens[this.#position + 1];
    if (kind === "word" && following?.kind === "symbol" && following.text === "(") {
      const name = this.#token.text.toLowerCase();
      if (!FUNCTIONS.has(name)) throw this.#unexpected();
      this.#next();
      this.#expect("(");
      return { kind: "call", name, operands: this.#list(() => this.#operand(), ")") };
    }
    if (kind === "quoted" || (kind === "word" && !LITERALS[this.#token.text.toUpperCase()])) {
      return { kind: "path", path: this.#path() };
    }
    return { kind: "value", value: canonicalValue(this.#value()) };
  }

  #value(): Value {
    if (this.#takes("?")) {
      const value = this.#parameters[this.#used++];
      if (!value) throw validation("Number of parameters in request and statement don't match.");
      return value;
    }
    if (this.#takes("[")) return { L: this.#list(() => this.#value(), "]") };
    if (this.#takes("<<")) return setOf(this.#list(() => this.#value(), ">>"));
    if (this.#takes("{")) return { M: Object.fromEntries(this.#list(() => this.#entry(), "}")) };
    const negative = this.#sees("-");
    if (negative) this.#next();
    const { kind, text } = this.#token;
    const literal = kind === "word" ? LITERALS[text.toUpperCase()] : undefined;
    if (kind !== "number" && (negative || (kind !== "text" && !literal))) throw this.#unexpected();
    this.#next();
    if (kind === "number") return { N: negative ? `-${text}` : text };
    return literal ?? { S: text };
  }

  #entry(): [string, Value] {
    if (this.#token.kind !== "text") throw this.#unexpected();
    const { text: name } = this.#next();
    this.#expect(":");
    return [name, this.#value()];
  }
}

const LITERALS: Readonly<Record<string, Value>> = {
  TRUE: { BOOL: true },
  FALSE: { BOOL: false },
  NULL: { NULL: true },
};

function setOf(values: readonly Value[]): Value {
  for (const type of ["S", "N", "B"] as const) {
    if (values.length > 0 && values.every((value) => value[type] !== undefined)) {
      return { [`${type}S`]: values.map((value) => value[type]) };
    }
  }
  throw malformed("A set has elements of one scalar type");
}
