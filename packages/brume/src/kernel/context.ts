/** What a handler is given: who calls, where, the clock, the store, and the ways to act on the rest of the cloud. */
import { partitionOf } from "./arn.js";
import type { CallOptions, Cloud, MemoryDefinition } from "./cloud.js";
import type { CloudEvents } from "./events.js";
import type { Principal } from "./principal.js";
import type { Table, TableDefinition, Transaction } from "./store.js";

/** What of the HTTP request a handler may want; absent for calls from within the cloud. */
export interface HttpRequest {
  readonly method: string;
  /** As it was sent: never decoded or normalized. */
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Checksums and the like that followed a chunked body; complete when the body has been read. */
  readonly trailers: Readonly<Record<string, string>>;
}

/** Where and by whom a call is made. */
export interface Caller {
  readonly account: string;
  readonly region: string;
  readonly principal: Principal;
  readonly http?: HttpRequest | undefined;
  /** Ends when the client has gone. */
  readonly signal?: AbortSignal | undefined;
  /** Writes what follows from a call that succeeded into the call's own transaction, before that is committed. */
  readonly record?: ((transaction: Transaction, output: unknown) => void) | undefined;
}

export class Context {
  readonly cloud: Cloud;
  readonly caller: Caller;
  readonly service: string;
  readonly operation: string;
  readonly transaction: Transaction;
  #requestId: string | undefined;
  #events: [keyof CloudEvents, CloudEvents[keyof CloudEvents]][] | undefined;
  /** When the earliest of the timers is due that were scheduled since the last commit. */
  #earliestTimer: number | undefined;
  #waits = 0;

  constructor(cloud: Cloud, caller: Caller, service: string, operation: string) {
    this.cloud = cloud;
    this.caller = caller;
    this.service = service;
    this.operation = operation;
    this.transaction = cloud.store.begin();
  }

  get account(): string {
    return this.caller.account;
  }
  get region(): string {
    return this.caller.region;
  }
  get principal(): Principal {
    return this.caller.principal;
  }
  get http(): HttpRequest | undefined {
    return this.caller.http;
  }
  get partition(): string {
    return partitionOf(this.caller.region).name;
  }
  get urlSuffix(): string {
    return partitionOf(this.caller.region).dnsSuffix;
  }
  get requestId(): string {
    this.#requestId ??= this.cloud.newRequestId();
    return this.#requestId;
  }

  /** Cloud time, in milliseconds since the epoch. */
  now(): number {
    return this.cloud.clock.now();
  }

  /** An ARN of this call's service (or of another), account and region. */
  arn(resource: string, service: string, scope: { region?: string; account?: string } = {}): string {
    return `arn:${this.partition}:${service}:${scope.region ?? this.region}:${scope.account ?? this.account}:${resource}`;
  }

  /** A table's rows for this call's account and region, or for others. */
  table<Row>(definition: TableDefinition<Row>, scope: { region?: string; account?: string } = {}): Table<Row> {
    return this.transaction.table(definition, scope.account ?? this.account, scope.region ?? this.region);
  }

  /** The part of the service that lives in memory only, made on first use. */
  memory<T>(definition: MemoryDefinition<T>): T {
    return this.cloud.memory(definition);
  }

  /** A context of the same service for another account, region and principal, with a transaction of its own. */
  as(caller: Pick<Caller, "account" | "region" | "principal">): Context {
    return new Context(this.cloud, { http: this.caller.http, ...caller }, this.service, this.operation);
  }

  /** Performs an operation of any service, by default as the same principal in the same account and region. */
  call<Output = Record<string, unknown>>(
    service: string,
    operation: string,
    input: object,
    options: Partial<CallOptions> = {},
  ): Promise<Output> {
    const { account, region, principal } = this.caller;
    return this.cloud.call<Output>(service, operation, input, { account, region, principal, ...options });
  }

  /** Tells the event stream, when the call has succeeded. */
  emit<K extends keyof CloudEvents>(type: K, body: CloudEvents[K]): void {
    if (!this.cloud.events.observes(type)) return;
    this.#events ??= [];
    this.#events.push([type, body]);
  }

  /** Wakes this service (`timers[kind]`) at a time, in ms since the epoch. A timer with the same id is replaced. */
  schedule(timer: { at: number; kind: string; payload: unknown; id?: string }): string {
    const id = timer.id ?? `${this.service}/${this.requestId}/${this.cloud.newRequestId()}`;
    const due = this.cloud.timers.schedule(this.transaction, {
      id,
      due: timer.at,
      service: this.service,
      kind: timer.kind,
      account: this.account,
      region: this.region,
      payload: timer.payload,
    });
    this.#earliestTimer = Math.min(this.#earliestTimer ?? due, due);
    return id;
  }

  /** Takes a timer back. */
  cancel(timerId: string): boolean {
    return this.cloud.timers.remove(this.transaction, timerId);
  }

  /** Waits in cloud time; the call does not count as in flight meanwhile. Ends early when the client has gone. */
  wait(milliseconds: number, signal: AbortSignal | undefined = this.caller.signal): Promise<void> {
    return this.sideBySide(() => this.cloud.wait(milliseconds, signal));
  }

  /**
   * Waits with what takes this call out of those in flight until it has come. A call that waits for several things side
   * by side is still one call: it is taken out once, until the last has come.
   */
  async sideBySide<T>(waiting: () => Promise<T>): Promise<T> {
    const { activity } = this.cloud;
    if (this.#waits++ > 0) activity.enter();
    try {
      return await waiting();
    } finally {
      if (--this.#waits > 0) activity.leave();
    }
  }

  /**
   * Makes the writes so far durable and visible, before the handler ends: for handlers that go on for long, or call
   * operations that must see them.
   */
  commit(): Promise<void> {
    this.publish();
    return this.cloud.store.settled();
  }

  /** Commits without waiting, and sends the events. Called by dispatch at the end of a handler. */
  publish(): void {
    this.transaction.commit();
    if (this.#earliestTimer !== undefined) {
      this.cloud.timers.arm(this.#earliestTimer);
      this.#earliestTimer = undefined;
    }
    const events = this.#events;
    if (!events) return;
    this.#events = undefined;
    for (const [type, body] of events) this.cloud.events.emit(type, body);
  }
}
