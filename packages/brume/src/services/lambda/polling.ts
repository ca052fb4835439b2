/** Polls the sources of event source mappings for as long as they are enabled, across restarts. */
import { type Cloud, defineMemory } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { dynamodbSource } from "./dynamodb-source.js";
import { pollQueue } from "./queue-polling.js";
import { pollStream } from "./stream-polling.js";
import type { StreamSource } from "./stream-source.js";
import { eventSourceMappings } from "./tables.js";

/** The streams that are read, by the service in the source's ARN. Another one is a line here. */
const STREAMS: Readonly<Record<string, StreamSource>> = { dynamodb: dynamodbSource };

const serviceOf = (arn: string | undefined): string => arn?.split(":")[2] ?? "";

export const isQueue = (arn: string | undefined): boolean => serviceOf(arn) === "sqs";

/** How a source is read, where it is a stream. */
export const streamSourceOf = (arn: string | undefined): StreamSource | undefined => STREAMS[serviceOf(arn)];

/** Whether brume delivers from a source of this kind. */
export const isPolled = (arn: string | undefined): boolean => isQueue(arn) || streamSourceOf(arn) !== undefined;

/** The pollers that run: what stops each of them, and when it has stopped. */
class Pollers implements AsyncDisposable {
  readonly #running = new Map<string, { controller: AbortController; ended: Promise<void> }>();
  closed = false;

  /** Polls for a mapping, once what polled for it before has come to its end. */
  async run(uuid: string, poll: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.stop(uuid);
    const before = this.#running.get(uuid)?.ended;
    const controller = new AbortController();
    const work = (async () => {
      await before;
      if (!controller.signal.aborted) await poll(controller.signal);
    })();
    const running = { controller, ended: work.catch(() => {}) };
    this.#running.set(uuid, running);
    try {
      await work;
    } finally {
      if (this.#running.get(uuid) === running) this.#running.delete(uuid);
    }
  }

  stop(uuid: string): void {
    this.#running.get(uuid)?.controller.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
    for (const uuid of this.#running.keys()) this.stop(uuid);
  }
}

export const pollers = defineMemory("lambda/pollers", (_cloud: Cloud) => new Pollers());

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
  await running.run(uuid, async (signal) => {
    const source = streamSourceOf(ctx.table(eventSourceMappings).get(uuid)?.EventSourceArn);
    await (source ? pollStream(source, uuid, ctx, signal) : pollQueue(uuid, ctx, signal));
  });
  // The cloud closes: the timer must stay as it is.
  if (running.closed) await new Promise<never>(() => {});
}
