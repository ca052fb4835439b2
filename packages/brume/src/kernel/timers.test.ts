import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Clock } from "./clock.js";
import { Store } from "./store.js";
import { Timers } from "./timers.js";

let directory: string;
let store: Store;
let clock: Clock;
let timers: Timers;
let fired: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "brume-timers-"));
  store = new Store(directory);
  clock = new Clock(
    { offset: 0, pausedAt: 1000 },
    async () => {},
    () => {},
  );
  fired = [];
  timers = new Timers(store, clock, ({ id }) => fired.push(`${id} at ${clock.now()}`));
});
afterEach(async () => {
  timers.close();
  clock.close();
  await store.close();
  rmSync(directory, { recursive: true });
});

function schedule(id: string, due: number): void {
  const transaction = store.begin();
  const timer = { id, due, service: "s", kind: "k", account: "a", region: "r", payload: undefined };
  const at = timers.schedule(transaction, timer);
  transaction.commit();
  timers.arm(at);
}

function remove(id: string): boolean {
  const transaction = store.begin();
  const was = timers.remove(transaction, id);
  transaction.commit();
  return was;
}

describe("timers", () => {
  it("fire in the order of their times, whichever was scheduled first", async () => {
    for (const [id, due] of [
      ["late", 3000],
      ["early", 2000],
      ["later", 4000],
      ["past", 5],
    ] as const)
      schedule(id, due);
    expect(timers.upcoming().map(({ id }) => id)).toEqual(["past", "early", "late", "later"]);
    await clock.advance({ milliseconds: 2000 });
    expect(fired).toEqual(["past at 1000", "early at 2000", "late at 3000"]);
    await clock.advance({ milliseconds: 1000 });
    expect(fired.at(-1)).toBe("later at 4000");
  });

  it("do not fire when they were taken back, and those after them do", async () => {
    schedule("first", 2000);
    schedule("second", 3000);
    expect([remove("first"), remove("first")]).toEqual([true, false]);
    await clock.advance({ milliseconds: 5000 });
    expect(fired).toEqual(["second at 3000"]);
  });

  it("are replaced by one with the same id, for an earlier or a later time", async () => {
    schedule("moved", 2000);
    schedule("moved", 4000);
    schedule("other", 3000);
    schedule("other", 1500);
    await clock.advance({ milliseconds: 5000 });
    expect(fired).toEqual(["other at 1500", "moved at 4000"]);
  });

  it("that were under way when a process ended fire again", async () => {
    schedule("cut short", 2000);
    await clock.advance({ milliseconds: 1500 });
    const again: string[] = [];
    const next = new Timers(store, clock, ({ id }) => again.push(id));
    next.recover();
    await clock.advance({ milliseconds: 1 });
    next.close();
    expect([fired, again]).toEqual([["cut short at 2000"], ["cut short"]]);
  });
});
