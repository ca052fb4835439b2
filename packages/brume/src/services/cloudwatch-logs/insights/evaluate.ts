/** Evaluates the expressions of queries against records. */
import { Regex } from "../regex/regex.js";
import { timeOf } from "./aggregates.js";
import { callFunction } from "./functions.js";
import { Period } from "./period.js";
import type { BinaryOperator, Expression } from "./syntax.js";
import { areEqual, isTrue, Moment, order, toNumber, toText, type Value } from "./values.js";

/** What an expression is evaluated against. */
export interface Scope {
  get(name: string): Value;
  /** Cloud time, in milliseconds since the epoch. */
  readonly now: number;
  /** The results of the functions of many records, in `stats`. */
  readonly aggregates?: ReadonlyMap<Expression, Value>;
}

const ARITHMETIC: Readonly<Partial<Record<BinaryOperator, (a: number, b: number) => number>>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "^": (a, b) => a ** b,
};

const COMPARISONS: Readonly<Partial<Record<BinaryOperator, (difference: number) => boolean>>> = {
  "<": (difference) => difference < 0,
  "<=": (difference) => difference <= 0,
  ">": (difference) => difference > 0,
  ">=": (difference) => difference >= 0,
};

const truth = (is: boolean): number => (is ? 1 : 0);

/** An expression's value; `undefined` where something that it needs is missing. Conditions come to 1 or 0. */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case "value":
      return expression.value;
    case "field":
      return scope.get(expression.name);
    case "call":
      return call(expression.name, expression.args, scope);
    case "aggregate":
      return scope.aggregates?.get(expression);
    case "binary":
      return binary(expression, scope);
    case "not":
      return truth(!isTrue(evaluate(expression.of, scope)));
    case "negative": {
      const number = toNumber(evaluate(expression.of, scope));
      return number === undefined ? undefined : -number;
    }
    case "like":
      return truth(isLike(evaluate(expression.of, scope), expression.pattern, scope));
    case "in": {
      const value = evaluate(expression.of, scope);
      return truth(expression.list.some((one) => areEqual(value, evaluate(one, scope))));
    }
  }
}

function isLike(value: Value, pattern: Expression | Regex, scope: Scope): boolean {
  const text = toText(value);
  if (text === undefined) return false;
  if (pattern instanceof Regex) return pattern.test(text);
  const part = toText(evaluate(pattern, scope));
  return part !== undefined && text.includes(part);
}

function binary({ operator, left, right }: Expression & { kind: "binary" }, scope: Scope): Value {
  const a = evaluate(left, scope);
  if (operator === "or") return truth(isTrue(a) || isTrue(evaluate(right, scope)));
  if (operator === "and") return truth(isTrue(a) && isTrue(evaluate(right, scope)));
  const b = evaluate(right, scope);
  if (operator === "=") return truth(areEqual(a, b));
  if (operator === "!=") return truth(!areEqual(a, b));
  const compare = COMPARISONS[operator];
  if (compare) {
    const difference = order(a, b);
    return truth(difference !== undefined && compare(difference));
  }
  const [x, y] = [toNumber(a), toNumber(b)];
  if (x === undefined || y === undefined) return undefined;
  const result = ARITHMETIC[operator]?.(x, y);
  return Number.isFinite(result) ? result : undefined;
}

function call(name: string, args: readonly Expression[], scope: Scope): Value {
  if (name === "now") return Math.floor(scope.now / 1000);
  const values = args.map((arg) => evaluate(arg, scope));
  if (name !== "bin") return callFunction(name, values);
  const [period] = values;
  const time = scope.get("@timestamp");
  return period instanceof Period && time !== undefined ? new Moment(period.floor(timeOf(time))) : undefined;
}
