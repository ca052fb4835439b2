/** AWS::ApiGateway::DocumentationVersion */
import { mappedResource } from "./mapped.js";

export default mappedResource({
  create: "CreateDocumentationVersion",
  read: "GetDocumentationVersion",
  update: "UpdateDocumentationVersion",
  delete: "DeleteDocumentationVersion",
  keys: {
    RestApiId: { input: "restApiId" },
    DocumentationVersion: { input: "documentationVersion", output: "version" },
  },
  properties: { Description: { member: "description", patch: "/description" } },
});
