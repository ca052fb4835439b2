/** AWS::ApiGatewayV2::Authorizer */
import { boolean, list, mappedResource, number, object, text } from "./mapped.js";

export default mappedResource({
  noun: "Authorizer",
  keys: ["ApiId", "AuthorizerId"],
  properties: {
    AuthorizerCredentialsArn: text,
    AuthorizerPayloadFormatVersion: text,
    AuthorizerResultTtlInSeconds: number(0),
    AuthorizerType: text,
    AuthorizerUri: text,
    EnableSimpleResponses: boolean,
    IdentitySource: list,
    IdentityValidationExpression: text,
    JwtConfiguration: object,
    Name: text,
  },
});
