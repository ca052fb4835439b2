/** Integrations with Lambda functions: by proxy, and through mapping templates. */
import type { Integration } from "@aws-sdk/client-api-gateway";
import { AwsError } from "../../../kernel/errors.js";
import { functionOf, type Invocation, invokeFunction, withinTimeout } from "../shared/invoke.js";
import { type ApiResponse, type Exchange, headerOf, isBinary, withStageVariables } from "./exchange.js";
import { traceAnswer, traceEndpoint } from "./execution-log.js";
import { mapRequest, mapResponse } from "./mapping.js";
import { proxyEvent } from "./proxy-event.js";
import { badGateway, GatewayError } from "./responses.js";

const PROXY_MEMBERS = new Set(["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"]);

/** How long an integration may take, in milliseconds of the cloud's time. */
export const timeoutOf = (integration: Integration): number => integration.timeoutInMillis ?? 29_000;

export const tooLate = () => new GatewayError("INTEGRATION_TIMEOUT");

async function invoke(
  exchange: Exchange,
  integration: Integration,
  payload: Buffer,
  type?: string,
): Promise<Invocation> {
  const { ctx } = exchange;
  const name = functionOf(withStageVariables(integration.uri ?? "", exchange));
  if (name === undefined) throw new GatewayError("API_CONFIGURATION_ERROR");
  const started = ctx.now();
  const uri = `https://lambda.${ctx.region}.${ctx.urlSuffix}/2015-03-31/functions/${name}/invocations`;
  traceEndpoint(exchange, uri, {}, payload);
  try {
    const result = await withinTimeout(ctx, timeoutOf(integration), invokeFunction(ctx, name, payload, type), tooLate);
    exchange.integration = { status: 200, latency: ctx.now() - started };
    traceAnswer(exchange, {}, result.payload);
    return result;
  } catch (error) {
    exchange.integration = {
      latency: ctx.now() - started,
      error: error instanceof Error ? error.message : String(error),
    };
    if (error instanceof AwsError) throw new GatewayError("API_CONFIGURATION_ERROR");
    throw error;
  }
}

/** Hands the whole request to a function and lets it make the whole answer. */
export async function lambdaProxy(exchange: Exchange, integration: Integration): Promise<ApiResponse> {
  const { payload, failed } = await invoke(exchange, integration, Buffer.from(JSON.stringify(proxyEvent(exchange))));
  if (failed) throw badGateway();
  return proxyResponse(exchange, payload);
}

type Scalar = string | number | boolean;
const isScalar = (value: unknown): value is Scalar => ["string", "number", "boolean"].includes(typeof value);

/** What a function answered, as an HTTP response. @throws GatewayError 502 when it is malformed */
export function proxyResponse(exchange: Exchange, payload: Buffer): ApiResponse {
  const answer = parsed(payload);
  if (!answer || Object.keys(answer).some((name) => !PROXY_MEMBERS.has(name))) throw badGateway();
  const { statusCode = 200, headers, multiValueHeaders, body, isBase64Encoded } = answer;
  const status = Number(statusCode);
  if (!isScalar(statusCode) || !Number.isInteger(status) || status < 100 || status > 599) throw badGateway();
  if (body !== undefined && body !== null && typeof body !== "string") throw badGateway();
  const found = mergeHeaders(headers, multiValueHeaders);
  if (!found.some(([name]) => name.toLowerCase() === "content-type")) found.push(["Content-Type", "application/json"]);
  const binary = isBase64Encoded === true && isBinary(exchange, headerOf(exchange.headers, "Accept"));
  return { status, headers: found, body: Buffer.from(body ?? "", binary ? "base64" : "utf8") };
}

function parsed(payload: Buffer): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(payload.toString()) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Where a header is in both, `multiValueHeaders` has the say. */
function mergeHeaders(headers: unknown, multi: unknown): [string, string][] {
  const merged = new Map<string, [string, string][]>();
  for (const [name, value] of Object.entries((headers ?? {}) as Record<string, unknown>)) {
    if (value === null || value === undefined) continue;
    if (!isScalar(value)) throw badGateway();
    merged.set(name.toLowerCase(), [[name, String(value)]]);
  }
  for (const [name, values] of Object.entries((multi ?? {}) as Record<string, unknown>)) {
    if (!Array.isArray(values)) throw badGateway();
    merged.set(
      name.toLowerCase(),
      values.map((value): [string, string] => [name, String(value)]),
    );
  }
  return [...merged.values()].flat();
}

/** Hands a function what a template makes of the request, and makes the answer from its result by another. */
export async function lambdaMapped(exchange: Exchange, integration: Integration): Promise<ApiResponse> {
  const { body, headers } = mapRequest(exchange, integration);
  const type = headerOf(headers, "X-Amz-Invocation-Type")?.replaceAll("'", "");
  const payload = body.length > 0 ? body : Buffer.from("{}");
  const { payload: result, failed } = await invoke(exchange, integration, payload, type);
  const message = failed ? parsed(result)?.errorMessage : undefined;
  const answer = { status: 200, headers: { "Content-Type": "application/json" }, multiHeaders: {}, body: result };
  return mapResponse(exchange, integration, answer, typeof message === "string" ? message : "");
}
