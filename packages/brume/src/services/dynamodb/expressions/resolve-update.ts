/** Resolves an update expression's placeholders, and checks what DynamoDB checks before it looks at an item. */
import { typeOf, type ValueType } from "../attribute-value.js";
import { resolveOperand } from "./resolve-condition.js";
import type { Scope } from "./scope.js";
import { type Action, type Operand, type Path, pathText, type RawAction, type RawOperand } from "./syntax.js";
import { ExpressionError } from "./tokenize.js";

const FUNCTIONS: ReadonlySet<string> = new Set(["if_not_exists", "list_append", "+", "-"]);
/** The types that literal operands of a function must have. */
const LITERALS: Readonly<Record<string, ValueType>> = { list_append: "L", "+": "N", "-": "N" };
const LONG_TYPES: Readonly<Partial<Record<ValueType, string>>> = {
  S: "STRING",
  N: "NUMBER",
  B: "BINARY",
  NULL: "NULL",
  BOOL: "BOOLEAN",
  L: "LIST",
  M: "MAP",
};

/** @throws ExpressionError */
export function resolveUpdate(raw: readonly RawAction[], scope: Scope): Action[] {
  for (const { path, operand } of raw) {
    scope.checkReserved(path);
    if (operand) checkReserved(operand, scope);
  }
  for (const { operand } of raw) if (operand) checkKnown(operand);
  const actions = raw.map(({ section, path, operand }) => ({
    section,
    path: scope.path(path),
    ...(operand ? { operand: resolveOperand(operand, scope) } : {}),
  }));
  checkOverlaps(actions.map(({ path }) => path));
  for (const { section, operand } of actions) {
    if (!operand) continue;
    if (section === "SET") checkCalls(operand);
    else checkLiteral(section, operand);
  }
  return actions;
}

function checkReserved(operand: RawOperand, scope: Scope): void {
  if (operand.kind === "path") scope.checkReserved(operand.path);
  else if (operand.kind === "call") for (const inner of operand.operands) checkReserved(inner, scope);
}

function checkKnown(operand: RawOperand): void {
  if (operand.kind !== "call") return;
  if (!FUNCTIONS.has(operand.name)) throw new ExpressionError(`Invalid function name; function: ${operand.name}`);
  for (const inner of operand.operands) checkKnown(inner);
}

function checkCalls(operand: Operand): void {
  if (operand.kind !== "call") return;
  const { name, operands } = operand;
  if (operands.length !== 2) {
    throw new ExpressionError(
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
    );
  }
  if (name === "if_not_exists" && operands[0]?.kind !== "path") {
    throw new ExpressionError(`Operator or function requires a document path; operator or function: ${name}`);
  }
  for (const inner of operands) {
    checkCalls(inner);
    const type = inner.kind === "value" ? typeOf(inner.value) : undefined;
    if (type && LITERALS[name] && type !== LITERALS[name]) {
      throw new ExpressionError(
        `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
      );
    }
  }
}

function checkLiteral(section: string, operand: Operand): void {
  const type = operand.kind === "value" ? typeOf(operand.value) : undefined;
  const shown = type && LONG_TYPES[type];
  if (!shown || (section === "ADD" && type === "N")) return;
  throw new ExpressionError(
    `Incorrect operand type for operator or function; operator: ${section}, operand type: ${shown}, typeSet: ALLOWED_FOR_${section}_OPERAND`,
  );
}

/** No two paths may be the same, or one inside the other. @throws ExpressionError */
export function checkOverlaps(paths: readonly Path[]): void {
  for (let i = 1; i < paths.length; i++) {
    for (let j = 0; j < i; j++) {
      const [one, two] = [paths[j] as Path, paths[i] as Path];
      const relation = relationOf(one, two);
      if (!relation) continue;
      throw new ExpressionError(
        `Two document paths ${relation} with each other; must remove or rewrite one of these paths; path one: ${pathText(one)}, path two: ${pathText(two)}`,
      );
    }
  }
}

function relationOf(one: Path, two: Path): "overlap" | "conflict" | undefined {
  for (let i = 0; i < one.length && i < two.length; i++) {
    if (typeof one[i] !== typeof two[i]) return "conflict";
    if (one[i] !== two[i]) return undefined;
  }
  return "overlap";
}
