/** AWS::ApiGatewayV2::Route */
import { boolean, list, map, mappedResource, text } from "./mapped.js";

export default mappedResource({
  noun: "Route",
  keys: ["ApiId", "RouteId"],
  properties: {
    ApiKeyRequired: boolean,
    AuthorizationScopes: list,
    AuthorizationType: { kind: "text", standard: "NONE" },
    AuthorizerId: text,
    ModelSelectionExpression: text,
    OperationName: text,
    RequestModels: map,
    RequestParameters: map,
    RouteKey: text,
    RouteResponseSelectionExpression: text,
    Target: text,
  },
});
