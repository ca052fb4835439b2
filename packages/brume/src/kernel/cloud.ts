/** A running cloud: one store, one clock, one event stream, and the one way through which every call goes. */
import { Activity } from "./activity.js";
import { Clock, type ClockState } from "./clock.js";
import { type Caller, Context } from "./context.js";
import { AwsError } from "./errors.js";
import { EventStream } from "./events.js";
import { Faults } from "./faults.js";
import { randomHex, uuid } from "./identifiers.js";
import { type Principal, servicePrincipal } from "./principal.js";
import type { Operation, Service } from "./service.js";
import { defineTable, Store, type Transaction } from "./store.js";
import { type Timer, Timers } from "./timers.js";

/** As whom and where a call from within the cloud is made. */
export interface CallOptions {
  account: string;
  region: string;
  principal: Principal;
  signal?: AbortSignal;
  /** Writes what follows from the call into its own transaction. */
  record?: (transaction: Transaction, output: unknown) => void;
}

/** Declares a part of a service that lives in memory only, one for each cloud. */
export interface MemoryDefinition<T> {
  readonly name: string;
  readonly make: (cloud: Cloud) => T;
}

/** Declares in-memory state: made on first use, and disposed of (`Symbol.asyncDispose`) when the cloud closes. */
export function defineMemory<T>(name: string, make: (cloud: Cloud) => T): MemoryDefinition<T> {
  return { name, make };
}

/** A service that can be loaded, and what is known of it before. */
export interface RegistryEntry {
  readonly load: () => Promise<{ default: Service }>;
  /** The first two parts of the CloudFormation types that the service has, such as `AWS::SQS`. */
  readonly types?: readonly string[];
  /** Requests that are not operations: name of the endpoint, and where it is found. */
  readonly endpoints?: Readonly<Record<string, EndpointAddress>>;
  /** URLs of AWS that this cloud serves itself: how they go on after `https://` and the like, and the path that stands for that. */
  readonly localUrls?: readonly { readonly pattern: RegExp; readonly path: string }[];
  /** Host names whose first group is the first part of the path: virtual-hosted buckets. */
  readonly virtualHost?: RegExp;
  /** Requests that name no service, and carry no signature that does, are this service's. */
  readonly answersUnsigned?: boolean;
}

/** Where an endpoint is found. Patterns match from the start; their named groups are handed to the endpoint. */
export interface EndpointAddress {
  readonly host?: RegExp;
  readonly path?: RegExp;
  readonly method?: string;
  /** What the content type begins with. */
  readonly contentType?: string;
  /** When the endpoint answers `false`, the request may still be an operation. */
  readonly optional?: boolean;
}
export type Registry = Readonly<Record<string, RegistryEntry>>;

/** Decides whether a call may be made; throws `AccessDenied…` if not. */
export type Authorizer = (ctx: Context, actions: readonly string[], resources: readonly string[]) => void;

/** An operation with everything that dispatch needs to know of it, looked up once. */
export interface Route {
  readonly service: Service;
  readonly name: string;
  readonly operation: Operation;
  readonly actions: readonly string[];
}

export interface CloudOptions {
  /** Where the cloud's data is kept. */
  directory: string;
  registry: Registry;
  /** How long request ids are chosen; the default is a version 4 UUID. */
  authorizer?: Authorizer;
}

const clockState = defineTable<ClockState>("kernel/clock", "cloud");

/** The reply of a call: an error, or the output. */
export type Reply = (error: unknown, output?: unknown) => void;

export class Cloud {
  readonly directory: string;
  readonly registry: Registry;
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly events: EventStream;
  readonly faults = new Faults();
  readonly activity = new Activity();
  readonly authorizer: Authorizer | undefined;
  /** `http://127.0.0.1:PORT`, once the gateway listens. */
  endpoint = "";
  readonly #services = new Map<string, Service>();
  readonly #loading = new Map<string, Promise<Service>>();
  readonly #routes = new Map<string, Route>();
  readonly #memory = new Map<MemoryDefinition<unknown>, unknown>();
  readonly #idPrefix = `${randomHex(8)}-${randomHex(4)}-4${randomHex(3)}-a${randomHex(3)}-`;
  #idCount = 0;

  constructor(options: CloudOptions) {
    this.directory = options.directory;
    this.registry = options.registry;
    this.authorizer = options.authorizer;
    this.store = new Store(options.directory);
    const table = () => this.store.begin().table(clockState, "", "");
    this.clock = new Clock(
      table().get("state") ?? { offset: 0 },
      () => this.idle(),
      (state) => {
        const transaction = this.store.begin();
        transaction.table(clockState, "", "").put(["state"], state);
        transaction.commit();
      },
    );
    this.events = new EventStream(() => this.clock.now());
    this.timers = new Timers(this.store, this.clock, (timer) => void this.#fire(timer));
  }

  /** Starts what a crash or a stop left undone. */
  start(): void {
    this.timers.recover();
  }

  /** A request id: a UUID whose first parts are this process's own and whose last counts up. */
  newRequestId(): string {
    return this.#idPrefix + (this.#idCount++).toString(16).padStart(12, "0");
  }

  /** Loads a service; `undefined` when the cloud has none of that name. */
  async service(id: string): Promise<Service | undefined> {
    const loaded = this.#services.get(id);
    if (loaded) return loaded;
    const entry = Object.hasOwn(this.registry, id) ? this.registry[id] : undefined;
    if (!entry) return undefined;
    let loading = this.#loading.get(id);
    if (!loading) {
      loading = entry.load().then((module) => module.default);
      this.#loading.set(id, loading);
    }
    const service = await loading;
    this.#services.set(id, service);
    return service;
  }

  /** An operation of a service that is loaded; `undefined` when either is not there. */
  loadedRoute(service: string, operation: string): Route | undefined {
    const key = `${service}:${operation}`;
    const known = this.#routes.get(key);
    if (known) return known;
    const loaded = this.#services.get(service);
    if (!loaded || !Object.hasOwn(loaded.operations, operation)) return undefined;
    const found = loaded.operations[operation] as Operation;
    const actions = found.actions ?? [`${loaded.iamPrefix}:${operation}`];
    const route: Route = { service: loaded, name: operation, operation: found, actions };
    this.#routes.set(key, route);
    return route;
  }

  /**
   * An operation of a service.
   * @throws AwsError `NotImplemented` (501) that names what is not there, and why where that is known
   */
  async route(service: string, operation: string): Promise<Route> {
    const loaded = await this.service(service);
    if (!loaded) throw notImplemented(`brume has no service ${service} (asked for ${operation}).`);
    const route = this.loadedRoute(service, operation);
    if (route) return route;
    const [reason] = Object.entries(loaded.unsupported).find(([, names]) => names.includes(operation)) ?? [];
    throw notImplemented(`brume does not implement ${service}:${operation}${reason ? ` (${reason})` : ""}.`);
  }

  /**
   * Performs an operation: authorize, faults, handler, commit, events, trace. Replies when what the call wrote, and all
   * that it may have seen, is in the store. No promise is made for a handler that answers at once.
   */
  perform(route: Route, input: unknown, caller: Caller, reply: Reply, requestId?: (id: string) => void): void {
    const ctx = new Context(this, caller, route.service.id, route.name);
    if (requestId) requestId(ctx.requestId);
    const started = this.events.observes("call") ? performance.now() : 0;
    this.activity.enter();
    const finish = (error: unknown, output?: unknown) => {
      if (error === undefined) {
        try {
          caller.record?.(ctx.transaction, output);
          ctx.publish();
        } catch (failure) {
          error = failure;
        }
      }
      if (started > 0) this.#trace(ctx, started, error);
      this.store.whenSettled(() => {
        this.activity.leave();
        reply(error, output);
      });
    };
    // What handles without waiting writes in the same turn of the event loop: no other call comes between.
    const handle = (injected?: AwsError): void => {
      try {
        if (injected) throw injected;
        const result = route.operation.handler(input as never, ctx);
        if (isPromise(result)) result.then((output) => finish(undefined, output), finish);
        else finish(undefined, result);
      } catch (error) {
        finish(error);
      }
    };
    try {
      if (this.authorizer) this.authorizer(ctx, route.actions, resourcesOf(route, input, ctx));
    } catch (error) {
      return finish(error);
    }
    const fault = this.faults.none ? undefined : this.faults.take(route.service.id, route.name);
    if (fault?.delayMs) void ctx.wait(fault.delayMs).then(() => handle(fault.error));
    else handle(fault?.error);
  }

  /** Performs an operation from within the cloud, with typed input and output. */
  async call<Output = Record<string, unknown>>(
    service: string,
    operation: string,
    input: object,
    options: CallOptions,
  ): Promise<Output> {
    // Loading a service counts as work in flight, as the call does that it is loaded for.
    const route = this.loadedRoute(service, operation) ?? (await this.activity.during(this.route(service, operation)));
    return new Promise<Output>((resolve, reject) => {
      this.perform(route, input, options, (error, output) => {
        if (error === undefined) resolve((output ?? {}) as Output);
        else reject(error);
      });
    });
  }

  /** Waits in cloud time; what waits does not count as in flight. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    this.activity.leave();
    return new Promise((resolve) => {
      const done = () => {
        alarm.cancel();
        signal?.removeEventListener("abort", done);
        this.activity.enter();
        resolve();
      };
      const alarm = this.clock.alarm(this.clock.now() + milliseconds, done);
      signal?.addEventListener("abort", done, { once: true });
    });
  }

  /** The in-memory state of a service, made on first use. */
  memory<T>(definition: MemoryDefinition<T>): T {
    let state = this.#memory.get(definition);
    if (state === undefined) {
      state = definition.make(this);
      this.#memory.set(definition, state);
    }
    return state as T;
  }

  /** The address at which this cloud serves what a URL of AWS means; the URL itself where it serves none. */
  localUrl(url: string): string {
    const scheme = /^(https?|wss):\/\//.exec(url);
    if (!scheme || url.startsWith(this.endpoint)) return url;
    const rest = url.slice(scheme[0].length);
    const endpoint = scheme[1] === "wss" ? this.endpoint.replace("http", "ws") : this.endpoint;
    for (const { localUrls = [] } of Object.values(this.registry)) {
      for (const { pattern, path } of localUrls) if (pattern.test(rest)) return rest.replace(pattern, endpoint + path);
    }
    return url;
  }

  /** Resolves when nothing is in flight and nothing is due. What waits for a later time does not count. */
  async idle(): Promise<void> {
    do await this.activity.idle();
    while (this.clock.ringDue());
  }

  /** Reports a defect of brume itself on the event stream. */
  reportFailure(error: unknown, during: string): void {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    this.events.emit("failure", { message, stack, during });
  }

  /** Whether the cloud is going down: what is under way then is taken up again at the next start. */
  closing = false;

  /** Stops the clock, disposes of what is in memory and closes the store. */
  async close(): Promise<void> {
    this.closing = true;
    this.timers.close();
    this.clock.close();
    for (const state of [...this.#memory.values()].reverse()) {
      const dispose = (state as Partial<AsyncDisposable>)[Symbol.asyncDispose];
      if (dispose) await dispose.call(state as AsyncDisposable);
    }
    await this.store.close();
  }

  #trace(ctx: Context, started: number, error: unknown): void {
    const { account, region, principal } = ctx.caller;
    this.events.emit("call", {
      requestId: ctx.requestId,
      account,
      region,
      principal: principal.arn,
      service: ctx.service,
      operation: ctx.operation,
      durationMs: performance.now() - started,
      error: error === undefined ? undefined : error instanceof AwsError ? error.code : "InternalFailure",
    });
  }

  async #fire(timer: Timer): Promise<void> {
    this.activity.enter();
    let failure: string | undefined;
    try {
      const service = await this.service(timer.service);
      const handler = service?.timers[timer.kind];
      if (!handler) throw new Error(`Service ${timer.service} has no timer ${timer.kind}.`);
      const principal = servicePrincipal(`${service.iamPrefix}.amazonaws.com`, timer.account);
      const ctx = new Context(
        this,
        { account: timer.account, region: timer.region, principal },
        timer.service,
        timer.kind,
      );
      const work = handler(timer.payload as never, ctx);
      // No turn is given away between a handler that answers at once and its commit: it is as atomic as an operation.
      if (isPromise(work)) await work;
      if (this.closing) return;
      this.timers.finish(ctx.transaction, timer);
      ctx.publish();
    } catch (error) {
      if (this.closing) return;
      failure = error instanceof Error ? error.message : String(error);
      const transaction = this.store.begin();
      this.timers.finish(transaction, timer);
      transaction.commit();
      if (!(error instanceof AwsError)) this.reportFailure(error, `timer ${timer.service}/${timer.kind}`);
    } finally {
      this.events.emit("timer", { service: timer.service, kind: timer.kind, due: timer.due, error: failure });
      this.activity.leave();
    }
  }

  /** A new UUID, for ids that must be unpredictable. */
  newId(): string {
    return uuid();
  }
}

function resourcesOf(route: Route, input: unknown, ctx: Context): readonly string[] {
  const { resources } = route.operation;
  if (resources === "*") return ["*"];
  const found = resources(input as never, ctx);
  return typeof found === "string" ? [found] : found;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === "object" && value !== null && typeof (value as Promise<unknown>).then === "function";
}

const notImplemented = (message: string) => new AwsError("NotImplemented", message, { status: 501 });
