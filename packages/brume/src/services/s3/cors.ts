/** Cross-origin requests: preflights, and the headers on the answers that follow. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Endpoint } from "../../kernel/service.js";
import { httpOf, withHttp } from "../../protocol/answer.js";
import { escapeXml } from "../../protocol/xml.js";
import { bucketOfUrl, configuration } from "./tables.js";

interface CorsRule {
  readonly AllowedHeaders?: readonly string[];
  readonly AllowedMethods: readonly string[];
  readonly AllowedOrigins: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  readonly MaxAgeSeconds?: number;
}

/** Whether a text meets a pattern with at most one `*`. */
function meets(text: string, pattern: string): boolean {
  const star = pattern.indexOf("*");
  if (star < 0) return text === pattern;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
}

function findRule(
  rules: readonly CorsRule[],
  origin: string,
  method: string,
  headers: readonly string[],
): CorsRule | undefined {
  return rules.find(
    ({ AllowedOrigins, AllowedMethods, AllowedHeaders = [] }) =>
      AllowedOrigins.some((pattern) => meets(origin, pattern)) &&
      AllowedMethods.includes(method) &&
      headers.every((name) => AllowedHeaders.some((pattern) => meets(name, pattern.toLowerCase()))),
  );
}

function headersOf(rule: CorsRule, origin: string, requested: readonly string[]): Record<string, string> {
  const everybody = rule.AllowedOrigins.includes("*");
  const headers: Record<string, string> = {
    "access-control-allow-origin": everybody ? "*" : origin,
    "access-control-allow-methods": rule.AllowedMethods.join(", "),
    vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
  };
  if (!everybody) headers["access-control-allow-credentials"] = "true";
  if (requested.length > 0) headers["access-control-allow-headers"] = requested.join(", ");
  if (rule.ExposeHeaders?.length) headers["access-control-expose-headers"] = rule.ExposeHeaders.join(", ");
  if (rule.MaxAgeSeconds !== undefined) headers["access-control-max-age"] = String(rule.MaxAgeSeconds);
  return headers;
}

const NOT_ALLOWED =
  "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";

/** Answers a preflight (OPTIONS) request for a bucket, named by the path or the host. */
export const preflight: Endpoint = (request, response, ctx) => {
  const refuse = (status: number, code: string, message: string) => {
    response.writeHead(status, { "content-type": "application/xml", "x-amz-request-id": ctx.requestId });
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message><RequestId>${ctx.requestId}</RequestId><HostId>${ctx.requestId}</HostId></Error>`,
    );
  };
  const { origin, "access-control-request-method": method } = request.headers;
  if (origin === undefined) {
    return refuse(400, "BadRequest", "Insufficient information. Origin request header needed.");
  }
  if (typeof method !== "string") {
    return refuse(400, "BadRequest", "Invalid Access-Control-Request-Method: null");
  }
  const { bucket = "" } = bucketOfUrl(request.headers.host, request.url ?? "");
  const rules = configuration<CorsRule[]>(ctx, bucket, "cors");
  if (!rules) return refuse(403, "AccessForbidden", "CORSResponse: CORS is not enabled for this bucket.");
  const requested = String(request.headers["access-control-request-headers"] ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean);
  const rule = findRule(rules, origin, method, requested);
  if (!rule) return refuse(403, "AccessForbidden", NOT_ALLOWED);
  response.writeHead(200, { ...headersOf(rule, origin, requested), "x-amz-request-id": ctx.requestId });
  response.end();
};

type AnyHandler = (input: never, ctx: Context) => unknown;

// Differs from AWS: what is refused before the operation begins (signatures, permissions) carries no CORS headers.
/** Operations whose answers carry CORS headers where the request has an origin that the bucket allows. */
export function answeringCors<T extends Record<string, { handler: AnyHandler }>>(operations: T): T {
  const wrapped = Object.entries(operations).map(([name, operation]) => [
    name,
    { ...operation, handler: withCors(operation.handler) },
  ]);
  return Object.fromEntries(wrapped) as T;
}

function withCors(handler: AnyHandler): AnyHandler {
  return (input, ctx) => {
    if (ctx.http?.headers.origin === undefined) return handler(input, ctx);
    const { origin } = ctx.http.headers;
    const { method } = ctx.http;
    const { Bucket } = input as { Bucket?: string };
    const add = (answer: unknown) => addHeaders(answer as object, corsHeaders(ctx, Bucket, origin, method));
    const refuse = (error: unknown) => {
      throw error instanceof AwsError ? add(error) : error;
    };
    try {
      const output = handler(input, ctx);
      return output instanceof Promise ? output.then(add, refuse) : add(output);
    } catch (error) {
      return refuse(error);
    }
  };
}

/** The headers that a bucket's rules put on an answer; none where they do not allow the request. */
export function corsHeaders(
  ctx: Context,
  bucket: string | undefined,
  origin: string | string[] | undefined,
  method: string,
): Record<string, string> {
  if (bucket === undefined || typeof origin !== "string") return {};
  const rule = findRule(configuration<CorsRule[]>(ctx, bucket, "cors") ?? [], origin, method, []);
  return rule ? headersOf(rule, origin, []) : {};
}

function addHeaders(answer: object, headers: Record<string, string>): object {
  const http = httpOf(answer);
  return withHttp(answer, { ...http, headers: { ...http?.headers, ...headers } });
}
