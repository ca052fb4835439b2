/** How far event source mappings have got in the shards that they read. */
import type { Context } from "../../kernel/context.js";
import { defineTable } from "../../kernel/store.js";
import type { Position, StreamSource } from "./stream-source.js";
import { eventSourceMappings, type Mapping } from "./tables.js";

/** Where a mapping stands in a shard. */
export interface Checkpoint {
  /** The last record that is dealt with. */
  readonly sequence?: string;
  /** From where the first records come, where none has been dealt with: taken when the mapping was enabled. */
  readonly iterator?: string;
  /** Records that are older than this (in ms since the epoch) are not for the mapping. */
  readonly since?: number;
  /** Whether the shard was closed, and has been read to its end. */
  readonly finished?: boolean;
}

/** [UUID of the mapping, shard id] */
export const checkpoints = defineTable<Checkpoint>("lambda/stream-checkpoints");

/** A shard, and from where it is read first. */
export interface Start {
  readonly shard: string;
  readonly checkpoint: Checkpoint;
}

/**
 * From where a mapping that begins with the latest records reads: asked for in the call that enables it, so that what is
 * written right after that is not missed.
 */
export async function latestStarts(ctx: Context, source: StreamSource, arn: string): Promise<Start[]> {
  const since = ctx.now();
  const starts: Start[] = [];
  for (const { id } of await source.shards(ctx, arn)) {
    starts.push({ shard: id, checkpoint: { iterator: await source.iterator(ctx, arn, id, "LATEST"), since } });
  }
  return starts;
}

/** Where a mapping begins in a shard that it has no checkpoint for. */
export function firstCheckpoint({ StartingPosition, StartingPositionTimestamp }: Mapping): Checkpoint {
  return StartingPosition === "AT_TIMESTAMP" ? { since: StartingPositionTimestamp?.getTime() ?? 0 } : {};
}

/** After a record, or with the oldest. */
export const positionOf = (sequence: string | undefined): Position =>
  sequence === undefined ? "TRIM_HORIZON" : { after: sequence };

/** Notes in a transaction of its own how far a mapping has got, unless that is gone. */
export function saveCheckpoint(ctx: Context, uuid: string, shard: string, checkpoint: Checkpoint): void {
  const own = ctx.as({ account: ctx.account, region: ctx.region, principal: ctx.principal });
  if (!own.table(eventSourceMappings).has(uuid)) return;
  own.table(checkpoints).put([uuid, shard], checkpoint);
  own.publish();
}
