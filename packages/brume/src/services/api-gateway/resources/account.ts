/** AWS::ApiGateway::Account */
import { defineResource, type Json, type ResourceContext } from "../../../kernel/resource.js";

function setRole(role: Json | undefined, ctx: ResourceContext) {
  const operation =
    role === undefined
      ? { op: "remove", path: "/cloudwatchRoleArn" }
      : { op: "replace", path: "/cloudwatchRoleArn", value: role };
  return ctx.call("api-gateway", "UpdateAccount", { patchOperations: [operation] });
}

export default defineResource({
  async create(desired, ctx) {
    await setRole(desired.CloudWatchRoleArn, ctx);
    return { ...desired, Id: ctx.physicalName() };
  },
  async read(actual, ctx) {
    const { cloudwatchRoleArn } = await ctx.call<{ cloudwatchRoleArn?: string }>("api-gateway", "GetAccount", {});
    const { CloudWatchRoleArn: _, ...rest } = actual;
    return cloudwatchRoleArn ? { ...rest, CloudWatchRoleArn: cloudwatchRoleArn } : rest;
  },
  async update(desired, actual, ctx) {
    await setRole(desired.CloudWatchRoleArn, ctx);
    return { ...desired, Id: actual.Id as string };
  },
  async delete() {
    // The account's settings stay, as on AWS: there is nothing to delete.
  },
  async list() {
    return [];
  },
});
