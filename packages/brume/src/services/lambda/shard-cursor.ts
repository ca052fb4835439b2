/** A place in a shard, which finds itself again when its iterator has expired. */
import type { Context } from "../../kernel/context.js";
import { isAwsError } from "../../kernel/errors.js";
import { type Checkpoint, positionOf } from "./stream-checkpoints.js";
import type { Reader } from "./stream-reader.js";
import type { SourceRecord } from "./stream-source.js";

const SECOND_MS = 1000;
/** Sources may know the second only in which a record was written. */
const secondOf = (at: number): number => Math.floor(at / SECOND_MS) * SECOND_MS;

export class ShardCursor {
  readonly #reader: Reader;
  readonly #shard: string;
  #iterator: string | undefined;
  #lastRead: string | undefined;
  /** Records that are older are not for the mapping, where it has to begin with the oldest to find its place. */
  #since: number;
  #skipBefore = 0;
  /** Whether the shard is closed, and has been read to its end. */
  atEnd = false;

  constructor(reader: Reader, shard: string, { iterator, sequence, since = 0 }: Checkpoint) {
    this.#reader = reader;
    this.#shard = shard;
    this.#iterator = iterator;
    this.#lastRead = sequence;
    this.#since = secondOf(since);
  }

  /** The next records; none when there are no more by now. */
  async read(as: Context, limit: number): Promise<readonly SourceRecord[]> {
    for (;;) {
      const records = await this.#page(as, limit);
      if (!records) continue;
      const wanted = records.filter(({ at }) => at >= this.#skipBefore);
      if (wanted.length > 0 || records.length === 0) return wanted;
    }
  }

  /** A page as the source has it; `undefined` when the place has to be found again. */
  async #page(as: Context, limit: number): Promise<readonly SourceRecord[] | undefined> {
    const { source, arn } = this.#reader;
    const startedAt = as.now();
    try {
      this.#iterator ??= await this.#find(as);
      const { records, next } = await source.read(as, arn, this.#iterator, limit);
      this.#iterator = next;
      this.atEnd = next === undefined;
      this.#lastRead = records.at(-1)?.sequence ?? this.#lastRead;
      // What was there has been read: if the place is lost, only what is younger can be new.
      if (records.length === 0) this.#since = secondOf(startedAt) + SECOND_MS;
      return records;
    } catch (error) {
      if (!isAwsError(error, "ExpiredIteratorException", "TrimmedDataAccessException")) throw error;
      if (error.code === "TrimmedDataAccessException") this.#lastRead = undefined;
      this.#iterator = undefined;
      return undefined;
    }
  }

  #find(as: Context): Promise<string> {
    const { source, arn } = this.#reader;
    this.#skipBefore = this.#lastRead === undefined ? this.#since : 0;
    return source.iterator(as, arn, this.#shard, positionOf(this.#lastRead));
  }
}
