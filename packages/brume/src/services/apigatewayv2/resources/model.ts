/** AWS::ApiGatewayV2::Model */
import { json, mappedResource, text } from "./mapped.js";

export default mappedResource({
  noun: "Model",
  keys: ["ApiId", "ModelId"],
  properties: {
    ContentType: { kind: "text", standard: "application/json" },
    Description: text,
    Name: text,
    Schema: json,
  },
});
