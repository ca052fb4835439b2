/** The events that functions get of requests, in both formats. See "Lambda integrations for HTTP APIs". */

import { requestTime } from "../../../kernel/endpoint-request.js";
import { decoded, domainNameOf, type Exchange, gathered, type Pairs, type Single } from "./exchange.js";

/** The connection is the gateway's, and no business of the function's. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "te", "transfer-encoding", "upgrade", "proxy-connection"]);
/** Bodies of these types are text; all others are handed on as base64. */
const TEXT = /^(?:text\/|application\/(?:json|javascript|xml|[^;]*\+(?:json|xml))(?:;|$))/i;

/** What API Gateway says of the way that a request came. */
function forwarded({ traceId, headers, request }: Exchange): Pairs {
  const before = headers["x-forwarded-for"];
  return [
    ["X-Amzn-Trace-Id", traceId],
    ["X-Forwarded-For", before ? `${before}, ${request.sourceIp}` : request.sourceIp],
    ["X-Forwarded-Port", "443"],
    ["X-Forwarded-Proto", "https"],
  ];
}

/** The request's headers with what API Gateway adds. */
export function headerPairs(exchange: Exchange): Pairs {
  const added: Pairs = [["Content-Length", String(exchange.request.body.length)], ...forwarded(exchange)];
  const names = new Set(added.map(([name]) => name.toLowerCase()));
  const kept = exchange.request.headers.filter(([name]) => {
    const lower = name.toLowerCase();
    return !names.has(lower) && !HOP_BY_HOP.has(lower);
  });
  return [...kept, ...added].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

const some = <Name extends string, T extends object>(name: Name, map: T) =>
  (Object.keys(map).length > 0 ? { [name]: map } : {}) as { [N in Name]?: T };
const orNull = <T extends object>(map: T): T | null => (Object.keys(map).length > 0 ? map : null);

function bodyOf({ request: { body }, headers }: Exchange): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const type = headers["content-type"];
  const isText = type === undefined ? Buffer.from(body.toString()).equals(body) : TEXT.test(type);
  return { body: body.toString(isText ? "utf8" : "base64"), isBase64Encoded: !isText };
}

const isCookie = (name: string) => name.toLowerCase() === "cookie";

function lowerCased(pairs: Pairs): Single {
  const headers: Single = {};
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase();
    headers[lower] = headers[lower] === undefined ? value : `${headers[lower]},${value}`;
  }
  return headers;
}

/** What integrations and authorizers see of a request in format 2.0. */
export function requestParts2(exchange: Exchange) {
  const { ctx, snapshot, stage, request, route, query, pathParameters } = exchange;
  const path = decoded(request.fullPath);
  const cookies = request.headers.filter(([name]) => isCookie(name)).flatMap(([, value]) => value.split(/;\s*/));
  const routeKey = route?.RouteKey ?? "$default";
  return {
    routeKey,
    rawPath: path,
    rawQueryString: request.query,
    ...some("cookies", cookies),
    headers: lowerCased(headerPairs(exchange).filter(([name]) => !isCookie(name))),
    ...some("queryStringParameters", query),
    requestContext: {
      accountId: ctx.account,
      apiId: snapshot.api.ApiId,
      ...(exchange.authorizer ? { authorizer: exchange.authorizer } : {}),
      domainName: domainNameOf(ctx, snapshot.api, request.via),
      domainPrefix: domainNameOf(ctx, snapshot.api, request.via).split(".")[0],
      http: {
        method: request.method,
        path,
        protocol: "HTTP/1.1",
        sourceIp: request.sourceIp,
        userAgent: exchange.headers["user-agent"] ?? "",
      },
      requestId: exchange.requestId,
      routeKey,
      stage: stage.StageName,
      time: requestTime(exchange.startedAt),
      timeEpoch: exchange.startedAt,
    },
    ...some("pathParameters", pathParameters),
    ...some("stageVariables", stage.StageVariables ?? {}),
  };
}

const lastOf = (multi: Record<string, string[]>): Single =>
  Object.fromEntries(Object.entries(multi).map(([name, values]) => [name, values.at(-1) as string]));

/** What format 1.0 tells of the authorizer: its context itself, not what kind of authorizer it came from. */
function authorizer1({ authorizer }: Exchange): Record<string, unknown> | undefined {
  if (!authorizer) return undefined;
  const { lambda, jwt } = authorizer as { lambda?: Record<string, unknown>; jwt?: Record<string, unknown> };
  return lambda ?? jwt ?? authorizer;
}

/** What integrations and authorizers see of a request in format 1.0. */
export function requestParts1(exchange: Exchange) {
  const { ctx, snapshot, stage, request, route, pathParameters } = exchange;
  const multiHeaders = gathered(headerPairs(exchange));
  const multiQuery = gathered([...new URLSearchParams(request.query)]);
  const resource = route?.RouteKey.split(" ")[1] ?? route?.RouteKey;
  // Of a custom domain name this format tells the base path, which the other leaves out.
  const path = decoded(request.via ? `${request.via.basePath}${request.path}` : request.fullPath);
  const authorizer = authorizer1(exchange);
  const iam = exchange.authorizer?.iam as Record<string, unknown> | undefined;
  return {
    resource,
    path,
    httpMethod: request.method,
    headers: lastOf(multiHeaders),
    multiValueHeaders: multiHeaders,
    queryStringParameters: orNull(lastOf(multiQuery)),
    multiValueQueryStringParameters: orNull(multiQuery),
    requestContext: {
      accountId: ctx.account,
      apiId: snapshot.api.ApiId,
      ...(authorizer && !iam ? { authorizer } : {}),
      domainName: domainNameOf(ctx, snapshot.api, request.via),
      domainPrefix: domainNameOf(ctx, snapshot.api, request.via).split(".")[0],
      extendedRequestId: exchange.requestId,
      httpMethod: request.method,
      identity: {
        accessKey: iam?.accessKey ?? null,
        accountId: iam?.accountId ?? null,
        caller: iam?.callerId ?? null,
        cognitoAmr: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: request.sourceIp,
        user: iam?.userId ?? null,
        userAgent: exchange.headers["user-agent"] ?? "",
        userArn: iam?.userArn ?? null,
      },
      path,
      protocol: "HTTP/1.1",
      requestId: exchange.requestId,
      requestTime: requestTime(exchange.startedAt),
      requestTimeEpoch: exchange.startedAt,
      resourceId: route?.RouteKey,
      resourcePath: resource,
      stage: stage.StageName,
    },
    pathParameters: orNull(pathParameters),
    stageVariables: orNull(stage.StageVariables ?? {}),
  };
}

/** The event of a Lambda proxy integration. */
export function lambdaEvent(exchange: Exchange, format: string | undefined): object {
  if (format === "2.0") return { version: "2.0", ...requestParts2(exchange), ...bodyOf(exchange) };
  const { body = null, isBase64Encoded } = bodyOf(exchange);
  return { version: "1.0", ...requestParts1(exchange), body, isBase64Encoded };
}
