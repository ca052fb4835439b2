/** Values of parameters, against their definitions. */
import { describe, expect, it } from "vitest";
import { resolveParameters } from "./parameters.js";

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
