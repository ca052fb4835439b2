/** The constraints of KMS's API model, with the messages that AWS answers. */
import { type Check, constraintCheck } from "../../kernel/constraints.js";
import { AwsError } from "../../kernel/errors.js";

export const validation = (message: string) => new AwsError("ValidationException", message);
export const unsupported = (message: string) => new AwsError("UnsupportedOperationException", message);

/** @throws AwsError `ValidationException` */
export const check: Check = constraintCheck("ValidationException");

interface PageRequest {
  Limit?: number | undefined;
  Marker?: string | undefined;
}

/** One page of rows in the order of their keys. A marker says after which key the next page begins. */
export function page<T>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  { Limit, Marker }: PageRequest,
  [usual, most]: readonly [usual: number, most: number],
): { items: T[]; Truncated: boolean; NextMarker: string | undefined } {
  const limit = Limit ?? usual;
  check("limit", limit, { min: 1, max: most });
  const after = Marker === undefined ? "" : Buffer.from(Marker, "base64url").toString();
  if (Marker !== undefined && Buffer.from(after).toString("base64url") !== Marker)
    throw new AwsError("InvalidMarkerException", "Invalid marker");
  const rest = rows.filter((row) => keyOf(row) > after);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  const Truncated = rest.length > items.length && last !== undefined;
  return { items, Truncated, NextMarker: Truncated ? Buffer.from(keyOf(last)).toString("base64url") : undefined };
}
