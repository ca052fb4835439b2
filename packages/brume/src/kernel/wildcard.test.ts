import { describe, expect, it } from "vitest";
import { matchesParts, matchesWildcard } from "./wildcard.js";

describe("matchesWildcard", () => {
  it.each([
    ["", ""],
    ["*", ""],
    ["*", "anything"],
    ["a*c", "ac"],
    ["a*c", "abcbc"],
    ["a?c", "abc"],
    ["*?", "x"],
    ["arn:aws:s3:::*/*", "arn:aws:s3:::bucket/key"],
    ["**b**", "abc"],
    ["a.c", "a.c"],
  ])("%s is met by %s", (pattern, text) => expect(matchesWildcard(pattern, text)).toBe(true));

  it.each([
    ["", "a"],
    ["a*c", "ab"],
    ["a?c", "ac"],
    ["?", ""],
    ["a.c", "abc"],
    ["*b", "abc"],
    ["A", "a"],
  ])("%s is not met by %s", (pattern, text) => expect(matchesWildcard(pattern, text)).toBe(false));

  it("takes no time for a pattern of many stars", () => {
    expect(matchesWildcard(`${"*a".repeat(1000)}b`, "a".repeat(10_000))).toBe(false);
  });
});

describe("matchesParts", () => {
  it.each([
    [["a"], "a", true],
    [["a"], "ab", false],
    [["a", ""], "ab", true],
    [["", "b"], "ab", true],
    [["a", "a"], "a", false],
    [["a", "b", "c"], "a-b-c", true],
    [["a", "b", "c"], "a-c-b", false],
    [["a", "bc", "c"], "abc", false],
    [["", "x", "x", ""], "x", false],
  ])("%j in %j: %s", (parts, text, expected) => {
    expect(matchesParts(parts, text)).toBe(expected);
  });
});
