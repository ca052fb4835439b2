/** The content of objects: small bodies in the store, others in files, which never change. */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { copyFile, type FileHandle, link, mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { type Cloud, defineMemory } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { defineTable } from "../../kernel/store.js";
import type { BodyDigest } from "./checksums.js";
import type { Segment } from "./object.js";

/**
 * [id]: the content itself, or `null` for one in a file. What has no row here is not there. Ids count up, so that bodies
 * which come together stand together in the store.
 */
const bodies = defineTable<Uint8Array | null>("s3/bodies", "cloud");

const INLINE_BYTES = 64 * 1024;
const READ_BYTES = 512 * 1024;
/** How much is read before it is sent. */
const READ_AHEAD_BYTES = 2 * READ_BYTES;
/** How much of a body is gathered for one write. */
const WRITE_BYTES = 1024 * 1024;

/** The directory of body files. What a crash left without a row is removed when it is first used. */
class BodyFiles {
  readonly #directory: string;
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();

  constructor(cloud: Cloud) {
    this.#directory = join(cloud.directory, "s3", "bodies");
    mkdirSync(this.#directory, { recursive: true });
    const table = cloud.store.begin().table(bodies, "", "");
    for (const group of readdirSync(this.#directory)) {
      for (const id of readdirSync(join(this.#directory, group))) {
        if (!table.has(id)) rmSync(join(this.#directory, group, id));
      }
    }
  }

  path(id: string): string {
    return join(this.#directory, id.slice(-2), id);
  }

  /** Keeps a file from being removed while it is read. */
  hold(id: string): void {
    this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1);
  }

  async release(id: string): Promise<void> {
    const left = (this.#readers.get(id) ?? 1) - 1;
    if (left > 0) this.#readers.set(id, left);
    else {
      this.#readers.delete(id);
      if (this.#doomed.delete(id)) await this.remove(id);
    }
  }

  /** Removes a file; one that is being read goes when that has ended. */
  async remove(id: string): Promise<void> {
    if (this.#readers.has(id)) this.#doomed.add(id);
    else await rm(this.path(id), { force: true });
  }
}
const files = defineMemory("s3/body-files", (cloud) => new BodyFiles(cloud));

/** What came in: its segment, and `keep`, which puts it into the transaction; without that it is discarded. */
export interface ReceivedBody extends AsyncDisposable {
  readonly segment: Segment;
  /** Call it together with the writes that refer to the segment, after the last await. */
  keep(ctx: Context): void;
}

/** What handlers get as a body: a stream over HTTP, anything that holds bytes from within the cloud. */
export type BodySource = Readable | AsyncIterable<Uint8Array> | Uint8Array | string | undefined;

/**
 * Takes a body in, with constant memory, computing its digests on the way.
 * @throws AwsError for a body that breaks off, is too large or is not what its digests say; nothing is left then
 */
export async function receiveBody(
  ctx: Context,
  source: BodySource,
  digest: BodyDigest | undefined,
  maxBytes: number,
): Promise<ReceivedBody> {
  const id = ctx.cloud.newRequestId();
  const path = ctx.memory(files).path(id);
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let size = 0;
  let file: FileHandle | undefined;
  let writing: Promise<void> | undefined;
  // While one write is under way, what the next is to write comes in.
  const spill = async () => {
    if (!file) {
      await mkdir(dirname(path), { recursive: true });
      file = await open(path, "wx");
    }
    await writing;
    writing = writeAll(file, held, heldBytes);
    writing.catch(() => {});
    held = [];
    heldBytes = 0;
  };
  const discard = async () => {
    await writing?.catch(() => {});
    await file?.close().catch(() => {});
    if (file) await rm(path, { force: true });
  };
  try {
    for await (const chunk of chunksOf(source)) {
      size += chunk.length;
      if (size > maxBytes) throw entityTooLarge(maxBytes, size);
      digest?.update(chunk);
      held.push(chunk);
      heldBytes += chunk.length;
      if (heldBytes > (file ? WRITE_BYTES : INLINE_BYTES)) await spill();
    }
    if (file && heldBytes > 0) await spill();
    await writing;
    digest?.finish();
    await file?.close();
  } catch (error) {
    await discard();
    throw error;
  }
  return received(ctx, { id, size }, file ? null : held.length === 1 ? (held[0] as Uint8Array) : Buffer.concat(held));
}

async function writeAll(file: FileHandle, chunks: readonly Uint8Array[], bytes: number): Promise<void> {
  const { bytesWritten } = await file.writev(chunks);
  // The system may take less at once: the rest goes one after the other, or says why not.
  if (bytesWritten < bytes) await file.writeFile(Buffer.concat(chunks).subarray(bytesWritten));
}

function chunksOf(source: BodySource): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (source === undefined) return [];
  if (typeof source === "string") return [Buffer.from(source)];
  return source instanceof Uint8Array ? [source] : source;
}

/** Reads what is left of a body that is refused, so that the client gets to read the answer. */
export async function drain(source: BodySource): Promise<void> {
  if (!(source instanceof Readable) || source.destroyed || source.readableEnded) return;
  try {
    for await (const _ of source);
  } catch {
    // A client that breaks off does not wait for an answer either.
  }
}

const entityTooLarge = (max: number, size: number) =>
  new AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", {
    members: { ProposedSize: size, MaxSizeAllowed: max },
    status: 400,
  });

/** Makes another body of the same content, which lives on when the first is deleted. */
export async function duplicateBody(ctx: Context, segment: Segment): Promise<ReceivedBody> {
  const row = ctx.table(bodies).get(segment.id);
  if (row === undefined) throw new Error(`The body ${segment.id} is not there.`);
  const id = ctx.cloud.newRequestId();
  const bodyFiles = ctx.memory(files);
  if (row === null) {
    const [from, to] = [bodyFiles.path(segment.id), bodyFiles.path(id)];
    bodyFiles.hold(segment.id);
    try {
      await mkdir(dirname(to), { recursive: true });
      // Body files never change, so two names for one file are two bodies.
      await link(from, to).catch(() => copyFile(from, to));
    } finally {
      await bodyFiles.release(segment.id);
    }
  }
  return received(ctx, { id, size: segment.size }, row);
}

function received(ctx: Context, segment: Segment, content: Uint8Array | null): ReceivedBody {
  let kept = false;
  return {
    segment,
    keep(writing) {
      kept = true;
      writing.table(bodies).put([segment.id], content);
    },
    async [Symbol.asyncDispose]() {
      if (!kept && content === null) await ctx.memory(files).remove(segment.id);
    },
  };
}

/** Deletes bodies together with the rows that refer to them; files go once that is committed. */
export function deleteBodies(ctx: Context, segments: readonly Segment[]): void {
  const inFiles = segments.filter(({ id }) => ctx.table(bodies).get(id) === null).map(({ id }) => id);
  for (const { id } of segments) ctx.table(bodies).delete(id);
  if (inFiles.length > 0) ctx.schedule({ at: ctx.now(), kind: "remove body files", payload: inFiles });
}

/** The timer that removes the files of deleted bodies. */
export async function removeBodyFiles(ids: string[], ctx: Context): Promise<void> {
  for (const id of ids) await ctx.memory(files).remove(id);
}

/** The bytes from `start` to `end` (exclusive) of segments that follow each other: in memory where that is little. */
export function readBody(
  ctx: Context,
  segments: readonly Segment[],
  start: number,
  end: number,
): Uint8Array | Readable {
  const pieces: Piece[] = [];
  let offset = 0;
  for (const { id, size } of segments) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, size);
    offset += size;
    if (from >= to) continue;
    const row = ctx.table(bodies).get(id);
    if (row === undefined) throw new Error(`The body ${id} is not there.`);
    pieces.push({ source: row ?? id, from, to });
  }
  const [only] = pieces;
  if (!only) return new Uint8Array();
  if (pieces.length === 1 && only.source instanceof Uint8Array) return only.source.subarray(only.from, only.to);
  return new PieceStream(ctx.memory(files), pieces);
}

/** A stretch of one body: its content, or the id of its file. */
interface Piece {
  readonly source: Uint8Array | string;
  readonly from: number;
  readonly to: number;
}

/** Reads pieces one after the other. The files stay until it is done, even where the object is deleted meanwhile. */
class PieceStream extends Readable {
  readonly #files: BodyFiles;
  readonly #held: readonly string[];
  readonly #chunks: AsyncGenerator<Uint8Array>;

  constructor(bodyFiles: BodyFiles, pieces: readonly Piece[]) {
    super({ highWaterMark: READ_AHEAD_BYTES });
    this.#files = bodyFiles;
    this.#held = pieces.flatMap(({ source }) => (typeof source === "string" ? [source] : []));
    this.#chunks = chunksOfPieces(bodyFiles, pieces);
    for (const id of this.#held) bodyFiles.hold(id);
  }

  override _read(): void {
    this.#chunks.next().then(
      ({ value, done }) => this.push(done ? null : value),
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const release = async () => {
      await this.#chunks.return(undefined);
      for (const id of this.#held) await this.#files.release(id);
    };
    release().then(
      () => done(error),
      (failure: Error) => done(error ?? failure),
    );
  }
}

async function* chunksOfPieces(bodyFiles: BodyFiles, pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
  for (const { source, from, to } of pieces) {
    if (typeof source !== "string") {
      yield source.subarray(from, to);
      continue;
    }
    const file = await open(bodyFiles.path(source), "r");
    try {
      for (let at = from; at < to; ) {
        const length = Math.min(READ_BYTES, to - at);
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, at);
        if (bytesRead === 0) throw new Error("A body file is shorter than its row says.");
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }
}
