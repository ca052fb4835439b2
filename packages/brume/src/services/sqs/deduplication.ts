/** Remembers what was sent to FIFO queues, so that duplicates within five minutes are told. */
import type { Context } from "../../kernel/context.js";
import { defineTable } from "../../kernel/store.js";
import type { Queue } from "./queue.js";

interface Remembered {
  readonly messageId: string;
  readonly sequence: number;
  readonly expiresAt: number;
}

const INTERVAL_MS = 5 * 60 * 1000;
/** How many that have expired are forgotten whenever one is remembered. */
const FORGOTTEN_TOGETHER = 4;

/** [queue, scope, deduplication id]: the scope is a message group, or empty for the whole queue. */
const remembered = defineTable<Remembered>("sqs/deduplications");
/** [queue, when it expires, scope, deduplication id] */
const byExpiry = defineTable<{ scope: string; id: string; expiresAt: number }>("sqs/deduplications-by-expiry");

const scopeOf = (queue: Queue, group: string | undefined): string =>
  queue.attributes.DeduplicationScope === "messageGroup" ? (group ?? "") : "";

/** What was sent with the same id, if that is not too long ago. */
export function duplicateOf(
  ctx: Context,
  queue: Queue,
  account: string,
  { group, id }: { group: string | undefined; id: string },
): Remembered | undefined {
  const found = ctx.table(remembered, { account }).get(queue.name, scopeOf(queue, group), id);
  return found && found.expiresAt > ctx.now() ? found : undefined;
}

/** Remembers a message that was sent. */
export function remember(
  ctx: Context,
  queue: Queue,
  account: string,
  message: { group: string | undefined; id: string; messageId: string; sequence: number },
): void {
  const { messageId, sequence, id, group } = message;
  const [now, scope] = [ctx.now(), scopeOf(queue, group)];
  const expiresAt = now + INTERVAL_MS;
  const [table, order] = [ctx.table(remembered, { account }), ctx.table(byExpiry, { account })];
  for (const old of order.rows({ prefix: [queue.name], before: [now], limit: FORGOTTEN_TOGETHER })) {
    order.delete(queue.name, old.expiresAt, old.scope, old.id);
    const current = table.get(queue.name, old.scope, old.id);
    if (current?.expiresAt === old.expiresAt) table.delete(queue.name, old.scope, old.id);
  }
  table.put([queue.name, scope, id], { messageId, sequence, expiresAt });
  order.put([queue.name, expiresAt, scope, id], { scope, id, expiresAt });
}

/** Forgets all that was sent to a queue that goes. */
export function forgetAll(ctx: Context, queue: string, account: string): void {
  ctx.table(remembered, { account }).clear({ prefix: [queue] });
  ctx.table(byExpiry, { account }).clear({ prefix: [queue] });
}
