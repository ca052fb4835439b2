/** Templates as text. */
import { describe, expect, it } from "vitest";
import { readDocument } from "./parse.js";

describe("readDocument", () => {
  it("spells out the short forms of rules too", () => {
    const text = `
Rules:
  R:
    Assertions:
      - Assert: !EachMemberEquals [!ValueOf [Subnets, VpcId], !Ref Vpc]
      - Assert: !Contains [[a, b], !RefAll String]
`;
    expect(readDocument(text).Rules).toEqual({
      R: {
        Assertions: [
          { Assert: { "Fn::EachMemberEquals": [{ "Fn::ValueOf": ["Subnets", "VpcId"] }, { Ref: "Vpc" }] } },
          { Assert: { "Fn::Contains": [["a", "b"], { "Fn::RefAll": "String" }] } },
        ],
      },
    });
  });
});
