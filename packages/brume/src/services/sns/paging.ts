/** Pages of lists. */
import { invalid } from "./topic.js";

const PAGE = 100;

/** One page of what is in order already; the token says how many have been shown. @throws AwsError `InvalidParameter` */
export function page<T>(
  rows: readonly T[],
  token: string | undefined,
  count = PAGE,
): { items: T[]; NextToken: string | undefined } {
  if (!Number.isInteger(count) || count < 1 || count > PAGE) throw invalid("MaxResults");
  const start = token === undefined ? 0 : Number(Buffer.from(token, "base64url").toString());
  if (!Number.isSafeInteger(start) || start < 0) throw invalid("NextToken");
  const end = start + count;
  return {
    items: rows.slice(start, end),
    NextToken: rows.length > end ? Buffer.from(String(end)).toString("base64url") : undefined,
  };
}
