/** The policy that limits what a form may upload. See "POST Policy" in the S3 API Reference. */
import { AwsError } from "../../kernel/errors.js";

type Test = "eq" | "starts-with";

interface Condition {
  readonly test: Test;
  /** In lower case, without its `$`. */
  readonly field: string;
  readonly value: string;
  /** As AWS's message quotes it. */
  readonly source: string;
}

export interface PostPolicy {
  readonly conditions: readonly Condition[];
  /** How many bytes the file may have. */
  readonly range?: { readonly min: number; readonly max: number };
}

/**
 * Reads a policy, which a form carries in base64.
 * @throws AwsError `InvalidPolicyDocument`; `AccessDenied` for one that has expired
 */
export function readPolicy(encoded: string, now: number): PostPolicy {
  const document = parse(encoded);
  const { expiration, conditions } = document;
  if (expiration === undefined) throw invalid("Policy missing expiration.");
  const until =
    typeof expiration === "string" && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(expiration) ? Date.parse(expiration) : NaN;
  if (Number.isNaN(until)) throw invalid(`Invalid 'expiration' value: '${String(expiration)}'`);
  if (conditions === undefined) throw invalid("Policy missing conditions.");
  if (!Array.isArray(conditions)) throw invalid("Invalid 'conditions' value: must be a List.");
  if (until <= now) throw denied("Policy expired.");
  let range: PostPolicy["range"];
  const read: Condition[] = [];
  for (const condition of conditions as unknown[]) {
    const found = rangeOf(condition);
    if (found) range = found;
    else read.push(...conditionsOf(condition));
  }
  return range ? { conditions: read, range } : { conditions: read };
}

function parse(encoded: string): { expiration?: unknown; conditions?: unknown } {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(encoded, "base64").toString());
  } catch {
    throw invalid("Invalid JSON.");
  }
  if (typeof document === "object" && document !== null && !Array.isArray(document)) return document;
  throw invalid("Invalid JSON.");
}

function rangeOf(condition: unknown): PostPolicy["range"] {
  if (!Array.isArray(condition) || String(condition[0]).toLowerCase() !== "content-length-range") return undefined;
  const [min, max] = [Number(condition[1]), Number(condition[2])];
  if (condition.length === 3 && Number.isInteger(min) && Number.isInteger(max)) return { min, max };
  throw invalid("Invalid content-length-range condition.");
}

function conditionsOf(condition: unknown): Condition[] {
  if (Array.isArray(condition)) {
    const [operator, field, value] = condition as unknown[];
    const test = String(operator).toLowerCase();
    const valid = condition.length === 3 && typeof field === "string" && field.startsWith("$") && isScalar(value);
    if (!valid || (test !== "eq" && test !== "starts-with")) throw invalid("Invalid Condition.");
    return [conditionOn(test, field.slice(1), String(value), JSON.stringify(condition).replaceAll(",", ", "))];
  }
  if (typeof condition !== "object" || condition === null) throw invalid("Invalid Condition.");
  const entries = Object.entries(condition);
  if (entries.length !== 1)
    throw invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.");
  return entries.map(([field, value]) => {
    if (!isScalar(value)) throw invalid("Invalid Simple-Condition: value must be a string.");
    return conditionOn("eq", field, String(value), `["eq", "$${field}", "${String(value)}"]`);
  });
}

const conditionOn = (test: Test, field: string, value: string, source: string): Condition => ({
  test,
  field: field.toLowerCase(),
  value,
  source,
});

const isScalar = (value: unknown): boolean => typeof value === "string" || typeof value === "number";

/** Fields that no condition has to name. */
const FREE = new Set(["policy", "file", "x-amz-signature", "signature", "awsaccesskeyid"]);

/** Checks a form's fields, among them `bucket`. @throws AwsError `AccessDenied` */
export function checkPolicy({ conditions }: PostPolicy, fields: ReadonlyMap<string, string>): void {
  const failed = conditions.find((condition) => !holds(condition, fields.get(condition.field) ?? ""));
  if (failed) throw denied(`Policy Condition failed: ${failed.source}`);
  const named = new Set(conditions.map(({ field }) => field));
  const extra = [...fields.keys()].filter(
    (name) => !named.has(name) && !FREE.has(name) && !name.startsWith("x-ignore-"),
  );
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(", ")}`);
}

function holds({ test, field, value }: Condition, given: string): boolean {
  if (test === "eq") return given === value;
  // A content type may be a list, all of which has to begin so.
  const items = field === "content-type" ? given.split(",") : [given];
  return items.every((item) => item.startsWith(value));
}

const invalid = (why: string) => new AwsError("InvalidPolicyDocument", `Invalid Policy: ${why}`, { status: 400 });
const denied = (why: string) => new AwsError("AccessDenied", `Invalid according to Policy: ${why}`, { status: 403 });
