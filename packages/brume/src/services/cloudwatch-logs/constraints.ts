/** The constraints of CloudWatch Logs' API model, with the messages that AWS answers. */
import { type Check, constraintCheck } from "../../kernel/constraints.js";
import { AwsError } from "../../kernel/errors.js";

export const invalid = (message: string) => new AwsError("InvalidParameterException", message);
export const notFound = (message: string) => new AwsError("ResourceNotFoundException", message);

/** @throws AwsError `InvalidParameterException` */
export const check: Check = constraintCheck("InvalidParameterException");

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
