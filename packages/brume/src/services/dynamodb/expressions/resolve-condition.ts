/** Resolves a condition's placeholders, and checks what DynamoDB checks before it looks at an item. */
import { compareScalars, typeOf, type Value, type ValueType } from "../attribute-value.js";
import type { Scope } from "./scope.js";
import { type Condition, type Operand, pathText, type RawCondition, type RawOperand } from "./syntax.js";
import { ExpressionError } from "./tokenize.js";

const OPERAND_COUNTS: Readonly<Record<string, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  size: 1,
};
const ORDERED: ReadonlySet<ValueType> = new Set(["S", "N", "B"]);
const UNSIZED: ReadonlySet<ValueType> = new Set(["N", "BOOL", "NULL"]);
const TYPE_NAMES = ["B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M"];

/** @throws ExpressionError in AWS's order: functions, reserved words, then condition by condition */
export function resolveCondition(raw: RawCondition, scope: Scope): Condition {
  visit(raw, checkFunctions);
  visit(raw, ({ operands }) => {
    for (const operand of operands) checkReserved(operand, scope);
  });
  return resolve(raw, scope);
}

type Leaf = Extract<RawCondition, { operands: unknown }>;

function visit(condition: RawCondition, look: (leaf: Leaf) => void): void {
  if (condition.kind === "and" || condition.kind === "or") {
    visit(condition.left, look);
    visit(condition.right, look);
  } else if (condition.kind === "not") visit(condition.condition, look);
  else look(condition);
}

function checkFunctions(leaf: Leaf): void {
  if (leaf.kind === "test") {
    checkKnown(leaf.name);
    // size is a value, not a condition.
    if (leaf.name === "size") throw misused(leaf.name);
  }
  for (const operand of leaf.operands) checkOperandFunctions(operand);
}

function checkOperandFunctions(operand: RawOperand): void {
  if (operand.kind !== "call") return;
  checkKnown(operand.name);
  if (operand.name !== "size") throw misused(operand.name);
  for (const inner of operand.operands) checkOperandFunctions(inner);
}

function checkKnown(name: string): void {
  if (!Object.hasOwn(OPERAND_COUNTS, name)) throw new ExpressionError(`Invalid function name; function: ${name}`);
}

const misused = (name: string) =>
  new ExpressionError(`The function is not allowed to be used this way in an expression; function: ${name}`);

function checkReserved(operand: RawOperand, scope: Scope): void {
  if (operand.kind === "path") scope.checkReserved(operand.path);
  else if (operand.kind === "call") for (const inner of operand.operands) checkReserved(inner, scope);
}

function resolve(raw: RawCondition, scope: Scope): Condition {
  switch (raw.kind) {
    case "and":
    case "or":
      return { kind: raw.kind, left: resolve(raw.left, scope), right: resolve(raw.right, scope) };
    case "not":
      return { kind: "not", condition: resolve(raw.condition, scope) };
    default: {
      const operands = raw.operands.map((operand) => resolveOperand(operand, scope));
      checkLeaf(raw, operands);
      return { ...raw, operands };
    }
  }
}

/** Resolves the placeholders of an operand. @throws ExpressionError */
export function resolveOperand(raw: RawOperand, scope: Scope): Operand {
  if (raw.kind === "path") return { kind: "path", path: scope.path(raw.path) };
  if (raw.kind === "placeholder") return { kind: "value", value: scope.value(raw.name) };
  const operands = raw.operands.map((operand) => resolveOperand(operand, scope));
  if (raw.name === "size") checkCall(raw.name, operands);
  return { kind: "call", name: raw.name, operands };
}

function checkLeaf(leaf: Leaf, operands: readonly Operand[]): void {
  if (leaf.kind === "test") return checkCall(leaf.name, operands);
  if (leaf.kind === "in") return;
  if (leaf.kind === "compare") {
    checkDistinct(leaf.operator, operands);
    if (leaf.operator !== "=" && leaf.operator !== "<>") checkOrdered(leaf.operator, operands);
    return;
  }
  checkOrdered("BETWEEN", operands);
  checkBounds(operands[1] as Operand, operands[2] as Operand);
}

function checkCall(name: string, operands: readonly Operand[]): void {
  if (operands.length !== OPERAND_COUNTS[name]) {
    throw new ExpressionError(
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
    );
  }
  checkDistinct(name, operands);
  const [first, second] = operands as [Operand, Operand];
  if (name === "attribute_exists" || name === "attribute_not_exists") {
    if (first.kind !== "path") {
      throw new ExpressionError(`Operator or function requires a document path; operator or function: ${name}`);
    }
  } else if (name === "begins_with") {
    for (const operand of operands) {
      const type = literalType(operand);
      if (type && type !== "S" && type !== "B") throw wrongType(name, type);
    }
  } else if (name === "attribute_type") checkTypeName(second);
  else if (name === "size") {
    const type = first.kind === "call" ? "N" : literalType(first);
    if (type && UNSIZED.has(type)) throw wrongType(name, type);
  }
}

function checkTypeName(operand: Operand): void {
  const type = literalType(operand);
  if (type !== "S") throw wrongType("attribute_type", type ?? "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
  const name = (operand as { value: Value }).value.S as string;
  if (!TYPE_NAMES.includes(name)) {
    throw new ExpressionError(
      `Invalid attribute type name found; type: ${name}, valid types: {${TYPE_NAMES.join(",")}}`,
    );
  }
}

function checkOrdered(operator: string, operands: readonly Operand[]): void {
  for (const operand of operands) {
    const type = literalType(operand);
    if (type && !ORDERED.has(type)) throw wrongType(operator, type);
  }
}

function checkDistinct(operator: string, [first, second, ...more]: readonly Operand[]): void {
  if (first?.kind !== "path" || second?.kind !== "path" || more.length > 0) return;
  if (pathText(first.path) !== pathText(second.path)) return;
  throw new ExpressionError(
    `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${pathText(first.path)}`,
  );
}

function checkBounds(low: Operand, high: Operand): void {
  if (low.kind !== "value" || high.kind !== "value") return;
  const shown = `lower bound operand: AttributeValue: ${valueText(low.value)}, upper bound operand: AttributeValue: ${valueText(high.value)}`;
  if (typeOf(low.value) !== typeOf(high.value)) {
    throw new ExpressionError(`The BETWEEN operator requires same data type for lower and upper bounds; ${shown}`);
  }
  if ((compareScalars(low.value, high.value) ?? 0) > 0) {
    throw new ExpressionError(
      `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${shown}`,
    );
  }
}

function valueText(value: Value): string {
  const type = typeOf(value);
  const content = value[type];
  return `{${type}:${content instanceof Uint8Array ? Buffer.from(content).toString("base64") : String(content)}}`;
}

function literalType(operand: Operand): ValueType | undefined {
  return operand.kind === "value" ? typeOf(operand.value) : undefined;
}

const wrongType = (name: string, type: string) =>
  new ExpressionError(
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
  );
