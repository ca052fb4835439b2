/** Answers a request to a deployed API: route, authorize, validate, integrate. */
import { gzipSync } from "node:zlib";
import type { Integration } from "@aws-sdk/client-api-gateway";
import type { Context } from "../../../kernel/context.js";
import { logAccess } from "./access-log.js";
import { authorize } from "./authorizers.js";
import { throughCache } from "./cache.js";
import { type ApiRequest, type ApiResponse, type Exchange, headerOf, newExchange, type Target } from "./exchange.js";
import { traceEnd, traceStart, writeTrace } from "./execution-log.js";
import { awsService } from "./integration-aws.js";
import { httpMapped, httpProxy } from "./integration-http.js";
import { lambdaProxy } from "./integration-lambda.js";
import { mock } from "./integration-mock.js";
import { matchRoute, type Route } from "./match.js";
import { GatewayError, gatewayResponse } from "./responses.js";
import { admit } from "./usage.js";
import { validate } from "./validate.js";

const INTEGRATIONS: Readonly<Record<string, (exchange: Exchange, integration: Integration) => Promise<ApiResponse>>> = {
  AWS: awsService,
  AWS_PROXY: lambdaProxy,
  HTTP: httpMapped,
  HTTP_PROXY: httpProxy,
  MOCK: mock,
};

/** Headers of an answer that are the gateway's to set: an integration's go under another name. */
const REMAPPED = new Set([
  "connection",
  "content-length",
  "date",
  "server",
  "www-authenticate",
  "host",
  "expect",
  "max-forwards",
]);
const DROPPED = new Set(["transfer-encoding", "keep-alive", "upgrade", "te"]);

/** Answers a request. The response is complete but for what HTTP itself adds. */
export function answer(
  ctx: Context,
  target: Target,
  request: ApiRequest,
): Promise<{ exchange: Exchange; response: ApiResponse }> {
  return answerRoute(ctx, target, request, matchRoute(target.snapshot.resources, request.method, request.path));
}

/** Answers a request whose route is known, or known not to be. */
export async function answerRoute(
  ctx: Context,
  target: Target,
  request: ApiRequest,
  route: Route | undefined,
): Promise<{ exchange: Exchange; response: ApiResponse }> {
  const exchange = newExchange(ctx, target, request, route);
  traceStart(exchange);
  const response = await respond(exchange);
  await logAccess(exchange, response);
  await writeTrace(exchange);
  return { exchange, response: compressed(exchange, { ...response, headers: finished(exchange, response) }) };
}

/** The answer as the client takes it in, where the API compresses answers of its size. */
function compressed(exchange: Exchange, response: ApiResponse): ApiResponse {
  const { minimumCompressionSize: least } = exchange.snapshot.api;
  if (least === undefined || response.body.length < least || response.body.length === 0) return response;
  if (!/\bgzip\b|\*/i.test(headerOf(exchange.headers, "Accept-Encoding") ?? "")) return response;
  if (response.headers.some(([name]) => name.toLowerCase() === "content-encoding")) return response;
  return { ...response, headers: [...response.headers, ["Content-Encoding", "gzip"]], body: gzipSync(response.body) };
}

async function respond(exchange: Exchange): Promise<ApiResponse> {
  try {
    const { method } = exchange;
    if (!method) throw new GatewayError("MISSING_AUTHENTICATION_TOKEN");
    const integration = method.methodIntegration;
    const perform = INTEGRATIONS[integration?.type ?? ""];
    if (!integration || !perform) throw new GatewayError("API_CONFIGURATION_ERROR");
    await authorize(exchange);
    admit(exchange);
    validate(exchange);
    const response = await throughCache(exchange, integration, () => perform(exchange, integration));
    traceEnd(exchange, response, undefined);
    return response;
  } catch (error) {
    if (!(error instanceof GatewayError)) exchange.ctx.cloud.reportFailure(error, "a request to an API");
    const failure = error instanceof GatewayError ? error : new GatewayError("API_CONFIGURATION_ERROR");
    const response = gatewayResponse(exchange, failure);
    traceEnd(exchange, response, failure);
    return response;
  }
}

function finished(exchange: Exchange, { headers }: ApiResponse): [string, string][] {
  const own: [string, string][] = [
    ["x-amzn-RequestId", exchange.requestId],
    ["x-amz-apigw-id", exchange.extendedRequestId],
    ["X-Amzn-Trace-Id", exchange.traceId],
  ];
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (DROPPED.has(lower) || lower === "x-amzn-trace-id" || lower === "x-amzn-requestid") continue;
    own.push([REMAPPED.has(lower) ? `x-amzn-Remapped-${name}` : name, value]);
  }
  return own;
}
