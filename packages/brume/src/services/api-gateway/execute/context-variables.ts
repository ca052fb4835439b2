/** `$context`: what templates, gateway responses and access logs can tell of a request. */
import { requestTime } from "../../../kernel/endpoint-request.js";
import { domainNameOf, type Exchange, fullPathOf, headerOf } from "./exchange.js";

/** Who called, as far as it is known: callers who need not sign leave most of it open. */
export function identityOf({ request, headers, apiKey, method }: Exchange) {
  const { principal } = (method?.authorizationType === "AWS_IAM" && request.caller) || {};
  return {
    cognitoIdentityPoolId: null,
    accountId: principal?.account ?? null,
    cognitoIdentityId: null,
    caller: principal?.userId ?? null,
    sourceIp: request.sourceIp,
    principalOrgId: null,
    accessKey: principal?.accessKeyId ?? null,
    cognitoAuthenticationType: null,
    cognitoAuthenticationProvider: null,
    userArn: principal?.arn ?? null,
    userAgent: headerOf(headers, "User-Agent") ?? null,
    user: principal?.userId ?? null,
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
    isCanaryRequest: exchange.canary,
    stage: stage.stageName,
    xrayTraceId: exchange.traceId.replace(/^Root=/, ""),
  };
}
