/** DynamoDB streams as event sources. See "Using AWS Lambda with Amazon DynamoDB". */
import type {
  DescribeStreamOutput,
  GetRecordsOutput,
  GetShardIteratorOutput,
  _Record as StreamRecord,
} from "@aws-sdk/client-dynamodb-streams";
import type { SourceRecord, SourceShard, StreamSource } from "./stream-source.js";

const MAX_RECORDS = 1000;
const SERVICE = "dynamodb-streams";

export const dynamodbSource: StreamSource = {
  batchInfo: "DDBStreamBatchInfo",
  retentionMs: 24 * 3600 * 1000,
  startingPositions: ["TRIM_HORIZON", "LATEST"],
  async shards(ctx, StreamArn) {
    const found: SourceShard[] = [];
    let start: string | undefined;
    do {
      const input = { StreamArn, ExclusiveStartShardId: start };
      const { StreamDescription } = await ctx.call<DescribeStreamOutput>(SERVICE, "DescribeStream", input);
      for (const { ShardId = "", ParentShardId } of StreamDescription?.Shards ?? []) {
        found.push({ id: ShardId, parents: ParentShardId === undefined ? [] : [ParentShardId] });
      }
      start = StreamDescription?.LastEvaluatedShardId;
    } while (start !== undefined);
    return found;
  },
  async iterator(ctx, StreamArn, ShardId, position) {
    const where =
      typeof position === "string"
        ? { ShardIteratorType: position }
        : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: position.after };
    const input = { StreamArn, ShardId, ...where };
    const { ShardIterator = "" } = await ctx.call<GetShardIteratorOutput>(SERVICE, "GetShardIterator", input);
    return ShardIterator;
  },
  async read(ctx, arn, ShardIterator, limit) {
    const input = { ShardIterator, Limit: Math.min(MAX_RECORDS, limit) };
    const { Records = [], NextShardIterator } = await ctx.call<GetRecordsOutput>(SERVICE, "GetRecords", input);
    return { records: Records.map((record) => sourceRecord(record, arn)), next: NextShardIterator };
  },
};

function sourceRecord({ dynamodb = {}, userIdentity, ...record }: StreamRecord, arn: string): SourceRecord {
  const { ApproximateCreationDateTime: created = new Date(0), SequenceNumber = "", ...change } = dynamodb;
  const event = {
    ...record,
    dynamodb: { ApproximateCreationDateTime: created.getTime() / 1000, ...change, SequenceNumber },
    ...(userIdentity ? { userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId } } : {}),
    eventSourceARN: arn,
  };
  return { sequence: SequenceNumber, at: created.getTime(), event: withTextForBytes(event) as object };
}

/** JSON has no bytes: functions get them as base64. */
function withTextForBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(withTextForBytes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withTextForBytes(member)]));
}
