/** Access logs: a line for each request, in the log group that the stage names. */
import { isAwsError, orUndefined } from "../../../kernel/errors.js";
import { evaluateJsonPath } from "../vtl/json-path.js";
import { contextVariables } from "./context-variables.js";
import type { ApiResponse, Exchange } from "./exchange.js";

/** Writes a request's line. What the log group says about it is no concern of the client's. */
export async function logAccess(exchange: Exchange, response: ApiResponse): Promise<void> {
  const { destinationArn, format } = exchange.stage.accessLogSettings ?? {};
  if (!destinationArn || !format) return;
  const logGroupName = /:log-group:([^:]+)/.exec(destinationArn)?.[1];
  // Differs from AWS: lines for a delivery stream are not sent.
  if (!logGroupName) return;
  const { ctx, snapshot, stage } = exchange;
  const variables = {
    ...contextVariables(exchange),
    status: response.status,
    responseLength: response.body.length,
    responseLatency: ctx.now() - exchange.startedAt,
  };
  const message = format.replaceAll(/\$context\.([A-Za-z][\w.]*\w|[A-Za-z])/g, (_, path: string) => {
    const value = evaluateJsonPath(`$.${path}`, variables);
    return value === undefined || value === null
      ? "-"
      : typeof value === "object"
        ? JSON.stringify(value)
        : String(value);
  });
  const logStreamName = `${snapshot.api.id}_${stage.stageName}`;
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
