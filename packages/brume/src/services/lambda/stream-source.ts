/** What event source mappings need to know of a kind of stream: records in shards, each shard in order. */
import type { Context } from "../../kernel/context.js";

/** A record as a stream has it. */
export interface SourceRecord {
  /** What is unique in the shard, and grows. */
  readonly sequence: string;
  /** About when it was written, in ms since the epoch. */
  readonly at: number;
  /** What functions and filters see. */
  readonly event: object;
}

export interface SourceShard {
  readonly id: string;
  /** The shards that must have been read to their ends before. */
  readonly parents: readonly string[];
}

/** From where a shard is read. */
export type Position = { readonly after: string } | "TRIM_HORIZON" | "LATEST";

export interface SourcePage {
  readonly records: readonly SourceRecord[];
  /** The iterator that reads on; `undefined` at the end of a shard that is closed. */
  readonly next: string | undefined;
}

/** A kind of stream. All calls are made with the function's permissions. */
export interface StreamSource {
  /** What the message about a batch that was given up calls the batch. */
  readonly batchInfo: string;
  /** How long records are kept: what is older is not tried again. */
  readonly retentionMs: number;
  readonly startingPositions: readonly string[];
  shards(ctx: Context, arn: string): Promise<SourceShard[]>;
  iterator(ctx: Context, arn: string, shard: string, position: Position): Promise<string>;
  read(ctx: Context, arn: string, iterator: string, limit: number): Promise<SourcePage>;
}
