/** `brume outbox`. */
import { requireCloud } from "../connect.js";
import type { Action } from "../main.js";

interface Message {
  sentAt: number;
  channel: string;
  to: string;
  subject?: string;
  text: string;
  link?: string;
}

const DEFAULT_LIMIT = 50;

export const outbox: Action = async (_parameters, options, output) => {
  const cloud = await requireCloud(options);
  const { messages } = await cloud.control<{ messages: Message[] }>("GET", "outbox");
  cloud.close();
  const shown = messages.slice(Math.max(0, messages.length - (options.limit ?? DEFAULT_LIMIT)));
  if (shown.length === 0) output.line("The outbox is empty.");
  for (const { sentAt, channel, to, subject, text, link } of shown) {
    const head = [new Date(sentAt).toISOString(), channel, to].join("  ");
    output.line(subject === undefined ? head : `${head}  ${output.style("bold", subject)}`);
    for (const line of text.split("\n")) output.line(`  ${line}`);
    if (link !== undefined && !text.includes(link)) output.line(`  ${link}`);
  }
  output.result(shown);
};
