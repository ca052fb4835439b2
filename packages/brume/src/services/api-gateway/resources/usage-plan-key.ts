/** AWS::ApiGateway::UsagePlanKey */
import { defineResource, type Properties } from "../../../kernel/resource.js";
import { orGone } from "./mapped.js";

/** The identifier holds both ids, which `read` by identifier alone needs. */
const keyOf = ({ Id, KeyId, UsagePlanId }: Properties) => {
  const [keyId, usagePlanId] = String(Id ?? `${KeyId as string}:${UsagePlanId as string}`).split(":");
  return { keyId, usagePlanId };
};

export default defineResource({
  async create(desired, ctx) {
    const { KeyId, KeyType, UsagePlanId } = desired;
    await ctx.call("api-gateway", "CreateUsagePlanKey", { usagePlanId: UsagePlanId, keyId: KeyId, keyType: KeyType });
    return { ...desired, Id: `${KeyId as string}:${UsagePlanId as string}` };
  },
  async read(actual, ctx) {
    const { keyId, usagePlanId } = keyOf(actual);
    const found = await orGone(ctx.call("api-gateway", "GetUsagePlanKey", { keyId, usagePlanId }));
    return (
      found && {
        Id: `${keyId}:${usagePlanId}`,
        KeyId: keyId as string,
        KeyType: "API_KEY",
        UsagePlanId: usagePlanId as string,
      }
    );
  },
  async update(desired, actual) {
    return { ...desired, Id: actual.Id as string };
  },
  async delete(actual, ctx) {
    await orGone(ctx.call("api-gateway", "DeleteUsagePlanKey", keyOf(actual)));
  },
  async list() {
    return [];
  },
});
