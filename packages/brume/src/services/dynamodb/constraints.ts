/** What members of requests must be like, and the messages that DynamoDB answers when they are not. */
import { validation } from "./attribute-value.js";

export interface Constraint {
  readonly required?: boolean;
  /** The values that are allowed, in the order in which AWS names them. */
  readonly oneOf?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** Characters of a text, elements of a list, entries of a map. */
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

const NAME_PATTERN = "[a-zA-Z0-9_.-]+";
export const NEW_TABLE_NAME: Constraint = { required: true, minLength: 3, maxLength: 255, pattern: NAME_PATTERN };
export const INDEX_NAME: Constraint = { minLength: 3, maxLength: 255, pattern: NAME_PATTERN };
/** Where an existing table is named, its ARN will do as well. */
export const TABLE_NAME: Constraint = { required: true, minLength: 1, maxLength: 1024, pattern: "[a-zA-Z0-9_.:/-]+" };
export const RESOURCE_ARN: Constraint = { required: true, minLength: 1, maxLength: 1283 };
export const CAPACITY: Constraint = { oneOf: ["INDEXES", "TOTAL", "NONE"] };
export const COLLECTION_METRICS: Constraint = { oneOf: ["SIZE", "NONE"] };
export const RETURN_VALUES: Constraint = { oneOf: ["ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"] };
export const FAILURE_VALUES: Constraint = { oneOf: ["ALL_OLD", "NONE"] };
export const CONDITIONAL_OPERATOR: Constraint = { oneOf: ["OR", "AND"] };

/** Of a PartiQL statement, wherever it stands. */
export const STATEMENT = {
  Statement: { required: true, minLength: 1, maxLength: 8192 },
  Parameters: { minLength: 1 },
  ReturnValuesOnConditionCheckFailure: FAILURE_VALUES,
} satisfies Readonly<Record<string, Constraint>>;

/** Checks members of a request. @throws AwsError `ValidationException` that lists everything that is wrong */
export function checkMembers<I extends object>(
  input: I,
  constraints: Readonly<Partial<Record<keyof I & string, Constraint>>>,
  parent = "",
): void {
  let violations: string[] | undefined;
  for (const name in constraints) {
    const value: unknown = input[name as keyof I];
    const violated = violation(value, constraints[name as keyof I & string] as Constraint);
    if (!violated) continue;
    const member = parent + name.charAt(0).toLowerCase() + name.slice(1);
    violations ??= [];
    violations.push(`Value ${shown(value)} at '${member}' failed to satisfy constraint: ${violated}`);
  }
  if (!violations) return;
  const count = violations.length;
  throw validation(`${count} validation error${count > 1 ? "s" : ""} detected: ${violations.join("; ")}`);
}

function violation(value: unknown, constraint: Constraint): string | undefined {
  if (value === undefined || value === null) return constraint.required ? "Member must not be null" : undefined;
  const { oneOf, min, max, minLength, maxLength, pattern } = constraint;
  if (oneOf && !oneOf.includes(value as string)) return `Member must satisfy enum value set: [${oneOf.join(", ")}]`;
  if (min !== undefined && (value as number) < min) return `Member must have value greater than or equal to ${min}`;
  if (max !== undefined && (value as number) > max) return `Member must have value less than or equal to ${max}`;
  if (minLength !== undefined && lengthOf(value) < minLength) {
    return `Member must have length greater than or equal to ${minLength}`;
  }
  if (maxLength !== undefined && lengthOf(value) > maxLength) {
    return `Member must have length less than or equal to ${maxLength}`;
  }
  if (pattern !== undefined && !matcher(pattern).test(value as string)) {
    return `Member must satisfy regular expression pattern: ${pattern}`;
  }
  return undefined;
}

const lengthOf = (value: unknown): number =>
  typeof value === "string" || Array.isArray(value) ? value.length : Object.keys(value as object).length;

const MATCHERS: Readonly<Record<string, RegExp>> = {
  [NAME_PATTERN]: new RegExp(`^${NAME_PATTERN}$`),
  [TABLE_NAME.pattern as string]: new RegExp(`^${TABLE_NAME.pattern}$`),
};
const matcher = (pattern: string): RegExp => MATCHERS[pattern] ?? new RegExp(`^${pattern}$`);

function shown(value: unknown): string {
  if (value === undefined || value === null) return "null";
  return `'${Array.isArray(value) ? `[${value.join(", ")}]` : typeof value === "object" ? JSON.stringify(value) : String(value)}'`;
}
