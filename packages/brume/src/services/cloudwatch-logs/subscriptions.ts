/** What delivers log events to the destinations of subscription filters. */
import { gzipSync } from "node:zlib";
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { compileFilter } from "./filter-pattern.js";
import { type SubscriptionFilter, subscriptionFilters } from "./filters.js";
import { batches } from "./tables.js";

interface Delivery {
  group: string;
  stream: string;
  sequence: number;
}

/** Has a batch delivered when the present call has committed. */
export function scheduleDelivery(ctx: Context, group: string, stream: string, sequence: number): void {
  const payload: Delivery = { group, stream, sequence };
  ctx.schedule({ at: ctx.now(), kind: "deliver", payload });
}

/** The timer that delivers a batch. */
export async function deliver({ group, stream, sequence }: Delivery, ctx: Context): Promise<void> {
  const batch = ctx.table(batches).get(group, stream, sequence);
  if (!batch) return;
  for (const filter of ctx.table(subscriptionFilters).rows({ prefix: [group] })) {
    const matches = compileFilter(filter.filterPattern);
    const logEvents = batch.events
      .map(({ timestamp, message }, index) => ({
        id: `${batch.sequence}${index}`.padStart(56, "0"),
        timestamp,
        message,
      }))
      .filter(({ message }) => matches(message) !== undefined);
    if (logEvents.length === 0) continue;
    const data = gzipSync(
      JSON.stringify({
        messageType: "DATA_MESSAGE",
        owner: ctx.account,
        logGroup: group,
        logStream: stream,
        subscriptionFilters: [filter.filterName],
        logEvents,
      }),
    );
    await send(ctx, filter, stream, data);
  }
}

const SENDERS: Readonly<
  Record<string, (ctx: Context, filter: SubscriptionFilter, stream: string, data: Buffer) => Promise<unknown>>
> = {
  lambda: (ctx, { destinationArn }, _stream, data) =>
    ctx.call("lambda", "Invoke", {
      FunctionName: destinationArn,
      InvocationType: "Event",
      Payload: Buffer.from(JSON.stringify({ awslogs: { data: data.toString("base64") } })),
    }),
  kinesis: (ctx, { destinationArn, distribution }, stream, data) =>
    ctx.call("kinesis", "PutRecord", {
      StreamARN: destinationArn,
      Data: data,
      PartitionKey: distribution === "Random" ? ctx.requestId : stream,
    }),
  firehose: (ctx, { destinationArn }, _stream, data) =>
    ctx.call("firehose", "PutRecord", {
      DeliveryStreamName: destinationArn.slice(destinationArn.lastIndexOf("/") + 1),
      Record: { Data: data },
    }),
};

/** Destinations that a subscription filter can have: services of their ARNs. */
export const DESTINATIONS: readonly string[] = Object.keys(SENDERS);

// Differs from AWS: what a destination refuses is not tried again.
async function send(ctx: Context, filter: SubscriptionFilter, stream: string, data: Buffer): Promise<void> {
  const sender = SENDERS[parseArn(filter.destinationArn)?.service ?? ""];
  await sender?.(ctx, filter, stream, data);
}
