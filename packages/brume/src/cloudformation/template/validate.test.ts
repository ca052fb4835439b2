/** Templates that are refused before anything is made. */
import { describe, expect, it } from "vitest";
import { Spec } from "../schema/spec.js";
import { parseTemplate } from "./parse.js";
import { validateTemplate } from "./validate.js";

const spec = new Spec();
const validate = (template: object) => validateTemplate(parseTemplate(JSON.stringify(template)), spec);

describe("validateTemplate", () => {
  it("refuses what only the serverless transform understands, where the template has none", () => {
    const Resources = { F: { Type: "AWS::Serverless::Function", Properties: { Handler: "index.handler" } } };
    expect(() => validate({ Resources })).toThrow("Unrecognized resource types: [AWS::Serverless::Function]");
    const plain = { Q: { Type: "AWS::SQS::Queue" } };
    expect(() => validate({ Globals: {}, Resources: plain })).toThrow(
      "Invalid template property or properties [Globals]",
    );
    expect(() => validate({ Resources: plain })).not.toThrow();
  });

  it("knows names that every object of JavaScript has only where the template has them", () => {
    const ref = (name: string) => ({ Q: { Type: "AWS::SQS::Queue", Properties: { QueueName: { Ref: name } } } });
    for (const name of ["constructor", "toString", "hasOwnProperty", "__proto__"])
      expect(() => validate({ Resources: ref(name) })).toThrow(`Unresolved resource dependencies [${name}]`);
    expect(() =>
      validate({ Parameters: { constructor: { Type: "String" } }, Resources: ref("constructor") }),
    ).not.toThrow();
  });

  it.each([
    ["Condition", { Value: "v", Condition: {} }, "[/Outputs/O/Condition] must be a string"],
    ["Description", { Value: "v", Description: [] }, "[/Outputs/O/Description] must be a string"],
    ["Export", { Value: "v", Export: "name" }, "[/Outputs/O/Export] must be an object with a Name"],
    ["Value", { Value: { a: null } }, "[/Outputs/O/Value/a] 'null' values are not allowed in templates"],
  ])("refuses an output whose %s is none", (_, O, message) => {
    expect(() => validate({ Resources: { Q: { Type: "AWS::SQS::Queue" } }, Outputs: { O } })).toThrow(message);
  });
});
