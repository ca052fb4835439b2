/** Gateway responses: what an API says in place of API Gateway's own answers. */
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { DEFAULT_TEMPLATE, GATEWAY_RESPONSES, type ResponseType } from "./execute/responses.js";
import { patched } from "./patch.js";
import { badRequest, defined, type GatewayResponse, gatewayResponses, getApi, notFound } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

const TYPES = [...Object.keys(GATEWAY_RESPONSES), "DEFAULT_4XX", "DEFAULT_5XX"];

/** A response as it is set, or as it is where nothing was set. */
function responseOf(ctx: Context, api: string, type: string | undefined): GatewayResponse {
  if (!TYPES.includes(type ?? "")) throw notFound("Invalid gateway response type specified");
  const set = ctx.table(gatewayResponses).get(api, type as string);
  if (set) return set;
  const standard = Object.hasOwn(GATEWAY_RESPONSES, type as string)
    ? GATEWAY_RESPONSES[type as ResponseType]
    : undefined;
  return {
    responseType: type as ResponseType,
    ...(standard ? { statusCode: String(standard.status) } : {}),
    responseParameters: {},
    responseTemplates: { "application/json": DEFAULT_TEMPLATE },
    defaultResponse: true,
  };
}

export const putGatewayResponse: Handler<Sdk, "PutGatewayResponse"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  if (!TYPES.includes(input.responseType ?? "")) throw badRequest("Invalid gateway response type specified");
  const { statusCode, responseParameters, responseTemplates } = input;
  const responseType = input.responseType as ResponseType;
  const response = {
    ...defined({ statusCode, responseParameters, responseTemplates }),
    responseType,
    defaultResponse: false,
  };
  ctx.table(gatewayResponses).put([api.id, responseType], response);
  return response;
};

export const getGatewayResponse: Handler<Sdk, "GetGatewayResponse"> = (input, ctx) =>
  responseOf(ctx, getApi(ctx, input.restApiId).id, input.responseType);

export const getGatewayResponses: Handler<Sdk, "GetGatewayResponses"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  return { items: TYPES.map((type) => responseOf(ctx, api.id, type)) };
};

export const updateGatewayResponse: Handler<Sdk, "UpdateGatewayResponse"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  const after = patched(responseOf(ctx, api.id, input.responseType), input.patchOperations, {
    "/statusCode": "text",
    "/responseParameters/{}": "text",
    "/responseTemplates/{}": "text",
  });
  ctx.table(gatewayResponses).put([api.id, after.responseType], { ...after, defaultResponse: false });
  return { ...after, defaultResponse: false };
};

export const deleteGatewayResponse: Handler<Sdk, "DeleteGatewayResponse"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  if (!ctx.table(gatewayResponses).delete(api.id, input.responseType ?? ""))
    throw notFound("Gateway response type not defined on api");
  return {};
};
