/** Access logs: a line for each request or message, in the log group that the stage names. */
import type { Context } from "../../../kernel/context.js";
import { logGroupOf, shown, writeLine } from "../../api-gateway/shared/access-log.js";
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
  const logGroupName = logGroupOf(DestinationArn);
  if (!logGroupName) return;
  const known = variables();
  const message = Format.replaceAll(/\$context\.([A-Za-z][\w.-]*\w|[A-Za-z])/g, (_, path: string) =>
    shown(memberOf(known, path)),
  );
  await writeLine(ctx, logGroupName, `${api.ApiId}_${stage.StageName}`, message);
}
