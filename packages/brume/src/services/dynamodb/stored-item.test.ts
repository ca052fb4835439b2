/** Items as they are kept come back as they were, and are JSON as answers have it. */
import { describe, expect, it } from "vitest";
import { withJson } from "../../protocol/answer.js";
import type { Item } from "./attribute-value.js";
import { fromStored, parseItem, toStored } from "./stored-item.js";

const BYTES = Buffer.from([0, 255, 34, 92]);

describe("an item that is kept", () => {
  it("comes back as it was, whatever is in it", () => {
    const item: Item = {
      plain: { S: "text" },
      'quoted "name"\n': { S: 'with "quotes", \\ and \u2028 and \ud800' },
      unicode: { S: "Grüße, 世界 🌍" },
      empty: { S: "" },
      number: { N: "-12.5" },
      truth: { BOOL: false },
      nothing: { NULL: true },
      bytes: { B: BYTES },
      looksLikeBytes: { S: '"B":"AAAA"' },
      list: { L: [{ B: BYTES }, { L: [] }, { M: {} }, { S: "x" }] },
      map: { M: { inner: { BS: [BYTES, Buffer.from("b")] }, B: { S: "named as a type" } } },
      texts: { SS: ["a", 'b"'] },
      numbers: { NS: ["1", "2.5"] },
    };
    expect(fromStored(toStored(item))).toEqual(item);
  });

  it("has the JSON of answers, bytes in base64", () => {
    const [bytes, json] = toStored({ a: { B: BYTES }, b: { N: "1" } });
    expect(JSON.parse(json)).toEqual({ a: { B: BYTES.toString("base64") }, b: { N: "1" } });
    expect(bytes).toBe(1 + 4 + 1 + 2);
  });

  it("may have an attribute of any name", () => {
    const item = JSON.parse('{"__proto__":{"S":"own"},"constructor":{"S":"too"}}') as Item;
    expect(JSON.parse(toStored(item)[1])).toEqual(item);
  });

  it("is taken apart for who looks at it, once", () => {
    const [, json] = toStored({ a: { B: BYTES } });
    const output = withJson({ Count: 1 }, "Item", json, () => parseItem(json));
    expect({ ...output }).toMatchObject({ Count: 1, Item: { a: { B: BYTES } } });
    expect(output.Item).toBe(output.Item);
  });
});
