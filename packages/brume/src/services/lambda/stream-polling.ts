/** Reads the shards of a stream side by side, and hands their records to a function, each shard's in order. */
import type { Context } from "../../kernel/context.js";
import { isAwsError } from "../../kernel/errors.js";
import { passesFilters } from "./event-filter.js";
import { recordResult } from "./processing-result.js";
import { ShardCursor } from "./shard-cursor.js";
import { processStreamBatch } from "./stream-batch.js";
import { checkpoints, firstCheckpoint, saveCheckpoint } from "./stream-checkpoints.js";
import { asFunction, type Reader } from "./stream-reader.js";
import type { SourceRecord, StreamSource } from "./stream-source.js";
import { eventSourceMappings } from "./tables.js";
import { Wake } from "./wake.js";

const RETRY_MS = 10_000;
const DEFAULT_BATCH_SIZE = 100;
/** What a batch may come to before it is handed over although it could have more records. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** Reads all shards of a mapping's stream until they are closed, or the signal ends it. */
export async function pollStream(source: StreamSource, uuid: string, ctx: Context, signal: AbortSignal): Promise<void> {
  const mapping = ctx.table(eventSourceMappings).get(uuid);
  if (mapping?.State !== "Enabled") return;
  const reader: Reader = { ctx, source, mapping, arn: mapping.EventSourceArn as string, signal };
  const wakes = new Set<Wake>();
  const { activity, events } = ctx.cloud;
  const unsubscribe = events.on("recordsAdded", ({ stream }) => {
    if (stream === reader.arn) for (const wake of wakes) wake.raise();
  });
  const reading = new Map<string, Promise<void>>();
  const finished = new Set<string>();
  const read = async (shard: string) => {
    const wake = new Wake(ctx.cloud, signal);
    wakes.add(wake);
    try {
      await activity.during(readShard(reader, shard, wake));
    } catch (error) {
      ctx.cloud.reportFailure(error, `reading ${reader.arn} ${shard}`);
    }
    wakes.delete(wake);
    reading.delete(shard);
    finished.add(shard);
  };
  while (!signal.aborted) {
    const shards = (await tried(reader, (as) => source.shards(as, reader.arn))) ?? [];
    for (const { id, parents } of shards) {
      if (ctx.table(checkpoints).get(uuid, id)?.finished) finished.add(id);
      const waits = parents.some((parent) => shards.some((one) => one.id === parent) && !finished.has(parent));
      if (!finished.has(id) && !reading.has(id) && !waits) reading.set(id, read(id));
    }
    if (reading.size === 0) break;
    // The shards count for themselves. When one has come to its end, others may take its place.
    activity.leave();
    await Promise.race(reading.values());
    activity.enter();
  }
  await Promise.all(reading.values());
  unsubscribe();
}

/**
 * Does something as the function until it works; `undefined` when the signal ends it, or the stream is gone, so that
 * there is nothing to wait for.
 */
async function tried<T>(reader: Reader, work: (as: Context) => Promise<T>): Promise<T | undefined> {
  const { ctx, mapping, signal } = reader;
  while (!signal.aborted) {
    let as: Context | undefined;
    try {
      as = await asFunction(reader);
      return await work(as);
    } catch (error) {
      recordResult(ctx, mapping.UUID, `PROBLEM: ${(error as Error).message}`);
      if (as && isAwsError(error, "ResourceNotFoundException")) return undefined;
      await ctx.wait(RETRY_MS, signal);
    }
  }
  return undefined;
}

/**
 * Reads one shard: to its end, if it is closed.
 * Differs from AWS: one batch of a shard at a time, whatever the parallelization factor; windows do not tumble.
 */
async function readShard(reader: Reader, shard: string, wake: Wake): Promise<void> {
  const { ctx, mapping, signal } = reader;
  const { UUID } = mapping;
  const checkpoint = ctx.table(checkpoints).get(UUID, shard) ?? firstCheckpoint(mapping);
  const cursor = new ShardCursor(reader, shard, checkpoint);
  let { sequence } = checkpoint;
  const done = (last: string) => {
    sequence = last;
    saveCheckpoint(ctx, UUID, shard, { sequence });
  };
  while (!signal.aborted) {
    const batch = await tried(reader, (as) => gather(as, reader, cursor, wake));
    if (!batch || signal.aborted) return;
    const wanted = batch.filter(({ event }) => passesFilters(event, mapping.FilterCriteria?.Filters));
    if (wanted.length > 0) await processStreamBatch(reader, shard, wanted, done);
    if (signal.aborted) return;
    const last = batch.at(-1)?.sequence;
    if (last !== undefined && last !== sequence) done(last);
    if (!cursor.atEnd) continue;
    saveCheckpoint(ctx, UUID, shard, { sequence, finished: true });
    return;
  }
}

/** Waits for records, and for more of them: as many, and for as long, as the mapping says. */
async function gather(
  as: Context,
  { mapping, signal }: Reader,
  cursor: ShardCursor,
  wake: Wake,
): Promise<SourceRecord[]> {
  const { BatchSize: size = DEFAULT_BATCH_SIZE, MaximumBatchingWindowInSeconds: seconds = 0 } = mapping;
  const batch: SourceRecord[] = [];
  let until = 0;
  let bytes = 0;
  while (!signal.aborted && !cursor.atEnd && batch.length < size && bytes < MAX_BATCH_BYTES) {
    wake.clear();
    let records: readonly SourceRecord[];
    try {
      records = await cursor.read(as, size - batch.length);
    } catch (error) {
      // What has been read is not lost: the failure will come again.
      if (batch.length > 0) break;
      throw error;
    }
    batch.push(...records);
    if (records.length > 0) {
      until ||= as.now() + seconds * 1000;
      bytes += JSON.stringify(records).length;
    } else if (cursor.atEnd) break;
    else if (batch.length === 0) await wake.wait();
    else if (as.now() >= until) break;
    else await wake.wait(until);
  }
  return batch;
}
