/** AWS::ApiGateway::GatewayResponse */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { orGone, withoutUndefined } from "./mapped.js";

type Output = Record<string, Json | undefined>;

const keyOf = ({ RestApiId, ResponseType }: Properties) => ({ restApiId: RestApiId, responseType: ResponseType });

async function put(desired: Properties, Id: Json, ctx: ResourceContext): Promise<Properties> {
  const { StatusCode, ResponseParameters, ResponseTemplates } = desired;
  await ctx.call("api-gateway", "PutGatewayResponse", {
    ...keyOf(desired),
    ...(StatusCode === undefined ? {} : { statusCode: String(StatusCode) }),
    ...(ResponseParameters ? { responseParameters: ResponseParameters } : {}),
    ...(ResponseTemplates ? { responseTemplates: ResponseTemplates } : {}),
  });
  return { ...desired, Id };
}

export default defineResource({
  create: (desired, ctx) => put(desired, ctx.physicalName(), ctx),
  async read(actual, ctx) {
    const found = await orGone(ctx.call<Output>("api-gateway", "GetGatewayResponse", keyOf(actual)));
    if (!found || found.defaultResponse === true) return undefined;
    const { Id, RestApiId, ResponseType } = actual;
    return withoutUndefined({
      Id,
      RestApiId,
      ResponseType,
      StatusCode: found.statusCode,
      ResponseParameters: found.responseParameters,
      ResponseTemplates: found.responseTemplates,
    });
  },
  update: (desired, actual, ctx) => put(desired, actual.Id as Json, ctx),
  async delete(actual, ctx) {
    await orGone(ctx.call("api-gateway", "DeleteGatewayResponse", keyOf(actual)));
  },
  async list() {
    return [];
  },
});
