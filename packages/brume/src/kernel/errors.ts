/** The errors that callers of an operation see, and those that users of the command see. */

/** What an AWS error carries beside its code and message. */
export interface AwsErrorOptions {
  /** Further members of the error's shape, as the SDK types them. */
  members?: Record<string, unknown>;
  /** HTTP status where the service's schema does not say one; 400 if neither does. */
  status?: number;
  cause?: unknown;
}

/**
 * An error that an operation answers with. `code` is the error shape's name in the SDK, or the code that AWS documents
 * for errors common to all operations; status and wire form come from the service's schema.
 */
export class AwsError extends Error {
  readonly code: string;
  readonly members: Record<string, unknown>;
  readonly status: number | undefined;

  constructor(code: string, message: string, options: AwsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = code;
    this.code = code;
    this.members = options.members ?? {};
    this.status = options.status;
  }
}

/** Whether an error is an AWS error, with one of these codes if any are given. */
export function isAwsError(error: unknown, ...codes: string[]): error is AwsError {
  return error instanceof AwsError && (codes.length === 0 || codes.includes(error.code));
}

/** What services answer when they may answer otherwise later: they are busy, or something in them failed. */
const TRANSIENT = [
  "InternalFailure",
  "InternalServerError",
  "KMSThrottlingException",
  "LimitExceededException",
  "ProvisionedThroughputExceededException",
  "ServiceException",
  "ServiceUnavailable",
  "ServiceUnavailableException",
  "ThrottlingException",
  "TooManyRequestsException",
];

/** Whether it makes sense to try again what failed with this error. */
export const isTransient = (error: unknown): boolean => isAwsError(error, ...TRANSIENT);

/** What work comes to; `undefined` when it fails with one of these codes. @throws whatever else it fails with */
export async function orUndefined<T>(work: Promise<T>, ...codes: [string, ...string[]]): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isAwsError(error, ...codes)) return undefined;
    throw error;
  }
}

/** A mistake of the person at the keyboard: what was wrong, where, and what to do. Never shown with a stack trace. */
export class UserError extends Error {
  readonly code: string;
  /** File and line, or construct path. */
  readonly where: string | undefined;
  /** What to do about it. */
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: { where?: string; hint?: string; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "UserError";
    this.code = code;
    this.where = details.where;
    this.hint = details.hint;
  }
}
