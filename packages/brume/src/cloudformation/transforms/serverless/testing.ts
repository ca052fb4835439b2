/** Expands small documents for tests. */
import { isAwsError } from "../../../kernel/errors.js";
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { expandServerless } from "./index.js";
import { mapOf } from "./plain.js";

export const SCOPE = { region: "eu-west-1", account: "111122223333", partition: "aws", parameters: {} };

/** What every function needs. */
export const FUNCTION = { Runtime: "nodejs22.x", Handler: "index.handler", InlineCode: "exports.handler = 0;" };

/** A function with more properties. */
export function fn(properties: JsonObject = {}, attributes: JsonObject = {}): JsonObject {
  return { Type: "AWS::Serverless::Function", Properties: { ...FUNCTION, ...properties }, ...attributes };
}

/** The resources that a document's resources become. */
export function expand(resources: JsonObject, sections: JsonObject = {}): Record<string, JsonObject> {
  const document = { Transform: "AWS::Serverless-2016-10-31", ...sections, Resources: resources };
  const expanded = expandServerless(document, SCOPE);
  return expanded.Resources as Record<string, JsonObject>;
}

/** The properties of one of them. */
export function propertiesOf(resources: Record<string, JsonObject>, id: string): JsonObject {
  return mapOf(resources[id]?.Properties);
}

/** The ids and types of what a document's resources become. */
export function typesOf(resources: Record<string, JsonObject>): Record<string, Json> {
  return Object.fromEntries(Object.entries(resources).map(([id, { Type }]) => [id, Type as Json]));
}

/** Why a document is refused. */
export function refusalOf(resources: JsonObject, sections: JsonObject = {}): string {
  try {
    expand(resources, sections);
  } catch (error) {
    if (isAwsError(error, "ValidationError")) return error.message;
    throw error;
  }
  return "";
}
