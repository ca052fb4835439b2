import { describe, expect, it } from "vitest";
import type { ResourceChange } from "./deploy.js";
import { iamChanges } from "./iam-changes.js";
import { valueDifferences } from "./value-differences.js";

describe("the differences of two values", () => {
  it.each([
    ["a", "a", []],
    ["1", "2", [{ path: "", before: "1", after: "2" }]],
    [undefined, "2", [{ path: "", after: "2" }]],
    ["1", undefined, [{ path: "", before: "1" }]],
    [
      '{"a":{"b":[1,2]},"c":1}',
      '{"a":{"b":[1,3,4]},"c":1}',
      [
        { path: ".a.b[1]", before: 2, after: 3 },
        { path: ".a.b[2]", after: 4 },
      ],
    ],
    ['{"a":1}', '["a"]', [{ path: "", before: { a: 1 }, after: ["a"] }]],
    ["[not json", "[nor this", [{ path: "", before: "[not json", after: "[nor this" }]],
  ])("of %s and %s", (before, after, expected) => {
    expect(valueDifferences(before, after)).toEqual(expected);
  });
});

describe("changes of permissions", () => {
  const change = (ResourceType: string, before?: object, after?: object): ResourceChange & { path: string } => ({
    Action: before ? (after ? "Modify" : "Remove") : "Add",
    LogicalResourceId: "X",
    ResourceType,
    path: "App/X",
    ...(before && { BeforeContext: JSON.stringify({ Properties: before }) }),
    ...(after && { AfterContext: JSON.stringify({ Properties: after }) }),
  });
  const document = (...Statement: object[]) => ({ PolicyDocument: { Version: "2012-10-17", Statement } });
  const read = { Effect: "Allow", Action: ["s3:GetObject"], Resource: "arn:b/*" };
  const write = {
    Effect: "Deny",
    Action: "s3:PutObject",
    NotResource: ["arn:b/*"],
    Condition: { Bool: { x: "true" } },
  };

  it("are the statements that come and go", () => {
    expect(iamChanges([change("AWS::IAM::Policy", document(read), document(write))])).toEqual([
      { sign: "-", of: "App/X", text: "Allow s3:GetObject on arn:b/*" },
      { sign: "+", of: "App/X", text: 'Deny s3:PutObject on all but arn:b/* if {"Bool":{"x":"true"}}' },
    ]);
    expect(iamChanges([change("AWS::IAM::Policy", document(read), document(read, read))])).toEqual([]);
  });

  it("are managed policies, trust and invocation, too", () => {
    const trust = { Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: ["a", "b"] } } };
    const role = { AssumeRolePolicyDocument: trust, ManagedPolicyArns: ["arn:aws:iam::aws:policy/X"] };
    expect(
      iamChanges([change("AWS::IAM::Role", undefined, role)])
        .map(({ text }) => text)
        .sort(),
    ).toEqual(["Allow sts:AssumeRole for Service a, b", "managed policy arn:aws:iam::aws:policy/X"]);
    const permission = {
      Action: "lambda:InvokeFunction",
      FunctionName: "f",
      Principal: "s3.amazonaws.com",
      SourceArn: "arn:b",
    };
    expect(iamChanges([change("AWS::Lambda::Permission", permission)])).toEqual([
      { sign: "-", of: "App/X", text: "Allow lambda:InvokeFunction on f for s3.amazonaws.com if from arn:b" },
    ]);
  });
});
