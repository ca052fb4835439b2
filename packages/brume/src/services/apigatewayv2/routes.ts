/** Routes: which requests or messages are handed to which integration; and what comes back on two-way routes. */
import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { deletePart, getPart, listParts, type PartOfApi, putPart, updatePart } from "./part-of-api.js";
import {
  authorizers,
  badRequest,
  conflict,
  getApiRow,
  integrations,
  notFound,
  type Route,
  type RouteResponse,
  required,
  routeResponses,
  routes,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-apigatewayv2");

const VERBS = new Set(["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);
const AUTHORIZATION_TYPES = new Set(["NONE", "AWS_IAM", "CUSTOM", "JWT"]);
const PATH_PART = /^(?:\{[A-Za-z0-9._:-]+\+?\}|[^{}\s]*)$/;

function checkKey(key: string, isHttp: boolean): void {
  if (key === "$default") return;
  if (!isHttp) {
    if (/^\$/.test(key) && key !== "$connect" && key !== "$disconnect")
      throw badRequest(`The provided route key is not formatted properly: ${key}`);
    return;
  }
  const [verb = "", path, ...more] = key.split(" ");
  if (!VERBS.has(verb) || !path?.startsWith("/") || more.length > 0) {
    throw badRequest(
      "The provided route key is not formatted properly for HTTP protocol. Format should be <HTTP METHOD> /<RESOURCE PATH> or $default",
    );
  }
  const parts = path.split("/").slice(1);
  const misplaced = parts.slice(0, -1).some((part) => part.endsWith("+}"));
  if (misplaced || !parts.every((part) => PATH_PART.test(part)))
    throw badRequest("One or more path parts appear to be invalid");
}

const ROUTE: PartOfApi<Route> = {
  table: routes,
  noun: "Route",
  maps: ["RequestModels", "RequestParameters"],
  check(ctx, apiId, route) {
    const isHttp = getApiRow(ctx, apiId).ProtocolType === "HTTP";
    checkKey(route.RouteKey, isHttp);
    const others = ctx.table(routes).rows({ prefix: [apiId] });
    if (others.some(({ RouteId, RouteKey }) => RouteKey === route.RouteKey && RouteId !== route.RouteId)) {
      throw conflict(`Route with key ${route.RouteKey} already exists for this API`);
    }
    checkTarget(ctx, apiId, route.Target);
    checkAuthorization(ctx, apiId, route, isHttp);
  },
};

function checkTarget(ctx: Context, apiId: string, target: string | undefined): void {
  if (target === undefined) return;
  const id = integrationOf(target);
  if (id === undefined) throw badRequest("Invalid target specified: it must be of the form integrations/<id>");
  if (!ctx.table(integrations).has(apiId, id)) throw notFound(`Invalid Integration identifier specified ${id}`);
}

function checkAuthorization(ctx: Context, apiId: string, route: Route, isHttp: boolean): void {
  const { AuthorizationType: type = "NONE", AuthorizerId, RouteKey } = route;
  if (!AUTHORIZATION_TYPES.has(type) || (type === "JWT" && !isHttp))
    throw badRequest(`Invalid authorization type specified: ${type}`);
  if (!isHttp && type !== "NONE" && RouteKey !== "$connect") {
    throw badRequest("Currently, authorization is restricted to the $connect route only");
  }
  if (type !== "JWT" && type !== "CUSTOM") return;
  if (!AuthorizerId) throw badRequest(`AuthorizerId is required for ${type} authorization type`);
  if (!ctx.table(authorizers).has(apiId, AuthorizerId))
    throw notFound(`Invalid Authorizer identifier specified ${AuthorizerId}`);
}

/** The id of the integration that a target names. */
export const integrationOf = (target: string | undefined): string | undefined =>
  /^integrations\/(\w+)$/.exec(target ?? "")?.[1];

/** Makes a route. @throws AwsError */
export function newRoute(ctx: Context, apiId: string, given: Partial<Route> & { RouteKey: string }): Route {
  const RouteId = randomLower(7);
  return putPart(ctx, ROUTE, [apiId, RouteId], {
    ApiKeyRequired: false,
    AuthorizationType: "NONE",
    ...given,
    RouteId,
  });
}

export const createRoute: Handler<Sdk, "CreateRoute"> = ({ ApiId, ...given }, ctx) =>
  newRoute(ctx, getApiRow(ctx, ApiId).ApiId, { ...given, RouteKey: required(given.RouteKey, "RouteKey") });
export const getRoute: Handler<Sdk, "GetRoute"> = ({ ApiId, RouteId }, ctx) => getPart(ctx, ROUTE, [ApiId, RouteId]);
export const getRoutes: Handler<Sdk, "GetRoutes"> = (input, ctx) => listParts(ctx, ROUTE, [input.ApiId], input);

/** Changes a route. @throws AwsError */
export const changeRoute = (
  ctx: Context,
  apiId: string | undefined,
  id: string | undefined,
  changes: Partial<Route>,
): Route => updatePart(ctx, ROUTE, [apiId, id], changes);

export const updateRoute: Handler<Sdk, "UpdateRoute"> = ({ ApiId, RouteId, ...changes }, ctx) =>
  changeRoute(ctx, ApiId, RouteId, changes as Partial<Route>);

export const deleteRoute: Handler<Sdk, "DeleteRoute"> = ({ ApiId, RouteId }, ctx) => {
  const answer = deletePart(ctx, ROUTE, [ApiId, RouteId]);
  ctx.table(routeResponses).clear({ prefix: [ApiId as string, RouteId as string] });
  return answer;
};

export const deleteRouteRequestParameter: Handler<Sdk, "DeleteRouteRequestParameter"> = (input, ctx) => {
  const path = [input.ApiId, input.RouteId] as const;
  const { RequestParameters = {} } = getPart(ctx, ROUTE, path);
  const key = input.RequestParameterKey ?? "";
  if (!Object.hasOwn(RequestParameters, key)) throw notFound("Invalid request parameter key specified");
  updatePart(ctx, ROUTE, path, { RequestParameters: { [key]: {} } });
  return {};
};

const RESPONSE: PartOfApi<RouteResponse> = {
  table: routeResponses,
  noun: "RouteResponse",
  maps: ["ResponseModels", "ResponseParameters"],
  check(_ctx, _apiId, { RouteResponseKey }) {
    if (RouteResponseKey !== "$default") throw badRequest("Route response key must be $default");
  },
};

type Shown = Omit<RouteResponse, "RouteId">;
const shown = ({ RouteId: _, ...response }: RouteResponse): Shown => response;

export const createRouteResponse: Handler<Sdk, "CreateRouteResponse"> = ({ ApiId, RouteId, ...given }, ctx) => {
  const route = getPart(ctx, ROUTE, [ApiId, RouteId]);
  if (getApiRow(ctx, ApiId).ProtocolType === "HTTP")
    throw badRequest("Route responses are not supported for HTTP protocol APIs");
  const RouteResponseId = randomLower(7);
  const RouteResponseKey = required(given.RouteResponseKey, "RouteResponseKey");
  const row = { ...given, RouteResponseKey, RouteResponseId, RouteId: route.RouteId };
  return shown(putPart(ctx, RESPONSE, [ApiId as string, route.RouteId, RouteResponseId], row));
};
export const getRouteResponse: Handler<Sdk, "GetRouteResponse"> = ({ ApiId, RouteId, RouteResponseId }, ctx) =>
  shown(getPart(ctx, RESPONSE, [ApiId, RouteId, RouteResponseId]));

export const getRouteResponses: Handler<Sdk, "GetRouteResponses"> = (input, ctx) => {
  getPart(ctx, ROUTE, [input.ApiId, input.RouteId]);
  const { Items, ...rest } = listParts(ctx, RESPONSE, [input.ApiId, input.RouteId], input);
  return { Items: Items.map(shown), ...rest };
};

export const updateRouteResponse: Handler<Sdk, "UpdateRouteResponse"> = (input, ctx) => {
  const { ApiId, RouteId, RouteResponseId, ...changes } = input;
  return shown(updatePart(ctx, RESPONSE, [ApiId, RouteId, RouteResponseId], changes as Partial<RouteResponse>));
};

export const deleteRouteResponse: Handler<Sdk, "DeleteRouteResponse"> = ({ ApiId, RouteId, RouteResponseId }, ctx) =>
  deletePart(ctx, RESPONSE, [ApiId, RouteId, RouteResponseId]);
