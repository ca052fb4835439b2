/** Polls a queue, and has its batches processed side by side. */
import type { Context } from "../../kernel/context.js";
import { invoker } from "./invoker.js";
import { getVersion } from "./names.js";
import { recordResult } from "./processing-result.js";
import { processBatch, receiveBatch } from "./sqs-source.js";
import { eventSourceMappings, type Mapping } from "./tables.js";

/** Batches of one mapping that are processed at a time, unless its scaling configuration says otherwise. */
const DEFAULT_CONCURRENCY = 5;
const RETRY_MS = 10_000;

/** Polls the queue of a mapping until that is disabled or gone, or the signal ends it. */
export async function pollQueue(uuid: string, ctx: Context, signal: AbortSignal): Promise<void> {
  const processing = new Set<Promise<void>>();
  while (!signal.aborted) {
    const mapping = ctx.table(eventSourceMappings).get(uuid);
    if (mapping?.State !== "Enabled") return;
    try {
      const { configuration } = getVersion(ctx, mapping.FunctionArn).version;
      const principal = await ctx.memory(invoker).principalOf(configuration, ctx.region);
      const as = ctx.as({ account: ctx.account, region: ctx.region, principal });
      const batch = await receiveBatch(as, mapping, signal);
      if (batch.length === 0) continue;
      const work = ctx.cloud.activity
        .during(processBatch(as, mapping, batch))
        .then((result) => recordResult(ctx, uuid, result))
        .catch((error: Error) => recordResult(ctx, uuid, `PROBLEM: ${error.message}`))
        .finally(() => processing.delete(work));
      processing.add(work);
      if (processing.size >= concurrencyOf(mapping)) await Promise.race(processing);
    } catch (error) {
      recordResult(ctx, uuid, `PROBLEM: ${(error as Error).message}`);
      await ctx.wait(RETRY_MS, signal);
    }
  }
}

function concurrencyOf({ EventSourceArn, ScalingConfig }: Mapping): number {
  // The order of a FIFO queue holds only while one batch is processed at a time.
  return EventSourceArn?.endsWith(".fifo") ? 1 : (ScalingConfig?.MaximumConcurrency ?? DEFAULT_CONCURRENCY);
}
