/** Answers a request to an HTTP API: route, CORS, authorize, integrate. */
import type { Context } from "../../../kernel/context.js";
import { takeToken } from "../../api-gateway/shared/token-bucket.js";
import type { Integration } from "../tables.js";
import { logAccess } from "./access-log.js";
import { authorize } from "./authorize.js";
import { preflight, withCors } from "./cors.js";
import {
  type ApiRequest,
  type ApiResponse,
  type Exchange,
  integrationFor,
  joined,
  newExchange,
  type Target,
} from "./exchange.js";
import { sourcesOf } from "./expressions.js";
import { ApiFailure } from "./failure.js";
import { httpProxy } from "./integration-http.js";
import { lambdaProxy } from "./integration-lambda.js";
import { callService } from "./integration-service.js";
import { mapResponse } from "./mapping.js";
import { matchRoute } from "./match.js";
import { contextVariables } from "./variables.js";

/** Headers of an answer that are the gateway's to set. */
const DROPPED = new Set(["connection", "content-length", "date", "keep-alive", "te", "transfer-encoding", "upgrade"]);

/** Answers a request. The response is complete but for what HTTP itself adds. */
export async function answer(ctx: Context, caller: Context, target: Target, request: ApiRequest): Promise<ApiResponse> {
  const matched = matchRoute(target.snapshot.routes, request.method, request.path);
  const exchange = newExchange(ctx, caller, target, request, matched);
  const response = finished(exchange, await respond(exchange));
  const { api } = target.snapshot;
  await logAccess(ctx, api, target.stage, () => ({
    ...contextVariables(exchange),
    status: response.status,
    responseLength: response.body.length,
    responseLatency: ctx.now() - exchange.startedAt,
  }));
  return response;
}

async function respond(exchange: Exchange): Promise<ApiResponse> {
  try {
    const { route, snapshot, request, headers } = exchange;
    const cors = snapshot.api.CorsConfiguration;
    if (cors && request.method === "OPTIONS" && (!route || headers["access-control-request-method"])) {
      // Where a route takes this method, its authorizer has to let the preflight through.
      await authorize(exchange);
      return preflight(cors, headers.origin);
    }
    if (!route) throw new ApiFailure(404);
    throttle(exchange, route.RouteKey);
    await authorize(exchange);
    const integration = integrationFor(snapshot, route);
    if (!integration) throw new ApiFailure(500, { reason: "The route has no integration." });
    return mapped(exchange, integration, await perform(exchange, integration));
  } catch (error) {
    if (!(error instanceof ApiFailure)) exchange.ctx.cloud.reportFailure(error, "a request to an HTTP API");
    return failed(exchange, error instanceof ApiFailure ? error : new ApiFailure(500));
  }
}

/** Takes a request's place in the limits of its route, or of all routes. @throws ApiFailure 429 */
function throttle({ ctx, snapshot, stage }: Exchange, routeKey: string): void {
  const own = stage.RouteSettings?.[routeKey];
  const { ThrottlingBurstLimit, ThrottlingRateLimit } = { ...stage.DefaultRouteSettings, ...own };
  if (ThrottlingBurstLimit === undefined && ThrottlingRateLimit === undefined) return;
  const name = `${snapshot.api.ApiId}/${stage.StageName}/${own ? routeKey : ""}`;
  const limits = { rateLimit: ThrottlingRateLimit, burstLimit: ThrottlingBurstLimit };
  if (!takeToken(ctx, name, limits)) throw new ApiFailure(429, { reason: "THROTTLED" });
}

function perform(exchange: Exchange, integration: Integration): Promise<ApiResponse> {
  if (integration.IntegrationSubtype !== undefined) return callService(exchange, integration);
  return integration.IntegrationType === "AWS_PROXY"
    ? lambdaProxy(exchange, integration)
    : httpProxy(exchange, integration);
}

function mapped(exchange: Exchange, integration: Integration, response: ApiResponse): ApiResponse {
  const mappings = integration.ResponseParameters?.[String(response.status)];
  if (!mappings) return response;
  const headers = joined(response.headers.map(([name, value]) => [name.toLowerCase(), value]));
  return mapResponse(mappings, response, sourcesOf(exchange, { headers, body: response.body.toString() }));
}

function failed(exchange: Exchange, failure: ApiFailure): ApiResponse {
  const { status, message, challenge, reason } = failure;
  exchange.failure = { message, ...(reason ? { reason } : {}) };
  return {
    status,
    headers: [["Content-Type", "application/json"], ...(challenge ? [["WWW-Authenticate", challenge] as const] : [])],
    body: Buffer.from(JSON.stringify({ message })),
  };
}

function finished(exchange: Exchange, response: ApiResponse): ApiResponse {
  const { snapshot, request, headers, requestId } = exchange;
  const cors = snapshot.api.CorsConfiguration;
  const isPreflight = request.method === "OPTIONS" && response.status === 204;
  const kept = response.headers.filter(([name]) => !DROPPED.has(name.toLowerCase()));
  const own = cors && !isPreflight ? withCors(kept, cors, headers.origin) : kept;
  return { ...response, headers: [...own, ["Apigw-Requestid", requestId]] };
}
