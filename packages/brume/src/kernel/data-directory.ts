/** The directory that holds a cloud's data: its format, and who has it open. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { UserError } from "./errors.js";
import { STORE_FILE } from "./store.js";

/** The format of what is in a data directory; raised when an older brume could not read it. */
const FORMAT = 3;
const FORMAT_FILE = "format.json";
const LOCK_FILE = "lock.json";

/** What a running cloud leaves in its directory, so that commands find it. */
export interface CloudLock {
  pid: number;
  /** When that process began. */
  since: number;
  endpoint?: string;
}

const OWN: CloudLock = { pid: process.pid, since: performance.timeOrigin };

/** A data directory that this process holds until it lets it go. */
export class DataDirectory {
  readonly path: string;

  /**
   * Makes the directory where there is none, and takes hold of it.
   * @throws UserError when it cannot be made, when another process holds it, or when a newer brume wrote it
   */
  constructor(path: string) {
    this.path = path;
    makeDirectory(path);
    checkFormat(path);
    checkStore(path);
    this.#lock();
  }

  /** Says where the cloud can be reached. */
  announce(endpoint: string): void {
    const draft = this.#draft({ ...OWN, endpoint });
    renameSync(draft, join(this.path, LOCK_FILE));
  }

  release(): void {
    if (isOwn(parseLock(this.path))) rmSync(join(this.path, LOCK_FILE), { force: true });
  }

  #lock(): void {
    const file = join(this.path, LOCK_FILE);
    // A link appears with its content, and fails where there is one: nobody sees a lock that is half written.
    const draft = this.#draft(OWN);
    try {
      if (!readLock(this.path)) rmSync(file, { force: true });
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = readLock(this.path)?.pid ?? "another";
      throw new UserError("DataDirectoryInUse", `The data directory ${this.path} is held by process ${holder}.`, {
        hint: "Stop that cloud (brume stop), or choose another directory with --data.",
      });
    } finally {
      rmSync(draft, { force: true });
    }
  }

  #draft(lock: CloudLock): string {
    const draft = join(this.path, `lock-${process.pid}.json`);
    writeFileSync(draft, JSON.stringify(lock));
    return draft;
  }
}

/** The process that holds a directory; `undefined` when none does. */
export function readLock(path: string): CloudLock | undefined {
  const lock = parseLock(path);
  if (!lock || !isAlive(lock.pid)) return undefined;
  // In a container the next process has the number of the one that was killed.
  return lock.pid === process.pid && !isOwn(lock) ? undefined : lock;
}

function parseLock(path: string): CloudLock | undefined {
  try {
    return JSON.parse(readFileSync(join(path, LOCK_FILE), "utf8")) as CloudLock;
  } catch {
    return undefined;
  }
}

function isOwn(lock: CloudLock | undefined): boolean {
  return lock?.pid === OWN.pid && lock.since === OWN.since;
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "EEXIST" || code === "ENOTDIR" ? "is not a directory" : `cannot be written to (${code})`;
    throw new UserError("DataDirectoryUnusable", `The data directory ${path} ${reason}.`, {
      hint: "Choose another directory with --data.",
      cause: error,
    });
  }
}

function checkFormat(path: string): void {
  const file = join(path, FORMAT_FILE);
  if (!existsSync(file)) {
    writeFileSync(file, JSON.stringify({ format: FORMAT }));
    return;
  }
  let format: unknown;
  try {
    format = (JSON.parse(readFileSync(file, "utf8")) as { format?: unknown }).format;
  } catch {
    format = undefined;
  }
  if (format === FORMAT) return;
  throw new UserError(
    "DataDirectoryFormat",
    `The data directory ${path} has format ${String(format)}; this brume reads format ${FORMAT}.`,
    {
      hint: "Use the brume that wrote it, remove the directory, or choose another with --data.",
    },
  );
}

/** Where LMDB's first page says that it is one, and how. Opening a file without that ends the process. */
const MARK_OFFSET = 24;
const MARK = Buffer.from("dec0efbe", "hex");

function checkStore(path: string): void {
  const file = join(path, STORE_FILE);
  if (!existsSync(file) || statSync(file).size === 0) return;
  const mark = Buffer.alloc(MARK.length);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, mark, 0, mark.length, MARK_OFFSET);
  } finally {
    closeSync(descriptor);
  }
  if (mark.equals(MARK)) return;
  throw new UserError("DataDirectoryDamaged", `The data in ${path} is damaged: ${STORE_FILE} is no store.`, {
    hint: "Restore it from a copy, or choose another directory with --data.",
  });
}
