/** AWS::ApiGatewayV2::IntegrationResponse */
import { map, mappedResource, text } from "./mapped.js";

export default mappedResource({
  noun: "IntegrationResponse",
  keys: ["ApiId", "IntegrationId", "IntegrationResponseId"],
  properties: {
    ContentHandlingStrategy: text,
    IntegrationResponseKey: text,
    ResponseParameters: map,
    ResponseTemplates: map,
    TemplateSelectionExpression: text,
  },
});
