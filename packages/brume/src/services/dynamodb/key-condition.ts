/** Key conditions: which part of a table or index a query reads. */
import type { Condition as LegacyCondition } from "@aws-sdk/client-dynamodb";
import type { Range } from "../../kernel/store.js";
import { canonicalValue, type Item, type Value, validation } from "./attribute-value.js";
import { compare } from "./expressions/evaluate.js";
import type { Comparator, Condition, Operand } from "./expressions/syntax.js";
import { hashOf, type KeyAttribute, type KeySchema, sortableValue } from "./keys.js";
import { checkComparison } from "./legacy.js";

/** A condition on one key attribute. */
export interface KeyTest {
  readonly operator: Exclude<Comparator, "<>"> | "between" | "begins_with";
  readonly values: readonly Value[];
}
export type KeyTests = ReadonlyMap<string, KeyTest>;

const MIRRORED: Readonly<Record<Comparator, Comparator>> = {
  "=": "=",
  "<>": "<>",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

/** The tests that a key condition expression makes. @throws AwsError `ValidationException` */
export function keyTests(condition: Condition): KeyTests {
  const tests = new Map<string, KeyTest>();
  collect(condition, tests);
  return tests;
}

function collect(condition: Condition, tests: Map<string, KeyTest>): void {
  switch (condition.kind) {
    case "and":
      collect(condition.left, tests);
      collect(condition.right, tests);
      return;
    case "or":
    case "not":
    case "in":
      throw validation(`Invalid operator used in KeyConditionExpression: ${condition.kind.toUpperCase()}`);
    case "compare": {
      const { operator, operands } = condition;
      if (operator === "<>") throw validation("Invalid operator used in KeyConditionExpression: <>");
      const mirrored = operands[0]?.kind !== "path";
      const test = mirrored ? (MIRRORED[operator] as Exclude<Comparator, "<>">) : operator;
      addTest(tests, test, mirrored ? [...operands].reverse() : operands, operator);
      return;
    }
    case "between":
      return addTest(tests, "between", condition.operands, "BETWEEN");
    default:
      if (condition.name !== "begins_with") {
        throw validation(`Invalid operator used in KeyConditionExpression: ${condition.name}`);
      }
      addTest(tests, "begins_with", condition.operands, condition.name);
  }
}

function addTest(
  tests: Map<string, KeyTest>,
  operator: KeyTest["operator"],
  [subject, ...arguments_]: readonly Operand[],
  shown: string,
): void {
  if ([subject, ...arguments_].some((operand) => operand?.kind === "call")) {
    throw validation("KeyConditionExpressions cannot contain nested operations");
  }
  if (subject?.kind !== "path") {
    if (arguments_.some(({ kind }) => kind === "path")) {
      throw validation(
        `Invalid condition in KeyConditionExpression: ${shown} operator must have the key attribute as its first operand`,
      );
    }
    throw validation("Invalid condition in KeyConditionExpression: No key attribute specified");
  }
  const values = arguments_.map((operand) => {
    if (operand.kind === "value") return operand.value;
    throw validation("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition");
  });
  if (subject.path.length > 1) throw validation("KeyConditionExpressions cannot have conditions on nested attributes");
  const name = subject.path[0] as string;
  if (tests.has(name)) throw validation("KeyConditionExpressions must only contain one condition per key");
  tests.set(name, { operator, values });
}

const LEGACY: Readonly<Record<string, KeyTest["operator"]>> = {
  EQ: "=",
  LT: "<",
  LE: "<=",
  GT: ">",
  GE: ">=",
  BETWEEN: "between",
  BEGINS_WITH: "begins_with",
};

/** The tests that the older `KeyConditions` make. @throws AwsError `ValidationException` */
export function legacyKeyTests(conditions: Readonly<Record<string, LegacyCondition>>): KeyTests {
  return new Map(
    Object.entries(conditions).map(([name, { ComparisonOperator = "", AttributeValueList = [] }]) => {
      checkComparison(name, ComparisonOperator, "keyConditions");
      const operator = LEGACY[ComparisonOperator];
      if (!operator) throw validation("Attempted conditional constraint is not an indexable operation");
      if (AttributeValueList.length !== (operator === "between" ? 2 : 1)) {
        throw validation(
          `One or more parameter values were invalid: Invalid number of argument(s) for the ${ComparisonOperator} ComparisonOperator`,
        );
      }
      return [name, { operator, values: AttributeValueList.map((value) => canonicalValue(value as Value)) }];
    }),
  );
}

/** Checks that tests fit a key, which they must name from its front. @throws AwsError `ValidationException` */
export function checkKeyTests(tests: KeyTests, schema: KeySchema): void {
  const limit = schema.hash.length + schema.range.length;
  if (tests.size === 0 || tests.size > Math.max(2, limit)) {
    throw validation("Conditions can be of length 1 or 2 only");
  }
  if (tests.size > limit) throw validation("Query key condition not supported");
  const missing = schema.hash.find(({ name }) => !tests.has(name));
  if (missing) throw validation(`Query condition missed key schema element: ${missing.name}`);
  for (const key of schema.hash) {
    checkTypes(key, tests.get(key.name) as KeyTest);
    if (tests.get(key.name)?.operator !== "=") throw validation("Query key condition not supported");
  }
  let left = tests.size - schema.hash.length;
  for (const key of schema.range) {
    if (left === 0) break;
    const test = tests.get(key.name);
    if (!test) throw validation(`Query condition missed key schema element: ${key.name}`);
    checkTypes(key, test);
    left--;
    if (left > 0 && test.operator !== "=") throw validation("Query key condition not supported");
  }
}

function checkTypes({ name, type }: KeyAttribute, { operator, values }: KeyTest): void {
  if (values.some((value) => value[type] === undefined) || (operator === "begins_with" && type === "N")) {
    throw validation("One or more parameter values were invalid: Condition parameter type does not match schema type");
  }
  const empty = values.some((value) => value.S === "" || value.B?.length === 0);
  if (empty && operator !== "begins_with") {
    const kind = type === "S" ? "string" : "binary";
    throw validation(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${name}`,
    );
  }
}

/** Whether the key of an item meets tests. */
export function meetsTests(item: Item, tests: KeyTests): boolean {
  for (const [name, { operator, values }] of tests) {
    const value = item[name];
    const [first, second] = values;
    const meets =
      operator === "between"
        ? compare(">=", value, first) && compare("<=", value, second)
        : operator === "begins_with"
          ? value !== undefined && sortableValue(value).startsWith(sortableValue(first as Value))
          : compare(operator, value, first);
    if (!meets) return false;
  }
  return true;
}

/** The part of the rows under a prefix in which all and only the items are that meet the tests. */
export function rangeOf(prefix: string, schema: KeySchema, tests: KeyTests): Range {
  const partition = schema.hash.map(({ name }) => tests.get(name)?.values[0] as Value);
  const parts = [prefix, hashOf(partition)];
  for (const { name } of schema.range) {
    const test = tests.get(name);
    if (!test) break;
    if (test.operator !== "=") return { prefix: parts, ...boundsOf(test) };
    parts.push(sortableValue(test.values[0] as Value));
  }
  return { prefix: parts };
}

/** Sorts directly after all keys that have this part, however they go on. */
const after = (part: string): string => `${part}\0`;
/** Sorts after every text that begins as another does. */
const HIGHEST = "\u{10FFFF}";

function boundsOf({ operator, values }: KeyTest): Pick<Range, "from" | "before"> {
  const [first = "", second = ""] = values.map(sortableValue);
  switch (operator) {
    case "<":
      return { before: [first] };
    case "<=":
      return { before: [after(first)] };
    case ">":
      return { from: [after(first)] };
    case ">=":
      return { from: [first] };
    case "between":
      return { from: [first], before: [after(second)] };
    default:
      return { from: [first], before: [first + HIGHEST] };
  }
}
