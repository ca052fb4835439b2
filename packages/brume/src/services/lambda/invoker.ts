/** Runs functions: keeps their execution environments, starts them when needed, and ends them when idle. */

import type { Alarm } from "../../kernel/clock.js";
import { type Cloud, defineMemory } from "../../kernel/cloud.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomHex } from "../../kernel/identifiers.js";
import type { Principal } from "../../kernel/principal.js";
import { Environment } from "../../runtimes/environment.js";
import { type Family, familyOf, findInterpreter, type Interpreter } from "../../runtimes/interpreters.js";
import { RuntimeApi } from "../../runtimes/runtime-api.js";
import { WarmProcesses } from "../../runtimes/warm-processes.js";
import { codeFolder } from "./code.js";
import { type ExecutionResult, execute, type Work } from "./execution.js";
import { CannotRun } from "./image-entry.js";
import { invalidRuntime, launchPlan, runtimeOf } from "./launch-plan.js";
import { LogStream } from "./log-stream.js";
import { processEnvironment } from "./process-environment.js";
import { linkSdk } from "./sdk-links.js";
import { type Session, Sessions } from "./sessions.js";
import type { Configuration, FunctionVersion } from "./tables.js";

declare module "../../kernel/events.js" {
  interface CloudEvents {}
}

/** Processes that one version of a function may have, and that all functions may have together. */
const MAX_PER_VERSION = 10;
const MAX_IN_ALL = 48;
/** How long (cloud time) an environment, or a process that nobody took, waits for work. */
const IDLE_MS = 5 * 60 * 1000;
const MIN_INIT_TIMEOUT_MS = 10_000;

/** The version of a function that is to run, and what the run needs to know of the function. */
export interface Target extends FunctionVersion {
  readonly account: string;
  readonly region: string;
  readonly layerHashes: readonly string[];
  readonly reservedConcurrency: number | undefined;
}

/** One environment and what it runs. */
export interface Slot {
  readonly environment: Environment;
  readonly session: Session;
  readonly log: LogStream;
  readonly revision: string;
  busy: boolean;
  /** Whether it has run something: the first run reports its start. */
  used: boolean;
  retired: boolean;
  idleSince: number;
}

interface Waiter {
  readonly key: string;
  readonly wake: () => void;
}

const functionKey = (account: string, region: string, name: string) => `${account}/${region}/${name}/`;

class Invoker implements AsyncDisposable {
  readonly #cloud: Cloud;
  readonly #warm = new WarmProcesses();
  readonly #sessions: Sessions;
  readonly #slots = new Map<string, Set<Slot>>();
  readonly #starting = new Map<string, number>();
  readonly #interpreters = new Map<Family, Promise<Interpreter | undefined>>();
  readonly #noticed = new Set<string>();
  #waiters: Waiter[] = [];
  #modules: string | undefined;
  #sweep: Alarm | undefined;
  #closed = false;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
    this.#sessions = new Sessions(cloud);
  }

  /** Gets a process ready for functions of a runtime; says so where the machine cannot run them. */
  prepare(ctx: Context, version: FunctionVersion): void {
    const { FunctionName } = version.configuration;
    const notice = (reason: string) =>
      ctx.emit("notice", { service: "lambda", message: `${FunctionName} is there, but ${reason}` });
    const runtime = runtimeOf(this.#cloud, version);
    if (runtime instanceof CannotRun) return notice(`its image cannot be run: ${runtime.message}.`);
    const family = familyOf(runtime);
    if (!family) notice(notRun(runtime));
    else void this.#interpreter(family).then((interpreter) => interpreter && this.#warmUp(interpreter));
  }

  /**
   * Runs a function once.
   * @param waits whether to wait for one of the function's reserved executions, instead of failing
   * @throws AwsError `TooManyRequestsException`, `InvalidRuntimeException`
   */
  async run(target: Target, work: Work, waits: boolean): Promise<ExecutionResult> {
    const key = this.#key(target);
    for (;;) {
      const slot = await this.#acquire(key, target, waits);
      const { used } = slot;
      try {
        const result = await execute(this.#cloud, slot, target, work);
        // A process may end between two invocations: that is no failure of the second.
        if (!(result.untaken && used)) return result;
      } finally {
        slot.used = true;
        this.#release(key, slot);
      }
    }
  }

  /** The session that a function acts as. */
  async principalOf({ Role, FunctionName }: Configuration, region: string): Promise<Principal> {
    return (await this.#sessions.get(Role, region, FunctionName)).principal;
  }

  /** Ends the environments of a function, or of one version of it: at once, or when they have finished. */
  retire({ account, region, name }: { account: string; region: string; name: string }, version?: string): void {
    const prefix = functionKey(account, region, name);
    for (const [key, slots] of this.#slots) {
      if (version === undefined ? !key.startsWith(prefix) : key !== prefix + version) continue;
      for (const slot of slots) {
        slot.retired = true;
        if (!slot.busy) this.#end(key, slot);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#sweep?.cancel();
    const ending = [...this.#slots.values()].flatMap((slots) =>
      [...slots].map(({ environment }) => environment.kill()),
    );
    this.#slots.clear();
    this.#warm.close();
    this.#sessions.revoke();
    for (const { wake } of this.#waiters.splice(0)) wake();
    await Promise.all(ending);
  }

  #key({ account, region, configuration }: Target): string {
    return functionKey(account, region, configuration.FunctionName) + configuration.Version;
  }

  async #acquire(key: string, target: Target, waits: boolean): Promise<Slot> {
    for (;;) {
      if (this.#closed) throw new AwsError("ServiceException", "The cloud is closing.", { status: 500 });
      if (!this.#mayRun(key, target.reservedConcurrency)) {
        if (!waits) throw throttled();
        await this.#turnOf(key);
        continue;
      }
      const slots = this.#slots.get(key) ?? new Set();
      this.#slots.set(key, slots);
      for (const slot of slots) {
        if (slot.busy) continue;
        const usable = slot.environment.alive && slot.revision === target.configuration.RevisionId;
        if (usable && this.#sessions.isFresh(slot.session)) {
          slot.busy = true;
          return slot;
        }
        this.#end(key, slot);
      }
      const mine = slots.size + (this.#starting.get(key) ?? 0);
      if (mine < MAX_PER_VERSION && this.#makeRoom()) return this.#start(key, slots, target);
      await this.#turnOf(key);
    }
  }

  /** Whether a function may have one execution more. */
  #mayRun(key: string, reserved: number | undefined): boolean {
    if (reserved === undefined) return true;
    const prefix = key.slice(0, key.lastIndexOf("/") + 1);
    let busy = 0;
    for (const [other, slots] of this.#slots) {
      if (!other.startsWith(prefix)) continue;
      busy += this.#starting.get(other) ?? 0;
      for (const slot of slots) if (slot.busy) busy++;
    }
    return busy < reserved;
  }

  #turnOf(key: string): Promise<void> {
    return new Promise((wake) => this.#waiters.push({ key, wake }));
  }

  /** Lets one who waits try again: rather one that waits for the same function. */
  #wakeOne(key: string): void {
    const prefix = key.slice(0, key.lastIndexOf("/") + 1);
    const index = this.#waiters.findIndex((waiter) => waiter.key.startsWith(prefix));
    const [waiter] = this.#waiters.splice(Math.max(0, index), 1);
    waiter?.wake();
  }

  /** Makes sure that one more process may start, by ending the environment that has been idle for longest. */
  #makeRoom(): boolean {
    let count = 0;
    let oldest: [string, Slot] | undefined;
    for (const [key, slots] of this.#slots) {
      count += slots.size + (this.#starting.get(key) ?? 0);
      for (const slot of slots) {
        if (!slot.busy && (!oldest || slot.idleSince < oldest[1].idleSince)) oldest = [key, slot];
      }
    }
    if (count < MAX_IN_ALL) return true;
    if (!oldest) return false;
    this.#end(...oldest);
    return true;
  }

  async #start(key: string, slots: Set<Slot>, target: Target): Promise<Slot> {
    this.#starting.set(key, (this.#starting.get(key) ?? 0) + 1);
    try {
      const slot = await this.#launch(target);
      if (this.#closed) void slot.environment.kill();
      slots.add(slot);
      return slot;
    } catch (error) {
      this.#wakeOne(key);
      throw error;
    } finally {
      const left = (this.#starting.get(key) ?? 1) - 1;
      if (left > 0) this.#starting.set(key, left);
      else this.#starting.delete(key);
    }
  }

  async #launch(target: Target): Promise<Slot> {
    const { account, region } = target;
    const plan = await launchPlan(this.#cloud, target);
    const { configuration, taskRoot, directory, program } = plan;
    const { FunctionName: functionName, RevisionId, LoggingConfig } = configuration;
    const interpreter = await this.#interpreterOf(configuration.Runtime ?? "");
    const [session, api] = await Promise.all([
      this.#sessions.get(configuration.Role, region, functionName),
      RuntimeApi.listen(),
    ]);
    this.#modules ??= linkSdk(codeFolder(this.#cloud));
    const { endpoint } = this.#cloud;
    const day = new Date(this.#cloud.clock.now()).toISOString().slice(0, 10).replaceAll("-", "/");
    const logStream = `${day}/[${configuration.Version}]${randomHex(32)}`;
    const env = processEnvironment(configuration, session, {
      region,
      endpoint,
      runtimeApi: api.address,
      taskRoot,
      layers: plan.layers,
      pythonPath: plan.pythonPath,
      modules: this.#modules,
      logStream,
    });
    const log = new LogStream(this.#cloud, {
      functionName,
      account,
      region,
      logGroup: LoggingConfig?.LogGroup ?? `/aws/lambda/${functionName}`,
      logStream,
      principal: session.principal,
    });
    log.write(`INIT_START Runtime Version: ${interpreter.family}:${interpreter.version}`);
    const child = this.#warm.take(interpreter, { env, taskRoot, directory, endpoint, program });
    const timeout = Math.max(MIN_INIT_TIMEOUT_MS, configuration.Timeout * 1000);
    const environment = new Environment(child, api, timeout, (message) => log.write(message));
    // The next process starts when this one is no longer in need of the processor.
    void environment.init.then(() => this.#warmUp(interpreter));
    return { environment, session, log, revision: RevisionId, busy: true, used: false, retired: false, idleSince: 0 };
  }

  #release(key: string, slot: Slot): void {
    slot.busy = false;
    slot.idleSince = this.#cloud.clock.now();
    if (slot.retired || !slot.environment.alive) this.#end(key, slot);
    this.#wakeOne(key);
    this.#watch();
  }

  #end(key: string, slot: Slot): void {
    // The clock waits: what it has ended is gone when it has moved on.
    void this.#cloud.activity.during(slot.environment.kill());
    const slots = this.#slots.get(key);
    slots?.delete(slot);
    if (slots?.size === 0 && !this.#starting.has(key)) this.#slots.delete(key);
  }

  /** Ends what has been idle for long, and looks again while something is left. */
  #watch(): void {
    if (this.#sweep || this.#closed) return;
    this.#sweep = this.#cloud.clock.alarm(this.#cloud.clock.now() + IDLE_MS, () => {
      this.#sweep = undefined;
      const before = this.#cloud.clock.now() - IDLE_MS;
      let left = 0;
      for (const [key, slots] of this.#slots) {
        for (const slot of slots) {
          if (!slot.busy && slot.idleSince <= before) this.#end(key, slot);
          else left++;
        }
      }
      if (left > 0) this.#watch();
      else this.#warm.dismiss();
    });
  }

  #warmUp(interpreter: Interpreter): void {
    if (this.#closed) return;
    this.#warm.keep(interpreter, 1);
    this.#watch();
  }

  #interpreter(family: Family): Promise<Interpreter | undefined> {
    let found = this.#interpreters.get(family);
    if (!found) {
      found = findInterpreter(family);
      this.#interpreters.set(family, found);
    }
    return found;
  }

  async #interpreterOf(runtime: string): Promise<Interpreter> {
    const family = familyOf(runtime);
    const interpreter = family && (await this.#interpreter(family));
    if (!interpreter) {
      throw invalidRuntime(`T${notRun(runtime).slice(1)}`);
    }
    this.#notice(runtime, interpreter);
    return interpreter;
  }

  #notice(runtime: string, { family, version }: Interpreter): void {
    if (family === "provided" || this.#noticed.has(runtime)) return;
    this.#noticed.add(runtime);
    const [, wanted = ""] = /([\d.]*\d)/.exec(runtime) ?? [];
    if (wanted === "" || `${version}.`.startsWith(`${wanted}.`)) return;
    const message = `Functions of ${runtime} run on the ${family} of this machine, ${version}.`;
    this.#cloud.events.emit("notice", { service: "lambda", message });
  }
}

/** Why functions of a runtime are not run. */
function notRun(runtime: string): string {
  const family = familyOf(runtime);
  const reason = family
    ? `this machine has no ${family === "python" ? "python3" : family}`
    : "brume runs nodejs, python3, java and provided runtimes";
  return `the runtime ${runtime} cannot be run: ${reason}.`;
}

function throttled(): AwsError {
  return new AwsError("TooManyRequestsException", "Rate Exceeded.", {
    members: { Reason: "ReservedFunctionConcurrentInvocationLimitExceeded", Type: "User" },
  });
}

export const invoker = defineMemory("lambda/invoker", (cloud) => new Invoker(cloud));
