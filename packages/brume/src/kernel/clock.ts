/** The only source of time in a cloud: real by default, and it can be paused, advanced and resumed. */

/** A length of time; the parts add up. */
export interface Duration {
  days?: number;
  hours?: number;
  minutes?: number;
  seconds?: number;
  milliseconds?: number;
}

/** Milliseconds in a duration. */
export function durationMs(duration: Duration): number {
  const { days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 } = duration;
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + milliseconds;
}

/** Something that is to happen at a time; `cancel` takes it back. */
export interface Alarm {
  readonly at: number;
  cancel(): void;
}

interface PendingAlarm extends Alarm {
  readonly ring: () => void;
  cancelled: boolean;
}

/** What is saved of a clock, so that a restarted cloud goes on from the same time. */
export interface ClockState {
  /** Milliseconds that the cloud's time is ahead of the machine's. */
  offset: number;
  /** The moment at which time stands still, if it does. */
  pausedAt?: number;
}

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
/** The end of the year 9999: what dates are written as has no room for more. */
const LAST_MOMENT_MS = Date.UTC(10_000, 0) - 1;

/** A cloud's clock. Times are milliseconds since the epoch. */
export class Clock {
  #offset: number;
  #pausedAt: number | undefined;
  #alarms: PendingAlarm[] = [];
  #timeout: NodeJS.Timeout | undefined;
  #advancing: Promise<unknown> = Promise.resolve();
  readonly #settle: () => Promise<void>;
  readonly #save: (state: ClockState) => void;

  /**
   * @param settle resolves when the consequences of the alarms that rang have come to rest
   * @param save is told of every change of the clock's state
   */
  constructor(state: ClockState, settle: () => Promise<void>, save: (state: ClockState) => void) {
    this.#offset = state.offset;
    this.#pausedAt = state.pausedAt;
    this.#settle = settle;
    this.#save = save;
  }

  /** The cloud's time, in milliseconds since the epoch. */
  now(): number {
    return this.#pausedAt ?? Date.now() + this.#offset;
  }

  get paused(): boolean {
    return this.#pausedAt !== undefined;
  }

  /** Milliseconds that the cloud's time is ahead of the machine's. */
  get offset(): number {
    return this.now() - Date.now();
  }

  /** Whether the cloud's time is the machine's time. */
  get followsMachine(): boolean {
    return this.#pausedAt === undefined && this.#offset === 0;
  }

  /** Stops time at the present moment. Nothing that is due later happens until `advance` or `resume`. */
  pause(): void {
    this.#pausedAt ??= this.now();
    this.#changed();
  }

  /** Lets time run on from where it stands. */
  resume(): void {
    if (this.#pausedAt === undefined) return;
    this.#offset = this.#pausedAt - Date.now();
    this.#pausedAt = undefined;
    this.#changed();
  }

  /**
   * Moves time forward. Everything that falls due on the way happens in time order, each one's consequences settled
   * before the next, so the result is the same at every run.
   */
  advance(duration: Duration): Promise<void> {
    return this.#inTurn(() => {
      const now = this.now();
      return this.#advanceTo(now, now + durationMs(duration));
    });
  }

  /** Moves time forward to a moment, in milliseconds since the epoch. */
  advanceTo(target: number): Promise<void> {
    return this.#inTurn(() => this.#advanceTo(this.now(), target));
  }

  /** Who moves the clock while another does waits until that is over. */
  #inTurn(advance: () => Promise<void>): Promise<void> {
    const advancing = this.#advancing.then(advance);
    this.#advancing = advancing.catch(() => {});
    return advancing;
  }

  async #advanceTo(now: number, target: number): Promise<void> {
    if (!(target >= now)) throw new RangeError("A clock moves forward only.");
    if (target > LAST_MOMENT_MS) throw new RangeError("That is later than the last moment that a date can be.");
    const wasPaused = this.paused;
    this.#pausedAt = now;
    await this.#settle();
    for (let next = this.#alarms[0]; next && next.at <= target; next = this.#alarms[0]) {
      this.#pausedAt = Math.max(this.#pausedAt, next.at);
      this.#alarms.shift();
      next.ring();
      await this.#settle();
    }
    this.#pausedAt = target;
    if (wasPaused) this.#changed();
    else this.resume();
  }

  /** Calls `ring` when the time comes; at once (but never synchronously) for a time that has passed. */
  alarm(at: number, ring: () => void): Alarm {
    const alarm: PendingAlarm = {
      at,
      ring,
      cancelled: false,
      cancel: () => {
        alarm.cancelled = true;
        const index = this.#alarms.indexOf(alarm);
        if (index < 0) return;
        this.#alarms.splice(index, 1);
        if (index === 0) this.#arm();
      },
    };
    let index = this.#alarms.length;
    while (index > 0 && (this.#alarms[index - 1] as PendingAlarm).at > at) index--;
    this.#alarms.splice(index, 0, alarm);
    if (index === 0) this.#arm();
    return alarm;
  }

  /** Rings what is due by now, without waiting for the machine's timer. @returns whether anything was */
  ringDue(): boolean {
    const now = this.now();
    // What is set while these ring waits for the next time, even if it is due: nobody can keep the machine for himself.
    const due = this.#alarms.filter(({ at }) => at <= now);
    this.#alarms = this.#alarms.filter(({ at }) => at > now);
    for (const alarm of due) if (!alarm.cancelled) alarm.ring();
    this.#arm();
    return due.length > 0;
  }

  /** Stops ringing; for a cloud that is closing. */
  close(): void {
    clearTimeout(this.#timeout);
    this.#alarms = [];
  }

  #changed(): void {
    this.#save({ offset: this.#offset, pausedAt: this.#pausedAt });
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timeout);
    const next = this.#alarms[0];
    if (!next) return;
    if (this.paused && next.at > this.now()) return;
    const delay = Math.min(Math.max(0, next.at - this.now()), LONGEST_TIMEOUT_MS);
    this.#timeout = setTimeout(() => this.ringDue(), delay);
    this.#timeout.unref();
  }
}
