/** Tells the on-failure destination of a mapping about records that are given up. */
import type { Context } from "../../kernel/context.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Attempt } from "./stream-batch.js";
import { asFunction, type Reader } from "./stream-reader.js";
import type { SourceRecord } from "./stream-source.js";

/** Why records are given up. */
export interface Discard {
  readonly condition: "RetryAttemptsExhausted" | "RecordAgeExceeded";
  /** How often the function was run on them. */
  readonly invocations: number;
  readonly last: Attempt | undefined;
}

/** Sends what is known of the records, or with S3 the records too. What cannot be sent is a notice, and lost. */
export async function reportDiscarded(
  reader: Reader,
  shard: string,
  records: readonly SourceRecord[],
  discard: Discard,
): Promise<void> {
  const { ctx, mapping } = reader;
  const { Destination: arn } = mapping.DestinationConfig?.OnFailure ?? {};
  if (!arn) return;
  const message = describe(reader, shard, records, discard);
  const send = SENDERS[arn.split(":")[2] ?? ""];
  try {
    if (!send) throw new Error("brume does not send to this kind of destination.");
    await send(await asFunction(reader), arn, message, { mapping: mapping.UUID, shard, records });
  } catch (error) {
    const text = `${mapping.FunctionArn}: nothing could be sent to ${arn}: ${(error as Error).message}`;
    ctx.cloud.events.emit("notice", { service: "lambda", message: text });
  }
}

const secondsOf = (at: number | undefined) => `${new Date(at ?? 0).toISOString().slice(0, 19)}Z`;

function describe(
  { ctx, source, mapping, arn }: Reader,
  shardId: string,
  records: readonly SourceRecord[],
  { condition, invocations, last }: Discard,
): object {
  return {
    requestContext: {
      requestId: last?.requestId ?? ctx.cloud.newRequestId(),
      functionArn: mapping.FunctionArn,
      condition,
      approximateInvokeCount: invocations,
    },
    responseContext: {
      statusCode: 200,
      executedVersion: last?.executedVersion ?? "$LATEST",
      ...(last?.result?.failed ? { functionError: "Unhandled" } : {}),
    },
    version: "1.0",
    timestamp: new Date(ctx.now()).toISOString(),
    [source.batchInfo]: {
      shardId,
      startSequenceNumber: records[0]?.sequence,
      endSequenceNumber: records.at(-1)?.sequence,
      approximateArrivalOfFirstRecord: secondsOf(records[0]?.at),
      approximateArrivalOfLastRecord: secondsOf(records.at(-1)?.at),
      batchSize: records.length,
      streamArn: arn,
    },
  };
}

interface Origin {
  readonly mapping: string;
  readonly shard: string;
  readonly records: readonly SourceRecord[];
}
type Sender = (ctx: Context, arn: string, message: object, origin: Origin) => Promise<unknown>;

/** By the service in the destination's ARN. */
const SENDERS: Readonly<Record<string, Sender>> = {
  sqs(ctx, arn, message) {
    const [, , , region, account, name] = arn.split(":");
    const input = { QueueUrl: `${ctx.cloud.endpoint}/${account}/${name}`, MessageBody: JSON.stringify(message) };
    return ctx.call("sqs", "SendMessage", input, { account, region });
  },
  sns(ctx, arn, message) {
    const [, , , region, account] = arn.split(":");
    return ctx.call("sns", "Publish", { TopicArn: arn, Message: JSON.stringify(message) }, { account, region });
  },
  s3(ctx, arn, message, { mapping, shard, records }) {
    const [day = "", time = ""] = new Date(ctx.now()).toISOString().slice(0, 19).split("T");
    const payload = JSON.stringify({ Records: records.map(({ event }) => event) });
    return ctx.call("s3", "PutObject", {
      Bucket: arn.split(":::")[1],
      Key: `aws/lambda/${mapping}/${shard}/${day.replaceAll("-", "/")}/${day}T${time.replaceAll(":", ".")}-${uuid()}`,
      Body: Buffer.from(JSON.stringify({ ...message, payload })),
    });
  },
};
