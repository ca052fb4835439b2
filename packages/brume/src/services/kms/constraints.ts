/** The constraints of KMS's API model, with the messages that AWS answers. */
import { AwsError } from "../../kernel/errors.js";

interface Constraint {
  min?: number;
  max?: number;
  pattern?: RegExp;
  oneOf?: readonly string[];
}

export const validation = (message: string) => new AwsError("ValidationException", message);
export const unsupported = (message: string) => new AwsError("UnsupportedOperationException", message);

/** @throws AwsError `ValidationException` */
export function check(member: string, value: string | number | Uint8Array | undefined, constraint: Constraint): void {
  const { min, max, pattern, oneOf } = constraint;
  if (value === undefined) throw failed(`Value null at '${member}'`, "Member must not be null");
  const isNumber = typeof value === "number";
  const size = isNumber ? value : value.length;
  const what = isNumber ? "value" : "length";
  const at = `Value '${value instanceof Uint8Array ? "[bytes]" : value}' at '${member}'`;
  if (min !== undefined && size < min) throw failed(at, `Member must have ${what} greater than or equal to ${min}`);
  if (max !== undefined && size > max) throw failed(at, `Member must have ${what} less than or equal to ${max}`);
  if (pattern && !pattern.test(String(value))) {
    throw failed(at, `Member must satisfy regular expression pattern: ${pattern.source.replace(/^\^|\$$/g, "")}`);
  }
  if (oneOf && !oneOf.includes(String(value)))
    throw failed(at, `Member must satisfy enum value set: [${oneOf.join(", ")}]`);
}

const failed = (at: string, constraint: string) =>
  validation(`1 validation error detected: ${at} failed to satisfy constraint: ${constraint}`);

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
