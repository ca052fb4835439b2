/** What expressions are made of once they are parsed. */
import type { Value } from "../attribute-value.js";

/** Names of attributes and map keys, and indexes of list elements. */
export type Path = readonly (string | number)[];

interface Call<O> {
  readonly kind: "call";
  readonly name: string;
  readonly operands: readonly O[];
}

/** An operand as it is written: names in paths may be `#placeholders`. */
export type RawOperand =
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "placeholder"; readonly name: string }
  | Call<RawOperand>;

/** An operand with its placeholders resolved. */
export type Operand =
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "value"; readonly value: Value }
  | Call<Operand>;

export type Comparator = "=" | "<>" | "<" | "<=" | ">" | ">=";

/** A condition over raw or resolved operands. `test` is a function that stands as a condition. */
export type Condition<O = Operand> =
  | { readonly kind: "and"; readonly left: Condition<O>; readonly right: Condition<O> }
  | { readonly kind: "or"; readonly left: Condition<O>; readonly right: Condition<O> }
  | { readonly kind: "not"; readonly condition: Condition<O> }
  | { readonly kind: "compare"; readonly operator: Comparator; readonly operands: readonly O[] }
  | { readonly kind: "between"; readonly operands: readonly O[] }
  | { readonly kind: "in"; readonly operands: readonly O[] }
  | { readonly kind: "test"; readonly name: string; readonly operands: readonly O[] };
export type RawCondition = Condition<RawOperand>;

export type Section = "SET" | "REMOVE" | "ADD" | "DELETE";

/** One action of an update expression. Sums and differences are calls of `+` and `-`. */
export interface Action<O = Operand> {
  readonly section: Section;
  readonly path: Path;
  /** Absent for REMOVE. */
  readonly operand?: O;
}
export type RawAction = Action<RawOperand>;

/** A path as messages show it. */
export function pathText(path: Path): string {
  return `[${path.map((part) => (typeof part === "number" ? `[${part}]` : part)).join(", ")}]`;
}
