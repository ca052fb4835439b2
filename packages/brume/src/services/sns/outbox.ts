/** What would have left the cloud for a person or a device: e-mails, text messages and notifications of apps. */
import type { Context } from "../../kernel/context.js";
import { defineTable } from "../../kernel/store.js";

export interface Outgoing {
  readonly protocol: string;
  /** The address, the number, or the ARN of an app on a device. */
  readonly endpoint: string;
  readonly topicArn?: string | undefined;
  readonly subject?: string | undefined;
  readonly body: string;
  /** What its reader is asked to visit. */
  readonly link?: string | undefined;
  readonly sentAt: number;
}

/** [sent at, message, endpoint] */
const outbox = defineTable<Outgoing>("sns/outbox");
/** The oldest go when there are more, so that a cloud that runs for long does not fill its disk. */
const MAX_KEPT = 1000;

declare module "../../kernel/events.js" {
  interface CloudEvents {
    /** A message left for a person or a device: it is in the outbox of SNS. */
    outgoing: {
      protocol: string;
      endpoint: string;
      subject?: string | undefined;
      body: string;
      /** What its reader is asked to visit. */
      link?: string | undefined;
    };
  }
}

/** Puts a message for a person or a device into the outbox. */
export function send(ctx: Context, id: string, message: Omit<Outgoing, "sentAt">): void {
  const { protocol, endpoint, subject, body, link } = message;
  const table = ctx.table(outbox);
  table.put([ctx.now(), id, endpoint], { ...message, sentAt: ctx.now() });
  const all = [...table.entries()];
  if (all.length > MAX_KEPT) table.clear({ before: [all[all.length - MAX_KEPT]?.row.sentAt ?? 0] });
  ctx.emit("outgoing", { protocol, endpoint, subject, body, link });
}
