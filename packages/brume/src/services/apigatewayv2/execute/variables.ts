/** `$context`: what parameter mappings and access logs can tell of a request. */
import { requestTime } from "../../../kernel/endpoint-request.js";
import { decoded, domainNameOf, type Exchange } from "./exchange.js";

/** The variables of a request. See "Customize HTTP API access logs". */
export function contextVariables(exchange: Exchange): Record<string, unknown> {
  const { ctx, snapshot, stage, request, route, startedAt, integration, failure } = exchange;
  const { jwt, lambda, iam } = (exchange.authorizer ?? {}) as Record<string, Record<string, unknown> | undefined>;
  return {
    accountId: ctx.account,
    apiId: snapshot.api.ApiId,
    authorizer: jwt ?? lambda ?? iam ?? exchange.authorizer ?? {},
    awsEndpointRequestId: exchange.requestId,
    dataProcessed: request.body.length,
    domainName: domainNameOf(ctx, snapshot.api, request.via),
    domainPrefix: domainNameOf(ctx, snapshot.api, request.via).split(".")[0],
    error: failure && {
      message: failure.message,
      messageString: JSON.stringify(failure.message),
      responseType: failure.reason,
    },
    extendedRequestId: exchange.requestId,
    httpMethod: request.method,
    identity: { sourceIp: request.sourceIp, userAgent: exchange.headers["user-agent"], ...iam },
    integration: { ...integration, integrationStatus: integration.status },
    integrationErrorMessage: integration.error,
    integrationLatency: integration.latency,
    integrationStatus: integration.status,
    path: decoded(request.fullPath),
    protocol: "HTTP/1.1",
    requestId: exchange.requestId,
    requestTime: requestTime(startedAt),
    requestTimeEpoch: startedAt,
    routeKey: route?.RouteKey,
    stage: stage.StageName,
  };
}
