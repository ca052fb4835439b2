/** AWS::ApiGateway::DocumentationPart */
import { defineResource, type Json, type Properties } from "../../../kernel/resource.js";
import { mappedResource } from "./mapped.js";

const provider = mappedResource({
  create: "CreateDocumentationPart",
  read: "GetDocumentationPart",
  update: "UpdateDocumentationPart",
  delete: "DeleteDocumentationPart",
  keys: { RestApiId: { input: "restApiId" }, DocumentationPartId: { input: "documentationPartId", output: "id" } },
  properties: {
    Location: { member: "location", kind: "any" },
    Properties: { member: "properties", patch: "/properties" },
  },
});

/** A location's members begin with a small letter in the API, and with a capital one in templates. */
const renamed = (location: Json | undefined, rename: (first: string) => string): Properties =>
  Object.fromEntries(
    Object.entries((location ?? {}) as Properties).map(([name, value]) => [
      rename(name.slice(0, 1)) + name.slice(1),
      value,
    ]),
  );

const shown = (model: Properties): Properties => ({
  ...model,
  Location: renamed(model.Location, (first) => first.toUpperCase()),
});

export default defineResource({
  ...provider,
  async create(desired, ctx) {
    const Location = renamed(desired.Location, (first) => first.toLowerCase());
    return shown(await provider.create({ ...desired, Location }, ctx));
  },
  async read(actual, ctx) {
    const model = await provider.read(actual, ctx);
    return model && shown(model);
  },
  async update(desired, actual, ctx, previous) {
    return shown(await provider.update(desired, actual, ctx, previous));
  },
});
