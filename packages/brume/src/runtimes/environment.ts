/** An execution environment: a process that runs one version of one function, one invocation at a time. */
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { LogLines } from "./log-lines.js";
import { type Invocation, MAX_RESPONSE_BYTES, type RuntimeAnswer, type RuntimeApi } from "./runtime-api.js";
import { endProcess } from "./warm-processes.js";

/** How an invocation ended. */
export interface Outcome {
  readonly payload: Buffer;
  readonly failed: boolean;
  readonly contentType: string;
  /** Whether the response went to the invocation's `onStream`. */
  readonly streamed: boolean;
  /** What is logged of an end that the function did not choose. */
  readonly note?: string;
  readonly durationMs: number;
  readonly memoryBytes: number;
  /** Whether the process ended before it had taken the invocation, which may then be given to another. */
  readonly untaken?: boolean;
}

/** How the start of an environment ended. */
export interface Init {
  readonly durationMs: number;
  /** What the invocation that waited for the start is answered with. */
  readonly failure?: { readonly payload: (requestId: string) => Buffer; readonly note?: string };
}

/** Errors of starting a program, as Lambda words them. */
const START_ERRORS: Record<string, string> = {
  ENOENT: "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
  EACCES: "fork/exec /var/task/bootstrap: permission denied",
  ENOEXEC: "fork/exec /var/task/bootstrap: exec format error",
};

const REASONS: Record<string, string> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  ENOEXEC: "exec format error",
};

function startError({ code = "", path = "", message }: NodeJS.ErrnoException): string {
  const found = START_ERRORS[code];
  // A program of another name is that of an image.
  if (found === undefined) return message;
  return basename(path) === "bootstrap" ? found : `fork/exec ${path}: ${REASONS[code]}`;
}

/** Why a process is no longer there. */
interface End {
  readonly errorType: "Runtime.ExitError" | "Runtime.InvalidEntrypoint";
  readonly reason: string;
}

/** How an invocation ended, as its environment hears of it first. */
type InvocationEnd = RuntimeAnswer | ({ readonly type: "exit" } & End) | { readonly type: "timeout" };

const failure = (errorType: string, errorMessage: string) => Buffer.from(JSON.stringify({ errorType, errorMessage }));

export class Environment {
  readonly #child: ChildProcess;
  readonly #api: RuntimeApi;
  readonly #lines: readonly LogLines[];
  readonly #ended: Promise<End>;
  /** Resolves when the runtime asks for its first invocation, or cannot start. */
  readonly init: Promise<Init>;
  #alive = true;
  #end: End | undefined;
  /** Tells the invocation under way of the end: a promise would keep all that ever waited for it, with their answers. */
  #onEnd: ((end: End) => void) | undefined;

  /**
   * @param initTimeoutMs how long the start may take, in machine time: processes run whether the cloud's clock does or not
   * @param output receives each message that the process prints
   */
  constructor(child: ChildProcess, api: RuntimeApi, initTimeoutMs: number, output: (message: string) => void) {
    this.#child = child;
    this.#api = api;
    this.#lines = [child.stdout, child.stderr].map((stream) => follow(stream as Readable, output));
    this.#ended = new Promise((resolve) => {
      const end = (errorType: End["errorType"], reason: string) => {
        this.#alive = false;
        api.close();
        this.#end = { errorType, reason };
        this.#onEnd?.(this.#end);
        resolve(this.#end);
      };
      child.once("error", (error: NodeJS.ErrnoException) => end("Runtime.InvalidEntrypoint", startError(error)));
      child.once("exit", (code, signal) => end("Runtime.ExitError", exitReason(code, signal)));
    });
    this.init = this.#start(initTimeoutMs);
  }

  get alive(): boolean {
    return this.#alive;
  }

  async #start(timeoutMs: number): Promise<Init> {
    const started = performance.now();
    const lapse = new Lapse(timeoutMs);
    const failed = await Promise.race([
      new Promise<undefined>((resolve) => {
        this.#api.onReady = () => resolve(undefined);
      }),
      new Promise<Init["failure"]>((resolve) => {
        this.#api.onInitError = (payload) => resolve({ payload: () => payload });
      }),
      this.#ended.then(({ errorType, reason }) => failing(errorType, `Error: ${reason}`)),
      lapse.over.then(() => failing("Sandbox.Timedout", `Error: ${timeoutNote(timeoutMs)}`)),
    ]);
    lapse.stop();
    if (failed) void this.kill();
    await turn();
    return { durationMs: performance.now() - started, failure: failed };
  }

  /** Runs one invocation. The environment is dead afterwards if the function timed out or its process ended. */
  async invoke(invocation: Invocation, timeoutMs: number): Promise<Outcome> {
    const started = performance.now();
    const lapse = new Lapse(timeoutMs);
    const { requestId } = invocation;
    const ended = await new Promise<InvocationEnd>((resolve) => {
      this.#onEnd = (end) => resolve({ type: "exit", ...end });
      if (this.#end) this.#onEnd(this.#end);
      void this.#api.deliver(invocation).then(resolve);
      void lapse.over.then(() => resolve({ type: "timeout" }));
    });
    this.#onEnd = undefined;
    lapse.stop();
    const durationMs = performance.now() - started;
    // What was printed before the answer is in the pipes: they are read in this turn of the event loop.
    await turn();
    // What an invocation has printed belongs to it, also without a line break at its end.
    for (const lines of this.#lines) lines.end();
    const base = { failed: true, contentType: "application/json", streamed: false, durationMs, memoryBytes: 0 };
    switch (ended.type) {
      case "timeout": {
        const note = timeoutNote(timeoutMs);
        const memoryBytes = this.#memory();
        void this.kill();
        const payload = failure("Sandbox.Timedout", `RequestId: ${requestId} Error: ${note}`);
        return { ...base, payload, note, memoryBytes };
      }
      case "exit": {
        const payload = failure(ended.errorType, `RequestId: ${requestId} Error: ${ended.reason}`);
        return { ...base, payload, note: `Error: ${ended.reason}`, untaken: !this.#api.taken };
      }
      case "tooLarge": {
        const message = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
        return { ...base, payload: failure("Function.ResponseSizeTooLarge", message), note: message };
      }
      default: {
        const { type, body, contentType } = ended;
        if (ended.exiting) this.#alive = false;
        const memoryBytes = ended.memoryBytes || this.#memory();
        const streamed = type === "streamed";
        return { ...base, payload: body, failed: type === "error", contentType, streamed, memoryBytes };
      }
    }
  }

  /** Ends the process; the promise is kept when it has gone. */
  async kill(): Promise<void> {
    this.#alive = false;
    endProcess(this.#child);
    this.#api.close();
    this.#child.ref();
    await this.#ended;
  }

  /** The process's memory as the system has it, where the runtime does not say. */
  #memory(): number {
    try {
      const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.#child.pid}/status`, "utf8")) ?? [];
      return Number(kilobytes ?? 0) * 1024;
    } catch {
      return 0;
    }
  }
}

const timeoutNote = (timeoutMs: number) => `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;

/** A failed start: the invocation that waits for it is told so. */
const failing = (errorType: string, note: string): Init["failure"] => ({
  payload: (requestId) => failure(errorType, `RequestId: ${requestId} ${note}`),
  note,
});

function follow(stream: Readable, output: (message: string) => void): LogLines {
  const lines = new LogLines(output);
  stream.on("data", (chunk: Buffer) => lines.push(chunk));
  stream.on("end", () => lines.end());
  stream.on("error", () => lines.end());
  return lines;
}

function exitReason(code: number | null, signal: string | null): string {
  if (signal) return `Runtime exited with error: signal: ${SIGNALS[signal] ?? signal}`;
  return code === 0 ? "Runtime exited without providing a reason" : `Runtime exited with error: exit status ${code}`;
}

const SIGNALS: Record<string, string> = {
  SIGKILL: "killed",
  SIGTERM: "terminated",
  SIGSEGV: "segmentation fault",
  SIGABRT: "aborted",
};

/** A time limit on the machine's own clock: a process goes on running when the cloud's clock stands still. */
class Lapse {
  readonly over: Promise<void>;
  #timeout: NodeJS.Timeout | undefined;

  constructor(milliseconds: number) {
    this.over = new Promise((resolve) => {
      this.#timeout = setTimeout(resolve, milliseconds);
    });
  }

  stop(): void {
    clearTimeout(this.#timeout);
  }
}
