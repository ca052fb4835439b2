/** The constraints of Systems Manager's API model, with the messages that AWS answers. */
import { AwsError } from "../../kernel/errors.js";

interface Constraint {
  min?: number;
  max?: number;
  pattern?: RegExp;
  oneOf?: readonly string[];
}

/** @throws AwsError `ValidationException` */
export function check(member: string, value: string | number | undefined, constraint: Constraint): void {
  const { min, max, pattern, oneOf } = constraint;
  if (value === undefined) throw failed(`Value at '${member}'`, "Member must not be null");
  const isNumber = typeof value === "number";
  const size = isNumber ? value : value.length;
  const what = isNumber ? "value" : "length";
  const at = `Value '${value}' at '${member}'`;
  if (min !== undefined && size < min) throw failed(at, `Member must have ${what} greater than or equal to ${min}`);
  if (max !== undefined && size > max) throw failed(at, `Member must have ${what} less than or equal to ${max}`);
  if (pattern && !pattern.test(String(value)))
    throw failed(at, `Member must satisfy regular expression pattern: ${pattern.source}`);
  if (oneOf && !oneOf.includes(String(value)))
    throw failed(at, `Member must satisfy enum value set: [${oneOf.join(", ")}]`);
}

const failed = (at: string, constraint: string) =>
  validation(`1 validation error detected: ${at} failed to satisfy constraint: ${constraint}`);

export const validation = (message: string) => new AwsError("ValidationException", message);
