/** The constraints of CloudWatch Logs' API model, with the messages that AWS answers. */
import { AwsError } from "../../kernel/errors.js";

interface Constraint {
  min?: number;
  max?: number;
  pattern?: RegExp;
  oneOf?: readonly (string | number)[];
}

export const invalid = (message: string) => new AwsError("InvalidParameterException", message);
export const notFound = (message: string) => new AwsError("ResourceNotFoundException", message);

/** @throws AwsError `InvalidParameterException` */
export function check(member: string, value: string | number | undefined, constraint: Constraint): void {
  const { min, max, pattern, oneOf } = constraint;
  if (value === undefined) throw failed(`Value null at '${member}'`, "Member must not be null");
  const isNumber = typeof value === "number";
  const size = isNumber ? value : value.length;
  const what = isNumber ? "value" : "length";
  const at = `Value '${value}' at '${member}'`;
  if (min !== undefined && size < min) throw failed(at, `Member must have ${what} greater than or equal to ${min}`);
  if (max !== undefined && size > max) throw failed(at, `Member must have ${what} less than or equal to ${max}`);
  if (pattern && !pattern.test(String(value))) {
    throw failed(at, `Member must satisfy regular expression pattern: ${pattern.source.replace(/^\^|\$$/g, "")}`);
  }
  if (oneOf && !oneOf.includes(value)) throw failed(at, `Member must satisfy enum value set: [${oneOf.join(", ")}]`);
}

const failed = (at: string, constraint: string) =>
  invalid(`1 validation error detected: ${at} failed to satisfy constraint: ${constraint}`);

interface PageRequest {
  limit?: number | undefined;
  nextToken?: string | undefined;
}

/** One page of rows; the token says how many have been shown. */
export function page<T>(
  rows: readonly T[],
  { limit, nextToken }: PageRequest,
  most = 50,
): { items: T[]; nextToken: string | undefined } {
  const count = limit ?? most;
  check("limit", count, { min: 1, max: most });
  const start = nextToken === undefined ? 0 : Number(Buffer.from(nextToken, "base64url").toString());
  if (!Number.isSafeInteger(start)) throw invalid("The specified nextToken is invalid.");
  const end = start + count;
  return {
    items: rows.slice(start, end),
    nextToken: end < rows.length ? Buffer.from(String(end)).toString("base64url") : undefined,
  };
}
