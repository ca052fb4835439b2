/** Access logs: a line for each request, in the log group that the stage names. */
import { logGroupOf, shown, writeLine } from "../shared/access-log.js";
import { evaluateJsonPath } from "../vtl/json-path.js";
import { contextVariables } from "./context-variables.js";
import type { ApiResponse, Exchange } from "./exchange.js";

/** Writes a request's line. What the log group says about it is no concern of the client's. */
export async function logAccess(exchange: Exchange, response: ApiResponse): Promise<void> {
  const { destinationArn, format } = exchange.stage.accessLogSettings ?? {};
  if (!destinationArn || !format) return;
  const logGroupName = logGroupOf(destinationArn);
  if (!logGroupName) return;
  const { ctx, snapshot, stage } = exchange;
  const variables = {
    ...contextVariables(exchange),
    status: response.status,
    responseLength: response.body.length,
    responseLatency: ctx.now() - exchange.startedAt,
  };
  const message = format.replaceAll(/\$context\.([A-Za-z][\w.]*\w|[A-Za-z])/g, (_, path: string) =>
    shown(evaluateJsonPath(`$.${path}`, variables)),
  );
  await writeLine(ctx, logGroupName, `${snapshot.api.id}_${stage.stageName}`, message);
}
