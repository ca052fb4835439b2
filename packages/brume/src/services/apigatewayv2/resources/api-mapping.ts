/** AWS::ApiGatewayV2::ApiMapping */
import { mappedResource, text } from "./mapped.js";

export default mappedResource({
  noun: "ApiMapping",
  keys: ["DomainName", "ApiMappingId"],
  properties: { ApiId: text, ApiMappingKey: text, Stage: text },
});
