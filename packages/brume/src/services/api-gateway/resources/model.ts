/** AWS::ApiGateway::Model */
import { defineResource } from "../../../kernel/resource.js";
import { mappedResource } from "./mapped.js";

const provider = mappedResource({
  create: "CreateModel",
  read: "GetModel",
  update: "UpdateModel",
  delete: "DeleteModel",
  keys: { RestApiId: { input: "restApiId" }, Name: { input: "modelName", create: "name", output: "name" } },
  properties: {
    ContentType: { member: "contentType" },
    Description: { member: "description", patch: "/description" },
    Schema: { member: "schema", kind: "json", patch: "/schema" },
  },
});

export default defineResource({
  ...provider,
  create(desired, ctx) {
    // A model's name is letters and digits only.
    const Name = (desired.Name as string | undefined) ?? ctx.physicalName({ maxLength: 100, alphanumeric: true });
    return provider.create({ ContentType: "application/json", ...desired, Name }, ctx);
  },
});
