/** The model of a stream: its shards, where its records are kept, and how it is opened, closed and trimmed. */
import { hash } from "node:crypto";
import type { KeySchemaElement } from "@aws-sdk/client-dynamodb";
import type { Context } from "../../../kernel/context.js";
import { defineSequence } from "../../../kernel/sequence.js";
import { defineTable } from "../../../kernel/store.js";
import type { Item } from "../attribute-value.js";
import type { TableLayout, TableRow } from "../table.js";

/** A stream as it is stored. Times are milliseconds since the epoch. */
export interface StreamRow {
  readonly table: string;
  readonly label: string;
  readonly viewType: string;
  readonly keySchema: readonly KeySchemaElement[];
  readonly createdAt: number;
  /** The first part of its records' keys. */
  readonly prefix: string;
  /** All records are numbered from this one on. */
  readonly first: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly policy?: { readonly document: string; readonly revision: string } | undefined;
  /** The number that no record reaches, and when that was settled, once the stream is closed. */
  readonly closed?: { readonly before: number; readonly at: number };
}

/** A change as it is stored. Its number is in its key. */
export interface ChangeRow {
  readonly event: "INSERT" | "MODIFY" | "REMOVE";
  readonly at: number;
  readonly keys: Item;
  readonly newImage?: Item;
  readonly oldImage?: Item;
  /** Whether the item went because its time had come. */
  readonly expired?: boolean;
}

/** [table name, label] */
export const streams = defineTable<StreamRow>("dynamodb/streams");
/** [table id/label, shard, number] */
export const streamRecords = defineTable<ChangeRow>("dynamodb/stream-records");

/** Numbers changes. A number holds the millisecond in which it was given: 1024 times that, and more. */
export const changeNumbers = defineSequence("dynamodb/change-numbers");
const NUMBERS_EACH_MS = 1024;

/**
 * Differs from AWS: a stream has as many shards as this from its beginning to its end; they are neither split nor rolled
 * over every few hours.
 */
export const SHARD_COUNT = 2;
/** How long records can be read. */
export const RETENTION_MS = 24 * 3600 * 1000;
/** How often a stream that is written to all the time is trimmed at most. */
const TRIM_INTERVAL_MS = 3600 * 1000;

/** The shard of an item, by the hash of its partition key: changes of one item stay in order. */
export const shardOf = (partition: string): number => Number.parseInt(partition.charAt(0), 16) % SHARD_COUNT;

export function shardId({ createdAt, prefix }: StreamRow, shard: number): string {
  const suffix = hash("sha1", `${prefix}/${shard}`, "hex").slice(0, 8);
  return `shardId-${String(createdAt).padStart(20, "0")}-${suffix}`;
}

/** A number as sequence numbers are written: all as long, so that they compare as texts too. */
export const sequenceNumber = (number: number): string => `1${String(number).padStart(20, "0")}`;

/** The number that a sequence number is; `undefined` for a text that is none. */
export function numberOf(sequence: string): number | undefined {
  return /^1\d{20}$/.test(sequence) ? Number(sequence.slice(1)) : undefined;
}

/** The least number that is given at a time. */
export const firstNumberAt = (time: number): number => Math.max(0, Math.floor(time)) * NUMBERS_EACH_MS;

/** The first number that can still be read at a time. */
export const trimHorizon = (now: number): number => firstNumberAt(now - RETENTION_MS);

export const streamArn = (ctx: Context, where: { account: string; region: string }, row: StreamRow): string =>
  ctx.arn(`table/${row.table}/stream/${row.label}`, "dynamodb", where);

/** The label of a stream that is enabled now: the time, or the next moment at which the table had no stream enabled. */
export function newLabel(ctx: Context, where: { account?: string; region?: string }, table: string): string {
  const rows = ctx.table(streams, where);
  for (let time = ctx.now(); ; time++) {
    const label = new Date(time).toISOString().slice(0, -1);
    if (!rows.has(table, label)) return label;
  }
}

export const recordsPrefix = ({ id, streamLabel }: TableRow): string => `${id}/${streamLabel}`;

const isOpen = (table: TableLayout | undefined): table is TableLayout => table?.row.streamViewType !== undefined;

/** Closes and opens streams where a table that changes asks for it; a table that comes or goes is missing on one side. */
export function syncStream(ctx: Context, before: TableLayout | undefined, after: TableLayout | undefined): void {
  if (isOpen(before) && isOpen(after) && before.row.streamLabel === after.row.streamLabel) return;
  if (isOpen(before)) closeStream(ctx, before);
  if (isOpen(after)) openStream(ctx, after);
}

function openStream(ctx: Context, table: TableLayout): void {
  const { row } = table;
  const { name, keySchema, streamLabel: label = "", streamViewType: viewType = "" } = row;
  const first = ctx.memory(changeNumbers).next();
  const createdAt = ctx.now();
  const stream: StreamRow = { table: name, label, viewType, keySchema, createdAt, prefix: recordsPrefix(row), first };
  ctx.table(streams, table).put([name, label], stream);
  scheduleTrim(ctx, table, stream, createdAt + RETENTION_MS);
}

function closeStream(ctx: Context, table: TableLayout): void {
  const { name, streamLabel: label = "" } = table.row;
  const rows = ctx.table(streams, table);
  const stream = rows.get(name, label);
  if (!stream) return;
  const at = ctx.now();
  rows.put([name, label], { ...stream, closed: { before: ctx.memory(changeNumbers).next(), at } });
  scheduleTrim(ctx, table, stream, at + RETENTION_MS);
}

/** What a stream's timer is given. */
export interface TrimPayload {
  readonly account: string;
  readonly region: string;
  readonly table: string;
  readonly label: string;
}

function scheduleTrim(
  ctx: Context,
  { account, region }: { account: string; region: string },
  { prefix, table, label }: StreamRow,
  at: number,
): void {
  const payload: TrimPayload = { account, region, table, label };
  ctx.schedule({ at, kind: "trim", id: `dynamodb/trim/${prefix}`, payload });
}

/** Deletes the records of a stream that can no longer be read; a stream that has been closed for as long goes as well. */
export function trim(payload: TrimPayload, ctx: Context): void {
  const stream = ctx.table(streams, payload).get(payload.table, payload.label);
  if (!stream) return;
  const now = ctx.now();
  const records = ctx.table(streamRecords, payload);
  if (stream.closed && now >= stream.closed.at + RETENTION_MS) {
    records.clear({ prefix: [stream.prefix] });
    ctx.table(streams, payload).delete(stream.table, stream.label);
    return;
  }
  let oldest = now;
  for (let shard = 0; shard < SHARD_COUNT; shard++) {
    records.clear({ prefix: [stream.prefix, shard], before: [trimHorizon(now)] });
    const [first] = records.rows({ prefix: [stream.prefix, shard], limit: 1 });
    if (first) oldest = Math.min(oldest, first.at);
  }
  const next = Math.max(oldest + RETENTION_MS + 1, now + TRIM_INTERVAL_MS);
  scheduleTrim(ctx, payload, stream, Math.min(next, stream.closed ? stream.closed.at + RETENTION_MS : next));
}
