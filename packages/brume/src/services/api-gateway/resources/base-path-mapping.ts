/** AWS::ApiGateway::BasePathMapping */
import { mappedResource } from "./mapped.js";

export default mappedResource({
  create: "CreateBasePathMapping",
  read: "GetBasePathMapping",
  update: "UpdateBasePathMapping",
  delete: "DeleteBasePathMapping",
  keys: { DomainName: { input: "domainName" }, BasePath: { input: "basePath" } },
  properties: {
    RestApiId: { member: "restApiId", patch: "/restApiId" },
    Stage: { member: "stage", patch: "/stage" },
  },
});
