/** Access logs of both versions' stages: lines in the log group that a stage names. */
import type { Context } from "../../../kernel/context.js";
import { isAwsError, orUndefined } from "../../../kernel/errors.js";

/** The log group of a destination. Differs from AWS: lines for a delivery stream are not sent. */
export const logGroupOf = (destinationArn: string): string | undefined =>
  /:log-group:([^:]+)/.exec(destinationArn)?.[1];

/** A variable's value as a line shows it: `-` where there is none. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return "-";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Writes a line. What the log group says about it is no concern of the client's. */
export function writeLine(ctx: Context, logGroupName: string, logStreamName: string, message: string): Promise<void> {
  return writeLines(ctx, logGroupName, logStreamName, [{ timestamp: ctx.now(), message }]);
}

interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** Writes lines, into a group that may have to be made. */
export async function writeLines(
  ctx: Context,
  logGroupName: string,
  logStreamName: string,
  logEvents: readonly LogEvent[],
  { makeGroup = false } = {},
): Promise<void> {
  const make = (operation: string, input: object) =>
    orUndefined(ctx.call("cloudwatch-logs", operation, input), "ResourceAlreadyExistsException");
  try {
    if (makeGroup) await make("CreateLogGroup", { logGroupName });
    await make("CreateLogStream", { logGroupName, logStreamName });
    await ctx.call("cloudwatch-logs", "PutLogEvents", { logGroupName, logStreamName, logEvents });
  } catch (error) {
    if (!isAwsError(error)) throw error;
  }
}
