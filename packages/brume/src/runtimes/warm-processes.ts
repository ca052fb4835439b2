/** Processes that have started but have no function yet, so that a cold start costs little more than loading the code. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { type Family, type Interpreter, runtimeFile } from "./interpreters.js";

/** What a process is told when it gets its function. */
export interface Assignment {
  readonly env: Record<string, string>;
  readonly taskRoot: string;
  /** Where the process works. */
  readonly directory: string;
  readonly endpoint: string;
  /** A program that is run as it is, in place of a bootstrap. */
  readonly program?: { readonly file: string; readonly args: readonly string[] } | undefined;
}

const BOOTSTRAP: Partial<Record<Family, { file: string; args: string[] }>> = {
  node: { file: "node/bootstrap.mjs", args: [] },
  python: { file: "python/bootstrap.py", args: ["-u"] },
};

/** What every process may know of the machine: nothing else of the host's environment leaks in. */
export function baseEnvironment(): Record<string, string> {
  const { PATH = "/usr/local/bin:/usr/bin:/bin", SYSTEMROOT } = process.env;
  return { PATH, LANG: "en_US.UTF-8", TZ: ":UTC", HOME: tmpdir(), ...(SYSTEMROOT ? { SYSTEMROOT } : {}) };
}

/** Each process leads a group of its own, so that what a function has started ends with it. */
const OWN_GROUP = process.platform !== "win32";

/** Ends a process and those that it has started. */
export function endProcess(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (OWN_GROUP) process.kill(-child.pid, "SIGKILL");
    else child.kill("SIGKILL");
  } catch {
    // It has ended by itself meanwhile.
  }
}

export class WarmProcesses {
  readonly #ready = new Map<Family, ChildProcess[]>();
  #closed = false;

  /** Starts processes of a family until `count` are ready. */
  keep(interpreter: Interpreter, count: number): void {
    if (this.#closed || !BOOTSTRAP[interpreter.family]) return;
    const ready = this.#ready.get(interpreter.family) ?? [];
    this.#ready.set(interpreter.family, ready);
    while (ready.length < count) {
      const child = start(interpreter);
      ready.push(child);
      child.once("exit", () => {
        const index = ready.indexOf(child);
        if (index >= 0) ready.splice(index, 1);
      });
    }
  }

  /** A process that runs a function: one that is ready, or a new one. */
  take(interpreter: Interpreter, assignment: Assignment): ChildProcess {
    const { program } = assignment;
    const wrapper = wrapperOf(assignment);
    if (wrapper) return wrapped(wrapper, interpreter, assignment);
    if (program || interpreter.family === "provided") {
      const { env, taskRoot, directory: cwd } = assignment;
      const options = { cwd, env, detached: OWN_GROUP };
      if (program) return guarded(spawn(program.file, program.args, { ...options, stdio: ["ignore", "pipe", "pipe"] }));
      const places = [taskRoot, env.AWS_LAMBDA_LAYERS_DIR ?? taskRoot].map((folder) => join(folder, "bootstrap"));
      const bootstrap = places.find((place) => existsSync(place)) ?? (places[0] as string);
      return guarded(spawn(bootstrap, [], { ...options, stdio: ["ignore", "pipe", "pipe"] }));
    }
    // Options of the interpreter itself cannot be given to one that runs already.
    const own = /--(?!enable-source-maps)/.test(assignment.env.NODE_OPTIONS ?? "");
    const child = own
      ? start(interpreter, { NODE_OPTIONS: assignment.env.NODE_OPTIONS as string })
      : (this.#ready.get(interpreter.family)?.shift() ?? start(interpreter));
    return assigned(child, assignment);
  }

  /** Ends the processes that nobody took. */
  dismiss(): void {
    for (const ready of this.#ready.values()) for (const child of ready.splice(0)) endProcess(child);
  }

  close(): void {
    this.#closed = true;
    this.dismiss();
  }
}

/**
 * The script that the runtime is started by, if the function has one.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper
 */
function wrapperOf({ env, taskRoot }: Assignment): string | undefined {
  const path = env.AWS_LAMBDA_EXEC_WRAPPER;
  if (!path) return undefined;
  const places = { "/opt": env.AWS_LAMBDA_LAYERS_DIR, "/var/task": taskRoot };
  for (const [root, folder] of Object.entries(places))
    if (folder !== undefined && path.startsWith(`${root}/`)) return join(folder, path.slice(root.length));
  return path;
}

/** Starts a runtime by a script, which has the function's variables, and hands its own on to the runtime. */
function wrapped(wrapper: string, interpreter: Interpreter, assignment: Assignment): ChildProcess {
  const { program, env, directory: cwd } = assignment;
  const options = { cwd, env, detached: OWN_GROUP };
  if (program)
    return guarded(spawn(wrapper, [program.file, ...program.args], { ...options, stdio: ["ignore", "pipe", "pipe"] }));
  const child = spawn(wrapper, commandOf(interpreter), { ...options, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  return assigned(guarded(child), { ...assignment, hasEnvironment: true });
}

function commandOf({ family, command }: Interpreter): string[] {
  const { file, args } = BOOTSTRAP[family] as { file: string; args: string[] };
  return [command, ...args, runtimeFile(file)];
}

/** Tells a process which function it runs. */
function assigned(child: ChildProcess, assignment: Assignment & { hasEnvironment?: boolean }): ChildProcess {
  (child.stdio[3] as Writable).write(`${JSON.stringify(assignment)}\n`);
  return child;
}

function start(interpreter: Interpreter, env: Record<string, string> = {}): ChildProcess {
  const [command = "", ...args] = commandOf(interpreter);
  const child = spawn(command, args, {
    cwd: tmpdir(),
    env: { ...baseEnvironment(), ...env },
    detached: OWN_GROUP,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  return guarded(child);
}

/** A process that cannot be started is noticed by its exit; and none keeps the cloud's own process from ending. */
function guarded(child: ChildProcess): ChildProcess {
  child.on("error", () => {});
  child.stdio[3]?.on("error", () => {});
  child.unref();
  for (const stream of child.stdio) (stream as { unref?: () => void } | null)?.unref?.();
  return child;
}
