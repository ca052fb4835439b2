import { beforeAll, describe, expect, it } from "vitest";
import { writeJson, writeJsonBody } from "./json.js";
import { loadModel } from "./model.js";
import type { Shape } from "./shape.js";

/** What GetItem answers: a map of unions which may hold bytes at any depth. */
let output: Shape;
beforeAll(async () => {
  output = (await loadModel("dynamodb"))?.operation("GetItem")?.output as Shape;
});

const written = (Item: object) => JSON.parse(writeJsonBody(output, { Item }, false)).Item;

describe("writeJson", () => {
  it("writes bytes in base64, however deep they are", () => {
    const bytes = Buffer.from("fog");
    expect(
      written({
        a: { S: "x" },
        b: { B: bytes },
        c: { L: [{ N: "1" }, { M: { d: { B: bytes }, e: { BOOL: true } } }, { BS: [bytes, Buffer.alloc(0)] }] },
      }),
    ).toEqual({
      a: { S: "x" },
      b: { B: "Zm9n" },
      c: { L: [{ N: "1" }, { M: { d: { B: "Zm9n" }, e: { BOOL: true } } }, { BS: ["Zm9n", ""] }] },
    });
  });

  it("copies nothing of what is written as it is", () => {
    const Item = { a: { S: "x" }, b: { L: [{ M: { c: { NULL: true } } }] } };
    expect((writeJson(output, { Item }, false) as { Item: object }).Item).toBe(Item);
  });

  it("leaves alone what it is given", () => {
    const Item = { a: { B: Buffer.from("fog") }, b: { L: [{ B: Buffer.from("fog") }] } };
    written(Item);
    expect(Item.a.B).toBeInstanceOf(Buffer);
    expect(Item.b.L[0]?.B).toBeInstanceOf(Buffer);
  });

  it("writes members of any name", () => {
    const Item = JSON.parse('{"__proto__": {"S": "x"}, "constructor": {"S": "y"}}');
    Object.defineProperty(Item, "__proto__", { value: { B: Buffer.from("fog") }, enumerable: true });
    expect(JSON.stringify(written(Item))).toBe('{"__proto__":{"B":"Zm9n"},"constructor":{"S":"y"}}');
  });

  it("leaves out what a union does not have, and what is not there", () => {
    expect(written({ a: { S: "x", X: 1 }, b: { S: undefined }, c: {}, d: undefined, e: null })).toEqual({
      a: { S: "x" },
      b: {},
      c: {},
    });
  });
});
