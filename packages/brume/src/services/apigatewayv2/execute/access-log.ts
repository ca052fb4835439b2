/** Access logs: a line for each request or message, in the log group that the stage names. */
import type { Context } from "../../../kernel/context.js";
import { isAwsError, orUndefined } from "../../../kernel/errors.js";
import type { Api, Stage } from "../tables.js";
import { memberOf } from "./expressions.js";

/** Writes a line. What the log group says about it is no concern of the client's. */
export async function logAccess(
  ctx: Context,
  api: Api,
  stage: Stage,
  variables: () => Record<string, unknown>,
): Promise<void> {
  const { DestinationArn, Format } = stage.AccessLogSettings ?? {};
  if (!DestinationArn || !Format) return;
  const logGroupName = /:log-group:([^:]+)/.exec(DestinationArn)?.[1];
  // Differs from AWS: lines for a delivery stream are not sent.
  if (!logGroupName) return;
  const known = variables();
  const message = Format.replaceAll(/\$context\.([A-Za-z][\w.-]*\w|[A-Za-z])/g, (_, path: string) => {
    const value = memberOf(known, path);
    if (value === undefined || value === null) return "-";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  });
  const logStreamName = `${api.ApiId}_${stage.StageName}`;
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
