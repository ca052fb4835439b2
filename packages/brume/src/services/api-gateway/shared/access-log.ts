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
export async function writeLine(
  ctx: Context,
  logGroupName: string,
  logStreamName: string,
  message: string,
): Promise<void> {
  try {
    await orUndefined(
      ctx.call("cloudwatch-logs", "CreateLogStream", { logGroupName, logStreamName }),
      "ResourceAlreadyExistsException",
    );
    const logEvents = [{ timestamp: ctx.now(), message }];
    await ctx.call("cloudwatch-logs", "PutLogEvents", { logGroupName, logStreamName, logEvents });
  } catch (error) {
    if (!isAwsError(error)) throw error;
  }
}
