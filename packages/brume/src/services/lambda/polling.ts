/** Polls the queues of event source mappings for as long as they are enabled, across restarts. */
import { type Cloud, defineMemory } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { invoker } from "./invoker.js";
import { getVersion } from "./names.js";
import { processBatch, receiveBatch } from "./sqs-source.js";
import { eventSourceMappings, type Mapping } from "./tables.js";

/** Batches of one mapping that are processed at a time, unless its scaling configuration says otherwise. */
const DEFAULT_CONCURRENCY = 5;
const RETRY_MS = 10_000;

/** The pollers that run: what stops each of them. */
class Pollers implements AsyncDisposable {
  readonly #running = new Map<string, AbortController>();
  closed = false;

  start(uuid: string): AbortSignal {
    this.stop(uuid);
    const controller = new AbortController();
    this.#running.set(uuid, controller);
    return controller.signal;
  }

  stop(uuid: string): void {
    this.#running.get(uuid)?.abort();
    this.#running.delete(uuid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
    for (const uuid of [...this.#running.keys()]) this.stop(uuid);
  }
}

export const pollers = defineMemory("lambda/pollers", (_cloud: Cloud) => new Pollers());

/** Whether brume delivers from a source of this kind. */
export const isPolled = (arn: string | undefined): boolean => arn?.split(":")[2] === "sqs";

/** Starts polling for a mapping, when the call has committed. */
export function startPolling(ctx: Context, uuid: string): void {
  ctx.schedule({ at: ctx.now(), kind: "poll", payload: uuid, id: `lambda/poll/${uuid}/${ctx.requestId}` });
}

/**
 * Polls until the mapping is disabled or gone. The timer that this handles is done only then: until that it stands in
 * the store as running, so that a cloud that starts again goes on polling.
 */
export async function poll(uuid: string, ctx: Context): Promise<void> {
  const running = ctx.memory(pollers);
  await pollUntil(uuid, ctx, running.start(uuid));
  // The cloud closes: the timer must stay as it is.
  if (running.closed) await new Promise<never>(() => {});
}

async function pollUntil(uuid: string, ctx: Context, signal: AbortSignal): Promise<void> {
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
        .then((result) => record(ctx, uuid, result))
        .catch((error: Error) => record(ctx, uuid, `PROBLEM: ${error.message}`))
        .finally(() => processing.delete(work));
      processing.add(work);
      if (processing.size >= concurrencyOf(mapping)) await Promise.race(processing);
    } catch (error) {
      record(ctx, uuid, `PROBLEM: ${(error as Error).message}`);
      await ctx.wait(RETRY_MS, signal);
    }
  }
}

function concurrencyOf({ EventSourceArn, ScalingConfig }: Mapping): number {
  // The order of a FIFO queue holds only while one batch is processed at a time.
  return EventSourceArn?.endsWith(".fifo") ? 1 : (ScalingConfig?.MaximumConcurrency ?? DEFAULT_CONCURRENCY);
}

function record(ctx: Context, uuid: string, LastProcessingResult: string): void {
  const own = ctx.as({ account: ctx.account, region: ctx.region, principal: ctx.principal });
  const mapping = own.table(eventSourceMappings).get(uuid);
  if (!mapping || mapping.LastProcessingResult === LastProcessingResult) return;
  own.table(eventSourceMappings).put([uuid], { ...mapping, LastProcessingResult });
  own.publish();
}
