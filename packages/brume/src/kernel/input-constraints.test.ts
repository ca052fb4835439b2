import { describe, expect, it } from "vitest";
import type { Context } from "./context.js";
import { constrained, type InputConstraints, type Refusal } from "./input-constraints.js";
import { operation } from "./service.js";

const MODEL: InputConstraints = {
  inputs: { Do: "DoRequest" },
  shapes: {
    DoRequest: {
      members: {
        "Name!": "Name",
        Count: "Count",
        Kind: "Kind",
        Secret: "Secret",
        Data: "Data",
        Names: "Names",
        Tags: "Tags",
        Labels: "Labels",
        Tree: "Tree",
      },
    },
    Name: { min: 2, max: 5, pattern: "[a-z]+|[0-9]+" },
    Count: { least: 1, most: 10 },
    Kind: { oneOf: ["Big", "Small"] },
    Secret: { min: 8, sensitive: true },
    Data: { max: 3 },
    Names: { of: "Name", min: 1, max: 2 },
    Tags: { of: "Tag" },
    Tag: { members: { "Key!": "Name" } },
    Labels: { keys: "Name", values: "Kind" },
    Tree: { members: { Left: "Tree", "Kind!": "Kind" } },
  },
};

const perform = (input: object, refusal: Refusal | string = "ValidationException", isWithin = false) => {
  const { Do } = constrained(MODEL, refusal, { Do: operation(() => "done", "*") });
  return Do.handler(input as never, { http: isWithin ? undefined : {} } as Context);
};
const refusalOf = (input: object, refusal?: Refusal | string) => {
  try {
    return perform({ Name: "abc", ...input }, refusal);
  } catch (error) {
    return (error as Error).message;
  }
};
const one = (value: string, member: string, rule: string) =>
  `1 validation error detected: Value ${value} at '${member}' failed to satisfy constraint: ${rule}`;

describe("constrained", () => {
  it("lets an input pass that is as the model says", () => {
    expect(refusalOf({ Count: 10, Names: ["ab", "12"], Tags: [{ Key: "ab" }], Labels: { ab: "Big" } })).toBe("done");
  });

  it.each([
    [{ Name: undefined }, one("null", "name", "Member must not be null")],
    [{ Name: "a" }, one("'a'", "name", "Member must have length greater than or equal to 2")],
    [{ Name: "abcdef" }, one("'abcdef'", "name", "Member must have length less than or equal to 5")],
    // The whole text has to match, not a part of one of the alternatives.
    [{ Name: "ab1" }, one("'ab1'", "name", "Member must satisfy regular expression pattern: [a-z]+|[0-9]+")],
    [{ Count: 0 }, one("'0'", "count", "Member must have value greater than or equal to 1")],
    [{ Count: 11 }, one("'11'", "count", "Member must have value less than or equal to 10")],
    [{ Kind: "Odd" }, one("'Odd'", "kind", "Member must satisfy enum value set: [Big, Small]")],
    [
      { Secret: "short" },
      "1 validation error detected: Value at 'secret' failed to satisfy constraint: Member must have length greater than or equal to 8",
    ],
    [
      { Data: new Uint8Array(4) },
      one("'java.nio.HeapByteBuffer[pos=0 lim=4 cap=4]'", "data", "Member must have length less than or equal to 3"),
    ],
    [{ Names: [] }, one("'[]'", "names", "Member must have length greater than or equal to 1")],
    [{ Names: ["ab", "cd", "ef"] }, one("'[ab, cd, ef]'", "names", "Member must have length less than or equal to 2")],
    [
      { Names: ["ab", "c"] },
      one(
        "'[ab, c]'",
        "names",
        "Member must satisfy constraint: [Member must have length less than or equal to 5, Member must have length greater than or equal to 2, Member must satisfy regular expression pattern: [a-z]+|[0-9]+, Member must not be null]",
      ),
    ],
    [{ Tags: [{ Key: "ab" }, {}] }, one("null", "tags.2.member.key", "Member must not be null")],
    [
      { Labels: { ab: "Odd" } },
      one(
        "'{ab=Odd}'",
        "labels",
        "Map value must satisfy constraint: [Member must satisfy enum value set: [Big, Small], Member must not be null]",
      ),
    ],
    [{ Tree: { Kind: "Big", Left: {} } }, one("null", "tree.left.kind", "Member must not be null")],
  ])("refuses %j", (input, message) => {
    expect(refusalOf(input)).toBe(message);
  });

  it("says everything that is wrong", () => {
    expect(refusalOf({ Name: "A", Count: 0 })).toBe(
      "3 validation errors detected: Value 'A' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+|[0-9]+; Value 'A' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2; Value '0' at 'count' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
  });

  it("leaves to a service what it looks at itself", () => {
    const code = "ValidationError";
    expect(refusalOf({ Kind: "Odd", Count: 0 }, { code, leaves: ["Kind", "DoRequest.Count"] })).toBe("done");
    expect(refusalOf({ Name: "A1" }, { code, leavesPatterns: true })).toBe("done");
  });

  it("takes empty lists for none, where they come from within the cloud", () => {
    expect(() => perform({ Name: "ab", Names: [] }, "ValidationException", true)).not.toThrow();
    expect(() => perform({ Name: "ab", Names: ["c"] }, "ValidationException", true)).toThrow();
  });
});
