/** Durable rows that say: at this time, wake this service with this payload. */
import type { Alarm, Clock } from "./clock.js";
import { defineTable, type Store, type Table, type Transaction } from "./store.js";

/** A timer as it stands in the store. */
export interface Timer {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly due: number;
  readonly service: string;
  /** Which of the service's timer handlers is called. */
  readonly kind: string;
  readonly account: string;
  readonly region: string;
  readonly payload: unknown;
}

const timersByTime = defineTable<Timer>("kernel/timers", "cloud");
const timersById = defineTable<number>("kernel/timers-by-id", "cloud");

/** Fires timers as they fall due, in the order of their times. */
export class Timers {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #fire: (timer: Timer) => void;
  #alarm: Alarm | undefined;
  #closed = false;

  /** @param fire performs a timer; it takes the timer off with `remove` in its own transaction */
  constructor(store: Store, clock: Clock, fire: (timer: Timer) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#fire = fire;
  }

  /**
   * Puts a timer into a transaction; a timer with the same id is replaced.
   * @returns when it is due, for `arm` after the commit
   */
  schedule(transaction: Transaction, asked: Timer): number {
    if (!Number.isFinite(asked.due)) throw new RangeError(`A timer cannot be due at ${asked.due}.`);
    const timer = { ...asked, due: Math.max(0, Math.ceil(asked.due)) };
    this.remove(transaction, timer.id);
    byTime(transaction).put([timer.due, timer.id], timer);
    byId(transaction).put([timer.id], timer.due);
    return timer.due;
  }

  /** Takes a timer back, in a transaction. */
  remove(transaction: Transaction, id: string): boolean {
    const due = byId(transaction).get(id);
    if (due === undefined) return false;
    byTime(transaction).delete(due, id);
    return byId(transaction).delete(id);
  }

  /** Timers in the order in which they fall due. */
  upcoming(limit = 100): Timer[] {
    return byTime(this.#store.begin()).rows({ limit });
  }

  /**
   * Sees to it that what is due at a time is not missed. Called after the commit of what scheduled it. An alarm for a timer
   * that was taken back rings for nothing.
   */
  arm(due: number): void {
    if (this.#closed || (this.#alarm && this.#alarm.at <= due)) return;
    this.#alarm?.cancel();
    this.#alarm = this.#clock.alarm(due, () => this.#ring());
  }

  #armForNext(): void {
    const [next] = this.upcoming(1);
    if (next) this.arm(next.due);
  }

  close(): void {
    this.#closed = true;
    this.#alarm?.cancel();
  }

  #ring(): void {
    this.#alarm = undefined;
    const due = byTime(this.#store.begin()).rows({ before: [this.#clock.now() + 1] });
    for (const timer of due) {
      // Off the list before it runs: a handler that takes long is not woken twice.
      const transaction = this.#store.begin();
      byTime(transaction).delete(timer.due, timer.id);
      running(transaction).put([timer.id], timer);
      byId(transaction).delete(timer.id);
      transaction.commit();
      this.#fire(timer);
    }
    this.#armForNext();
  }

  /** Marks a fired timer as done, in the transaction of its consequences. */
  finish(transaction: Transaction, timer: Timer): void {
    running(transaction).delete(timer.id);
  }

  /** Puts back the timers that a crash cut short. Called once, at start. */
  recover(): void {
    const transaction = this.#store.begin();
    for (const timer of running(transaction).rows()) {
      running(transaction).delete(timer.id);
      this.schedule(transaction, timer);
    }
    transaction.commit();
    this.#armForNext();
  }
}

const runningTimers = defineTable<Timer>("kernel/running-timers", "cloud");
const byTime = (transaction: Transaction): Table<Timer> => transaction.table(timersByTime, "", "");
const byId = (transaction: Transaction): Table<number> => transaction.table(timersById, "", "");
const running = (transaction: Transaction): Table<Timer> => transaction.table(runningTimers, "", "");
