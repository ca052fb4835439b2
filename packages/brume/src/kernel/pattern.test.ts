import { describe, expect, it } from "vitest";
import { matchesPattern } from "./pattern.js";

describe("matchesPattern", () => {
  it("is what a regular expression says", () => {
    expect(matchesPattern("^[a-z]{2}$", "ab")).toBe(true);
    expect(matchesPattern("^(?:(ab|c)+)$", "abcab")).toBe(true);
    expect(matchesPattern("^(?:(ab|c)+)$", 'ab"\\\u2028')).toBe(false);
    expect(matchesPattern("^.$", "\n", "s")).toBe(true);
    expect(() => matchesPattern("(", "x")).toThrow(SyntaxError);
    expect(() => matchesPattern("(a+)+(", "x")).toThrow(SyntaxError);
  });

  it.each(["(a+)+b", "^(([a-z])+.)+[A-Z]([a-z])+$", "a*a*a*a*a*a*a*a*a*a*b", "(a|aa)+b", "(?=(a*)*b)"])(
    "gives up what %s would take ages over",
    (pattern) => {
      const started = performance.now();
      expect(matchesPattern(pattern, "a".repeat(4000))).toBe(false);
      expect(performance.now() - started).toBeLessThan(5000);
    },
  );

  it("takes no time over what is plain", () => {
    // A quantifier of a long text, in a pattern that is tested as it is.
    expect(matchesPattern("^a*b*$", "a".repeat(100_000))).toBe(true);
  });
});
