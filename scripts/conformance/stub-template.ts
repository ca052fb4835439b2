/** A template in the place of a nested one that nobody has: it takes what it is given, and has the outputs that are read. */
import { isObject, type JsonObject } from "../../packages/brume/src/cloudformation/template/template.js";
import type { Account } from "./account.js";
import { attributesRead, resourcesOf } from "./references.js";
import { sampleValue } from "./sample-values.js";
import { nodeModule, stubData } from "./stub-code.js";

/** The stub for a nested stack of a template. */
export function stubTemplate({ place }: Account, parent: JsonObject, id: string, resource: JsonObject): JsonObject {
  const properties = isObject(resource.Properties) ? resource.Properties : {};
  const given = isObject(properties.Parameters) ? Object.keys(properties.Parameters) : [];
  const read = [...(attributesRead(parent).get(id) ?? [])].flatMap((name) => /^Outputs\.(.+)$/.exec(name)?.[1] ?? []);
  const tokens = serviceTokens(parent, id);
  const handler = { Handler: handlerOf(nodeModule(["handler"], stubData(parent, place))), Role: ROLE };
  return {
    Parameters: Object.fromEntries(given.map((name) => [name, { Type: "String" }])),
    Resources: { Sample: { Type: "AWS::SNS::Topic" }, ...(tokens.size > 0 ? handler : {}) },
    Outputs: Object.fromEntries(
      read.map((name) => {
        const value = tokens.has(name) ? { "Fn::GetAtt": ["Handler", "Arn"] } : sampleValue(name, place);
        return [name, { Value: value }];
      }),
    ),
  };
}

/** The outputs of a nested stack that custom resources of its parent are made by. */
function serviceTokens(parent: JsonObject, id: string): Set<string> {
  const tokens = resourcesOf(parent).flatMap(([, { Properties }]) => {
    const token =
      isObject(Properties) && isObject(Properties.ServiceToken) ? Properties.ServiceToken["Fn::GetAtt"] : [];
    const [name, attribute] = [token ?? []].flat();
    return name === id ? [String(attribute).replace(/^Outputs\./, "")] : [];
  });
  return new Set(tokens);
}

const ROLE: JsonObject = {
  Type: "AWS::IAM::Role",
  Properties: { AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] } },
};

const handlerOf = (code: string): JsonObject => ({
  Type: "AWS::Lambda::Function",
  Properties: {
    Runtime: "nodejs22.x",
    Handler: "index.handler",
    Role: { "Fn::GetAtt": ["Role", "Arn"] },
    Code: { ZipFile: code },
  },
});
