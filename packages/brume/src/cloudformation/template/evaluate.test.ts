import { describe, expect, it } from "vitest";
import type { Json } from "../../kernel/resource.js";
import { Evaluator, Unknown } from "./evaluate.js";
import { parameterValue, resolveParameters } from "./parameters.js";
import { lineOf, parseTemplate } from "./parse.js";
import type { JsonObject } from "./template.js";

const resources: Record<string, Record<string, Json>> = { Q: { Arn: "arn:q", Nested: { Name: "n" } } };

async function evaluator(document: JsonObject = {}, given: Record<string, string> = {}): Promise<Evaluator> {
  const template = parseTemplate(
    JSON.stringify({ Resources: { Q: { Type: "AWS::SQS::Queue" }, New: { Type: "AWS::SQS::Queue" } }, ...document }),
  );
  const parameters = await resolveParameters(
    template,
    Object.entries(given).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
    [],
    async (name) => `value of ${name}`,
  );
  return new Evaluator({
    template,
    parameters,
    scope: {
      account: "111122223333",
      region: "eu-west-1",
      partition: "aws",
      urlSuffix: "amazonaws.com",
      stackId: "arn:stack",
      stackName: "s",
      notificationArns: ["arn:n"],
    },
    ref: (id) => (id === "New" ? new Unknown([{ resource: id }]) : id === "Q" ? "q-id" : undefined),
    attribute: (id, attribute) =>
      id === "New" ? new Unknown([{ resource: id, attribute }]) : resources[id]?.[attribute],
    importValue: (name) => `imported ${name}`,
    availabilityZones: (region) => [`${region}a`, `${region}b`],
    localUrl: (url) => url,
  });
}

describe("functions", () => {
  it.each<[string, Json, unknown]>([
    ["Ref of a resource", { Ref: "Q" }, "q-id"],
    ["Ref of a pseudo parameter", { Ref: "AWS::Partition" }, "aws"],
    ["Fn::GetAtt", { "Fn::GetAtt": ["Q", "Arn"] }, "arn:q"],
    ["Fn::GetAtt with a dot", { "Fn::GetAtt": "Q.Arn" }, "arn:q"],
    ["Fn::Join", { "Fn::Join": ["-", ["a", { Ref: "AWS::Region" }, 1]] }, "a-eu-west-1-1"],
    ["Fn::Sub", { "Fn::Sub": "${Q}/${Q.Arn}/${AWS::AccountId}/${!literal}" }, "q-id/arn:q/111122223333/${literal}"],
    ["Fn::Sub with variables", { "Fn::Sub": ["${x} ${Q}", { x: { "Fn::Join": ["", ["a", "b"]] } }] }, "ab q-id"],
    ["Fn::Split and Fn::Select", { "Fn::Select": [1, { "Fn::Split": [",", "a,b,c"] }] }, "b"],
    ["Fn::Select with a text index", { "Fn::Select": ["0", ["x"]] }, "x"],
    ["Fn::FindInMap", { "Fn::FindInMap": ["M", { Ref: "AWS::Region" }, "k"] }, ["v"]],
    ["Fn::FindInMap with a default", { "Fn::FindInMap": ["M", "none", "k", { DefaultValue: "d" }] }, "d"],
    ["Fn::Base64", { "Fn::Base64": "hello" }, "aGVsbG8="],
    ["Fn::Cidr", { "Fn::Cidr": ["10.0.0.0/16", 3, 8] }, ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]],
    ["Fn::Cidr of IPv6", { "Fn::Select": [1, { "Fn::Cidr": ["2001:db8::/56", 2, 64] }] }, "2001:db8:0:1::/64"],
    ["Fn::GetAZs", { "Fn::GetAZs": "" }, ["eu-west-1a", "eu-west-1b"]],
    ["Fn::ImportValue", { "Fn::ImportValue": { "Fn::Sub": "${AWS::StackName}-x" } }, "imported s-x"],
    ["Fn::If", { "Fn::If": ["IsIreland", "yes", "no"] }, "yes"],
    ["Fn::Length", { "Fn::Length": [1, 2, 3] }, 3],
    ["Fn::ToJsonString", { "Fn::ToJsonString": { a: [{ Ref: "Q" }] } }, '{"a":["q-id"]}'],
    ["AWS::NoValue in a map", { a: 1, b: { Ref: "AWS::NoValue" } }, { a: 1 }],
    ["AWS::NoValue in a list", [{ "Fn::If": ["Never", 1, { Ref: "AWS::NoValue" }] }, 2], [2]],
  ])("%s", async (_name, expression, expected) => {
    const conditions: JsonObject = {
      IsIreland: {
        "Fn::And": [{ "Fn::Equals": [{ Ref: "AWS::Region" }, "eu-west-1"] }, { "Fn::Not": [{ Condition: "Never" }] }],
      },
      Never: { "Fn::Or": [{ "Fn::Equals": ["a", "b"] }, { "Fn::Equals": [1, 2] }] },
    };
    const made = await evaluator({ Mappings: { M: { "eu-west-1": { k: ["v"] } } }, Conditions: conditions });
    expect(made.evaluate(expression)).toEqual(expected);
  });

  it.each<[string, Json, string]>([
    ["a map key that is not there", { "Fn::FindInMap": ["M", "a", "b"] }, "Unable to get mapping for M::a::b"],
    ["an index beyond the list", { "Fn::Select": [5, ["a"]] }, "Fn::Select cannot select nonexistent value at index 5"],
    [
      "a list where text is expected",
      { "Fn::Join": ["", [["a"]]] },
      "a string is expected where a list or map was given",
    ],
    [
      "an attribute that is not there",
      { "Fn::GetAtt": ["Q", "Nope"] },
      "resource Q does not support attribute type Nope",
    ],
    ["too many blocks", { "Fn::Cidr": ["10.0.0.0/24", 17, 4] }, "cannot generate 17 blocks"],
  ])("refuses %s", async (_name, expression, message) => {
    const made = await evaluator();
    expect(() => made.evaluate(expression)).toThrow(message);
  });

  it("tells what an unknown value is waiting for", async () => {
    const made = await evaluator();
    const value = made.evaluate({ a: { "Fn::Sub": "${New.Arn}" }, b: "known" });
    expect(value).toBeInstanceOf(Unknown);
    expect((value as Unknown).causes).toEqual([{ resource: "New", attribute: "Arn" }]);
  });

  it("notices conditions that depend on themselves", async () => {
    const made = await evaluator({
      Conditions: { A: { "Fn::Not": [{ Condition: "B" }] }, B: { "Fn::Not": [{ Condition: "A" }] } },
    });
    expect(() => made.condition("A")).toThrow("Circular dependency in conditions");
  });
});

describe("parameters", () => {
  const resolve = async (definition: JsonObject, value?: string) => {
    const template = parseTemplate(
      JSON.stringify({ Parameters: { P: definition }, Resources: { Q: { Type: "AWS::SQS::Queue" } } }),
    );
    const given = value === undefined ? [] : [{ ParameterKey: "P", ParameterValue: value }];
    const [parameter] = await resolveParameters(template, given, [], async (name) => `value of ${name}`);
    return parameterValue(template.parameters.P as never, parameter as never);
  };

  it.each<[string, JsonObject, string | undefined, Json]>([
    ["text", { Type: "String" }, "x", "x"],
    ["its default", { Type: "Number", Default: 5 }, undefined, "5"],
    ["a list", { Type: "CommaDelimitedList" }, "a, b", ["a", "b"]],
    ["a list of numbers", { Type: "List<Number>" }, "1,2", ["1", "2"]],
    ["an SSM parameter", { Type: "AWS::SSM::Parameter::Value<String>" }, "/p", "value of /p"],
    ["a list from an SSM parameter", { Type: "AWS::SSM::Parameter::Value<List<String>>" }, "/p", ["value of /p"]],
  ])("gives %s", async (_name, definition, value, expected) => {
    expect(await resolve(definition, value)).toEqual(expected);
  });

  it.each<[string, JsonObject, string | undefined, string]>([
    ["a missing value", { Type: "String" }, undefined, "Parameters: [P] must have values"],
    ["what is no number", { Type: "Number" }, "x", "Parameter 'P' must be a number."],
    [
      "a number that is too small",
      { Type: "Number", MinValue: 2 },
      "1",
      "Parameter 'P' must be a number not less than 2",
    ],
    [
      "text that is too long",
      { Type: "String", MaxLength: 2 },
      "abc",
      "Parameter 'P' must contain at most 2 characters",
    ],
    [
      "text of another form",
      { Type: "String", AllowedPattern: "[a-z]+" },
      "A",
      "Parameter 'P' must match pattern [a-z]+",
    ],
    [
      "text of another form, in its author's words",
      { Type: "String", AllowedPattern: "[a-z]+", ConstraintDescription: "lower case" },
      "A",
      "Parameter P failed to satisfy constraint: lower case",
    ],
  ])("refuses %s", async (_name, definition, value, message) => {
    await expect(resolve(definition, value)).rejects.toThrow(message);
  });
});

describe("parseTemplate", () => {
  it("reads YAML's short forms as the functions that they stand for", () => {
    const { resources: parsed } = parseTemplate(`
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "\${AWS::StackName}-q"
      Tags: !If [A, [{Key: k, Value: !GetAtt Other.Arn}], !Ref AWS::NoValue]
      RedrivePolicy: {deadLetterTargetArn: !Join ["", [!Ref Other, !Select [0, !Split [",", "a,b"]]]]}
  Other: {Type: AWS::SQS::Queue}
`);
    expect(parsed.Q?.Properties).toEqual({
      QueueName: { "Fn::Sub": "${AWS::StackName}-q" },
      Tags: { "Fn::If": ["A", [{ Key: "k", Value: { "Fn::GetAtt": ["Other", "Arn"] } }], { Ref: "AWS::NoValue" }] },
      RedrivePolicy: {
        deadLetterTargetArn: {
          "Fn::Join": ["", [{ Ref: "Other" }, { "Fn::Select": [0, { "Fn::Split": [",", "a,b"] }] }]],
        },
      },
    });
  });

  it("does not expand aliases without bound", () => {
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ...Array.from(
        { length: 9 },
        (_, i) => `${"bcdefghij"[i]}: &${"bcdefghij"[i]} [${`*${"abcdefghi"[i]},`.repeat(9)}]`,
      ),
    ].join("\n");
    expect(() => parseTemplate(`Metadata:\n${bomb.replace(/^/gm, "  ")}\nResources: {}`)).toThrow(
      "YAML not well-formed",
    );
  });

  it("finds the line of a part", () => {
    const yaml = "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: x\n";
    expect(lineOf(yaml, ["Resources", "Q", "Properties", "QueueName"])).toBe(5);
    expect(lineOf(JSON.stringify({ Resources: { Q: { Type: "T" } } }, null, 2), ["Resources", "Q", "Type"])).toBe(4);
  });
});

describe("names that every object of JavaScript has", () => {
  it("are keys like any others, and nothing where nobody wrote them", async () => {
    const one = await evaluator({ Mappings: { M: { a: { b: "c" } } } });
    const find =
      (...names: string[]) =>
      () =>
        one.evaluate({ "Fn::FindInMap": names });
    for (const names of [
      ["constructor", "name", "length"],
      ["M", "constructor", "name"],
      ["M", "a", "constructor"],
    ])
      expect(find(...names)).toThrow(`Unable to get mapping for ${names.join("::")}`);
    expect(() => one.condition("constructor")).toThrow("condition constructor is not defined");
    const made = one.evaluate(JSON.parse('{"__proto__":{"Ref":"Q"},"b":1}') as Json);
    expect(JSON.stringify(made)).toBe('{"__proto__":"q-id","b":1}');
  });
});

describe("conditions", () => {
  it("may not depend on themselves, neither by name nor in a function of a value", async () => {
    const itself = { "Fn::Equals": ["a", { "Fn::If": ["B", "a", "b"] }] };
    const one = await evaluator({ Conditions: { A: itself, B: { "Fn::Not": [{ Condition: "A" }] } } });
    expect(() => one.condition("A")).toThrow("Circular dependency in conditions [A, B]");
  });
});
