/** The directory that holds a cloud's data: its format, and who has it open. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "./errors.js";

/** The format of what is in a data directory; raised when an older brume could not read it. */
const FORMAT = 1;
const FORMAT_FILE = "format.json";
const LOCK_FILE = "lock.json";

/** What a running cloud leaves in its directory, so that commands find it. */
export interface CloudLock {
  pid: number;
  endpoint?: string;
}

/** A data directory that this process holds until it lets it go. */
export class DataDirectory {
  readonly path: string;

  /**
   * Makes the directory where there is none, and takes hold of it.
   * @throws UserError when another process holds it, or when a newer brume wrote it
   */
  constructor(path: string) {
    this.path = path;
    mkdirSync(path, { recursive: true, mode: 0o700 });
    checkFormat(path);
    this.#lock();
  }

  /** Says where the cloud can be reached. */
  announce(endpoint: string): void {
    writeFileSync(join(this.path, LOCK_FILE), JSON.stringify({ pid: process.pid, endpoint }));
  }

  release(): void {
    rmSync(join(this.path, LOCK_FILE), { force: true });
  }

  #lock(): void {
    const file = join(this.path, LOCK_FILE);
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid }), { flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = readLock(this.path);
      if (holder) {
        throw new UserError("DataDirectoryInUse", `The data directory ${this.path} is held by process ${holder.pid}.`, {
          hint: "Stop that cloud (brume stop), or choose another directory with --data.",
        });
      }
      // Whoever held it was killed.
      writeFileSync(file, JSON.stringify({ pid: process.pid }));
    }
  }
}

/** The process that holds a directory; `undefined` when none does. */
export function readLock(path: string): CloudLock | undefined {
  try {
    const lock = JSON.parse(readFileSync(join(path, LOCK_FILE), "utf8")) as CloudLock;
    return isAlive(lock.pid) ? lock : undefined;
  } catch {
    return undefined;
  }
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
      hint: "Use the brume that wrote it, or choose another directory with --data.",
    },
  );
}
