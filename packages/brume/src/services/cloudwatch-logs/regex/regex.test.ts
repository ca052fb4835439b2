import { describe, expect, it } from "vitest";
import { Regex } from "./regex.js";

const SOURCES = [
  "abc",
  "a.c",
  "a*b",
  "a+?b",
  "(a|ab)(c|bcd)",
  "^abc$",
  "\\d+",
  "[a-c]+",
  "[^a-c]+",
  "(?<x>a+)(b*)",
  "a{2,3}",
  "a{2}",
  "a{2,}",
  "\\bfoo\\b",
  "(a*)*",
  "(a|b)*c",
  "x?y?z?",
  "[\\w.-]+@[\\w.-]+",
  "(?:ab)+",
  "a|b|",
  "\\[(.*?)\\]",
  "[\\]x]",
  "a\\.b",
  "\\x41|\\u0042",
  "(\\d+)-(\\d+)?",
  "([ab]|c)+?d",
];
const TEXTS = [
  "",
  "abc",
  "xabcx",
  "aaab",
  "abcd",
  "12-",
  "7-8",
  "foo bar",
  "a foo b",
  "me@x.org",
  "[one] [two]",
  "a.b",
  "AB",
  "zzz",
  "]x",
  "aabcbd",
];

describe("a regular expression", () => {
  it.each(SOURCES)("%s matches what the language's own expression matches", (source) => {
    for (const text of TEXTS) {
      const found = new Regex(source).exec(text);
      const expected = new RegExp(source).exec(text);
      expect(found?.start, text).toBe(expected?.index);
      if (!found || !expected) continue;
      expect([text.slice(found.start, found.end), ...found.groups]).toEqual([...expected]);
      expect(new Regex(source).test(text)).toBe(true);
    }
  });

  it("ignores case where it is asked to", () => {
    expect(new Regex("(?i)error [a-c]").test("ERROR B")).toBe(true);
    expect(new Regex("error", { ignoreCase: true }).test("Error")).toBe(true);
    expect(new Regex("error").test("Error")).toBe(false);
  });

  it("names its groups", () => {
    const regex = new Regex("(?<a>x)(y)(?P<b>z)");
    expect(regex.names).toEqual(["a", undefined, "b"]);
  });

  it.each(["(a+)+$", "(a|a)*$", "(.*)(.*)(.*)(.*)(.*)=$", "(a?){50}a{50}$"])(
    "%s takes no longer for being nested",
    (source) => {
      const started = performance.now();
      new Regex(source).test(`${"a".repeat(5000)}b`);
      expect(performance.now() - started).toBeLessThan(2000);
    },
  );

  it.each(["(", ")", "[a", "a**", "a{2,1}", "(?=a)", "(?<!a)", "(a)\\1", "\\", "*", "[b-a]", "(a{900}){900}"])(
    "refuses %s",
    (source) => {
      expect(() => new Regex(source)).toThrow(expect.objectContaining({ position: expect.any(Number) }));
    },
  );
});
