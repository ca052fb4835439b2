import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { defineTable, encodeKey, numberAt, Store, textAt } from "./store.js";

const directory = mkdtempSync(join(tmpdir(), "brume-store-"));
const store = new Store(directory);
afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

describe("encodeKey", () => {
  it("sorts as the tuples do, whatever the text holds", () => {
    const tuples = [
      [""],
      ["", "b"],
      ["a", "b"],
      ["a", 2],
      ["a\0"],
      ["a\0", "b"],
      ["a\u0001"],
      ["ab"],
      ["é"],
      ["\uffff"],
      ["\u{1f600}"],
    ];
    const encoded = tuples.map((tuple) => Buffer.from(encodeKey(tuple as string[])));
    // "a",2 encodes its number with leading zeros, so it sorts before "a","b".
    const expected = [...encoded].sort(Buffer.compare);
    const order = expected.map((key) => encoded.indexOf(key));
    expect(order).toEqual([0, 1, 3, 2, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("sorts numbers, fractions too", () => {
    const numbers = [0, 0.5, 1, 35, 36, 1_795_500_000_000, 1_795_500_000_000.5, 1_795_500_000_001];
    const encoded = numbers.map((number) => Buffer.from(encodeKey([number])));
    expect([...encoded].sort(Buffer.compare)).toEqual(encoded);
  });

  it("gives different tuples different keys", () => {
    expect(encodeKey(["a", "\u0001b"])).not.toBe(encodeKey(["a\0b"]));
    expect(encodeKey(["a", "b"])).not.toBe(encodeKey(["ab"]));
  });
});

describe("textAt and numberAt", () => {
  const position = encodeKey(["a\0", "\0", "", 1_795_500_000_000]);
  it("give back the parts of a key, from both ends", () => {
    expect([0, 1, 2, -2].map((index) => textAt(position, index))).toEqual(["a\0", "\0", "", ""]);
    expect([numberAt(position, 3), numberAt(position, -1)]).toEqual([1_795_500_000_000, 1_795_500_000_000]);
  });
});

describe("Transaction", () => {
  const table = defineTable<{ n: number }>("test/rows");

  it("sees its own writes, and shows them to others only when it commits", () => {
    const one = store.begin();
    one.table(table, "1", "r").put(["k"], { n: 1 });
    expect(one.table(table, "1", "r").get("k")).toEqual({ n: 1 });
    expect(store.begin().table(table, "1", "r").get("k")).toBeUndefined();
    one.commit();
    expect(store.begin().table(table, "1", "r").get("k")).toEqual({ n: 1 });
    expect(store.begin().table(table, "2", "r").get("k")).toBeUndefined();
  });

  it("clears a range and nothing beside it, rows in the file and rows of its own", () => {
    const rows = store.begin().table(table, "3", "r");
    for (const key of [
      ["a", "1"],
      ["a", "\0"],
      ["ab", "1"],
      ["b", "1"],
    ])
      rows.put(key, { n: 1 });
    rows.clear({ prefix: ["a"] });
    expect([...rows.entries()].map(({ position }) => textAt(position, 0))).toEqual(["ab", "b"]);
    const one = store.begin();
    one.table(table, "4", "r").put(["a", "1"], { n: 1 });
    one.commit();
    store.flush();
    const two = store.begin();
    two.table(table, "4", "r").put(["a", "2"], { n: 1 });
    two.table(table, "4", "r").clear({ prefix: ["a"] });
    two.commit();
    expect(store.begin().table(table, "4", "r").count()).toBe(0);
  });

  it("agrees with a sorted map over random writes, ranges, pages and flushes", () => {
    const model = new Map<string, number>();
    const seed = 20261124;
    let state = seed;
    const random = (n: number) => {
      state = (state * 1103515245 + 12345) & 0x7fffffff;
      return state % n;
    };
    for (let step = 0; step < 3000; step++) {
      const rows = store.begin();
      const bound = rows.table(table, "9", "r");
      const key = `k${random(40)}`.padStart(random(2) + 3, "0");
      if (random(3) > 0) {
        bound.put([key], { n: step });
        model.set(key, step);
      } else {
        expect(bound.delete(key), `seed ${seed} step ${step}`).toBe(model.delete(key));
      }
      const reverse = random(2) === 1;
      const from = `k${random(40)}`;
      const expected = [...model].filter(([k]) => k >= from).sort(([a], [b]) => (a < b ? -1 : 1));
      if (reverse) expected.reverse();
      const limit = random(10) + 1;
      const got = bound.rows({ from: [from], reverse, limit }).map(({ n }) => n);
      expect(got, `seed ${seed} step ${step}`).toEqual(expected.slice(0, limit).map(([, n]) => n));
      const first = [...bound.entries({ from: [from], reverse, limit: 1 })][0];
      if (first) {
        const rest = bound.rows(reverse ? { from: [from], reverse, after: first.position } : { after: first.position });
        expect(
          rest.map(({ n }) => n),
          `seed ${seed} step ${step}`,
        ).toEqual(expected.slice(1).map(([, n]) => n));
      }
      rows.commit();
      if (random(4) === 0) store.flush();
    }
  });
});
