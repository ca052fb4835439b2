/** Reads zip archives from objects, by way of a temporary file: their directory stands at their end. */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import yauzl from "yauzl";
import { UserError } from "../../../kernel/errors.js";

/** An object's content in a file that goes when it is disposed of. */
export async function downloaded(
  body: Readable | Uint8Array | string,
): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await mkdtemp(join(tmpdir(), "brume-zip-"));
  const path = join(directory, "archive");
  const source = body instanceof Readable ? body : Readable.from([body]);
  const dispose = () => rm(directory, { recursive: true, force: true });
  try {
    await pipeline(source, createWriteStream(path));
  } catch (error) {
    await dispose();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: dispose };
}

/**
 * Hands the archive's files to `visit`, one after the other.
 * @throws UserError for what is no archive, or holds names that lead out of it
 */
export async function readZip(path: string, visit: (name: string, content: Readable) => Promise<void>): Promise<void> {
  const zip = await new Promise<yauzl.ZipFile>((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true, autoClose: false }, (error, opened) =>
      error ? reject(invalid(error)) : resolve(opened),
    );
  });
  try {
    for (let entry = await next(zip); entry; entry = await next(zip)) {
      if (!entry.fileName.endsWith("/")) await visit(entry.fileName, await contentOf(zip, entry));
    }
  } finally {
    zip.close();
  }
}

const invalid = (error: Error) =>
  new UserError("InvalidArchive", `The archive cannot be read: ${error.message}`, { cause: error });

function next(zip: yauzl.ZipFile): Promise<yauzl.Entry | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      zip.removeAllListeners();
      act();
    };
    zip.once("entry", (entry: yauzl.Entry) => settle(() => resolve(entry)));
    zip.once("end", () => settle(() => resolve(undefined)));
    zip.once("error", (error: Error) => settle(() => reject(invalid(error))));
    zip.readEntry();
  });
}

function contentOf(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(invalid(error)) : resolve(stream)));
  });
}

/** The whole of a stream. */
export async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
