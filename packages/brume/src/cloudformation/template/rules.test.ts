import { describe, expect, it } from "vitest";
import type { Json, Properties } from "../../kernel/resource.js";
import { checkRules } from "./rules.js";

const definitions = {
  Stage: { Type: "String" },
  Size: { Type: "String" },
  Zones: { Type: "CommaDelimitedList" },
  Other: { Type: "CommaDelimitedList" },
  Vpc: { Type: "AWS::EC2::VPC::Id" },
  Subnets: { Type: "List<AWS::EC2::Subnet::Id>" },
};
const found = new Map<string, Properties>([
  ["vpc-1", { DefaultSecurityGroup: "sg-1", Tags: [{ Key: "a.b", Value: "tagged" }] }],
  ["subnet-1", { VpcId: "vpc-1", AvailabilityZone: "us-east-1a" }],
  ["subnet-2", { VpcId: "vpc-1", AvailabilityZone: "us-east-1b" }],
]);
const NETWORK = { Vpc: "vpc-1", Subnets: "subnet-1,subnet-2" };
const check = (rule: object, values: Record<string, string> = {}) => {
  const given = Object.entries({ Stage: "dev", Size: "small", Zones: "a,b", Other: "a", ...NETWORK, ...values });
  const parameters = given.map(([key, value]) => ({ key, value, noEcho: false }));
  checkRules({ R: rule } as unknown as Record<string, Json>, definitions, parameters, found);
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
      "asks what the resources of a parameter have",
      assert({ "Fn::EachMemberEquals": [{ "Fn::ValueOf": ["Subnets", "VpcId"] }, { Ref: "Vpc" }] }),
      {},
    ],
    ["asks for tags", assert({ "Fn::Equals": [{ "Fn::ValueOf": ["Vpc", "Tags.a.b"] }, "tagged"] }), {}],
    ["finds no tag", assert({ "Fn::Equals": [{ "Fn::ValueOf": ["Vpc", "Tags.c"] }, ""] }), {}],
    [
      "asks what all resources of a type have",
      assert({
        "Fn::EachMemberIn": [{ "Fn::ValueOfAll": ["AWS::EC2::VPC::Id", "DefaultSecurityGroup"] }, ["sg-1", "sg-2"]],
      }),
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
    [assert({ "Fn::Equals": [{ "Fn::ValueOf": ["Nope", "VpcId"] }, "y"] }), {}, /refers to Nope/],
    [assert({ "Fn::Equals": [{ "Fn::ValueOf": ["Vpc", "VpcId"] }, "y"] }), {}, /cannot tell VpcId of Vpc/],
    [assert({ "Fn::Equals": [{ "Fn::ValueOf": ["Vpc"] }, "y"] }), {}, /takes a parameter and an attribute/],
    [
      assert({ "Fn::EachMemberEquals": [{ "Fn::ValueOf": ["Subnets", "AvailabilityZone"] }, "us-east-1a"] }),
      {},
      /Rule R failed$/,
    ],
  ])("refuses %j with %j", (rule, values, message) => {
    expect(() => check(rule, values as Record<string, string>)).toThrow(message);
  });
});
