/** The operations of DynamoDB Streams. See "Amazon DynamoDB Streams" in the API Reference. */
import { hash } from "node:crypto";
import type { AttributeValue, Shard, _Record as StreamRecord } from "@aws-sdk/client-dynamodb-streams";
import type { Context } from "../../../kernel/context.js";
import { AwsError } from "../../../kernel/errors.js";
import type { Handler } from "../../../kernel/service.js";
import { encodeKey, numberAt } from "../../../kernel/store.js";
import { type Item, itemBytes, validation } from "../attribute-value.js";
import { checkMembers } from "../constraints.js";
import { type FoundStream, findStream } from "./find-stream.js";
import { decodeIterator, encodeIterator, streamOfIterator } from "./shard-iterator.js";
import {
  type ChangeRow,
  changeNumbers,
  numberOf,
  SHARD_COUNT,
  type StreamRow,
  sequenceNumber,
  shardId,
  streamArn,
  streamRecords,
  streams,
  trimHorizon,
} from "./stream.js";

type Streams = typeof import("@aws-sdk/client-dynamodb-streams");

const ARN = { minLength: 37, maxLength: 1024 };
const SHARD_ID = { minLength: 28, maxLength: 65 };
const PAGE = { min: 1, max: 100 };
const ITERATOR_TYPES = ["TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"];
const MAX_RECORDS = 1000;
const MAX_BYTES = 1024 * 1024;
const DEFAULT_PAGE = 100;
const EXPIRY_IDENTITY = { PrincipalId: "dynamodb.amazonaws.com", Type: "Service" };

/** The ARN of the stream that an input names, for authorization. */
export const streamOf = (input: { StreamArn?: string | undefined }): string => input.StreamArn ?? "";

/** The ARN of the stream that an iterator reads, for authorization. */
export const iteratedStream = (input: { ShardIterator?: string | undefined }): string =>
  streamOfIterator(input.ShardIterator);

const notFound = (what: string) => new AwsError("ResourceNotFoundException", `Requested resource not found: ${what}`);

/** @throws AwsError `ResourceNotFoundException`, `ValidationException` */
function getStream(ctx: Context, arn: string): FoundStream {
  const found = findStream(ctx, arn);
  if (!found) throw notFound(`Stream: ${arn} not found`);
  return found;
}

/** The number of a shard. @throws AwsError `ResourceNotFoundException` */
function getShard({ stream }: FoundStream, arn: string, id: string): number {
  for (let shard = 0; shard < SHARD_COUNT; shard++) if (shardId(stream, shard) === id) return shard;
  throw notFound(`Shard: ${id} in Stream: ${arn} not found`);
}

export const listStreams: Handler<Streams, "ListStreams"> = (input, ctx) => {
  checkMembers(input, { TableName: { minLength: 3, maxLength: 255 }, ExclusiveStartStreamArn: ARN, Limit: PAGE });
  const { ExclusiveStartStreamArn: start, Limit: limit = DEFAULT_PAGE, TableName } = input;
  const after = start === undefined ? undefined : getStream(ctx, start).stream;
  const found = ctx.table(streams).rows({
    ...(TableName === undefined ? {} : { prefix: [TableName] }),
    ...(after ? { after: encodeKey([after.table, after.label]) } : {}),
    limit: limit + 1,
  });
  const page = found.slice(0, limit);
  const arnOf = (row: StreamRow) => streamArn(ctx, ctx, row);
  const last = page.at(-1);
  return {
    Streams: page.map((row) => ({ StreamArn: arnOf(row), TableName: row.table, StreamLabel: row.label })),
    ...(found.length > limit && last ? { LastEvaluatedStreamArn: arnOf(last) } : {}),
  };
};

export const describeStream: Handler<Streams, "DescribeStream"> = (input, ctx) => {
  checkMembers(input, {
    StreamArn: { ...ARN, required: true },
    Limit: PAGE,
    ExclusiveStartShardId: SHARD_ID,
  });
  const arn = input.StreamArn as string;
  const found = getStream(ctx, arn);
  const { stream } = found;
  const { ExclusiveStartShardId: start, Limit: limit = DEFAULT_PAGE, ShardFilter } = input;
  const first = start === undefined ? 0 : getShard(found, arn, start) + 1;
  // No shard has children.
  const end = ShardFilter?.Type === "CHILD_SHARDS" ? first : Math.min(SHARD_COUNT, first + limit);
  const shards: Shard[] = [];
  for (let shard = first; shard < end; shard++) shards.push(describeShard(stream, shard));
  return {
    StreamDescription: {
      StreamArn: arn,
      StreamLabel: stream.label,
      StreamStatus: stream.closed ? "DISABLED" : "ENABLED",
      StreamViewType: stream.viewType as "KEYS_ONLY",
      CreationRequestDateTime: new Date(stream.createdAt),
      TableName: stream.table,
      KeySchema: [...stream.keySchema],
      Shards: shards,
      ...(shards.length > 0 && end < SHARD_COUNT ? { LastEvaluatedShardId: shards.at(-1)?.ShardId } : {}),
    },
  };
};

function describeShard(stream: StreamRow, shard: number): Shard {
  return {
    ShardId: shardId(stream, shard),
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceNumber(stream.first),
      ...(stream.closed ? { EndingSequenceNumber: sequenceNumber(stream.closed.before) } : {}),
    },
  };
}

const trimmed = () => new AwsError("TrimmedDataAccessException", "The data you are trying to access has been trimmed");

export const getShardIterator: Handler<Streams, "GetShardIterator"> = (input, ctx) => {
  checkMembers(input, {
    StreamArn: { ...ARN, required: true },
    ShardId: { ...SHARD_ID, required: true },
    ShardIteratorType: { required: true, oneOf: ITERATOR_TYPES },
    SequenceNumber: { minLength: 21, maxLength: 40 },
  });
  const { ShardIteratorType: type, SequenceNumber: sequence } = input;
  const arn = input.StreamArn as string;
  const found = getStream(ctx, arn);
  getShard(found, arn, input.ShardId as string);
  const issuedAt = ctx.now();
  const base = { streamArn: arn, shardId: input.ShardId as string, issuedAt };
  if (type === "TRIM_HORIZON") return { ShardIterator: encodeIterator({ ...base, from: 0, lenient: true }) };
  if (type === "LATEST") {
    const from = ctx.memory(changeNumbers).next();
    return { ShardIterator: encodeIterator({ ...base, from, lenient: true }) };
  }
  if (sequence === undefined) throw validation(`SequenceNumber is required when ShardIteratorType is ${type}`);
  const number = numberOf(sequence);
  if (number === undefined || number < found.stream.first) throw validation("Invalid SequenceNumber");
  if (number < trimHorizon(issuedAt)) throw trimmed();
  const from = type === "AT_SEQUENCE_NUMBER" ? number : number + 1;
  return { ShardIterator: encodeIterator({ ...base, from, lenient: false }) };
};

export const getRecords: Handler<Streams, "GetRecords"> = (input, ctx) => {
  checkMembers(input, {
    ShardIterator: { required: true, minLength: 1, maxLength: 2048 },
    Limit: { min: 1, max: MAX_RECORDS },
  });
  const { Limit: limit = MAX_RECORDS } = input;
  const now = ctx.now();
  const iterator = decodeIterator(input.ShardIterator as string, now);
  const found = getStream(ctx, iterator.streamArn);
  const { stream } = found;
  const shard = getShard(found, iterator.streamArn, iterator.shardId);
  const horizon = trimHorizon(now);
  if (iterator.from < horizon && !iterator.lenient) throw trimmed();
  const from = Math.max(iterator.from, horizon);
  const records: StreamRecord[] = [];
  let bytes = 0;
  let next: number | undefined;
  for (const { position, row } of ctx
    .table(streamRecords, found)
    .entries({ prefix: [stream.prefix, shard], from: [from] })) {
    const number = numberAt(position, -1);
    const record = recordOf(found, iterator.streamArn, number, row);
    bytes += record.dynamodb?.SizeBytes ?? 0;
    if (records.length === limit || (records.length > 0 && bytes > MAX_BYTES)) {
      next = number;
      break;
    }
    records.push(record);
  }
  if (next === undefined && stream.closed) return { Records: records };
  // What is read to its end is read on from now, so that an iterator that finds nothing for a day stays valid.
  const onward = next ?? ctx.memory(changeNumbers).next();
  return {
    Records: records,
    NextShardIterator: encodeIterator({ ...iterator, from: onward, lenient: next === undefined, issuedAt: now }),
  };
};

function recordOf({ stream, region }: FoundStream, arn: string, number: number, row: ChangeRow): StreamRecord {
  const attributes = (item: Item) => item as Record<string, AttributeValue>;
  const bytes = [row.keys, row.newImage, row.oldImage].reduce((sum, item) => sum + (item ? itemBytes(item) : 0), 0);
  return {
    eventID: hash("md5", `${arn}/${number}`, "hex"),
    eventName: row.event,
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: new Date(Math.floor(row.at / 1000) * 1000),
      Keys: attributes(row.keys),
      ...(row.newImage ? { NewImage: attributes(row.newImage) } : {}),
      ...(row.oldImage ? { OldImage: attributes(row.oldImage) } : {}),
      SequenceNumber: sequenceNumber(number),
      SizeBytes: bytes,
      StreamViewType: stream.viewType as "KEYS_ONLY",
    },
    ...(row.expired ? { userIdentity: EXPIRY_IDENTITY } : {}),
  };
}
