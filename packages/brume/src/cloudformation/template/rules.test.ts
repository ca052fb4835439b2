import { describe, expect, it } from "vitest";
import type { Json } from "../../kernel/resource.js";
import { checkRules } from "./rules.js";

const definitions = {
  Stage: { Type: "String" },
  Size: { Type: "String" },
  Zones: { Type: "CommaDelimitedList" },
  Other: { Type: "CommaDelimitedList" },
};
const check = (rule: object, values: Record<string, string> = {}) => {
  const given = Object.entries({ Stage: "dev", Size: "small", Zones: "a,b", Other: "a", ...values });
  const parameters = given.map(([key, value]) => ({ key, value, noEcho: false }));
  checkRules({ R: rule } as unknown as Record<string, Json>, definitions, parameters);
};
const stage = (name: string) => ({ "Fn::Equals": [{ Ref: "Stage" }, name] });
const small = { "Fn::Contains": [["small", "tiny"], { Ref: "Size" }] };
const assert = (Assert: object, AssertDescription?: string) => ({ Assertions: [{ Assert, AssertDescription }] });

describe("a rule", () => {
  it.each([
    ["holds", assert(small), {}],
    ["is not looked at when its condition does not hold", { RuleCondition: stage("prod"), ...assert(stage("no")) }, {}],
    ["is looked at when it does", { RuleCondition: stage("prod"), ...assert(small) }, { Stage: "prod", Size: "tiny" }],
    ["may be composed", assert({ "Fn::And": [{ "Fn::Not": [stage("x")] }, { "Fn::Or": [stage("y"), small] }] }), {}],
    ["looks at the members of lists", assert({ "Fn::EachMemberIn": [{ Ref: "Zones" }, ["a", "b", "c"]] }), {}],
    ["compares the members of lists", assert({ "Fn::EachMemberEquals": [{ Ref: "Other" }, "a"] }), {}],
    [
      "looks at all parameters of a type",
      assert({ "Fn::EachMemberIn": [{ "Fn::RefAll": "CommaDelimitedList" }, ["a", "b"]] }),
      {},
    ],
    [
      "takes the CDK's version check",
      assert({ "Fn::Not": [{ "Fn::Contains": [["1", "2"], { Ref: "Size" }] }] }),
      { Size: "21" },
    ],
  ])("%s", (_, rule, values) => {
    expect(() => check(rule, values as Record<string, string>)).not.toThrow();
  });

  it.each([
    [assert(small, "Small ones only."), { Size: "large" }, /^Template error: Rule R failed: Small ones only\.$/],
    [assert({ "Fn::EachMemberEquals": [{ Ref: "Zones" }, "a"] }), {}, /Rule R failed$/],
    [{}, {}, /must have a list of Assertions/],
    [{ Assertions: [{}] }, {}, /must have an Assert member/],
    [assert({ "Fn::Not": [] }), {}, /Fn::Not in a rule takes one condition/],
    [assert({ "Fn::Contains": [["a"]] }), {}, /takes a list and a value/],
    [assert({ "Fn::Contains": [["a"], { Ref: "Nope" }] }), {}, /refers to Nope/],
    [assert({ "Fn::If": ["a", "b", "c"] }), {}, /Fn::If is no condition/],
    [assert({ "Fn::Equals": [{ "Fn::ValueOf": ["Vpc", "Tags.x"] }, "y"] }), {}, /does not look up/],
  ])("refuses %j with %j", (rule, values, message) => {
    expect(() => check(rule, values as Record<string, string>)).toThrow(message);
  });
});
