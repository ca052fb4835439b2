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

  it("reads dates as texts and merges nothing, whatever version of YAML the text declares", () => {
    const text = "%YAML 1.1\n---\nAWSTemplateFormatVersion: 2010-09-09\nMetadata: {a: &a {b: 1}, c: {<<: *a}}\n";
    expect(readDocument(text)).toEqual({
      AWSTemplateFormatVersion: "2010-09-09",
      Metadata: { a: { b: 1 }, c: { "<<": { b: 1 } } },
    });
  });
});
