/** AWS::ApiGatewayV2::RouteResponse */
import { map, mappedResource, text } from "./mapped.js";

export default mappedResource({
  noun: "RouteResponse",
  keys: ["ApiId", "RouteId", "RouteResponseId"],
  properties: {
    ModelSelectionExpression: text,
    ResponseModels: map,
    ResponseParameters: map,
    RouteResponseKey: text,
  },
});
