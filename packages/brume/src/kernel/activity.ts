/** Counts what is in flight, so that a cloud can say when it has come to rest. */
export class Activity {
  #count = 0;
  #resting: (() => void)[] = [];

  enter(): void {
    this.#count++;
  }

  leave(): void {
    if (--this.#count > 0) return;
    this.#announce();
  }

  /** Counts the work until its promise settles. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.enter();
    try {
      return await work;
    } finally {
      this.leave();
    }
  }

  /** Waits for what somebody else does: who waits does not count meanwhile. */
  async outside<T>(work: Promise<T>): Promise<T> {
    this.leave();
    try {
      return await work;
    } finally {
      this.enter();
    }
  }

  /** Resolves when nothing is in flight, and nothing starts at once thereafter. */
  async idle(): Promise<void> {
    for (;;) {
      if (this.#count > 0) await new Promise<void>((resolve) => this.#resting.push(resolve));
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.#count === 0) return;
    }
  }

  #announce(): void {
    const resting = this.#resting;
    this.#resting = [];
    for (const resolve of resting) resolve();
  }
}
