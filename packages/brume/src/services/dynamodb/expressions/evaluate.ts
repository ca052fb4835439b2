/** Evaluates conditions against items, and finds what paths point at. */
import {
  attributeOf,
  compareScalars,
  equalValues,
  type Item,
  setElements,
  typeOf,
  type Value,
} from "../attribute-value.js";
import type { Comparator, Condition, Operand, Path } from "./syntax.js";

/** Whether an item meets a condition. */
export function matches(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case "and":
      return matches(condition.left, item) && matches(condition.right, item);
    case "or":
      return matches(condition.left, item) || matches(condition.right, item);
    case "not":
      return !matches(condition.condition, item);
    default: {
      const values = condition.operands.map((operand) => operandValue(operand, item));
      if (condition.kind === "compare") return compare(condition.operator, values[0], values[1]);
      if (condition.kind === "between") {
        return compare(">=", values[0], values[1]) && compare("<=", values[0], values[2]);
      }
      if (condition.kind === "in") return values.slice(1).some((option) => compare("=", values[0], option));
      return TESTS[condition.name]?.(values[0], values[1]) ?? false;
    }
  }
}

/** What a path points at in an item. */
export function valueAt(item: Item, path: Path): Value | undefined {
  let value = attributeOf(item, path[0] as string);
  for (let i = 1; value && i < path.length; i++) {
    const part = path[i] as string | number;
    if (typeof part === "number") value = value.L?.[part];
    else value = value.M && attributeOf(value.M, part);
  }
  return value;
}

function operandValue(operand: Operand, item: Item): Value | undefined {
  if (operand.kind === "value") return operand.value;
  if (operand.kind === "path") return valueAt(item, operand.path);
  const value = operandValue(operand.operands[0] as Operand, item);
  const size = value && sizeOf(value);
  return size === undefined ? undefined : { N: String(size) };
}

function sizeOf(value: Value): number | undefined {
  if (value.M) return Object.keys(value.M).length;
  return (value.S ?? value.B ?? value.L ?? value.SS ?? value.NS ?? value.BS)?.length;
}

/** Compares two values as expressions do; different types are unequal and not ordered. */
export function compare(operator: Comparator, a: Value | undefined, b: Value | undefined): boolean {
  if (operator === "<>") return !a || !b || !equalValues(a, b);
  if (!a || !b) return false;
  if (operator === "=") return equalValues(a, b);
  const order = compareScalars(a, b);
  if (order === undefined) return false;
  switch (operator) {
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    default:
      return order >= 0;
  }
}

const TESTS: Readonly<Record<string, (a: Value | undefined, b: Value | undefined) => boolean>> = {
  attribute_exists: (a) => a !== undefined,
  attribute_not_exists: (a) => a === undefined,
  attribute_type: (a, b) => a !== undefined && typeOf(a) === b?.S,
  begins_with: beginsWith,
  contains,
};

function beginsWith(a: Value | undefined, b: Value | undefined): boolean {
  if (!a || !b) return false;
  if (a.S !== undefined && b.S !== undefined) return a.S.startsWith(b.S);
  if (a.B && b.B) return Buffer.from(a.B).subarray(0, b.B.length).equals(b.B);
  return false;
}

/** Whether a text has a part, or a set or list an element. */
export function contains(a: Value | undefined, b: Value | undefined): boolean {
  if (!a || !b) return false;
  if (a.S !== undefined) return b.S !== undefined && a.S.includes(b.S);
  if (a.B) return b.B !== undefined && Buffer.from(a.B).includes(Buffer.from(b.B));
  if (a.L) return a.L.some((element) => equalValues(element, b));
  if (a.SS) return b.S !== undefined && a.SS.includes(b.S);
  if (a.NS) return b.N !== undefined && a.NS.includes(b.N);
  if (a.BS) return b.B !== undefined && setElements(a).has(Buffer.from(b.B).toString("base64"));
  return false;
}
