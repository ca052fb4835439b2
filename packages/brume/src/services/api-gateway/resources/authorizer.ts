/** AWS::ApiGateway::Authorizer */
import { mappedResource } from "./mapped.js";

export default mappedResource({
  create: "CreateAuthorizer",
  read: "GetAuthorizer",
  update: "UpdateAuthorizer",
  delete: "DeleteAuthorizer",
  keys: { RestApiId: { input: "restApiId" }, AuthorizerId: { input: "authorizerId", output: "id" } },
  properties: {
    AuthType: { member: "authType", patch: "/authType" },
    AuthorizerCredentials: { member: "authorizerCredentials", patch: "/authorizerCredentials" },
    AuthorizerResultTtlInSeconds: {
      member: "authorizerResultTtlInSeconds",
      kind: "number",
      patch: "/authorizerResultTtlInSeconds",
    },
    AuthorizerUri: { member: "authorizerUri", patch: "/authorizerUri" },
    IdentitySource: { member: "identitySource", patch: "/identitySource" },
    IdentityValidationExpression: {
      member: "identityValidationExpression",
      patch: "/identityValidationExpression",
    },
    Name: { member: "name", patch: "/name" },
    ProviderARNs: { member: "providerARNs", kind: "list", patch: "/providerARNs" },
    Type: { member: "type", patch: "/type" },
  },
});
