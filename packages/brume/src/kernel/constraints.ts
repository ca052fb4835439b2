/** The constraints of AWS's API models, with the message that AWS answers when a member breaks one. */
import { AwsError } from "./errors.js";

/** What a member must be: sizes are of numbers themselves, and of the length of everything else. */
export interface Constraint {
  min?: number;
  max?: number;
  pattern?: RegExp;
  oneOf?: readonly (string | number)[];
}

type Value = string | number | Uint8Array | undefined;

/** Checks a member by its name as the API model spells it, and throws when it is missing or breaks the constraint. */
export type Check = (member: string, value: Value, constraint: Constraint) => void;

/** Makes the check of a service, which answers with an error code of its own: `ValidationException` and the like. */
export function constraintCheck(code: string): Check {
  return (member, value, constraint) => {
    const broken = brokenConstraint(value, constraint);
    if (broken === undefined) return;
    const shown = value === undefined ? "null" : `'${value instanceof Uint8Array ? "[bytes]" : value}'`;
    throw new AwsError(
      code,
      `1 validation error detected: Value ${shown} at '${member}' failed to satisfy constraint: ${broken}`,
    );
  };
}

function brokenConstraint(value: Value, { min, max, pattern, oneOf }: Constraint): string | undefined {
  if (value === undefined) return "Member must not be null";
  const [size, what] = typeof value === "number" ? [value, "value"] : [value.length, "length"];
  if (min !== undefined && size < min) return `Member must have ${what} greater than or equal to ${min}`;
  if (max !== undefined && size > max) return `Member must have ${what} less than or equal to ${max}`;
  if (pattern && !pattern.test(String(value))) {
    return `Member must satisfy regular expression pattern: ${pattern.source.replace(/^\^|\$$/g, "")}`;
  }
  if (oneOf && !oneOf.map(String).includes(String(value)))
    return `Member must satisfy enum value set: [${oneOf.join(", ")}]`;
  return undefined;
}
