/** Values of parameters, against their definitions. */
import { describe, expect, it } from "vitest";
import { resolveParameters } from "./parameters.js";
import type { ParameterDefinition } from "./template.js";

const resolve = (AllowedPattern: string, ParameterValue: string) =>
  resolveParameters(
    { parameters: { P: { Type: "String", AllowedPattern } } },
    [{ ParameterKey: "P", ParameterValue }],
    [],
    async () => "",
  );

describe("AllowedPattern", () => {
  it("is a regular expression of Java", async () => {
    const pattern = "^(?=(.*\\p{Print}){4,})(?!.*[ ,:=])[\\p{Print}]{12,}$";
    expect(await resolve(pattern, "Sample-1234-Password")).toMatchObject([{ value: "Sample-1234-Password" }]);
    await expect(resolve(pattern, "has: a colon and spaces")).rejects.toThrow("Parameter 'P' must match pattern");
    await expect(resolve("\\p{Alpha}+", "a1")).rejects.toThrow("must match");
    expect(await resolve("[\\p{Lower}\\p{Digit}_]+", "a_1")).toHaveLength(1);
  });
});

describe("a definition", () => {
  it.each([
    [{ Type: "String", Default: { a: 1 } }, "Every Default member must be a string."],
    [{ Type: "String", AllowedPattern: ["a"] }, "Every AllowedPattern member must be a string."],
    [{ Type: "String", AllowedValues: [{}] }, "[/Parameters/P/AllowedValues] must be a list of strings."],
    [{ Type: {} }, "[/Parameters/P/Type] must be a string."],
    [{}, "Every Parameters object must contain a Type member."],
  ])("is refused where its members are none: %j", async (P, message) => {
    const parameters = { P: P as unknown as ParameterDefinition };
    await expect(resolveParameters({ parameters }, [], [], async () => "")).rejects.toThrow(message);
  });
});
