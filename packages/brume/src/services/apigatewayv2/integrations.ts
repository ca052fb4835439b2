/** Integrations: what requests and messages are handed to; and what the answers of some become. */

import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { SUBTYPES } from "./execute/integration-service.js";
import { deletePart, getPart, listParts, type PartOfApi, putPart, updatePart } from "./part-of-api.js";
import {
  badRequest,
  conflict,
  getApiRow,
  type Integration,
  type IntegrationResponse,
  integrationResponses,
  integrations,
  required,
  routes,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-apigatewayv2");

const TYPES = ["AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK"];
/** The longest that an integration of each protocol may take, which is also what it gets where nothing else is said. */
const LONGEST_MS = { HTTP: 30_000, WEBSOCKET: 29_000 } as const;

const INTEGRATION: PartOfApi<Integration> = {
  table: integrations,
  noun: "Integration",
  maps: ["RequestParameters", "RequestTemplates", "ResponseParameters"],
  check(ctx, apiId, integration) {
    const protocol = getApiRow(ctx, apiId).ProtocolType;
    const { IntegrationType: type, IntegrationUri: uri, IntegrationSubtype: subtype } = integration;
    const { TimeoutInMillis = LONGEST_MS[protocol], PayloadFormatVersion: format, ConnectionType } = integration;
    if (!TYPES.includes(type)) throw badRequest(`Invalid integration type specified: ${type}`);
    if (TimeoutInMillis < 50 || TimeoutInMillis > LONGEST_MS[protocol]) {
      throw badRequest(`Timeout should be between 50 ms and ${LONGEST_MS[protocol]} ms`);
    }
    if (ConnectionType === "VPC_LINK" && !integration.ConnectionId) {
      throw badRequest("ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK");
    }
    if (protocol === "HTTP") {
      if (type !== "AWS_PROXY" && type !== "HTTP_PROXY") {
        throw badRequest(
          `HTTP API doesn't support integration type ${type}. Only AWS_PROXY and HTTP_PROXY are supported`,
        );
      }
      if (subtype !== undefined && !Object.hasOwn(SUBTYPES, subtype)) {
        throw badRequest(`Invalid integration subtype specified: ${subtype}`);
      }
      if (subtype !== undefined && !integration.CredentialsArn) {
        throw badRequest("CredentialsArn is required for integrations with AWS services");
      }
      if (format !== "1.0" && format !== "2.0")
        throw badRequest("PayloadFormatVersion is a required parameter for integration");
      if (format === "2.0" && (type === "HTTP_PROXY" || subtype !== undefined)) {
        throw badRequest(`PayloadFormatVersion ${format} is not supported for this integration`);
      }
    }
    if (type === "MOCK" || subtype !== undefined) return;
    if (!uri) throw badRequest("IntegrationUri is a required parameter for integration");
    if (type.startsWith("AWS") && !/^arn:[^:]+:(?:lambda|apigateway):/.test(uri)) {
      throw badRequest("Invalid function ARN specified in IntegrationUri");
    }
    if (type.startsWith("HTTP") && ConnectionType !== "VPC_LINK" && !/^(?:https?:\/\/|\$\{stageVariables)/.test(uri)) {
      throw badRequest("Invalid HTTP endpoint specified for URI");
    }
  },
};

/** Makes an integration. @throws AwsError */
export function newIntegration(
  ctx: Context,
  apiId: string,
  given: Partial<Integration> & { IntegrationType: Integration["IntegrationType"] },
): Integration {
  const { ProtocolType } = getApiRow(ctx, apiId);
  const IntegrationId = randomLower(7);
  const isHttp = ProtocolType === "HTTP";
  return putPart(ctx, INTEGRATION, [apiId, IntegrationId], {
    ConnectionType: "INTERNET",
    TimeoutInMillis: LONGEST_MS[ProtocolType],
    // Clients that say nothing of the format of a service's or an endpoint's payload mean the only one there is.
    PayloadFormatVersion:
      !isHttp || given.IntegrationType === "HTTP_PROXY" || given.IntegrationSubtype !== undefined ? "1.0" : undefined,
    ...(isHttp
      ? {}
      : {
          IntegrationResponseSelectionExpression: "${integration.response.statuscode}",
          PassthroughBehavior: "WHEN_NO_MATCH",
        }),
    ...(given.IntegrationType === "AWS_PROXY" && given.IntegrationSubtype === undefined
      ? { IntegrationMethod: "POST" }
      : {}),
    ...given,
    IntegrationId,
  });
}

export const createIntegration: Handler<Sdk, "CreateIntegration"> = ({ ApiId, ...given }, ctx) => {
  const { ApiId: id } = getApiRow(ctx, ApiId);
  const IntegrationType = required(given.IntegrationType, "IntegrationType") as Integration["IntegrationType"];
  return newIntegration(ctx, id, { ...given, IntegrationType });
};
export const getIntegration: Handler<Sdk, "GetIntegration"> = ({ ApiId, IntegrationId }, ctx) =>
  getPart(ctx, INTEGRATION, [ApiId, IntegrationId]);
export const getIntegrations: Handler<Sdk, "GetIntegrations"> = (input, ctx) =>
  listParts(ctx, INTEGRATION, [input.ApiId], input);
export const updateIntegration: Handler<Sdk, "UpdateIntegration"> = ({ ApiId, IntegrationId, ...changes }, ctx) =>
  updatePart(ctx, INTEGRATION, [ApiId, IntegrationId], changes as Partial<Integration>);

export const deleteIntegration: Handler<Sdk, "DeleteIntegration"> = ({ ApiId, IntegrationId }, ctx) => {
  getPart(ctx, INTEGRATION, [ApiId, IntegrationId]);
  const user = ctx
    .table(routes)
    .rows({ prefix: [ApiId as string] })
    .find(({ Target }) => Target === `integrations/${IntegrationId}`);
  if (user) {
    throw conflict(`Cannot delete Integration '${IntegrationId}' because it is referenced by Route '${user.RouteId}'.`);
  }
  ctx.table(integrationResponses).clear({ prefix: [ApiId as string, IntegrationId as string] });
  return deletePart(ctx, INTEGRATION, [ApiId, IntegrationId]);
};

function isExpression(key: string): boolean {
  try {
    return /^\/.*\/$/s.test(key) && Boolean(new RegExp(key.slice(1, -1)));
  } catch {
    return false;
  }
}

const RESPONSE: PartOfApi<IntegrationResponse> = {
  table: integrationResponses,
  noun: "IntegrationResponse",
  maps: ["ResponseParameters", "ResponseTemplates"],
  check(_ctx, _apiId, { IntegrationResponseKey }) {
    if (IntegrationResponseKey !== "$default" && !isExpression(IntegrationResponseKey)) {
      throw badRequest("Integration response key must be $default or a regular expression between slashes");
    }
  },
};

const shown = ({ IntegrationId: _, ...response }: IntegrationResponse): Omit<IntegrationResponse, "IntegrationId"> =>
  response;

export const createIntegrationResponse: Handler<Sdk, "CreateIntegrationResponse"> = (input, ctx) => {
  const { ApiId, IntegrationId: parent, ...given } = input;
  const { IntegrationId } = getPart(ctx, INTEGRATION, [ApiId, parent]);
  if (getApiRow(ctx, ApiId).ProtocolType === "HTTP")
    throw badRequest("Integration responses are not supported for HTTP protocol APIs");
  const IntegrationResponseId = randomLower(7);
  const IntegrationResponseKey = required(given.IntegrationResponseKey, "IntegrationResponseKey");
  const row = { ...given, IntegrationResponseKey, IntegrationResponseId, IntegrationId };
  return shown(putPart(ctx, RESPONSE, [ApiId as string, IntegrationId, IntegrationResponseId], row));
};

export const getIntegrationResponse: Handler<Sdk, "GetIntegrationResponse"> = (input, ctx) =>
  shown(getPart(ctx, RESPONSE, [input.ApiId, input.IntegrationId, input.IntegrationResponseId]));

export const getIntegrationResponses: Handler<Sdk, "GetIntegrationResponses"> = (input, ctx) => {
  getPart(ctx, INTEGRATION, [input.ApiId, input.IntegrationId]);
  const { Items, ...rest } = listParts(ctx, RESPONSE, [input.ApiId, input.IntegrationId], input);
  return { Items: Items.map(shown), ...rest };
};

export const updateIntegrationResponse: Handler<Sdk, "UpdateIntegrationResponse"> = (input, ctx) => {
  const { ApiId, IntegrationId, IntegrationResponseId, ...changes } = input;
  const path = [ApiId, IntegrationId, IntegrationResponseId] as const;
  return shown(updatePart(ctx, RESPONSE, path, changes as Partial<IntegrationResponse>));
};

export const deleteIntegrationResponse: Handler<Sdk, "DeleteIntegrationResponse"> = (input, ctx) =>
  deletePart(ctx, RESPONSE, [input.ApiId, input.IntegrationId, input.IntegrationResponseId]);
