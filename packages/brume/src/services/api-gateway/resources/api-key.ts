/** AWS::ApiGateway::ApiKey */
import { defineResource, type Properties } from "../../../kernel/resource.js";
import { arnOf, mappedResource, orGone, setTags } from "./mapped.js";

const provider = mappedResource({
  create: "CreateApiKey",
  read: "GetApiKey",
  update: "UpdateApiKey",
  delete: "DeleteApiKey",
  list: "GetApiKeys",
  keys: { APIKeyId: { input: "apiKey", output: "id" } },
  nameProperty: "Name",
  properties: {
    CustomerId: { member: "customerId", patch: "/customerId" },
    Description: { member: "description", patch: "/description" },
    Enabled: { member: "enabled", kind: "boolean", patch: "/enabled" },
    Name: { member: "name", patch: "/name" },
    GenerateDistinctId: { member: "generateDistinctId", kind: "boolean" },
    Value: { member: "value" },
  },
});

interface StageKey {
  RestApiId: string;
  StageName: string;
}
const stageKeys = (properties: Properties) =>
  ((properties.StageKeys ?? []) as unknown as StageKey[]).map(
    ({ RestApiId, StageName }) => `${RestApiId}/${StageName}`,
  );

export default defineResource({
  ...provider,
  async create(desired, ctx) {
    const model = await provider.create(desired, ctx);
    const operations = stageKeys(desired).map((value) => ({ op: "add", path: "/stages", value }));
    if (operations.length > 0) {
      await ctx.call("api-gateway", "UpdateApiKey", { apiKey: model.APIKeyId, patchOperations: operations });
    }
    return { ...model, ...(desired.StageKeys ? { StageKeys: desired.StageKeys } : {}) };
  },
  async read(actual, ctx) {
    const model = await provider.read(actual, ctx);
    if (!model) return undefined;
    const known = await orGone(
      ctx.call<{ value?: string }>("api-gateway", "GetApiKey", { apiKey: actual.APIKeyId, includeValue: true }),
    );
    return {
      ...model,
      ...(known?.value ? { Value: known.value } : {}),
      ...(actual.StageKeys ? { StageKeys: actual.StageKeys } : {}),
    };
  },
  async update(desired, actual, ctx, previous) {
    const [before, after] = [stageKeys(previous), stageKeys(desired)];
    const operations = [
      ...before.filter((value) => !after.includes(value)).map((value) => ({ op: "remove", path: "/stages", value })),
      ...after.filter((value) => !before.includes(value)).map((value) => ({ op: "add", path: "/stages", value })),
    ];
    if (operations.length > 0) {
      await ctx.call("api-gateway", "UpdateApiKey", { apiKey: actual.APIKeyId, patchOperations: operations });
    }
    await setTags(arnOf(`/apikeys/${actual.APIKeyId as string}`, ctx), actual.Tags, desired.Tags, ctx);
    const model = await provider.update(desired, actual, ctx, previous);
    return { ...model, ...(desired.StageKeys ? { StageKeys: desired.StageKeys } : {}) };
  },
});
