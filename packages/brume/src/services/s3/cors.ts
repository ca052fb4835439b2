/** Cross-origin requests: preflights, and the headers on the answers that follow. */
import type { Context } from "../../kernel/context.js";
import type { Endpoint } from "../../kernel/service.js";
import { httpOf, withHttp } from "../../protocol/answer.js";
import { escapeXml } from "../../protocol/xml.js";
import { configuration } from "./tables.js";

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
  const host = /^(.+?)\.s3[.-]/.exec(request.headers.host ?? "")?.[1];
  const bucket = host ?? decodeURIComponent(/^\/([^/?]*)/.exec(request.url ?? "")?.[1] ?? "");
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

/** Operations whose answers carry CORS headers where the request has an origin that the bucket allows. */
// Differs from AWS: answers that are errors carry no CORS headers.
export function answeringCors<T extends Record<string, { handler: AnyHandler }>>(operations: T): T {
  const wrapped = Object.entries(operations).map(([name, operation]) => [
    name,
    { ...operation, handler: withCors(operation.handler) },
  ]);
  return Object.fromEntries(wrapped) as T;
}

function withCors(handler: AnyHandler): AnyHandler {
  return (input, ctx) => {
    const origin = ctx.http?.headers.origin;
    if (typeof origin !== "string") return handler(input, ctx);
    const output = handler(input, ctx);
    const add = (answer: unknown) => addHeaders(answer as object, (input as { Bucket?: string }).Bucket, origin, ctx);
    return output instanceof Promise ? output.then(add) : add(output);
  };
}

function addHeaders(output: object, bucket: string | undefined, origin: string, ctx: Context): object {
  const rules = bucket === undefined ? undefined : configuration<CorsRule[]>(ctx, bucket, "cors");
  const rule = rules && findRule(rules, origin, ctx.http?.method ?? "GET", []);
  if (!rule) return output;
  const http = httpOf(output);
  return withHttp(output, { ...http, headers: { ...http?.headers, ...headersOf(rule, origin, []) } });
}
