/** From a request's expression parameters to what can be evaluated, checked in the order in which DynamoDB checks. */
import { type Item, validation } from "../attribute-value.js";
import { parseCondition } from "./parse-condition.js";
import { parseUpdate } from "./parse-update.js";
import { parseProjection } from "./parser.js";
import { resolveCondition } from "./resolve-condition.js";
import { checkOverlaps, resolveUpdate } from "./resolve-update.js";
import { Scope } from "./scope.js";
import type { Action, Condition, Path } from "./syntax.js";
import { ExpressionError } from "./tokenize.js";

/** The parameters of a request that make up its expressions. */
export interface ExpressionParameters {
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
}

export interface Expressions {
  readonly update?: readonly Action[];
  readonly condition?: Condition;
  readonly keyCondition?: Condition;
  readonly filter?: Condition;
  readonly projection?: readonly Path[];
}

type ExpressionName = Exclude<keyof ExpressionParameters, "ExpressionAttributeNames" | "ExpressionAttributeValues">;

const NONE: Expressions = {};

/**
 * Compiles the expressions that an operation takes.
 * @param takes the expression parameters of the operation
 * @param legacy its older parameters, which do not go with expressions
 * @throws AwsError `ValidationException`
 */
export function compileExpressions<I extends object>(
  input: I,
  takes: readonly ExpressionName[],
  legacy: readonly (keyof I & string)[] = [],
): Expressions {
  const parameters = input as ExpressionParameters;
  const given = takes.filter((name) => parameters[name] !== undefined);
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = parameters;
  if (given.length === 0 && !names && !values) return NONE;
  if (given.length > 0) {
    const mixed = legacy.filter((name) => input[name] !== undefined);
    if (mixed.length > 0) {
      throw validation(
        `Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {${mixed.join(", ")}} Expression parameters: {${given.join(", ")}}`,
      );
    }
  } else if (names) throw validation("ExpressionAttributeNames can only be specified when using expressions");
  const valued = takes.filter((name) => name !== "ProjectionExpression");
  if (values && valued.every((name) => parameters[name] === undefined)) {
    throw validation(
      `ExpressionAttributeValues can only be specified when using expressions: ${valued.join(" and ")} ${valued.length > 1 ? "are" : "is"} null`,
    );
  }
  const scope = new Scope(names, values);
  const compiled = {
    update: compile(given, parameters, "UpdateExpression", (text) => resolveUpdate(parseUpdate(text), scope)),
    condition: compile(given, parameters, "ConditionExpression", (text) =>
      resolveCondition(parseCondition(text), scope),
    ),
    keyCondition: compile(given, parameters, "KeyConditionExpression", (text) =>
      resolveCondition(parseCondition(text), scope),
    ),
    filter: compile(given, parameters, "FilterExpression", (text) => resolveCondition(parseCondition(text), scope)),
    projection: compile(given, parameters, "ProjectionExpression", (text) => compileProjection(text, scope)),
  };
  scope.checkAllUsed();
  return compiled as Expressions;
}

function compileProjection(text: string, scope: Scope): Path[] {
  const raw = parseProjection(text);
  for (const path of raw) scope.checkReserved(path);
  const paths = raw.map((path) => scope.path(path));
  checkOverlaps(paths);
  return paths;
}

/** `given` are those that the operation takes: what else has such a name is no expression of it. */
function compile<T>(
  given: readonly ExpressionName[],
  parameters: ExpressionParameters,
  name: ExpressionName,
  read: (text: string) => T,
): T | undefined {
  const text = parameters[name];
  if (text === undefined || !given.includes(name)) return undefined;
  try {
    return read(text);
  } catch (error) {
    if (error instanceof ExpressionError) throw validation(`Invalid ${name}: ${error.message}`);
    throw error;
  }
}
