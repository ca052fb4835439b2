/** The event that a function gets by a proxy integration. See "Input format of a Lambda function for proxy integration". */
import { requestTime } from "../../../kernel/endpoint-request.js";
import { identityOf } from "./context-variables.js";
import { domainNameOf, type Exchange, fullPathOf, headerOf, isBinary, type Multi, type Single } from "./exchange.js";

const orNull = <T extends object>(map: T): T | null => (Object.keys(map).length > 0 ? map : null);

/** Headers that API Gateway adds to what the client sent. */
function forwarded(exchange: Exchange): Single {
  const { request, headers } = exchange;
  const before = headerOf(headers, "X-Forwarded-For");
  return {
    "X-Amzn-Trace-Id": exchange.traceId,
    "X-Forwarded-For": before ? `${before}, ${request.sourceIp}` : request.sourceIp,
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
  };
}

/** The request's headers, with what API Gateway adds. */
export function proxyHeaders(exchange: Exchange): { single: Single; multi: Multi } {
  const added = forwarded(exchange);
  const names = new Set(Object.keys(added).map((name) => name.toLowerCase()));
  // The connection is the gateway's, and no business of the function's.
  for (const name of ["connection", "transfer-encoding", "content-length", "keep-alive"]) names.add(name);
  const kept = <T>(map: Record<string, T>) => Object.entries(map).filter(([name]) => !names.has(name.toLowerCase()));
  const sorted = <T>(entries: [string, T][]) => Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    single: sorted([...kept(exchange.headers), ...Object.entries(added)]),
    multi: sorted([
      ...kept(exchange.multiHeaders),
      ...Object.entries(added).map(([name, value]): [string, string[]] => [name, [value]]),
    ]),
  };
}

/** `requestContext`, which proxy integrations and authorizers share. */
export function requestContext(exchange: Exchange): Record<string, unknown> {
  const { ctx, snapshot, stage, request, resource, authorizer } = exchange;
  return {
    resourceId: resource?.id,
    ...(authorizer ? { authorizer } : {}),
    resourcePath: resource?.path,
    httpMethod: request.method,
    extendedRequestId: exchange.extendedRequestId,
    requestTime: requestTime(exchange.startedAt),
    path: fullPathOf(exchange),
    accountId: ctx.account,
    protocol: "HTTP/1.1",
    stage: stage.stageName,
    domainPrefix: domainNameOf(exchange).split(".")[0],
    requestTimeEpoch: exchange.startedAt,
    requestId: exchange.requestId,
    identity: identityOf(exchange),
    domainName: domainNameOf(exchange),
    deploymentId: stage.deploymentId,
    apiId: snapshot.api.id,
  };
}

/** What a request looks like to a function, but for its body. */
export function requestParts(exchange: Exchange) {
  const { single, multi } = proxyHeaders(exchange);
  return {
    resource: exchange.resource?.path,
    // Functions see the base path of a custom domain name, but no stage.
    path: exchange.request.via ? fullPathOf(exchange) : exchange.request.path,
    httpMethod: exchange.request.method,
    headers: single,
    multiValueHeaders: multi,
    queryStringParameters: orNull(exchange.query),
    multiValueQueryStringParameters: orNull(exchange.multiQuery),
    pathParameters: orNull(exchange.pathParameters),
    stageVariables: orNull(exchange.stage.variables ?? {}),
    requestContext: requestContext(exchange),
  };
}

export function proxyEvent(exchange: Exchange): object {
  const { body } = exchange.request;
  const binary = body.length > 0 && isBinary(exchange, headerOf(exchange.headers, "Content-Type"));
  return {
    ...requestParts(exchange),
    body: body.length === 0 ? null : body.toString(binary ? "base64" : "utf8"),
    isBase64Encoded: binary,
  };
}
