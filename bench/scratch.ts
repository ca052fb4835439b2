/** Everything that a run leaves behind: temporary directories and processes, gone when it ends in whatever way. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Scratch {
  readonly #root = mkdtempSync(join(tmpdir(), "brume-bench-"));
  readonly #children = new Set<ChildProcess>();
  readonly #dataDirectories: string[] = [];
  #count = 0;

  constructor() {
    process.once("exit", () => this.#clear());
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  }

  /** A new, empty directory. */
  directory(name: string): string {
    const path = join(this.#root, `${this.#count++}-${name}`);
    mkdirSync(path);
    return path;
  }

  /** A directory for the data of a cloud that may be left running there. */
  dataDirectory(): string {
    const path = this.directory("data");
    this.#dataDirectories.push(path);
    return path;
  }

  /** Starts a program that does not outlive the run. */
  spawn(command: string, parameters: readonly string[], options: SpawnOptions): ChildProcess {
    const child = spawn(command, parameters, options);
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return child;
  }

  #clear(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    for (const directory of this.#dataDirectories) killDetached(directory);
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 3 });
  }
}

function killDetached(dataDirectory: string): void {
  try {
    const { pid } = JSON.parse(readFileSync(join(dataDirectory, "lock.json"), "utf8")) as { pid: number };
    process.kill(pid, "SIGKILL");
  } catch {
    // No cloud runs there.
  }
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** The environment of this process without what would turn programs to another cloud or another configuration. */
export function cleanEnvironment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(AWS|BRUME|CDK|NODE|npm)_/.test(name));
  return { ...Object.fromEntries(own), AWS_EC2_METADATA_DISABLED: "true", ...more };
}
