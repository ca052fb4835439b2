/** The constraints of Systems Manager's API model, with the messages that AWS answers. */
import { type Check, constraintCheck } from "../../kernel/constraints.js";
import { AwsError } from "../../kernel/errors.js";

/** @throws AwsError `ValidationException` */
export const check: Check = constraintCheck("ValidationException");

export const validation = (message: string) => new AwsError("ValidationException", message);

interface PageRequest {
  MaxResults?: number | undefined;
  NextToken?: string | undefined;
}

/** One page of rows. The token is the key of the last row shown. @throws AwsError `InvalidNextToken` */
export function pageOf<T>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  { MaxResults, NextToken }: PageRequest,
  most: number,
): { items: T[]; NextToken: string | undefined } {
  const limit = MaxResults ?? most;
  check("maxResults", limit, { min: 1, max: most });
  const after = NextToken === undefined ? undefined : Buffer.from(NextToken, "base64url").toString();
  const start = after === undefined ? 0 : rows.findIndex((row) => keyOf(row) === after) + 1;
  if (after !== undefined && start === 0) throw new AwsError("InvalidNextToken", "The specified token isn't valid.");
  const items = rows.slice(start, start + limit);
  const last = items.at(-1);
  const isMore = last !== undefined && start + items.length < rows.length;
  return { items, NextToken: isMore ? Buffer.from(keyOf(last)).toString("base64url") : undefined };
}
