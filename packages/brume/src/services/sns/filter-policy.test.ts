import { describe, expect, it } from "vitest";
import { checkFilterPolicy, wants } from "./filter-policy.js";

function body(policy: unknown, message: unknown): boolean {
  const attributes = { FilterPolicy: JSON.stringify(policy), FilterPolicyScope: "MessageBody" };
  return wants(attributes, { body: JSON.stringify(message), attributes: undefined });
}

function attribute(policy: unknown, DataType: string, StringValue: string): boolean {
  const attributes = { FilterPolicy: JSON.stringify(policy) };
  return wants(attributes, { body: "", attributes: { a: { DataType, StringValue } } });
}

describe("a filter policy", () => {
  it.each([
    [["x"], "x", true],
    [["x"], "y", false],
    [["x", "y"], "y", true],
    [[1], 1, true],
    [[null], null, true],
    [[{ prefix: "ab" }], "abc", true],
    [[{ suffix: "bc" }], "abc", true],
    [[{ "anything-but": "x" }], "x", false],
    [[{ "anything-but": ["x", "y"] }], "z", true],
    [[{ "anything-but": { prefix: "x" } }], "xy", false],
    [[{ "anything-but": { suffix: "y" } }], "xz", true],
    [[{ numeric: [">", 1, "<=", 5] }], 5, true],
    [[{ numeric: [">", 1, "<=", 5] }], 6, false],
    [[{ numeric: ["=", 1] }], "1", false],
    [[{ exists: true }], "x", true],
    [[{ exists: false }], "x", false],
    [[{ "equals-ignore-case": "AbC" }], "aBc", true],
    [[{ wildcard: "a*c.d" }], "abbc.d", true],
    [[{ wildcard: "a*c.d" }], "abbcxd", false],
    [[{ wildcard: "a\\*c*" }], "a*cd", true],
    [[{ wildcard: "a\\*c*" }], "abcd", false],
    [[{ wildcard: "a\\\\*" }], "a\\b", true],
    [[{ "anything-but": { wildcard: "a*z" } }], "abz", false],
    [[{ "anything-but": { "equals-ignore-case": ["ab", "cd"] } }], "CD", false],
    [[{ "anything-but": { prefix: ["x", "y"] } }], "zx", true],
    [[{ "anything-but": 1 }], 2, true],
    [[{ cidr: "2001:db8::/32" }], "2001:db8::1", true],
    [[{ cidr: "2001:db8::/32" }], "10.0.0.1", false],
    [[{ cidr: "10.0.0.0/8" }], "10.1.2.3", true],
    [[{ cidr: "10.0.0.0/8" }], "11.1.2.3", false],
  ])("%j for %j: %s", (rule, value, expected) => {
    expect(body({ a: rule }, { a: value })).toBe(expected);
  });

  it("takes all names together, and `$or` one of its policies", () => {
    const policy = { a: ["1"], $or: [{ b: ["2"] }, { c: ["3"] }] };
    expect(body(policy, { a: "1", c: "3" })).toBe(true);
    expect(body(policy, { a: "1" })).toBe(false);
    expect(body(policy, { a: "2", b: "2" })).toBe(false);
  });

  it("looks into objects and lists of objects", () => {
    const policy = { order: { items: { sku: ["b"] } } };
    expect(body(policy, { order: { items: [{ sku: "a" }, { sku: "b" }] } })).toBe(true);
    expect(body(policy, { order: {} })).toBe(false);
    expect(body({ order: { items: [{ exists: false }] } }, {})).toBe(true);
  });

  it("takes attributes for what their types say", () => {
    expect(attribute({ a: ["x"] }, "String.Array", '["x","y"]')).toBe(true);
    expect(attribute({ a: [{ numeric: ["<", 2] }] }, "Number", "1.5")).toBe(true);
    expect(attribute({ a: [{ exists: false }] }, "String", "x")).toBe(false);
    expect(attribute({ b: ["x"] }, "String", "x")).toBe(false);
  });

  it("is no slower for many stars", () => {
    const started = performance.now();
    expect(body({ a: [{ wildcard: "*a".repeat(100) }] }, { a: `${"a".repeat(50_000)}b` })).toBe(false);
    expect(performance.now() - started).toBeLessThan(500);
  });

  it("is refused when it makes no sense", () => {
    expect(() => checkFilterPolicy('{"a":"b"}', "MessageBody")).toThrow('"a" must be an object or an array');
    expect(() => checkFilterPolicy('{"a":[{"odd":1}]}', "MessageBody")).toThrow("Unrecognized match type odd");
    expect(() => checkFilterPolicy('{"a":{"b":["c"]}}', "MessageAttributes")).toThrow("does not support nested");
    const check = (policy: unknown) => () => checkFilterPolicy(JSON.stringify(policy), "MessageBody");
    expect(check(Object.fromEntries([..."abcdef"].map((key) => [key, ["x"]])))).toThrow("more than 5 keys");
    expect(check({ a: [{ numeric: ["<", 2e9] }] })).toThrow("must be from -1.0E9 to 1.0E9");
    expect(check({ a: [{ "anything-but": { cidr: "10.0.0.0/8" } }] })).toThrow(
      "Unsupported anything-but pattern: cidr",
    );
    expect(check({ a: [{ "anything-but": [] }] })).toThrow("Empty arrays are not allowed");
    expect(check({ a: [{ exists: "yes" }] })).toThrow("exists match pattern must be either true or false");
    expect(check({ a: Array(13).fill("x"), b: Array(12).fill("x") })).toThrow("too complex");
  });
});
