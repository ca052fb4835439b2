/** Writes what has changed of an item into the table's stream. */
import type { Context } from "../../../kernel/context.js";
import type { Key } from "../../../kernel/store.js";
import type { Item } from "../attribute-value.js";
import { keyOf } from "../keys.js";
import type { TableLayout } from "../table.js";
import { type ChangeRow, changeNumbers, recordsPrefix, shardOf, streamRecords } from "./stream.js";

declare module "../../../kernel/events.js" {
  interface CloudEvents {
    /** A stream has records that it had not: whoever reads from it may look. */
    recordsAdded: { stream: string };
  }
}

/** The images that a stream of each view type holds. */
const IMAGES: Readonly<Record<string, { readonly old: boolean; readonly new: boolean }>> = {
  KEYS_ONLY: { old: false, new: false },
  NEW_IMAGE: { old: false, new: true },
  OLD_IMAGE: { old: true, new: false },
  NEW_AND_OLD_IMAGES: { old: true, new: true },
};

/** Adds a record of a change to the stream of a table that has one enabled. `key` is that of the item's row. */
export function recordChange(
  ctx: Context,
  table: TableLayout,
  key: Key,
  before: Item | undefined,
  after: Item | undefined,
  expired: boolean,
): void {
  const { row } = table;
  const images = IMAGES[row.streamViewType ?? ""];
  if (!images) return;
  const change: ChangeRow = {
    event: !before ? "INSERT" : after ? "MODIFY" : "REMOVE",
    at: ctx.now(),
    keys: keyOf((after ?? before) as Item, [table.schema]),
    ...(images.new && after ? { newImage: after } : {}),
    ...(images.old && before ? { oldImage: before } : {}),
    ...(expired ? { expired } : {}),
  };
  const number = ctx.memory(changeNumbers).next();
  ctx.table(streamRecords, table).put([recordsPrefix(row), shardOf(key[1] as string), number], change);
  if (!ctx.cloud.events.observes("recordsAdded")) return;
  const stream = ctx.arn(`table/${row.name}/stream/${row.streamLabel}`, "dynamodb", table);
  ctx.emit("recordsAdded", { stream });
}
