/** Lists in pages, with opaque markers. */
import { encodeKey, type Key, type Table } from "../../kernel/store.js";
import { invalidParameter } from "./names.js";

const PAGE = 50;

interface PageRequest {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

/**
 * A page of a table's rows, and the marker of the next one. `show` leaves a row out by answering nothing; `first` comes
 * before all rows.
 */
export function page<Row, Item>(
  table: Table<Row>,
  { Marker, MaxItems }: PageRequest,
  show: (row: Row) => Item | undefined,
  range: { prefix?: Key; reverse?: boolean } = {},
  first: readonly Item[] = [],
): { items: Item[]; NextMarker?: string } {
  const limit = Math.min(MaxItems ?? PAGE, PAGE);
  if (limit < 1) throw invalidParameter("MaxItems must be at least 1.");
  const after = Marker ? Buffer.from(Marker, "base64url").toString() : undefined;
  const items: Item[] = after === undefined ? [...first] : [];
  let last = encodeKey(range.prefix ?? []);
  for (const { row, position } of table.entries({ ...range, after })) {
    const item = show(row);
    if (item === undefined) continue;
    if (items.length === limit) return { items, NextMarker: Buffer.from(last).toString("base64url") };
    items.push(item);
    last = position;
  }
  return { items };
}
