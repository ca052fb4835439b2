/** The constraints of STS's API model, with the messages that AWS answers. */
import { AwsError } from "../../kernel/errors.js";

interface Constraint {
  min?: number;
  max?: number;
  pattern?: RegExp;
}

/** @throws AwsError `ValidationError` */
export function check(member: string, value: string | number | undefined, constraint: Constraint): void {
  const { min, max, pattern } = constraint;
  if (value === undefined) throw failed("null", member, "Member must not be null");
  const size = typeof value === "number" ? value : value.length;
  const [more, less] =
    typeof value === "number"
      ? ["have value greater than or equal to", "have value less than or equal to"]
      : ["have length greater than or equal to", "have length less than or equal to"];
  if (min !== undefined && size < min) throw failed(value, member, `Member must ${more} ${min}`);
  if (max !== undefined && size > max) throw failed(value, member, `Member must ${less} ${max}`);
  if (pattern && !pattern.test(String(value))) {
    const source = pattern.source.replace(/^\^|\$$/g, "");
    throw failed(value, member, `Member must satisfy regular expression pattern: ${source}`);
  }
}

function failed(value: string | number, member: string, constraint: string): AwsError {
  const shown = value === "null" ? "Value null" : `Value '${value}'`;
  return new AwsError(
    "ValidationError",
    `1 validation error detected: ${shown} at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}
