/** The folder that stands for an image's root while it is built: files are copied into it, links stay within it. */
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, posix } from "node:path";
import type { TarInput } from "../../kernel/tar.js";

/** Where a path of an image stands on disk. */
export const onDisk = (root: string, path: string): string => (path === "/" ? root : join(root, path));

/** Which paths, relative to what is copied, are left out. */
export type Leave = (path: string) => boolean;

/**
 * Makes a link of an image. An absolute one leads to the image's root and not to the machine's, as does one that climbs
 * higher than there is.
 */
export function makeLink(root: string, path: string, target: string): void {
  const meant = target.startsWith(`${root}/`) ? target.slice(root.length) : target;
  const depth = posix.normalize(path).split("/").length - 2;
  const [climbs = ""] = /^(\.\.\/?)*/.exec(posix.normalize(meant)) ?? [];
  const staysBelow = !meant.startsWith("/") && climbs.split("..").length - 1 <= depth;
  const file = onDisk(root, path);
  rmSync(file, { force: true, recursive: true });
  symlinkSync(staysBelow ? meant : onDisk(root, posix.resolve(posix.dirname(path), meant)), file);
}

/** Copies a file or a tree to a path of an image. Links are copied as they are; those of `sourceRoot` lead to `root`. */
export function copyTree(
  source: string,
  root: string,
  path: string,
  options: { mode?: number; leave?: Leave; sourceRoot?: string } = {},
  relative = "",
): void {
  const { mode, leave = () => false, sourceRoot } = options;
  const stat = lstatSync(source);
  const file = onDisk(root, path);
  if (stat.isSymbolicLink()) {
    const target = readlinkSync(source);
    mkdirSync(dirname(file), { recursive: true });
    const inSource = sourceRoot !== undefined && target.startsWith(`${sourceRoot}/`);
    makeLink(root, path, inSource ? target.slice(sourceRoot.length) : target);
  } else if (stat.isDirectory()) {
    if (existsSync(file) && !statSync(file).isDirectory()) rmSync(file);
    mkdirSync(file, { recursive: true });
    for (const name of readdirSync(source)) {
      const below = relative === "" ? name : `${relative}/${name}`;
      const child = join(source, name);
      const isFolder = lstatSync(child).isDirectory();
      // A folder that is left out may hold something that is not.
      if (leave(below) && !isFolder) continue;
      if (leave(below) && !holdsAny(child, below, leave)) continue;
      copyTree(child, root, posix.join(path, name), options, below);
    }
    // Who may read a folder may look into it.
    chmodSync(file, mode === undefined ? stat.mode & 0o777 : mode | ((mode & 0o444) >> 2));
  } else if (stat.isFile()) {
    mkdirSync(dirname(file), { recursive: true });
    // Into what is there already: a link would have it written to where that leads.
    if (lstatSync(file, { throwIfNoEntry: false })) rmSync(file, { recursive: true, force: true });
    copyFileSync(source, file, constants.COPYFILE_FICLONE);
    chmodSync(file, mode ?? stat.mode & 0o777);
  }
}

function holdsAny(folder: string, relative: string, leave: Leave): boolean {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const below = `${relative}/${entry.name}`;
    return entry.isDirectory() ? holdsAny(join(folder, entry.name), below, leave) : !leave(below);
  });
}

/** Writes a file of an image. */
export function writeStaged(root: string, path: string, content: string | Uint8Array, mode = 0o644): void {
  const file = onDisk(root, path);
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { recursive: true, force: true });
  writeFileSync(file, content, { mode });
}

/** All that is below an image's root, as a layer holds it: folders before what is in them, names in order. */
export function* layerEntries(root: string, path = ""): Generator<TarInput> {
  const names = readdirSync(onDisk(root, `/${path}`)).sort();
  for (const name of names) {
    const below = path === "" ? name : `${path}/${name}`;
    const source = join(root, below);
    const stat = lstatSync(source);
    if (stat.isDirectory()) {
      yield { path: below, type: "directory", mode: stat.mode & 0o7777 };
      yield* layerEntries(root, below);
    } else if (stat.isSymbolicLink()) {
      const target = readlinkSync(source);
      const meant = target === root ? "/" : target.startsWith(`${root}/`) ? target.slice(root.length) : target;
      yield { path: below, type: "symlink", mode: 0o777, target: meant };
    } else if (stat.isFile()) {
      yield { path: below, type: "file", mode: stat.mode & 0o7777, size: stat.size, source };
    }
  }
}
