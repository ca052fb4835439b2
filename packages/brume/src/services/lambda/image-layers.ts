/** Unpacks the layers of an image over each other. Nothing lands outside of the folder, whatever names and links say. */
import {
  createWriteStream,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { readTar, type TarEntry, TarError } from "../../kernel/tar.js";

/** See "Lambda quotas": container image code package size, uncompressed. */
const MAX_IMAGE_BYTES = 10 * 1024 * 1024 * 1024;
const MAX_LINKS_FOLLOWED = 40;
/** What is written at once, and not as a stream. */
const SMALL_FILE_BYTES = 1024 * 1024;
const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

/** A layer that cannot be unpacked. */
export class LayerError extends Error {}

/** A root of files that layers make, one after the other. */
export class ImageRoot {
  readonly #folder: string;
  /**
   * Links by their path in the image. They are made on disk at the end only: until then every path on disk is what it
   * seems, and no file is written through a link.
   */
  readonly #links = new Map<string, string>();
  #bytes = 0;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** @throws LayerError */
  async add(layer: AsyncIterable<Uint8Array>): Promise<void> {
    const added = new Set<string>();
    try {
      for await (const entry of readTar(await decompressed(layer))) await this.#put(entry, added);
    } catch (error) {
      if (error instanceof TarError || isZlibError(error)) throw new LayerError((error as Error).message);
      throw error;
    }
  }

  /** Makes the links. */
  finish(): void {
    for (const [path, target] of this.#links) {
      const parent = posix.dirname(path);
      mkdirSync(this.#disk(parent), { recursive: true });
      // The parent is a real folder: so many steps upwards end at the image's root.
      const relative = posix.relative(parent, target);
      if (!lstatSync(this.#disk(path), { throwIfNoEntry: false })) symlinkSync(relative || ".", this.#disk(path));
    }
  }

  #disk(path: string): string {
    return path === "/" ? this.#folder : join(this.#folder, path);
  }

  async #put(entry: TarEntry, added: Set<string>): Promise<void> {
    const named = posix.resolve("/", entry.path);
    if (named === "/" || entry.path.includes("\0")) return;
    const parent = this.#follow(posix.dirname(named));
    const name = posix.basename(named);
    if (name === OPAQUE) return this.#clear(parent, added);
    if (name.startsWith(WHITEOUT)) {
      const gone = name.slice(WHITEOUT.length);
      return /^\.{0,2}$/.test(gone) ? undefined : this.#remove(posix.join(parent, gone));
    }
    const path = posix.join(parent, name);
    added.add(path);
    this.#folderAt(parent);
    if (entry.type === "directory") return this.#folderAt(path);
    if (entry.type === "other") return;
    this.#remove(path);
    if (entry.type === "symlink") {
      this.#links.set(path, posix.resolve(parent, entry.target));
    } else if (entry.type === "hardlink") this.#hardlink(path, posix.resolve("/", entry.target));
    else await this.#write(entry, path);
  }

  async #write({ size, body, mode: asked }: TarEntry, path: string): Promise<void> {
    this.#bytes += size;
    if (this.#bytes > MAX_IMAGE_BYTES) throw new LayerError("the image is larger than 10 GB");
    // Its owner has to be able to read it, and to remove it.
    const options = { mode: (asked & 0o777) | 0o600, flag: "wx", flags: "wx" };
    if (size > SMALL_FILE_BYTES) return pipeline(Readable.from(body), createWriteStream(this.#disk(path), options));
    const pieces: Buffer[] = [];
    for await (const piece of body) pieces.push(piece);
    writeFileSync(this.#disk(path), Buffer.concat(pieces), options);
  }

  /** Where a path really is, its links followed: each within the image. */
  #follow(path: string): string {
    let left = path.split("/").filter((part) => part !== "");
    let at = "/";
    for (let followed = 0; left.length > 0; ) {
      const next = posix.join(at, left[0] as string);
      left = left.slice(1);
      const target = this.#links.get(next);
      if (target === undefined) at = next;
      else if (++followed > MAX_LINKS_FOLLOWED) throw new LayerError(`${path} is a link that leads nowhere`);
      else {
        left = [...target.split("/").filter((part) => part !== ""), ...left];
        at = "/";
      }
    }
    return at;
  }

  /** Makes a folder, in place of what is no folder. */
  #folderAt(path: string): void {
    this.#links.delete(path);
    const stat = lstatSync(this.#disk(path), { throwIfNoEntry: false });
    if (stat?.isDirectory()) return;
    if (stat) rmSync(this.#disk(path));
    if (path !== "/") this.#folderAt(posix.dirname(path));
    mkdirSync(this.#disk(path), { recursive: true });
  }

  #hardlink(path: string, named: string): void {
    const source = posix.join(this.#follow(posix.dirname(named)), posix.basename(named));
    const target = this.#links.get(source);
    if (target !== undefined) this.#links.set(path, target);
    else if (lstatSync(this.#disk(source), { throwIfNoEntry: false })?.isFile())
      linkSync(this.#disk(source), this.#disk(path));
    else throw new LayerError(`${path} is a link to ${named}, which is not there`);
  }

  #remove(path: string): void {
    if (path === "/") return;
    this.#links.delete(path);
    const stat = lstatSync(this.#disk(path), { throwIfNoEntry: false });
    if (stat) rmSync(this.#disk(path), { recursive: true });
    if (stat?.isDirectory())
      for (const link of this.#links.keys()) if (link.startsWith(`${path}/`)) this.#links.delete(link);
  }

  /** Removes what earlier layers have put into a folder. */
  #clear(folder: string, added: ReadonlySet<string>): void {
    const keeps = (path: string) => [...added].some((one) => one === path || one.startsWith(`${path}/`));
    const stat = lstatSync(this.#disk(folder), { throwIfNoEntry: false });
    const names = stat?.isDirectory() ? readdirSync(this.#disk(folder)) : [];
    for (const name of names) {
      const path = posix.join(folder, name);
      if (!keeps(path)) this.#remove(path);
    }
    for (const link of this.#links.keys())
      if (posix.dirname(link) === folder && !added.has(link)) this.#links.delete(link);
  }
}

/** A layer as a tar archive: gzip is undone, by what its first bytes say. @throws LayerError */
async function decompressed(layer: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const stream = Readable.from(layer);
  const first: Buffer | null = await new Promise((resolve, reject) => {
    stream.once("error", reject);
    stream.once("end", () => resolve(null));
    stream.once("readable", () => resolve(stream.read() as Buffer | null));
  });
  if (!first) return Readable.from([]);
  stream.unshift(first);
  if (first[0] === 0x1f && first[1] === 0x8b) {
    const gunzip = createGunzip();
    stream.once("error", (error) => gunzip.destroy(error));
    return stream.pipe(gunzip);
  }
  if (first[0] === 0x28 && first[1] === 0xb5) throw new LayerError("a layer is compressed with zstd");
  return stream;
}

const isZlibError = (error: unknown) => /^Z_/.test((error as NodeJS.ErrnoException).code ?? "");
