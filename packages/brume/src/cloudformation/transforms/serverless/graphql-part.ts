/** What all parts of a GraphQL API have in common. */
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { type Made, make, type Source } from "./expansion.js";
import { getAtt } from "./intrinsics.js";

/** Makes a resource that has all attributes of the API. */
export function makePart(
  { attributes, dependsOn }: Source,
  id: string,
  type: string,
  properties: Record<string, Json | undefined>,
): Made {
  return make(id, type, properties, attributes, dependsOn);
}

export function apiIdOf({ id }: Source): JsonObject {
  return getAtt(id, "ApiId");
}

/** A connector that no document has. */
export function connectorOf(id: string, permissions: Json): Source {
  const type = "AWS::Serverless::Connector";
  return { id, type, properties: { Permissions: permissions }, dependsOn: undefined, attributes: {}, shared: {} };
}
