/** Shard iterators: opaque texts that say from where a shard is read on. */
import { AwsError } from "../../../kernel/errors.js";
import { validation } from "../attribute-value.js";

export interface ShardIterator {
  readonly streamArn: string;
  readonly shardId: string;
  /** The number from which it reads. */
  readonly from: number;
  /** Whether what has been trimmed meanwhile is passed over. */
  readonly lenient: boolean;
  readonly issuedAt: number;
}

const LIFETIME_MS = 15 * 60 * 1000;
const VERSION = "1";

export function encodeIterator({ streamArn, shardId, from, lenient, issuedAt }: ShardIterator): string {
  const content = Buffer.from(JSON.stringify([shardId, from, lenient ? 1 : 0, issuedAt])).toString("base64");
  return `${streamArn}|${VERSION}|${content}`;
}

/** The stream that an iterator reads, for authorization. */
export const streamOfIterator = (text: string | undefined): string => text?.split("|")[0] ?? "";

/** @throws AwsError `ValidationException`; `ExpiredIteratorException` after 15 minutes */
export function decodeIterator(text: string, now: number): ShardIterator {
  const [streamArn = "", version, content = ""] = text.split("|");
  const [shardId, from, lenient, issuedAt] = version === VERSION ? parse(content) : [];
  if (typeof shardId !== "string" || !isNumber(from) || !isNumber(issuedAt)) throw validation("Invalid ShardIterator");
  if (now > issuedAt + LIFETIME_MS) {
    throw new AwsError(
      "ExpiredIteratorException",
      "The shard iterator has expired. Shard iterators are only valid for 15 minutes",
    );
  }
  return { streamArn, shardId, from, lenient: lenient === 1, issuedAt };
}

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function parse(content: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(content, "base64").toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
