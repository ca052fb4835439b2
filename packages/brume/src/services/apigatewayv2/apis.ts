/** HTTP and WebSocket APIs. See the Amazon API Gateway Version 2 API Reference. */
import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { domainMappings } from "../api-gateway/shared/domains.js";
import { autoDeploy } from "./deployments.js";
import { newIntegration } from "./integrations.js";
import { changeRoute, newRoute } from "./routes.js";
import { newStage } from "./stages.js";
import {
  type Api,
  apis,
  badRequest,
  conflict,
  defined,
  getApiRow,
  integrations,
  merged,
  owners,
  PARTS_OF_API,
  page,
  required,
  routes,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-apigatewayv2");

const HTTP_SELECTION = "${request.method} ${request.path}";

/** An API as it is shown: with the address at which this cloud serves it. */
export function shownApi(ctx: Context, api: Api): Api & { ApiEndpoint: string } {
  const scheme = api.ProtocolType === "HTTP" ? "https" : "wss";
  const url = `${scheme}://${api.ApiId}.execute-api.${ctx.region}.${ctx.urlSuffix}`;
  return { ApiEndpoint: ctx.cloud.localUrl(url), ...api };
}

function check(api: Api): void {
  if (api.ProtocolType !== "HTTP" && api.ProtocolType !== "WEBSOCKET") {
    throw badRequest("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]");
  }
  const isHttp = api.ProtocolType === "HTTP";
  if (isHttp && api.RouteSelectionExpression !== HTTP_SELECTION) {
    throw badRequest(`RouteSelectionExpression must be ${HTTP_SELECTION} for HTTP APIs`);
  }
  if (!isHttp && !api.RouteSelectionExpression) throw badRequest("RouteSelectionExpression is a required field");
  const cors = api.CorsConfiguration;
  if (!cors) return;
  if (!isHttp) throw badRequest("CORS configuration is supported for HTTP APIs only");
  if (cors.AllowCredentials && cors.AllowOrigins?.includes("*")) {
    throw badRequest("allow-credentials is not supported for wildcard * origin");
  }
  const odd = cors.AllowOrigins?.find((origin) => origin !== "*" && !/^[a-z][a-z0-9+.-]*:\/\/.+$/.test(origin));
  if (odd !== undefined) throw badRequest(`Invalid format for origin ${odd}. Origin should include protocol`);
  if (cors.MaxAge !== undefined && (cors.MaxAge < -1 || cors.MaxAge > 86_400)) {
    throw badRequest("MaxAge must be between -1 and 86400");
  }
}

/** Makes an API. @throws AwsError `BadRequestException` */
export function newApi(ctx: Context, given: Partial<Api> & Pick<Api, "Name" | "ProtocolType">): Api {
  const isHttp = given.ProtocolType === "HTTP";
  const api: Api = defined({
    ApiKeySelectionExpression: "$request.header.x-api-key",
    DisableExecuteApiEndpoint: false,
    IpAddressType: "ipv4" as const,
    RouteSelectionExpression: isHttp ? HTTP_SELECTION : "",
    Tags: {},
    ...defined(given),
    ApiId: randomLower(10),
    CreatedDate: new Date(ctx.now()),
  });
  check(api);
  ctx.table(apis).put([api.ApiId], api);
  ctx.table(owners).put([api.ApiId], { account: ctx.account, region: ctx.region });
  return api;
}

export const createApi: Handler<Sdk, "CreateApi"> = ({ Target, RouteKey, CredentialsArn, ...given }, ctx) => {
  const Name = required(given.Name, "Name");
  const ProtocolType = required(given.ProtocolType, "ProtocolType") as Api["ProtocolType"];
  const api = newApi(ctx, { ...given, Name, ProtocolType });
  if (Target !== undefined) quickCreate(ctx, api, { Target, RouteKey, CredentialsArn });
  else if (RouteKey !== undefined) throw badRequest("Target is required when RouteKey is specified");
  return shownApi(ctx, api);
};

interface QuickCreate {
  readonly Target: string;
  readonly RouteKey: string | undefined;
  readonly CredentialsArn: string | undefined;
}

const integrationFor = ({ Target, CredentialsArn }: QuickCreate) =>
  Target.startsWith("arn:")
    ? {
        IntegrationType: "AWS_PROXY" as const,
        IntegrationUri: Target,
        PayloadFormatVersion: "2.0",
        IntegrationMethod: "POST",
        CredentialsArn,
      }
    : {
        IntegrationType: "HTTP_PROXY" as const,
        IntegrationUri: Target,
        PayloadFormatVersion: "1.0",
        IntegrationMethod: "ANY",
        CredentialsArn,
      };

/** Integration, route and stage in one: an API that works as soon as it is there. */
function quickCreate(ctx: Context, api: Api, quick: QuickCreate): void {
  if (api.ProtocolType !== "HTTP") throw badRequest("Quick create is supported for HTTP APIs only");
  const ApiGatewayManaged = true;
  const { IntegrationId } = newIntegration(ctx, api.ApiId, { ...integrationFor(quick), ApiGatewayManaged });
  const Target = `integrations/${IntegrationId}`;
  newRoute(ctx, api.ApiId, { RouteKey: quick.RouteKey ?? "$default", Target, ApiGatewayManaged });
  newStage(ctx, api.ApiId, { StageName: "$default", AutoDeploy: true, ApiGatewayManaged });
}

export const getApi: Handler<Sdk, "GetApi"> = (input, ctx) => shownApi(ctx, getApiRow(ctx, input.ApiId));
export const getApis: Handler<Sdk, "GetApis"> = (input, ctx) => {
  const { Items, ...rest } = page(ctx.table(apis).rows(), input);
  return { Items: Items.map((api) => shownApi(ctx, api)), ...rest };
};

export const updateApi: Handler<Sdk, "UpdateApi"> = (input, ctx) => {
  const { ApiId, Target, RouteKey, CredentialsArn, ...changes } = input;
  const api = getApiRow(ctx, ApiId);
  if (changes.Name === "") throw badRequest("Name must not be empty");
  const after = merged<Api>(api, changes as Partial<Api>);
  check(after);
  ctx.table(apis).put([api.ApiId], after);
  const prefix = [api.ApiId];
  if (Target !== undefined || CredentialsArn !== undefined) {
    const managed = ctx
      .table(integrations)
      .rows({ prefix })
      .find((one) => one.ApiGatewayManaged);
    if (!managed) throw badRequest("Target can be updated only for quick create APIs");
    const uri = Target ?? managed.IntegrationUri ?? "";
    const made = integrationFor({ Target: uri, RouteKey, CredentialsArn: CredentialsArn ?? managed.CredentialsArn });
    ctx.table(integrations).put([api.ApiId, managed.IntegrationId], { ...managed, ...defined(made) });
  }
  if (RouteKey !== undefined) {
    const managed = ctx
      .table(routes)
      .rows({ prefix })
      .find((one) => one.ApiGatewayManaged);
    if (!managed) throw badRequest("RouteKey can be updated only for quick create APIs");
    changeRoute(ctx, api.ApiId, managed.RouteId, { RouteKey });
  }
  autoDeploy(ctx, api.ApiId);
  return shownApi(ctx, after);
};

export const deleteCorsConfiguration: Handler<Sdk, "DeleteCorsConfiguration"> = (input, ctx) => {
  const { CorsConfiguration: _, ...api } = getApiRow(ctx, input.ApiId);
  ctx.table(apis).put([api.ApiId], api);
  autoDeploy(ctx, api.ApiId);
  return {};
};

export const deleteApi: Handler<Sdk, "DeleteApi"> = (input, ctx) => {
  const { ApiId } = getApiRow(ctx, input.ApiId);
  if (
    ctx
      .table(domainMappings)
      .rows()
      .some(({ apiId }) => apiId === ApiId)
  ) {
    throw conflict(
      "Please remove all base path mappings related to the domains in your account before deleting the API.",
    );
  }
  ctx.table(apis).delete(ApiId);
  ctx.table(owners).delete(ApiId);
  for (const part of PARTS_OF_API) ctx.table<unknown>(part).clear({ prefix: [ApiId] });
  return {};
};
