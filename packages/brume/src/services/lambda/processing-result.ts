/** What an event source mapping says of its last batch. */
import type { Context } from "../../kernel/context.js";
import { eventSourceMappings } from "./tables.js";

/** Writes `LastProcessingResult` in a transaction of its own. */
export function recordResult(ctx: Context, uuid: string, LastProcessingResult: string): void {
  const own = ctx.as({ account: ctx.account, region: ctx.region, principal: ctx.principal });
  const mapping = own.table(eventSourceMappings).get(uuid);
  if (!mapping || mapping.LastProcessingResult === LastProcessingResult) return;
  own.table(eventSourceMappings).put([uuid], { ...mapping, LastProcessingResult });
  own.publish();
}
