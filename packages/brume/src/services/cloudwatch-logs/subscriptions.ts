/** What delivers log events to the destinations of subscription filters, again for a day where they refuse them. */
import { gzipSync } from "node:zlib";
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { isAwsError, isTransient } from "../../kernel/errors.js";
import { accountSubscription } from "./account-policies.js";
import { type DESTINATION_SERVICES, targetOf } from "./destinations.js";
import { compileFilter } from "./filter-pattern.js";
import { type SubscriptionFilter, subscriptionFilters } from "./filters.js";
import { type Batch, batches, type LogGroup } from "./tables.js";

interface Delivery {
  group: string;
  stream: string;
  sequence: number;
  /** Set when a delivery is tried again: for which filter, how often it has been, and since when. */
  again?: { filter: string; attempt: number; since: number };
}

const RETRIED_FOR_MS = 24 * 60 * 60 * 1000;
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 5 * 60 * 1000;
/** Whether what comes into a group is delivered anywhere. */
export const isSubscribed = (ctx: Context, group: LogGroup): boolean =>
  group.subscriptions > 0 || accountSubscription(ctx, group.name) !== undefined;

/** Has a batch delivered when the present call has committed. */
export function scheduleDelivery(ctx: Context, group: string, stream: string, sequence: number): void {
  const payload: Delivery = { group, stream, sequence };
  ctx.schedule({ at: ctx.now(), kind: "deliver", payload });
}

function filtersOf(ctx: Context, group: string): SubscriptionFilter[] {
  const ofAccount = accountSubscription(ctx, group);
  return [...ctx.table(subscriptionFilters).rows({ prefix: [group] }), ...(ofAccount ? [ofAccount] : [])];
}

/** The timer that delivers a batch. */
export async function deliver(delivery: Delivery, ctx: Context): Promise<void> {
  const { group, stream, sequence, again } = delivery;
  const batch = ctx.table(batches).get(group, stream, sequence);
  if (!batch) return;
  const filters = filtersOf(ctx, group).filter(({ filterName }) => !again || filterName === again.filter);
  await Promise.all(
    filters.map(async (filter) => {
      const data = dataFor(ctx, filter, stream, batch);
      if (!data) return;
      try {
        await send(ctx, filter, stream, data);
      } catch (error) {
        if (!isAwsError(error)) throw error;
        const { attempt = 0, since = ctx.now() } = again ?? {};
        const at = ctx.now() + Math.min(FIRST_DELAY_MS * 2 ** attempt, LONGEST_DELAY_MS);
        if (!isTransient(error) || at > since + RETRIED_FOR_MS) {
          const { filterName, destinationArn } = filter;
          ctx.emit("log delivery failed", { group, filter: filterName, destinationArn, reason: error.message });
        } else {
          const next = { filter: filter.filterName, attempt: attempt + 1, since };
          ctx.schedule({ at, kind: "deliver", payload: { ...delivery, again: next } });
        }
      }
    }),
  );
}

/** What a filter has of a batch, as it is sent; `undefined` for nothing. */
function dataFor(ctx: Context, filter: SubscriptionFilter, stream: string, batch: Batch): Buffer | undefined {
  const matches = compileFilter(filter.filterPattern);
  const logEvents = batch.events
    .map(({ timestamp, message }, index) => ({
      id: `${batch.sequence}${index}`.padStart(56, "0"),
      timestamp,
      message,
    }))
    .filter(({ message }) => matches(message) !== undefined);
  if (logEvents.length === 0) return undefined;
  return gzipSync(
    JSON.stringify({
      messageType: "DATA_MESSAGE",
      owner: ctx.account,
      logGroup: filter.logGroupName,
      logStream: stream,
      subscriptionFilters: [filter.filterName],
      logEvents,
    }),
  );
}

interface Target {
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly partitionKey: string;
}

const SENDERS = {
  lambda: (ctx, { arn, account, region }, data) => {
    const Payload = Buffer.from(JSON.stringify({ awslogs: { data: data.toString("base64") } }));
    return ctx.call("lambda", "Invoke", { FunctionName: arn, InvocationType: "Event", Payload }, { account, region });
  },
  kinesis: (ctx, { arn, account, region, partitionKey }, data) => {
    const input = { StreamARN: arn, Data: data, PartitionKey: partitionKey };
    return ctx.call("kinesis", "PutRecord", input, { account, region });
  },
  firehose: (ctx, { arn, account, region }, data) => {
    const DeliveryStreamName = arn.slice(arn.lastIndexOf("/") + 1);
    return ctx.call("firehose", "PutRecord", { DeliveryStreamName, Record: { Data: data } }, { account, region });
  },
} satisfies Record<
  (typeof DESTINATION_SERVICES)[number],
  (ctx: Context, target: Target, data: Buffer) => Promise<unknown>
>;

async function send(ctx: Context, filter: SubscriptionFilter, stream: string, data: Buffer): Promise<void> {
  const arn = targetOf(ctx, filter.destinationArn);
  const { service = "", account = "", region = "" } = parseArn(arn) ?? {};
  const partitionKey = filter.distribution === "Random" ? ctx.cloud.newRequestId() : stream;
  const sender = Object.hasOwn(SENDERS, service) ? SENDERS[service as keyof typeof SENDERS] : undefined;
  await sender?.(ctx, { arn, account, region, partitionKey }, data);
}

declare module "../../kernel/events.js" {
  interface CloudEvents {
    /** Log events could not be delivered to the destination of a subscription filter, and will not be tried again. */
    "log delivery failed": { group: string; filter: string; destinationArn: string; reason: string };
  }
}
