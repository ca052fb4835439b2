/** AWS::ApiGateway::Resource */
import { mappedResource } from "./mapped.js";

export default mappedResource({
  create: "CreateResource",
  read: "GetResource",
  update: "UpdateResource",
  delete: "DeleteResource",
  keys: { RestApiId: { input: "restApiId" }, ResourceId: { input: "resourceId", output: "id" } },
  properties: {
    ParentId: { member: "parentId", patch: "/parentId" },
    PathPart: { member: "pathPart", patch: "/pathPart" },
  },
});
