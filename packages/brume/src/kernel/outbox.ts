/** What would have left the cloud for a person or a device: e-mails, text messages and notifications of apps. */
import type { Cloud } from "./cloud.js";
import type { Context } from "./context.js";
import { defineTable } from "./store.js";

/** A message as it stands in the outbox. Times are milliseconds since the epoch. */
export interface Outgoing {
  readonly sentAt: number;
  readonly channel: "email" | "push" | "sms";
  /** The address, the number, or the ARN of an app on a device. */
  readonly to: string;
  readonly subject?: string | undefined;
  readonly text: string;
  /** What its reader is asked to visit. */
  readonly link?: string | undefined;
  readonly service: string;
  readonly account: string;
  readonly region: string;
}

declare module "./events.js" {
  interface CloudEvents {
    /** A message left for a person or a device: it is in the outbox. */
    outgoing: { message: Outgoing };
  }
}

/** [sent at, id, to] */
const outbox = defineTable<Outgoing>("kernel/outbox", "cloud");
/** The oldest go when there are more, so that a cloud that runs for long does not fill its disk. */
const MOST_KEPT = 1000;

/** Puts a message into the outbox: nothing else delivers it. */
export function putIntoOutbox(
  ctx: Context,
  id: string,
  { channel, to, subject, text, link }: Pick<Outgoing, "channel" | "to" | "subject" | "text" | "link">,
): void {
  const { service, account, region } = ctx;
  const message: Outgoing = { sentAt: ctx.now(), channel, to, subject, text, link, service, account, region };
  const table = ctx.table(outbox);
  table.put([message.sentAt, id, to], message);
  const [oldest] = table.rows({ reverse: true, limit: MOST_KEPT + 1 }).slice(MOST_KEPT);
  if (oldest) table.clear({ before: [oldest.sentAt + 1] });
  ctx.emit("outgoing", { message });
}

/** All that is in the outbox, in the order in which it was sent. */
export const readOutbox = (cloud: Cloud): Outgoing[] => cloud.store.begin().table(outbox, "", "").rows();

/** Takes everything out of the outbox. */
export function emptyOutbox(cloud: Cloud): void {
  const transaction = cloud.store.begin();
  transaction.table(outbox, "", "").clear();
  transaction.commit();
}
