/** AWS::ApiGateway::RequestValidator */
import { mappedResource } from "./mapped.js";

export default mappedResource({
  create: "CreateRequestValidator",
  read: "GetRequestValidator",
  update: "UpdateRequestValidator",
  delete: "DeleteRequestValidator",
  keys: { RestApiId: { input: "restApiId" }, RequestValidatorId: { input: "requestValidatorId", output: "id" } },
  properties: {
    Name: { member: "name" },
    ValidateRequestBody: { member: "validateRequestBody", kind: "boolean", patch: "/validateRequestBody" },
    ValidateRequestParameters: {
      member: "validateRequestParameters",
      kind: "boolean",
      patch: "/validateRequestParameters",
    },
  },
});
