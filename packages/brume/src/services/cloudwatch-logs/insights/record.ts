/** A log event as queries see it: fields that every event has, those that its message holds, and those that a query made. */
import { discover } from "./discover.js";
import type { Scope } from "./evaluate.js";
import { Moment, type Value } from "./values.js";

/** A log event to be queried. */
export interface QueriedEvent {
  readonly timestamp: number;
  readonly ingestedAt: number;
  readonly message: string;
  readonly stream: string;
  /** `account:group` */
  readonly log: string;
  /** What GetLogRecord finds it by. */
  readonly pointer: string;
}

export class LogRecord implements Scope {
  readonly now: number;
  readonly #own: Map<string, Value>;
  /** The message whose fields have not been looked for yet. */
  #message: QueriedEvent | undefined;

  constructor(own: Map<string, Value>, now: number, event?: QueriedEvent) {
    this.#own = own;
    this.now = now;
    this.#message = event;
  }

  static of(event: QueriedEvent, now: number): LogRecord {
    const own = new Map<string, Value>([
      ["@timestamp", new Moment(event.timestamp)],
      ["@ingestionTime", new Moment(event.ingestedAt)],
      ["@message", event.message],
      ["@logStream", event.stream],
      ["@log", event.log],
      ["@ptr", event.pointer],
    ]);
    return new LogRecord(own, now, event);
  }

  get(name: string): Value {
    if (!this.#own.has(name)) this.#discover();
    const value = this.#own.get(name);
    return value === undefined && name.includes(".") ? this.#within(name) : value;
  }

  set(name: string, value: Value): void {
    this.#own.set(name, value);
  }

  /** The names of all fields that have a value. */
  names(): string[] {
    this.#discover();
    return [...this.#own].filter(([, value]) => value !== undefined).map(([name]) => name);
  }

  #discover(): void {
    const event = this.#message;
    if (!event) return;
    this.#message = undefined;
    for (const [name, value] of discover(event.message, event.log)) {
      if (!this.#own.has(name)) this.#own.set(name, value);
    }
  }

  /** A part of a field that is an object or a list, which `jsonParse` makes. */
  #within(name: string): Value {
    const parts = name.split(".");
    let value = this.#own.get(parts[0] as string);
    for (const part of parts.slice(1)) {
      if (typeof value !== "object" || !Object.hasOwn(value, part)) return undefined;
      value = ((value as Record<string, Value | null>)[part] ?? undefined) as Value;
    }
    return value;
  }
}
