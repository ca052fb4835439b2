/** Where queues and messages are kept, and how a queue is found. */
import { parseArn } from "../../kernel/arn.js";
import { defineMemory } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { defineSequence } from "../../kernel/sequence.js";
import { defineTable } from "../../kernel/store.js";
import type { Message, Queue } from "./queue.js";

/** [name] */
export const queues = defineTable<Queue>("sqs/queues", "region", { cached: true });
/**
 * [queue, when it becomes visible, sequence]: what can be received stands first. In FIFO queues the time is always 0, so
 * that the order is that of sending.
 */
export const messages = defineTable<Message>("sqs/messages");
/** [queue, sequence]: the time part of a received message's key. */
export const receipts = defineTable<number>("sqs/receipts");
/** A task that moves messages out of a dead-letter queue. */
export interface MoveTask {
  readonly id: string;
  readonly sourceArn: string;
  readonly destinationArn?: string | undefined;
  /** Messages a second. */
  readonly rate?: number | undefined;
  readonly status: "RUNNING" | "COMPLETED" | "CANCELLED" | "FAILED";
  readonly moved: number;
  readonly toMove: number;
  readonly failure?: string;
  readonly startedAt: number;
}
/** [source queue's ARN, task] */
export const moveTasks = defineTable<MoveTask>("sqs/move-tasks");

/** The URL of a queue. Its path alone says which queue it is; its host is where this cloud listens. */
export function queueUrl(ctx: Context, name: string, account = ctx.account): string {
  return `${ctx.cloud.endpoint}/${account}/${name}`;
}

export function queueArn(ctx: Context, name: string, account = ctx.account): string {
  return ctx.arn(name, "sqs", { account });
}

/** The queue that a URL (or, as SQS allows, a name) means: `[account, name]`. */
export function parseQueueUrl(ctx: Context, url: string | undefined): [account: string, name: string] {
  if (!url) throw new AwsError("MissingParameter", "The request must contain the parameter QueueUrl.");
  const slash = url.lastIndexOf("/");
  if (slash < 0) return [ctx.account, url];
  return [url.slice(url.lastIndexOf("/", slash - 1) + 1, slash), url.slice(slash + 1)];
}

/** The ARN of the queue in an input's `QueueUrl`, for authorization. */
export function queueOf(input: { QueueUrl?: string | undefined }, ctx: Context): string {
  const [account, name] = parseQueueUrl(ctx, input.QueueUrl);
  return queueArn(ctx, name, account);
}

/** A queue, and the context of the account it belongs to. @throws AwsError `QueueDoesNotExist` */
export function getQueue(ctx: Context, url: string | undefined): { queue: Queue; account: string } {
  const [account, name] = parseQueueUrl(ctx, url);
  const queue = ctx.table(queues, { account }).get(name);
  if (!queue) throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
  return { queue, account };
}

/** A queue by its ARN, in this region. */
export function findQueueByArn(ctx: Context, arn: string): { queue: Queue; account: string } | undefined {
  const parsed = parseArn(arn);
  if (parsed?.service !== "sqs") return undefined;
  const queue = ctx.table(queues, { account: parsed.account, region: parsed.region }).get(parsed.resource);
  return queue && { queue, account: parsed.account };
}

/** Orders messages. */
export const sequence = defineSequence("sqs/sequence");

/** Wakes long polls when a message arrives. */
class Arrivals {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Says that a queue may have something to receive; heard after the present call has committed. */
  announce(queue: string): void {
    if (!this.#waiting.has(queue)) return;
    setImmediate(() => {
      for (const wake of this.#waiting.get(queue) ?? []) wake();
    });
  }

  /** A signal that ends at the next arrival; `stop` gives it up. */
  listen(queue: string): { arrival: AbortSignal; stop: () => void } {
    const controller = new AbortController();
    const wake = () => controller.abort();
    const waiting = this.#waiting.get(queue) ?? new Set();
    this.#waiting.set(queue, waiting);
    waiting.add(wake);
    const stop = () => {
      waiting.delete(wake);
      if (waiting.size === 0) this.#waiting.delete(queue);
    };
    return { arrival: controller.signal, stop };
  }
}
export const arrivals = defineMemory("sqs/arrivals", () => new Arrivals());
