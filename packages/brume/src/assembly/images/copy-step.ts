/** COPY and ADD: which files their patterns mean, and where each of them goes. */
import { createReadStream, lstatSync, mkdirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, join, posix } from "node:path";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { readTar, TarError } from "../../kernel/tar.js";
import { type CopyStep, NeedsDocker } from "./build-plan.js";
import type { Ignore } from "./dockerignore.js";
import { copyTree, makeLink, onDisk, writeStaged } from "./staging.js";

/** Where files are copied from: the build context, or the root of another stage. */
export interface CopySource {
  readonly root: string;
  readonly ignore: Ignore;
}

/** A source that is not there, by its line. */
export class CopyFailed extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** @throws CopyFailed */
export async function performCopy(step: CopyStep, source: CopySource, root: string): Promise<void> {
  const { destination, mode, documents, line } = step;
  const found = step.sources.flatMap((pattern) => {
    const paths = pathsOf(pattern, source);
    if (paths.length > 0) return paths;
    throw new CopyFailed(line, `"${pattern}" is not there to be copied, or .dockerignore keeps it out`);
  });
  const several = found.length + documents.length > 1;
  if (several && !destination.endsWith("/") && !isFolder(onDisk(root, destination)))
    throw new CopyFailed(
      line,
      `where several files are copied, the destination has to end with a slash: ${destination}`,
    );
  const into = (name: string) =>
    destination.endsWith("/") || isFolder(onDisk(root, destination)) ? posix.join(destination, name) : destination;
  for (const path of found) {
    // A link that is named is followed; links in folders are copied.
    const file = realpathSync(join(source.root, path));
    if (!`${file}/`.startsWith(`${realpathSync(source.root)}/`))
      throw new CopyFailed(line, `${path} is a link that leads out of what can be copied`);
    const stat = statSync(file);
    if (stat.isDirectory()) {
      const leave = (below: string) => source.ignore(path === "." ? below : `${path}/${below}`);
      copyTree(file, root, destination, { mode, leave, sourceRoot: source.root });
    } else if (step.unpacks && (await unpacked(file, root, destination, line))) continue;
    else copyTree(file, root, into(basename(path)), { mode, sourceRoot: source.root });
  }
  for (const { name, text } of documents) writeStaged(root, into(name), text, mode);
}

const isFolder = (file: string) => statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;

/** The paths, below a source's root, that a pattern means. */
function pathsOf(pattern: string, { root, ignore }: CopySource): string[] {
  const path = posix.resolve("/", pattern).slice(1);
  if (path === "") return ["."];
  let found = [""];
  for (const part of path.split("/")) {
    const expression = toExpression(part);
    found = found.flatMap((folder) => {
      if (!expression)
        return lstatSync(join(root, folder, part), { throwIfNoEntry: false }) ? [posix.join(folder, part)] : [];
      return isFolder(join(root, folder))
        ? readdirSync(join(root, folder))
            .filter((name) => expression.test(name))
            .sort()
            .map((name) => posix.join(folder, name))
        : [];
    });
  }
  return found.filter((one) => !ignore(one) || isFolder(join(root, one)));
}

/** A part of a pattern as a regular expression; `undefined` for a name. */
function toExpression(part: string): RegExp | undefined {
  if (!/[*?[]/.test(part)) return undefined;
  const source = part.replace(/\*|\?|\[[^\]]*\]|\\.|[.+^${}()|[\]\\]/g, (token) => {
    if (token === "*") return ".*";
    if (token === "?") return ".";
    return token.length > 1 ? token : `\\${token}`;
  });
  return new RegExp(`^${source}$`);
}

/** Unpacks an archive that ADD names. @returns whether it is one */
async function unpacked(file: string, root: string, destination: string, line: number): Promise<boolean> {
  if (/\.(tar\.(bz2|xz|zst)|tbz2|txz)$/.test(file))
    throw new NeedsDocker(line, "ADD unpacks .tar and .tar.gz without Docker");
  if (!/\.(tar|tar\.gz|tgz)$/.test(file)) return false;
  const content = createReadStream(file);
  const stream = file.endsWith(".tar") ? content : content.pipe(createGunzip());
  try {
    for await (const { path, type, mode, target, body } of readTar(stream)) {
      // A name that leads upwards ends at the root of the image.
      const place = posix.join(destination, posix.resolve("/", path));
      if (type === "directory") ensureFolder(root, place);
      else if (type === "symlink") {
        ensureFolder(root, posix.dirname(place));
        makeLink(root, place, target);
      } else if (type === "file") {
        const chunks: Buffer[] = [];
        for await (const chunk of Readable.from(body)) chunks.push(chunk as Buffer);
        ensureFolder(root, posix.dirname(place));
        writeStaged(root, place, Buffer.concat(chunks), mode & 0o777);
      } else if (type === "hardlink") {
        copyTree(onDisk(root, posix.join(destination, posix.resolve("/", target))), root, place);
      }
    }
  } catch (error) {
    if (error instanceof TarError) throw new CopyFailed(line, `${basename(file)}: ${error.message}`);
    throw error;
  }
  return true;
}

function ensureFolder(root: string, path: string): void {
  mkdirSync(onDisk(root, path), { recursive: true });
}
