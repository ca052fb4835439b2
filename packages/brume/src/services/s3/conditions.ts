/** Conditional requests and ranges. See RFC 9110, and "Conditional requests" in the S3 User Guide. */
import { AwsError } from "../../kernel/errors.js";
import type { ObjectVersion } from "./object.js";

export interface ReadConditions {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
  readonly IfModifiedSince?: Date | undefined;
  readonly IfUnmodifiedSince?: Date | undefined;
}

/** Whether a list of entity tags, as `If-Match` has it, names one. */
function names(list: string, etag: string): boolean {
  return list.split(",").some((item) => {
    const tag = item.trim().replace(/^W\//, "");
    return tag === "*" || tag.replace(/^"|"$/g, "") === etag;
  });
}

/** The condition that an object fails to meet, by its header's name. */
export function failedCondition(version: ObjectVersion, conditions: ReadConditions): keyof ReadConditions | undefined {
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = conditions;
  // Headers have whole seconds.
  const modified = Math.floor(version.modifiedAt / 1000) * 1000;
  if (IfMatch !== undefined) {
    if (!names(IfMatch, version.etag)) return "IfMatch";
  } else if (IfUnmodifiedSince && modified > IfUnmodifiedSince.getTime()) return "IfUnmodifiedSince";
  if (IfNoneMatch !== undefined) {
    if (names(IfNoneMatch, version.etag)) return "IfNoneMatch";
  } else if (IfModifiedSince && modified <= IfModifiedSince.getTime()) return "IfModifiedSince";
  return undefined;
}

const HEADERS: Record<keyof ReadConditions, string> = {
  IfMatch: "If-Match",
  IfNoneMatch: "If-None-Match",
  IfModifiedSince: "If-Modified-Since",
  IfUnmodifiedSince: "If-Unmodified-Since",
};

export function preconditionFailed(condition: string): AwsError {
  return new AwsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", {
    members: { Condition: condition },
    status: 412,
  });
}

/** Checks a read; true when the client's copy is still good (304). @throws AwsError `PreconditionFailed` */
export function isUnmodified(version: ObjectVersion, conditions: ReadConditions): boolean {
  const failed = failedCondition(version, conditions);
  if (failed === "IfMatch" || failed === "IfUnmodifiedSince") throw preconditionFailed(HEADERS[failed]);
  return failed !== undefined;
}

/** Checks the conditions on the source of a copy. @throws AwsError `PreconditionFailed` */
export function checkCopySource(version: ObjectVersion, conditions: ReadConditions): void {
  const failed = failedCondition(version, conditions);
  if (failed) throw preconditionFailed(`x-amz-copy-source-${HEADERS[failed].toLowerCase()}`);
}

/**
 * Checks the conditions of a write, where it has any, against what is there now.
 * @throws AwsError `PreconditionFailed`, or `NoSuchKey` where `If-Match` names an object that is not there
 */
export function checkWrite(
  find: () => ObjectVersion | undefined,
  { IfMatch, IfNoneMatch }: { IfMatch?: string | undefined; IfNoneMatch?: string | undefined },
  key: string,
): void {
  if (IfNoneMatch !== undefined && IfNoneMatch !== "*") {
    throw new AwsError("NotImplemented", "A header you provided implies functionality that is not implemented", {
      members: { Header: "If-None-Match" },
      status: 501,
    });
  }
  if (IfNoneMatch === undefined && IfMatch === undefined) return;
  const current = find();
  if (IfNoneMatch !== undefined && current) throw preconditionFailed(HEADERS.IfNoneMatch);
  if (IfMatch === undefined) return;
  if (!current) throw noSuchKey(key);
  if (!names(IfMatch, current.etag)) throw preconditionFailed(HEADERS.IfMatch);
}

export const noSuchKey = (key: string) =>
  new AwsError("NoSuchKey", "The specified key does not exist.", { members: { Key: key }, status: 404 });

/**
 * The bytes that a `Range` header asks for, from `start` to `end` (exclusive); `undefined` for all of them. S3 answers
 * what it does not understand, and several ranges at once, with the whole object.
 * @throws AwsError `InvalidRange`
 */
export function parseRange(range: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = range === undefined ? null : /^bytes=(\d*)-(\d*)$/.exec(range.trim());
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  const [, first = "", last = ""] = match;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  if (start >= size || start >= end) throw invalidRange(range as string, size);
  return { start, end };
}

function invalidRange(range: string, size: number): AwsError {
  return new AwsError("InvalidRange", "The requested range is not satisfiable", {
    members: { RangeRequested: range, ActualObjectSize: size },
    status: 416,
  });
}
