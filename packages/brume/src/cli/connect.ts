/** Finds the cloud that a command is for, and starts one where none runs. */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { HttpCloudClient } from "../assembly/cloud-client.js";
import { readLock } from "../kernel/data-directory.js";
import { UserError } from "../kernel/errors.js";

export const DEFAULT_PORT = 4566;
const START_TIMEOUT_MS = 10_000;
const LOG_FILE = "brume.log";

/** Which cloud a command is for. */
export interface CloudOptions {
  port?: number;
  data?: string;
}

/** What `/_brume/status` answers. */
export interface Status {
  pid: number;
  endpoint: string;
  directory: string;
  memoryBytes: number;
  uptimeSeconds: number;
  clock: { now: string; paused: boolean; offsetMs: number };
}

/** The data directory of whoever names none: one for each user of the machine. */
export function defaultDataDirectory(): string {
  const { env, platform } = process;
  if (platform === "darwin") return join(homedir(), "Library", "Application Support", "brume");
  if (platform === "win32") return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "brume");
  return join(env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "brume");
}

/** Where the cloud of a command is to be found: at its port, or where its data directory says. */
function endpointOf({ port, data }: CloudOptions): string | undefined {
  if (port !== undefined) return `http://127.0.0.1:${port}`;
  return readLock(data ?? defaultDataDirectory())?.endpoint;
}

/** The cloud of a command and its status; `undefined` when none runs. */
export async function findCloud(
  options: CloudOptions,
): Promise<{ cloud: HttpCloudClient; status: Status } | undefined> {
  const endpoint = endpointOf(options);
  if (!endpoint) return undefined;
  const cloud = new HttpCloudClient(endpoint);
  try {
    return { cloud, status: await cloud.control<Status>("GET", "status") };
  } catch (error) {
    if (error instanceof UserError && error.code === "CloudUnreachable") return undefined;
    throw new UserError("NotACloud", `What answers at ${endpoint} is no brume.`, {
      hint: "Choose another port with --port.",
      cause: error,
    });
  }
}

/** The cloud of a command. @throws UserError when none runs */
export async function requireCloud(options: CloudOptions): Promise<HttpCloudClient> {
  const found = await findCloud(options);
  if (found) return found.cloud;
  const where = options.port === undefined ? `in ${options.data ?? defaultDataDirectory()}` : `on port ${options.port}`;
  throw new UserError("NoCloud", `No cloud runs ${where}.`, {
    hint: "Start one with brume start, or deploy an app with brume deploy.",
  });
}

/** The cloud of a command, started in the background where none runs. */
export async function ensureCloud(options: CloudOptions): Promise<{ cloud: HttpCloudClient; started: boolean }> {
  const found = await findCloud(options);
  if (found) return { cloud: found.cloud, started: false };
  return { cloud: new HttpCloudClient(await startDetached(options)), started: true };
}

/** Starts a cloud that outlives this process, and returns its endpoint. @throws UserError when it does not come up */
export async function startDetached(options: CloudOptions): Promise<string> {
  const directory = options.data ?? defaultDataDirectory();
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, LOG_FILE);
  const log = openSync(file, "w", 0o600);
  const parameters = ["start", "--port", String(options.port ?? DEFAULT_PORT), "--data", directory];
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] as string, ...parameters], {
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  let exited = false;
  child.once("exit", () => {
    exited = true;
  });
  for (let waited = 0; waited < START_TIMEOUT_MS && !exited; waited += 10) {
    const lock = readLock(directory);
    if (lock?.pid === child.pid && lock?.endpoint) {
      child.unref();
      return lock.endpoint;
    }
    await delay(10);
  }
  // What the process said is said again by this one, in the same form.
  const [reason, ...hints] = readFileSync(file, "utf8").trim().split("\n");
  throw new UserError("StartFailed", reason?.replace(/^error: /, "") || "The cloud did not start.", {
    hint: hints.map((line) => line.trim()).join("\n  ") || `Its output is in ${file}.`,
  });
}
