/** What a Logs Insights query is, once it has been read: commands, and the expressions in them. */
import type { Regex } from "../regex/regex.js";
import type { Period } from "./period.js";

export type BinaryOperator = "or" | "and" | "=" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "%" | "^";

export type Expression =
  | { readonly kind: "value"; readonly value: string | number | Period }
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  /** Something that `stats` makes of many records. */
  | { readonly kind: "aggregate"; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "not"; readonly of: Expression }
  | { readonly kind: "negative"; readonly of: Expression }
  /** Whether a text holds another, or an expression matches it. */
  | { readonly kind: "like"; readonly of: Expression; readonly pattern: Expression | Regex }
  | { readonly kind: "in"; readonly of: Expression; readonly list: readonly Expression[] };

/** An expression and the name under which its value is shown. */
export interface Column {
  readonly name: string;
  readonly expression: Expression;
}

/** What `parse` takes out of a text, by the names that follow `as`; `undefined` when it does not match. */
export type Take = (text: string) => readonly (string | undefined)[] | undefined;

export type Command =
  | { readonly kind: "fields"; readonly columns: readonly Column[] }
  | { readonly kind: "display"; readonly columns: readonly Column[] }
  | { readonly kind: "filter"; readonly condition: Expression }
  | { readonly kind: "parse"; readonly of: Expression; readonly names: readonly string[]; readonly take: Take }
  | { readonly kind: "stats"; readonly columns: readonly Column[]; readonly by: readonly Column[] }
  | { readonly kind: "sort"; readonly keys: readonly { expression: Expression; descending: boolean }[] }
  | { readonly kind: "limit"; readonly count: number }
  | { readonly kind: "dedup"; readonly expressions: readonly Expression[] };

/** What is wrong with a query, and where: offsets of characters, the end left out. */
export class MalformedQuery extends Error {
  readonly start: number;
  readonly end: number;
  constructor(message: string, start: number, end: number) {
    super(message);
    this.start = start;
    this.end = end;
  }
}
