/** Everything that lasts: typed tables keyed by ordered tuples, in one transactional file a cloud. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Database, open, type RootDatabase } from "lmdb";
import { AwsError } from "./errors.js";

/** A part of a key: text, or a whole number from 0 to 2^53. */
export type KeyPart = string | number;
export type Key = readonly KeyPart[];

/** Which part of a cloud a table's rows belong to. */
export type Scope = "region" | "account" | "cloud";

/** The declaration of a table: its rows' type, its name (unique in a cloud) and its scope. */
export interface TableDefinition<Row> {
  readonly name: string;
  readonly scope: Scope;
  /** Whether rows that were read are kept in memory: for few rows that many calls read. */
  readonly cached: boolean;
  readonly row?: Row;
}

/** Declares a table. Rows are plain data, and are never changed in place: write a new row. */
export function defineTable<Row>(
  name: string,
  scope: Scope = "region",
  options: { cached?: boolean } = {},
): TableDefinition<Row> {
  return { name, scope, cached: options.cached ?? false };
}

/** What part of a table is read, in key order. */
export interface Range {
  /** Only keys that begin with these parts. */
  prefix?: Key;
  /** Only keys from this one on; parts follow those of `prefix`. */
  from?: Key;
  /** Only keys before this one; parts follow those of `prefix`. */
  before?: Key;
  /** Only keys after a position that an earlier read returned (before it, when reverse). */
  after?: string;
  reverse?: boolean;
  limit?: number;
}

/** A row and its position, which orders it and can be handed to `Range.after`. */
export interface Entry<Row> {
  readonly position: string;
  readonly row: Row;
}

/** One table, for one account and region, seen through one transaction. */
export interface Table<Row> {
  get(...key: Key): Row | undefined;
  has(...key: Key): boolean;
  put(key: Key, row: Row): void;
  delete(...key: Key): boolean;
  rows(range?: Range): Row[];
  entries(range?: Range): IterableIterator<Entry<Row>>;
  count(range?: Range): number;
  /** Deletes the rows of a range. */
  clear(range?: Range): void;
}

const SEPARATOR = "\0\0";
/** Sorts after every key that begins with the same prefix. */
const HIGHEST = "\u{10FFFF}";
const DELETED = Symbol("deleted");
const NOTHING: [string, unknown][] = [];
/** How many rows are kept in memory. */
const MAX_CACHED = 20_000;
const DIGITS = 11;
/** What a store's file is called in its directory. */
export const STORE_FILE = "store.lmdb";
/** The longest key of a row, in bytes of UTF-8: what a page of the file can hold. */
export const MAX_KEY_BYTES = 4000;

function encodePart(part: KeyPart): string {
  if (typeof part !== "number") return (part.includes("\0") ? part.replaceAll("\0", "\0\u0001") : part) + SEPARATOR;
  const whole = Math.floor(part);
  const text = whole.toString(36).padStart(DIGITS, "0");
  // A fraction sorts after its whole number and before the next: the digits before it are as many.
  return (part > whole ? text + (part - whole).toString(36).slice(1) : text) + SEPARATOR;
}

/** Encodes a tuple so that the encoded forms sort as the tuples do. */
export function encodeKey(key: Key): string {
  let text = "";
  for (const part of key) text += encodePart(part);
  return text;
}

/** A part of the key at a position, counted from the front or, below zero, from the end: a text. */
export function textAt(position: string, index: number): string {
  // The last separator ends the key, so that nothing stands behind it.
  const part = position.slice(0, -SEPARATOR.length).split(SEPARATOR).at(index) ?? "";
  return part.replaceAll("\0\u0001", "\0");
}

/** The same, for a part that is a whole number. */
export function numberAt(position: string, index: number): number {
  return Number.parseInt(textAt(position, index), 36);
}

/** The prefix under which a table's rows for an account and region stand. */
export function tablePrefix(table: TableDefinition<unknown>, account: string, region: string): string {
  if (table.scope === "region") return `${table.name}\0\0${account}\0\0${region}\0\0`;
  if (table.scope === "account") return `${table.name}\0\0${account}\0\0`;
  return `${table.name}\0\0`;
}

/** Rows to be written by their keys, and `DELETED` for those to be deleted. */
type Rows = Map<string, unknown>;

/** What is to be written, table by table: a scan looks through what belongs to its own. */
class Writes {
  /** Made by the first write: most transactions only read. */
  #tables: Map<string, Rows> | undefined;

  get isEmpty(): boolean {
    return this.#tables === undefined;
  }

  get(table: string, key: string): unknown {
    return this.#tables?.get(table)?.get(key);
  }

  set(table: string, key: string, value: unknown): void {
    this.#tables ??= new Map();
    const rows = this.#tables.get(table);
    if (rows) rows.set(key, value);
    else this.#tables.set(table, new Map([[key, value]]));
  }

  add({ tables }: Writes): void {
    this.#tables ??= new Map();
    for (const [table, rows] of tables) {
      const known = this.#tables.get(table);
      if (!known) this.#tables.set(table, rows);
      else for (const [key, value] of rows) known.set(key, value);
    }
  }

  get tables(): Iterable<[prefix: string, rows: Rows]> {
    return this.#tables ?? [];
  }
}

const NO_WRITES = new Writes();

/** Whether a key is longer than a row's can be. */
function isTooLong(key: string): boolean {
  return key.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(key) > MAX_KEY_BYTES;
}

/** A key as a bound of a range. Cut off beyond the longest key of a row, it still parts the rows as it did. */
function boundOf(key: string): StoredKey {
  return isTooLong(key) ? Buffer.from(key).subarray(0, MAX_KEY_BYTES + 1) : key;
}

type StoredKey = string | Uint8Array;

/** Keys go into the file's own buffers as UTF-8, without one of their own. */
const TEXT_KEYS = {
  writeKey(key: StoredKey, target: Buffer, start: number): number {
    if (typeof key === "string") return start + target.write(key, start);
    target.set(key, start);
    return start + key.length;
  },
  readKey: (source: Buffer, start: number, end: number): string => source.toString("utf8", start, end),
};

/** Orders keys as the file does: by their UTF-8 bytes, which is by code point. */
function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const surrogates = x >= 0xd800 && y >= 0xd800;
    return surrogates ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : x - y;
  }
  return a.length - b.length;
}

/**
 * The store of a cloud. Writes of all transactions that end in one turn of the event loop go to the file together, and
 * answers leave after that: `whenSettled`. The file survives a killed process; it is not synced against a power cut.
 */
export class Store {
  readonly #root: RootDatabase;
  readonly #rows: Database<unknown, StoredKey>;
  #pending = new Writes();
  /** What waits for the pending writes. */
  readonly #waiting: (() => void)[] = [];
  /** What waits for the end of the turn alone. */
  readonly #ending: (() => void)[] = [];
  #scheduled = false;
  #flushing = false;
  #closed = false;
  /** Rows of cached tables as they stand, and that some are not there (`DELETED`). */
  readonly #cache = new Map<string, unknown>();

  /** Opens or makes the store in a directory. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#root = open({
      path: join(directory, STORE_FILE),
      noSync: true,
      pageSize: 8192,
      maxDbs: 1,
      keyEncoder: TEXT_KEYS,
      encoding: "msgpack",
      // Few rows have the same members: to describe each row's shape before it costs twice what repeating names does.
      useRecords: false,
    } as Parameters<typeof open>[0]);
    this.#rows = this.#root as unknown as Database<unknown, StoredKey>;
  }

  begin(): Transaction {
    return new Transaction(this);
  }

  read(table: string, key: string): unknown {
    const pending = this.#pending.get(table, key);
    if (pending !== undefined) return pending === DELETED ? undefined : pending;
    if (this.#closed || isTooLong(key)) return undefined;
    return this.#rows.get(key);
  }

  /** Whether there is a row, which is not decoded for that. */
  has(table: string, key: string): boolean {
    const pending = this.#pending.get(table, key);
    if (pending !== undefined) return pending !== DELETED;
    return !this.#closed && !isTooLong(key) && this.#rows.doesExist(key);
  }

  /** The row of a cached table: decoded once, until it is written. */
  readCached(table: string, key: string): unknown {
    let row = this.#cache.get(key);
    if (row === undefined) {
      row = this.read(table, key) ?? DELETED;
      if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
      this.#cache.set(key, row);
    }
    return row === DELETED ? undefined : row;
  }

  /** Takes a transaction's writes over; they are visible at once, and durable when `whenSettled` says so. */
  commit(writes: Writes): void {
    if (writes.isEmpty || this.#closed) return;
    if (this.#cache.size > 0)
      for (const [, rows] of writes.tables) for (const key of rows.keys()) this.#cache.delete(key);
    if (this.#pending.isEmpty) this.#pending = writes;
    else this.#pending.add(writes);
    this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.flush());
  }

  /** Calls `then` when everything committed so far is in the file: at once if it is. */
  whenSettled(then: () => void): void {
    if (this.#pending.isEmpty) then();
    else this.#waiting.push(then);
  }

  /**
   * Calls `then` at the end of this turn of the event loop, with everything else that waits for it: what is done many
   * times over in a row is done much faster than one thing after another.
   */
  atTurnsEnd(then: () => void): void {
    if (this.#flushing) then();
    else {
      this.#ending.push(then);
      this.#scheduleFlush();
    }
  }

  settled(): Promise<void> {
    return new Promise((resolve) => this.whenSettled(resolve));
  }

  /** Writes what is pending to the file, and lets the waiting answers go. */
  flush(): void {
    this.#scheduled = false;
    // What waits for no write does not wait for those of others.
    this.#release(this.#ending.splice(0));
    const writes = this.#pending;
    if (!writes.isEmpty) {
      this.#root.transactionSync(() => {
        for (const [, rows] of writes.tables) {
          for (const [key, value] of rows) {
            if (value === DELETED) this.#rows.removeSync(key);
            else this.#rows.putSync(key, value);
          }
        }
      });
      this.#pending = new Writes();
    }
    this.#release(this.#waiting.splice(0));
  }

  #release(waiting: readonly (() => void)[]): void {
    this.#flushing = true;
    try {
      for (const then of waiting) then();
    } finally {
      this.#flushing = false;
    }
  }

  /**
   * Entries from `start` (inclusive) to `end` (exclusive), pending writes included, `own` writes before those.
   * @param table what the prefixes of all tables begin with whose rows can be among them
   */
  *scan(
    start: string,
    end: string,
    reverse: boolean,
    own: Writes = NO_WRITES,
    table = "",
  ): IterableIterator<[string, unknown]> {
    if (this.#closed) return;
    const overlay = this.#overlay(start, end, reverse, own, table);
    // With reverse, lmdb starts at the high end (inclusive there) and stops before the low end.
    const stored = reverse
      ? this.#rows.getRange({
          start: boundOf(end),
          end: boundOf(start),
          reverse: true,
          exclusiveStart: true,
          inclusiveEnd: true,
        } as never)
      : this.#rows.getRange({ start: boundOf(start), end: boundOf(end) });
    let next = 0;
    for (const { key, value } of stored) {
      const name = key as string;
      let hidden = false;
      while (next < overlay.length) {
        const [other, replacement] = overlay[next] as [string, unknown];
        const order = reverse ? compareKeys(name, other) : compareKeys(other, name);
        if (order > 0) break;
        next++;
        if (order === 0) hidden = true;
        if (replacement !== DELETED) yield [other, replacement];
      }
      if (!hidden) yield [name, value];
    }
    for (; next < overlay.length; next++) {
      const [key, value] = overlay[next] as [string, unknown];
      if (value !== DELETED) yield [key, value];
    }
  }

  #overlay(start: string, end: string, reverse: boolean, own: Writes, table: string): [string, unknown][] {
    const found: Rows = new Map();
    for (const writes of [this.#pending, own]) {
      for (const [prefix, rows] of writes.tables) {
        if (!prefix.startsWith(table)) continue;
        for (const [key, value] of rows) {
          if (compareKeys(key, start) >= 0 && compareKeys(key, end) < 0) found.set(key, value);
        }
      }
    }
    if (found.size === 0) return NOTHING;
    const sorted = [...found].sort(([a], [b]) => compareKeys(a, b));
    return reverse ? sorted.reverse() : sorted;
  }

  /** Copies the store to a directory while the cloud goes on. */
  async backup(directory: string): Promise<void> {
    this.flush();
    await this.#root.backup(directory, false);
  }

  /** Closes the file. What is still under way then writes nothing more. */
  async close(): Promise<void> {
    this.flush();
    this.#closed = true;
    await this.#root.close();
  }
}

/** One operation's view of the store: its own writes over what is committed. Nothing is written until `commit`. */
export class Transaction {
  readonly #store: Store;
  #writes = new Writes();

  constructor(store: Store) {
    this.#store = store;
  }

  get changed(): boolean {
    return !this.#writes.isEmpty;
  }

  /** Makes the writes so far visible to all. The transaction can be used on. */
  commit(): void {
    const writes = this.#writes;
    if (writes.isEmpty) return;
    this.#writes = new Writes();
    this.#store.commit(writes);
  }

  /** A table's rows for an account and region. */
  table<Row>(definition: TableDefinition<Row>, account: string, region: string): Table<Row> {
    return new BoundTable<Row>(this, tablePrefix(definition, account, region), definition.cached);
  }

  /** A table's rows of all accounts and regions. */
  everywhere<Row>(definition: TableDefinition<Row>): Row[] {
    return new BoundTable<Row>(this, `${definition.name}${SEPARATOR}`, false).rows();
  }

  read(table: string, key: string, cached = false): unknown {
    const own = this.#writes.get(table, key);
    if (own !== undefined) return own === DELETED ? undefined : own;
    return cached ? this.#store.readCached(table, key) : this.#store.read(table, key);
  }

  has(table: string, key: string): boolean {
    const own = this.#writes.get(table, key);
    return own === undefined ? this.#store.has(table, key) : own !== DELETED;
  }

  /**
   * @throws AwsError `ValidationException` for a key that is too long: here, where it fails one operation and not all
   * that are written with it
   */
  write(table: string, key: string, value: unknown): void {
    if (isTooLong(key)) throw new AwsError("ValidationException", "A name or identifier in the request is too long.");
    this.#writes.set(table, key, value === undefined ? DELETED : value);
  }

  scan(table: string, start: string, end: string, reverse: boolean): IterableIterator<[string, unknown]> {
    return this.#store.scan(start, end, reverse, this.#writes, table);
  }
}

class BoundTable<Row> implements Table<Row> {
  readonly #transaction: Transaction;
  readonly #prefix: string;
  readonly #cached: boolean;

  constructor(transaction: Transaction, prefix: string, cached: boolean) {
    this.#transaction = transaction;
    this.#prefix = prefix;
    this.#cached = cached;
  }

  get(...key: Key): Row | undefined {
    return this.#transaction.read(this.#prefix, this.#prefix + encodeKey(key), this.#cached) as Row | undefined;
  }

  has(...key: Key): boolean {
    return this.#transaction.has(this.#prefix, this.#prefix + encodeKey(key));
  }

  put(key: Key, row: Row): void {
    this.#transaction.write(this.#prefix, this.#prefix + encodeKey(key), row);
  }

  delete(...key: Key): boolean {
    const name = this.#prefix + encodeKey(key);
    const existed = this.#transaction.has(this.#prefix, name);
    if (existed) this.#transaction.write(this.#prefix, name, undefined);
    return existed;
  }

  rows(range?: Range): Row[] {
    const rows: Row[] = [];
    for (const { row } of this.entries(range)) rows.push(row);
    return rows;
  }

  *entries(range: Range = {}): IterableIterator<Entry<Row>> {
    const base = this.#prefix + encodeKey(range.prefix ?? []);
    const reverse = range.reverse === true;
    let start = base + (range.from ? encodeKey(range.from) : "");
    let end = range.before ? base + encodeKey(range.before) : base + HIGHEST;
    if (range.after !== undefined) {
      // The position itself is left out: "\0" makes the next possible key.
      if (reverse) end = this.#prefix + range.after;
      else start = `${this.#prefix + range.after}\0`;
    }
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    if (left <= 0) return;
    for (const [key, value] of this.#transaction.scan(this.#prefix, start, end, reverse)) {
      yield { position: key.slice(this.#prefix.length), row: value as Row };
      if (--left === 0) return;
    }
  }

  count(range?: Range): number {
    let count = 0;
    for (const _ of this.entries(range)) count++;
    return count;
  }

  clear(range?: Range): void {
    for (const { position } of [...this.entries(range)])
      this.#transaction.write(this.#prefix, this.#prefix + position, undefined);
  }
}
