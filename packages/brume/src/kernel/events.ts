/** One typed stream of everything that happens in a cloud. */

/** What can happen. Services add their own kinds by declaration merging, so the kernel knows none by name. */
export interface CloudEvents {
  call: {
    requestId: string;
    account: string;
    region: string;
    principal: string;
    service: string;
    operation: string;
    durationMs: number;
    error?: string;
  };
  /** What a service tells to the default event bus of an account and Region. */
  "service-event": ServiceEvent;
  timer: { service: string; kind: string; due: number; error?: string };
  /** Something that is done otherwise than on AWS, and that whoever deploys should know. */
  notice: { service: string; message: string };
  failure: { message: string; stack?: string; during: string };
}

/**
 * An event of a service, as event buses deliver it.
 * @see https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html
 */
export interface ServiceEvent {
  readonly version: "0";
  readonly id: string;
  readonly source: string;
  readonly "detail-type": string;
  readonly account: string;
  readonly region: string;
  /** In ISO 8601, to the second. */
  readonly time: string;
  /** The ARNs that it is about. */
  readonly resources: readonly string[];
  readonly detail: object;
}

/** An event: its kind, when it happened (cloud time, ms) and what it says. */
export type CloudEvent = { [K in keyof CloudEvents]: { type: K; at: number } & CloudEvents[K] }[keyof CloudEvents];

type Kind = keyof CloudEvents;
type Listener<K extends Kind> = (event: Extract<CloudEvent, { type: K }>) => void;

/** The stream. Listeners are called synchronously, in the order in which they subscribed. */
export class EventStream {
  readonly #all = new Set<Listener<Kind>>();
  readonly #byKind = new Map<Kind, Set<(event: never) => void>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether anybody listens to a kind: lets a hot path skip making an event. */
  observes(kind: Kind): boolean {
    return this.#all.size > 0 || (this.#byKind.get(kind)?.size ?? 0) > 0;
  }

  /** Calls `listener` for each event from now on; the function returned ends it. */
  subscribe(listener: Listener<Kind>): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  /** Calls `listener` for each event of one kind from now on; the function returned ends it. */
  on<K extends Kind>(kind: K, listener: Listener<K>): () => void {
    const listeners = this.#byKind.get(kind) ?? new Set();
    this.#byKind.set(kind, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  emit<K extends Kind>(kind: K, body: CloudEvents[K]): void {
    if (!this.observes(kind)) return;
    const event = { type: kind, at: this.#now(), ...body } as CloudEvent;
    for (const listener of this.#byKind.get(kind) ?? []) listener(event as never);
    for (const listener of this.#all) listener(event);
  }
}
