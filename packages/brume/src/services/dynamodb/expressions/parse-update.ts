/** The grammar of update expressions. */
import { Parser } from "./parser.js";
import type { RawAction, RawOperand, Section } from "./syntax.js";
import { ExpressionError } from "./tokenize.js";

const SECTIONS: readonly Section[] = ["SET", "REMOVE", "ADD", "DELETE"];

/** Parses an update expression. @throws ExpressionError */
export function parseUpdate(text: string): RawAction[] {
  const parser = new UpdateParser(text);
  const actions: RawAction[] = [];
  const seen = new Set<Section>();
  let repeated: Section | undefined;
  do {
    const section = SECTIONS.find((word) => parser.takesWord(word));
    if (!section) throw parser.unexpected();
    if (seen.has(section)) repeated ??= section;
    seen.add(section);
    actions.push(...parser.list(() => parser.action(section)));
  } while (parser.token.kind !== "end");
  if (repeated) throw new ExpressionError(`The "${repeated}" section can only be used once in an update expression;`);
  return actions;
}

class UpdateParser extends Parser {
  action(section: Section): RawAction {
    const path = this.path();
    if (section === "REMOVE") return { section, path };
    if (section === "SET") {
      this.expect("=");
      return { section, path, operand: this.#sum() };
    }
    if (this.token.kind !== "value") throw this.unexpected();
    return { section, path, operand: this.operand() };
  }

  #sum(): RawOperand {
    const left = this.#summand();
    for (const name of ["+", "-"]) {
      if (this.takes(name)) return { kind: "call", name, operands: [left, this.#summand()] };
    }
    return left;
  }

  #summand(): RawOperand {
    if (!this.takes("(")) return this.operand();
    const inner = this.#sum();
    this.expect(")");
    return inner;
  }
}
