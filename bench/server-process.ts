/** A server in a process of its own, which tells where it listens, how much CPU it has used and what memory it holds. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { cleanEnvironment, type Scratch } from "./scratch.js";

/** Loaded before the server's own code: answers what CPU time the process has used, and what memory it holds. */
const PROBE = `data:text/javascript,${encodeURIComponent(`
  process.on("message", (question) => {
    if (question === "cpu") return process.send(process.cpuUsage());
    gc();
    process.send(process.memoryUsage());
  });
  process.channel.unref();
`)}`;

export const brumeCommand = fileURLToPath(new URL("../packages/brume/bin/brume.mjs", import.meta.url));

export class ServerProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Runs a module which prints `ready URL` when it listens. */
  static async start(scratch: Scratch, module: string, ...parameters: string[]): Promise<ServerProcess> {
    const loader = module.endsWith(".ts") ? ["--import", "tsx"] : [];
    const child = scratch.spawn(
      process.execPath,
      ["--expose-gc", "--import", PROBE, ...loader, module, ...parameters],
      {
        cwd: fileURLToPath(new URL(".", import.meta.url)),
        env: cleanEnvironment(),
        stdio: ["ignore", "pipe", "inherit", "ipc"],
      },
    );
    for await (const line of createInterface(child.stdout as Readable)) {
      const [, url] = /^ready (\S+)/.exec(line) ?? [];
      if (url) return new ServerProcess(child, url);
    }
    throw new Error(`${module} ended before it was ready.`);
  }

  /** The built brume, with its data in a temporary directory. */
  static startBrume(scratch: Scratch): Promise<ServerProcess> {
    return ServerProcess.start(scratch, brumeCommand, "start", "--ephemeral", "--port", "0");
  }

  /** One of the servers beside which brume is measured. */
  static startPeer(scratch: Scratch, name: string, ...parameters: string[]): Promise<ServerProcess> {
    const module = fileURLToPath(new URL(`servers/${name}.ts`, import.meta.url));
    return ServerProcess.start(scratch, module, ...parameters);
  }

  /** Microseconds of CPU, user and system, that the process has used since it started. */
  async cpuMicroseconds(): Promise<number> {
    const { user, system } = await this.#ask<NodeJS.CpuUsage>("cpu");
    return user + system;
  }

  /**
   * Bytes of memory that the process holds when it has thrown away what it can. The pages of files are left out of
   * account where the system tells them apart: it takes those back when it needs them, and data is there to grow.
   */
  async memoryBytes(): Promise<number> {
    // What a first collection finalizes is given back by a second.
    await this.#ask("memory");
    const { rss } = await this.#ask<NodeJS.MemoryUsage>("memory");
    const status = `/proc/${this.#child.pid}/status`;
    const [, kilobytes] = (existsSync(status) && /^RssAnon:\s+(\d+)/m.exec(readFileSync(status, "utf8"))) || [];
    return kilobytes === undefined ? rss : Number(kilobytes) * 1024;
  }

  async #ask<Answer>(question: "cpu" | "memory"): Promise<Answer> {
    const answer = once(this.#child, "message") as Promise<[Answer]>;
    this.#child.send(question);
    return (await answer)[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}
