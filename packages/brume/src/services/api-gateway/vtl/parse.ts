/** Reads a Velocity template. See the Apache Velocity User Guide. */
import { type Branch, type Expression, type Node, type Reference, type Step, TemplateError } from "./syntax.js";

/** Parses a template. @throws TemplateError */
export function parseTemplate(source: string): Node[] {
  return new Parser(source).nodes(() => false);
}

/** Operators by how tightly they bind, loosest first. */
const PRECEDENCE: readonly Readonly<Record<string, string>>[] = [
  { "||": "||", or: "||" },
  { "&&": "&&", and: "&&" },
  { "==": "==", "!=": "!=", eq: "==", ne: "!=" },
  { "<=": "<=", ">=": ">=", "<": "<", ">": ">", lt: "<", gt: ">", le: "<=", ge: ">=" },
  { "+": "+", "-": "-" },
  { "*": "*", "/": "/", "%": "%" },
];
const NAME = /[A-Za-z_][A-Za-z0-9_-]*/y;

class Parser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Reads nodes until a directive that ends them stands next, or the text ends. */
  nodes(ends: (directive: string) => boolean): Node[] {
    const found: Node[] = [];
    let text = "";
    const flush = () => {
      if (text !== "") found.push({ kind: "text", text });
      text = "";
    };
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at];
      if (char === "\\" && (this.#source[this.#at + 1] === "$" || this.#source[this.#at + 1] === "#")) {
        text += this.#source[this.#at + 1];
        this.#at += 2;
        continue;
      }
      if (char === "$") {
        const reference = this.#reference();
        if (reference) {
          flush();
          found.push({ kind: "reference", reference });
          continue;
        }
      } else if (char === "#") {
        if (this.#comment()) continue;
        const literal = this.#literal();
        if (literal !== undefined) {
          text += literal;
          continue;
        }
        const directive = this.#directiveName();
        if (directive !== undefined && ends(directive)) {
          if (this.#standsAlone(this.#at)) text = text.replace(/[ \t]+$/, "");
          flush();
          return found;
        }
        if (directive !== undefined) {
          const start = this.#at;
          const node = this.#directive(directive);
          if (node) {
            if (node.kind !== "call" && this.#standsAlone(start)) text = text.replace(/[ \t]+$/, "");
            flush();
            found.push(node);
            continue;
          }
          this.#at = start;
        }
      }
      text += char;
      this.#at++;
    }
    flush();
    return found;
  }

  /** Whether nothing but space stands before a directive on its line: then the space goes with it. */
  #standsAlone(start: number): boolean {
    return /(^|\n)[ \t]*$/.test(this.#source.slice(Math.max(0, start - 200), start));
  }

  #fail(message: string): never {
    const line = this.#source.slice(0, this.#at).split("\n").length;
    throw new TemplateError(`${message} on line ${line}`);
  }

  #match(pattern: RegExp): string | undefined {
    const sticky = pattern.sticky ? pattern : new RegExp(pattern.source, `${pattern.flags}y`);
    sticky.lastIndex = this.#at;
    const match = sticky.exec(this.#source);
    if (!match) return undefined;
    this.#at += match[0].length;
    return match[0];
  }

  #comment(): boolean {
    return this.#match(/##[^\n]*(\n|$)/y) !== undefined || this.#match(/#\*[\s\S]*?(\*#|$)/y) !== undefined;
  }

  #literal(): string | undefined {
    const found = this.#match(/#\[\[[\s\S]*?\]\]#/y);
    return found?.slice(3, -3);
  }

  /** The name of the directive that stands next, which is not read. */
  #directiveName(): string | undefined {
    const pattern = /#(?:\{([a-z]+)\}|([A-Za-z_][A-Za-z0-9_]*))/y;
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    return match ? (match[1] ?? match[2]) : undefined;
  }

  #takeDirective(): void {
    this.#match(/#(?:\{[a-z]+\}|[A-Za-z_][A-Za-z0-9_]*)/y);
  }

  #endOfDirective(): void {
    this.#match(/[ \t]*\r?\n/y);
  }

  #directive(name: string): Node | undefined {
    const start = this.#at;
    this.#takeDirective();
    switch (name) {
      case "set": {
        this.#open();
        this.#space();
        const target = this.#reference();
        if (!target) this.#fail("#set wants a reference");
        this.#space();
        if (this.#match(/=/y) === undefined) this.#fail("#set wants =");
        const value = this.#expression();
        this.#close();
        this.#endOfDirective();
        return { kind: "set", target, value };
      }
      case "if":
        return this.#if();
      case "foreach": {
        this.#open();
        this.#space();
        const item = this.#reference();
        this.#space();
        if (!item || this.#match(/in\b/y) === undefined) this.#fail("#foreach wants $item in list");
        const list = this.#expression();
        this.#close();
        this.#endOfDirective();
        const body = this.#body();
        return { kind: "foreach", name: item.name, list, body };
      }
      case "macro": {
        this.#open();
        this.#space();
        const macro = this.#match(NAME);
        if (!macro) this.#fail("#macro wants a name");
        const parameters: string[] = [];
        for (this.#space(); this.#source[this.#at] === "$"; this.#space()) {
          parameters.push((this.#reference() as Reference).name);
        }
        this.#close();
        this.#endOfDirective();
        return { kind: "macro", name: macro, parameters, body: this.#body() };
      }
      case "break":
      case "stop":
        this.#endOfDirective();
        return { kind: name };
      case "end":
      case "else":
      case "elseif":
        return this.#fail(`#${name} without a beginning`);
      default:
        return this.#macroCall(name, start);
    }
  }

  #macroCall(name: string, start: number): Node | undefined {
    if (this.#source[this.#at] !== "(") return undefined;
    this.#open();
    const values: Expression[] = [];
    for (this.#space(); this.#source[this.#at] !== ")"; this.#space()) {
      if (this.#at >= this.#source.length) return undefined;
      try {
        values.push(this.#expression());
      } catch {
        // Not a call after all: a number sign in the text.
        return undefined;
      }
      this.#space();
      this.#match(/,/y);
    }
    this.#close();
    return { kind: "call", name, values, source: this.#source.slice(start, this.#at) };
  }

  #body(): Node[] {
    const body = this.nodes((directive) => directive === "end");
    if (this.#directiveName() !== "end") this.#fail("#end is missing");
    this.#takeDirective();
    this.#endOfDirective();
    return body;
  }

  #if(): Node {
    const branches: Branch[] = [];
    let otherwise: Node[] = [];
    const ends = (directive: string) => directive === "end" || directive === "else" || directive === "elseif";
    for (let next = "elseif"; next !== "end"; ) {
      if (next === "elseif") {
        this.#open();
        const condition = this.#expression();
        this.#close();
        this.#endOfDirective();
        branches.push({ condition, body: this.nodes(ends) });
      } else {
        this.#endOfDirective();
        otherwise = this.nodes(ends);
      }
      next = this.#directiveName() ?? this.#fail("#end is missing");
      this.#takeDirective();
    }
    this.#endOfDirective();
    return { kind: "if", branches, otherwise };
  }

  #space(): void {
    this.#match(/\s*/y);
  }
  #open(): void {
    this.#space();
    if (this.#match(/\(/y) === undefined) this.#fail("( is missing");
  }
  #close(): void {
    this.#space();
    if (this.#match(/\)/y) === undefined) this.#fail(") is missing");
  }

  /** A reference, if one stands next; else nothing is read. */
  #reference(): Reference | undefined {
    const start = this.#at;
    const head = this.#match(/\$(!?)(\{?)(?=[A-Za-z_])/y);
    if (head === undefined) return undefined;
    const name = this.#match(NAME) as string;
    const steps = this.#steps();
    if (head.endsWith("{") && this.#match(/\}/y) === undefined) {
      this.#at = start;
      return undefined;
    }
    return { name, steps, quiet: head.includes("!"), source: this.#source.slice(start, this.#at) };
  }

  #steps(): Step[] {
    const steps: Step[] = [];
    for (;;) {
      const start = this.#at;
      if (this.#match(/\.(?=[A-Za-z_])/y) !== undefined) {
        const name = this.#match(NAME) as string;
        if (this.#source[this.#at] !== "(") {
          steps.push({ kind: "property", name });
          continue;
        }
        this.#at++;
        steps.push({ kind: "method", name, values: this.#list(")") });
      } else if (this.#source[this.#at] === "[") {
        this.#at++;
        try {
          const value = this.#expression();
          this.#space();
          if (this.#match(/\]/y) === undefined) throw new TemplateError("] is missing");
          steps.push({ kind: "index", value });
        } catch (error) {
          // A bracket that is text, as in `$name[text`.
          if (!(error instanceof TemplateError)) throw error;
          this.#at = start;
          return steps;
        }
      } else return steps;
    }
  }

  #list(end: string): Expression[] {
    const items: Expression[] = [];
    for (this.#space(); this.#source[this.#at] !== end; this.#space()) {
      items.push(this.#expression());
      this.#space();
      if (this.#match(/,/y) === undefined && this.#source[this.#at] !== end) this.#fail(`${end} is missing`);
    }
    this.#at++;
    return items;
  }

  #expression(level = 0): Expression {
    const operators = PRECEDENCE[level];
    if (!operators) return this.#unary();
    let left = this.#expression(level + 1);
    for (;;) {
      this.#space();
      const operator = Object.keys(operators).find((text) => this.#operatorAt(text));
      if (operator === undefined) return left;
      this.#at += operator.length;
      left = { kind: "binary", operator: operators[operator] as string, left, right: this.#expression(level + 1) };
    }
  }

  #operatorAt(operator: string): boolean {
    if (!this.#source.startsWith(operator, this.#at)) return false;
    return !/^[a-z]/.test(operator) || !/[A-Za-z0-9_]/.test(this.#source[this.#at + operator.length] ?? "");
  }

  #unary(): Expression {
    this.#space();
    if (this.#match(/!|not\b/y) !== undefined) return { kind: "not", operand: this.#unary() };
    if (this.#match(/-(?=[$(])/y) !== undefined) return { kind: "negative", operand: this.#unary() };
    return this.#primary();
  }

  #primary(): Expression {
    const char = this.#source[this.#at];
    if (char === "$") {
      const reference = this.#reference();
      if (!reference) this.#fail("A reference is not complete");
      return { kind: "reference", reference };
    }
    if (char === "'") return { kind: "constant", value: this.#quoted("'") };
    if (char === '"') {
      const text = this.#quoted('"');
      if (!/[$#]/.test(text)) return { kind: "constant", value: text };
      return { kind: "interpolated", nodes: parseTemplate(text) };
    }
    if (char === "(") {
      this.#at++;
      const inner = this.#expression();
      this.#close();
      return inner;
    }
    if (char === "[") return this.#listOrRange();
    if (char === "{") return this.#map();
    const number = this.#match(/-?\d+(\.(?!\.)\d+)?([eE][+-]?\d+)?/y);
    if (number !== undefined) return { kind: "constant", value: Number(number) };
    const word = this.#match(/(true|false|null)\b/y);
    if (word !== undefined) return { kind: "constant", value: JSON.parse(word) as boolean | null };
    return this.#fail(`Encountered "${this.#source.slice(this.#at, this.#at + 10)}"`);
  }

  /** Quotes are written twice inside a string, or after a backslash. */
  #quoted(quote: string): string {
    let text = "";
    for (this.#at++; this.#at < this.#source.length; this.#at++) {
      const char = this.#source[this.#at] as string;
      const next = this.#source[this.#at + 1];
      if (char === quote && next === quote) this.#at++;
      else if (char === "\\" && next === quote) this.#at++;
      else if (char === quote) {
        this.#at++;
        return text;
      }
      text += this.#source[this.#at];
    }
    return this.#fail("A string does not end");
  }

  #listOrRange(): Expression {
    this.#at++;
    this.#space();
    if (this.#source[this.#at] === "]") {
      this.#at++;
      return { kind: "list", items: [] };
    }
    const first = this.#expression();
    this.#space();
    if (this.#match(/\.\./y) !== undefined) {
      const to = this.#expression();
      this.#space();
      if (this.#match(/\]/y) === undefined) this.#fail("] is missing");
      return { kind: "range", from: first, to };
    }
    this.#match(/,/y);
    return { kind: "list", items: [first, ...this.#list("]")] };
  }

  #map(): Expression {
    this.#at++;
    const entries: [Expression, Expression][] = [];
    for (this.#space(); this.#source[this.#at] !== "}"; this.#space()) {
      const key = this.#expression();
      this.#space();
      if (this.#match(/:/y) === undefined) this.#fail(": is missing");
      entries.push([key, this.#expression()]);
      this.#space();
      if (this.#match(/,/y) === undefined && this.#source[this.#at] !== "}") this.#fail("} is missing");
    }
    this.#at++;
    return { kind: "map", entries };
  }
}
