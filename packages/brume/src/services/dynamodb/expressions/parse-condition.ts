/** The grammar of condition, filter and key condition expressions. */
import { Parser } from "./parser.js";
import type { Comparator, RawCondition, RawOperand } from "./syntax.js";
import { ExpressionError } from "./tokenize.js";

type Node = RawCondition | RawOperand;
const COMPARATORS: ReadonlySet<string> = new Set(["=", "<>", "<", "<=", ">", ">="]);

/** Parses a condition: OR binds least, then AND, then NOT, then comparisons. @throws ExpressionError */
export function parseCondition(text: string): RawCondition {
  const parser = new ConditionParser(text);
  const condition = parser.condition(parser.disjunction());
  parser.expectEnd();
  return condition;
}

function isOperand(node: Node): node is RawOperand {
  return node.kind === "path" || node.kind === "placeholder" || node.kind === "call";
}

class ConditionParser extends Parser {
  // Whether a parenthesis holds an operand or a condition shows only after it: both are parsed as one kind of node.
  disjunction(): Node {
    let left = this.#conjunction();
    while (this.seesWord("OR")) {
      const first = this.condition(left);
      this.next();
      left = { kind: "or", left: first, right: this.condition(this.#conjunction()) };
    }
    return left;
  }

  #conjunction(): Node {
    let left = this.#negation();
    while (this.seesWord("AND")) {
      const first = this.condition(left);
      this.next();
      left = { kind: "and", left: first, right: this.condition(this.#negation()) };
    }
    return left;
  }

  #negation(): Node {
    if (!this.takesWord("NOT")) return this.#comparison();
    return { kind: "not", condition: this.condition(this.#negation()) };
  }

  #comparison(): Node {
    const left = this.#primary();
    if (this.token.kind === "symbol" && COMPARATORS.has(this.token.text)) {
      const first = this.#operandOf(left);
      const operator = this.next().text as Comparator;
      return { kind: "compare", operator, operands: [first, this.groupedOperand()] };
    }
    if (this.seesWord("BETWEEN")) {
      const first = this.#operandOf(left);
      this.next();
      const low = this.groupedOperand();
      this.expectWord("AND");
      return { kind: "between", operands: [first, low, this.groupedOperand()] };
    }
    if (this.seesWord("IN")) {
      const first = this.#operandOf(left);
      this.next();
      this.expect("(");
      const options = this.list(() => this.groupedOperand());
      this.expect(")");
      return { kind: "in", operands: [first, ...options] };
    }
    return left;
  }

  #primary(): Node {
    if (!this.takes("(")) return this.operand();
    const nested = this.sees("(");
    const inner = this.disjunction();
    // `((a = b) AND c = d)` begins with two as well, but only one of them is around the whole.
    const redundant = nested && this.#grouped.has(inner);
    this.expect(")");
    if (redundant) throw new ExpressionError("The expression has redundant parentheses;");
    this.#grouped.add(inner);
    return inner;
  }

  readonly #grouped = new WeakSet<Node>();

  #operandOf(node: Node): RawOperand {
    if (!isOperand(node)) throw this.unexpected();
    return node;
  }

  /** A node that must be a condition: of the operands, only functions are. */
  condition(node: Node): RawCondition {
    if (!isOperand(node)) return node;
    if (node.kind !== "call") throw this.unexpected();
    return { kind: "test", name: node.name, operands: node.operands };
  }
}
