/** The parameters of before expressions, turned into what expressions are compiled to. See "Legacy conditional parameters". */
import type {
  AttributeValueUpdate,
  ExpectedAttributeValue,
  Condition as LegacyCondition,
} from "@aws-sdk/client-dynamodb";
import { canonicalValue, typeOf, type Value, validation } from "./attribute-value.js";
import { type Constraint, checkMembers } from "./constraints.js";
import type { Action, Comparator, Condition, Operand, Path } from "./expressions/syntax.js";

const invalid = (message: string) => validation(`One or more parameter values were invalid: ${message}`);

const COMPARATORS: Readonly<Record<string, Comparator>> = {
  EQ: "=",
  NE: "<>",
  LT: "<",
  LE: "<=",
  GT: ">",
  GE: ">=",
};
const TESTS: Readonly<Record<string, string>> = {
  NOT_NULL: "attribute_exists",
  NULL: "attribute_not_exists",
  CONTAINS: "contains",
  NOT_CONTAINS: "contains",
  BEGINS_WITH: "begins_with",
};
/** How many arguments operators take, where it is not one. */
const COUNTS: Readonly<Record<string, number>> = { NULL: 0, NOT_NULL: 0, BETWEEN: 2 };

const COMPARISON: Constraint = {
  required: true,
  oneOf: [
    "IN",
    "NULL",
    "BETWEEN",
    "LT",
    "NOT_CONTAINS",
    "EQ",
    "GT",
    "NOT_NULL",
    "NE",
    "LE",
    "BEGINS_WITH",
    "GE",
    "CONTAINS",
  ],
};
/** The types that an operator orders or searches; all types where nothing is said. */
const ORDERED: readonly string[] = ["S", "N", "B"];
const TYPES: Readonly<Record<string, readonly string[]>> = {
  LT: ORDERED,
  LE: ORDERED,
  GT: ORDERED,
  GE: ORDERED,
  BETWEEN: ORDERED,
  BEGINS_WITH: ["S", "B"],
};

/** Checks the operator of a legacy condition. @throws AwsError `ValidationException` */
export function checkComparison(name: string, ComparisonOperator: string | undefined, parameter: string): void {
  checkMembers({ ComparisonOperator }, { ComparisonOperator: COMPARISON }, `${parameter}.${name}.member.`);
}

/** One comparison of an attribute. @throws AwsError `ValidationException` */
function comparison(name: string, operator: string, given: readonly Value[]): Condition {
  const values = given.map((value) => canonicalValue(value));
  const expected = COUNTS[operator] ?? 1;
  if (operator === "IN" ? values.length === 0 : values.length !== expected) {
    throw invalid(`Invalid number of argument(s) for the ${operator} ComparisonOperator`);
  }
  const wrong = TYPES[operator] && values.map(typeOf).find((type) => !TYPES[operator]?.includes(type));
  if (wrong) throw invalid(`ComparisonOperator ${operator} is not valid for ${wrong} AttributeValue type`);
  const operands: Operand[] = [
    { kind: "path", path: [name] },
    ...values.map((value): Operand => ({ kind: "value", value })),
  ];
  const comparator = COMPARATORS[operator];
  if (comparator) return { kind: "compare", operator: comparator, operands };
  if (operator === "BETWEEN") return { kind: "between", operands };
  if (operator === "IN") return { kind: "in", operands };
  const test: Condition = { kind: "test", name: TESTS[operator] ?? operator, operands };
  return operator === "NOT_CONTAINS" ? { kind: "not", condition: test } : test;
}

function combine(conditions: readonly Condition[], operator: string | undefined): Condition | undefined {
  const kind = operator === "OR" ? "or" : "and";
  return conditions.reduce<Condition | undefined>((left, right) => (left ? { kind, left, right } : right), undefined);
}

function checkOperator(count: number, operator: string | undefined): void {
  if (operator === undefined) return;
  if (count === 0) throw validation("ConditionalOperator cannot be used without Filter or Expected");
  if (count === 1)
    throw validation("ConditionalOperator can only be used when Filter or Expected has two or more elements");
}

/** `Expected` as a condition. @throws AwsError `ValidationException` */
export function expectedCondition(
  expected: Readonly<Record<string, ExpectedAttributeValue>> | undefined,
  operator: string | undefined,
): Condition | undefined {
  const conditions = Object.entries(expected ?? {}).map(([name, one]) => expectation(name, one));
  checkOperator(conditions.length, operator);
  return combine(conditions, operator);
}

function expectation(name: string, one: ExpectedAttributeValue): Condition {
  const { Value: value, Exists, ComparisonOperator: operator, AttributeValueList: list } = one;
  const of = `for Attribute: ${name}`;
  if (operator !== undefined) {
    checkComparison(name, operator, "expected");
    if (Exists !== undefined) throw invalid(`Exists and ComparisonOperator cannot be used together ${of}`);
    if (value && list) throw invalid(`Value and AttributeValueList cannot be used together ${of}`);
    return comparison(name, operator, list ?? (value ? [value] : []));
  }
  if (list) throw invalid(`AttributeValueList can only be used with a ComparisonOperator ${of}`);
  if (Exists === false) {
    if (value) throw invalid(`Value cannot be used when Exists is false ${of}`);
    return comparison(name, "NULL", []);
  }
  if (!value) throw invalid(`Value must be provided when Exists is ${Exists ?? "null"} ${of}`);
  return comparison(name, "EQ", [value]);
}

/** `QueryFilter` or `ScanFilter` as a condition. @throws AwsError `ValidationException` */
export function filterCondition(
  filter: Readonly<Record<string, LegacyCondition>> | undefined,
  operator: string | undefined,
  parameter: "queryFilter" | "scanFilter",
): Condition | undefined {
  const conditions = Object.entries(filter ?? {}).map(([name, one]) => {
    checkComparison(name, one.ComparisonOperator, parameter);
    return comparison(name, one.ComparisonOperator as string, one.AttributeValueList ?? []);
  });
  checkOperator(conditions.length, operator);
  return combine(conditions, operator);
}

/** `AttributesToGet` as a projection. @throws AwsError `ValidationException` */
export function attributesProjection(names: readonly string[] | undefined): Path[] | undefined {
  const repeated = names?.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw invalid(`Duplicate value in attribute name: ${repeated}`);
  return names?.map((name) => [name]);
}

/** `AttributeUpdates` as actions. @throws AwsError `ValidationException` */
export function updateActions(
  updates: Readonly<Record<string, AttributeValueUpdate>> | undefined,
): Action[] | undefined {
  return updates && Object.entries(updates).map(([name, update]) => updateAction(name, update));
}

function updateAction(name: string, { Action: action = "PUT", Value: given }: AttributeValueUpdate): Action {
  checkMembers({ Action: action }, { Action: { oneOf: ["ADD", "DELETE", "PUT"] } }, `attributeUpdates.${name}.member.`);
  const path: Path = [name];
  if (!given) {
    if (action === "DELETE") return { section: "REMOVE", path };
    throw invalid(`Only DELETE action is allowed when no attribute value is specified`);
  }
  const value = canonicalValue(given as Value);
  const operand: Operand = { kind: "value", value };
  if (action === "PUT") return { section: "SET", path, operand };
  const type = typeOf(value);
  const isSet = type === "SS" || type === "NS" || type === "BS";
  if (action === "DELETE") {
    if (!isSet) throw invalid(`DELETE action with value is not supported for the type ${type}`);
    return { section: "DELETE", path, operand };
  }
  if (type === "L") {
    const empty: Operand = { kind: "value", value: { L: [] } };
    const before: Operand = { kind: "call", name: "if_not_exists", operands: [{ kind: "path", path }, empty] };
    return { section: "SET", path, operand: { kind: "call", name: "list_append", operands: [before, operand] } };
  }
  if (!isSet && type !== "N") throw invalid(`ADD action is not supported for the type ${type}`);
  return { section: "ADD", path, operand };
}
