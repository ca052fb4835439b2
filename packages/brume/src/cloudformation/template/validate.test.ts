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
});
