/** `$context`: what templates, gateway responses and access logs can tell of a request. */
import { requestTime } from "../../../kernel/endpoint-request.js";
import { domainNameOf, type Exchange, fullPathOf, headerOf } from "./exchange.js";

/** Who called, as far as it is known: an anonymous caller leaves most of it open. */
export function identityOf({ request, headers, apiKey }: Exchange) {
  return {
    cognitoIdentityPoolId: null,
    accountId: null,
    cognitoIdentityId: null,
    caller: null,
    sourceIp: request.sourceIp,
    principalOrgId: null,
    accessKey: null,
    cognitoAuthenticationType: null,
    cognitoAuthenticationProvider: null,
    userArn: null,
    userAgent: headerOf(headers, "User-Agent") ?? null,
    user: null,
    ...(apiKey ? { apiKey: apiKey.value, apiKeyId: apiKey.id } : {}),
  };
}

/** The variables of a request. */
export function contextVariables(exchange: Exchange): Record<string, unknown> {
  const { ctx, snapshot, stage, request, resource, startedAt } = exchange;
  return {
    accountId: ctx.account,
    apiId: snapshot.api.id,
    authorizer: exchange.authorizer ?? {},
    awsEndpointRequestId: exchange.requestId,
    deploymentId: stage.deploymentId,
    domainName: domainNameOf(exchange),
    domainPrefix: domainNameOf(exchange).split(".")[0],
    extendedRequestId: exchange.extendedRequestId,
    httpMethod: request.method,
    identity: identityOf(exchange),
    integration: exchange.integration,
    integrationErrorMessage: exchange.integration.error,
    integrationLatency: exchange.integration.latency,
    integrationStatus: exchange.integration.status,
    path: fullPathOf(exchange),
    protocol: "HTTP/1.1",
    requestId: exchange.requestId,
    requestTime: requestTime(startedAt),
    requestTimeEpoch: startedAt,
    resourceId: resource?.id,
    resourcePath: resource?.path,
    stage: stage.stageName,
    xrayTraceId: exchange.traceId.replace(/^Root=/, ""),
  };
}
