/** The syntax tree of a Velocity template. */

export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "reference"; readonly reference: Reference }
  | { readonly kind: "set"; readonly target: Reference; readonly value: Expression }
  | { readonly kind: "if"; readonly branches: readonly Branch[]; readonly otherwise: readonly Node[] }
  | { readonly kind: "foreach"; readonly name: string; readonly list: Expression; readonly body: readonly Node[] }
  | {
      readonly kind: "macro";
      readonly name: string;
      readonly parameters: readonly string[];
      readonly body: readonly Node[];
    }
  | { readonly kind: "call"; readonly name: string; readonly values: readonly Expression[]; readonly source: string }
  | { readonly kind: "break" }
  | { readonly kind: "stop" };

export interface Branch {
  readonly condition: Expression;
  readonly body: readonly Node[];
}

/** `$name.property.method(…)[index]`, and how it is written: what has no value is printed so. */
export interface Reference {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly quiet: boolean;
  readonly source: string;
}

export type Step =
  | { readonly kind: "property"; readonly name: string }
  | { readonly kind: "method"; readonly name: string; readonly values: readonly Expression[] }
  | { readonly kind: "index"; readonly value: Expression };

export type Expression =
  | { readonly kind: "constant"; readonly value: string | number | boolean | null }
  | { readonly kind: "interpolated"; readonly nodes: readonly Node[] }
  | { readonly kind: "reference"; readonly reference: Reference }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "range"; readonly from: Expression; readonly to: Expression }
  | { readonly kind: "map"; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: "not"; readonly operand: Expression }
  | { readonly kind: "negative"; readonly operand: Expression }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression };

/** A template that cannot be read: what is wrong, and on which line. */
export class TemplateError extends Error {}
