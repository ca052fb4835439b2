/** Unpacks deployment packages: refuses what would land outside of its folder, or is larger than Lambda allows. */
import { createWriteStream } from "node:fs";
import { mkdir, readlink, realpath, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { invalidParameter } from "./names.js";

/** See "Lambda quotas": deployment package, unzipped. */
const MAX_UNZIPPED_BYTES = 262_144_000;
const TYPE_MASK = 0o170000;
const SYMLINK = 0o120000;

const unreadable = () =>
  invalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.");

/** @throws AwsError `InvalidParameterValueException` */
export async function unpack(zip: Buffer, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const root = await realpath(folder);
  const archive = await open(zip);
  const links: [path: string, target: string][] = [];
  let bytes = 0;
  let entries = 0;
  for (let entry = await next(archive); entry; entry = await next(archive)) {
    entries++;
    bytes += entry.uncompressedSize;
    if (bytes > MAX_UNZIPPED_BYTES) {
      throw invalidParameter(`Unzipped size must be smaller than ${MAX_UNZIPPED_BYTES} bytes`);
    }
    const path = inside(root, join(root, entry.fileName));
    const mode = entry.externalFileAttributes >>> 16;
    if (entry.fileName.endsWith("/")) await mkdir(path, { recursive: true });
    else if ((mode & TYPE_MASK) === SYMLINK) links.push([path, (await content(archive, entry)).toString()]);
    else await write(archive, entry, path, (mode & 0o777) | 0o600);
  }
  if (entries === 0) throw invalidParameter("Uploaded file must be a non-empty zip");
  // Links come last, so that no file is written through one.
  for (const [path, target] of links) await link(root, path, target);
}

function open(zip: Buffer): Promise<ZipFile> {
  return new Promise((done, fail) => {
    yauzl.fromBuffer(zip, { lazyEntries: true }, (error, archive) => {
      if (error || !archive) fail(unreadable());
      else done(archive);
    });
  });
}

function next(archive: ZipFile): Promise<Entry | undefined> {
  return new Promise((done, fail) => {
    const settle = (entry: Entry | undefined) => {
      archive.removeAllListeners();
      done(entry);
    };
    archive.once("entry", settle);
    archive.once("end", () => settle(undefined));
    // A name with `..` or an absolute one is among the errors.
    archive.once("error", () => fail(unreadable()));
    archive.readEntry();
  });
}

function read(archive: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((done, fail) => {
    archive.openReadStream(entry, (error, stream) => (error || !stream ? fail(unreadable()) : done(stream)));
  });
}

async function write(archive: ZipFile, entry: Entry, path: string, mode: number): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    if (entry.uncompressedSize === 0) return await writeFile(path, "", { mode });
    await pipeline(await read(archive, entry), createWriteStream(path, { mode }));
  } catch (error) {
    throw isSystemFailure(error) ? error : unreadable();
  }
}

/** A full disk is not the archive's fault. */
const isSystemFailure = (error: unknown) =>
  ["ENOSPC", "EMFILE", "ENFILE", "EACCES", "EROFS", "EIO"].includes((error as NodeJS.ErrnoException).code ?? "");

async function content(archive: ZipFile, entry: Entry): Promise<Buffer> {
  if (entry.uncompressedSize > 4096) throw unreadable();
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of await read(archive, entry)) chunks.push(chunk as Buffer);
  } catch {
    throw unreadable();
  }
  return Buffer.concat(chunks);
}

async function link(root: string, path: string, target: string): Promise<void> {
  const parent = dirname(path);
  await mkdir(parent, { recursive: true });
  // A link below another link would be somewhere else than it seems.
  if ((await realpath(parent)) !== parent) throw unreadable();
  inside(root, resolve(parent, target));
  try {
    await symlink(target, path);
  } catch {
    if ((await readlink(path).catch(() => undefined)) !== target) throw unreadable();
  }
}

function inside(root: string, path: string): string {
  if (path !== root && !path.startsWith(root + sep)) throw unreadable();
  return path;
}
