import { describe, expect, it } from "vitest";
import { addNumbers, canonicalNumber, compareNumbers, sortableNumber } from "./decimal.js";

describe("canonicalNumber", () => {
  it("writes numbers as DynamoDB does", () => {
    const cases: Record<string, string> = {
      "0": "0",
      "-0": "0",
      "+1.50": "1.5",
      "1e3": "1000",
      "-1.2E-3": "-0.0012",
      ".5": "0.5",
      "5.": "5",
      "1E125": `1${"0".repeat(125)}`,
      "00100": "100",
    };
    for (const [text, canonical] of Object.entries(cases)) expect(canonicalNumber(text)).toBe(canonical);
    for (const text of ["", ".", "1x", "e5", "--1", "NaN", "Infinity", "0x10"]) {
      expect(() => canonicalNumber(text)).toThrow("cannot be converted to a numeric value");
    }
  });
});

describe("sortableNumber", () => {
  it("sorts as the numbers do", () => {
    const sorted = ["-1e125", "-100", "-12", "-1.5", "-1", "-0.1", "-1e-130", "0", "1e-130", "0.1", "0.12", "1"];
    const more = ["1.000000000000000000000000000000000001", "9.9", "10", "11", "1e125"];
    const all = [...sorted, ...more].map(canonicalNumber);
    expect([...all].map(sortableNumber).sort()).toEqual(all.map(sortableNumber));
    for (let i = 1; i < all.length; i++) expect(compareNumbers(all[i - 1] as string, all[i] as string)).toBeLessThan(0);
  });
});

describe("addNumbers", () => {
  it("is exact", () => {
    expect(addNumbers("0.1", "0.2")).toBe("0.3");
    expect(addNumbers("99999999999999999999999999999999999999", "-1")).toBe("99999999999999999999999999999999999998");
    expect(addNumbers("1", "1", true)).toBe("0");
    expect(addNumbers("-5", "7.25", true)).toBe("-12.25");
    expect(() => addNumbers("1e37", "0.01")).toThrow("Attempting to store more than 38 significant digits");
  });
});
