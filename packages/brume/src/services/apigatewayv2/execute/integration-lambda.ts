/** Lambda proxy integrations: a function gets the whole request and makes the whole answer. */
import { AwsError } from "../../../kernel/errors.js";
import type { Integration } from "../tables.js";
import { type ApiResponse, type Exchange, withStageVariables } from "./exchange.js";
import { ApiFailure } from "./failure.js";
import { functionOf, type Invocation, invokeFunction, withinTimeout } from "./invoke.js";
import { lambdaEvent } from "./lambda-event.js";

const PLAIN = "text/plain;charset=UTF-8";

export async function lambdaProxy(exchange: Exchange, integration: Integration): Promise<ApiResponse> {
  const format = integration.PayloadFormatVersion;
  const { payload, failed } = await invoke(exchange, integration, lambdaEvent(exchange, format));
  if (failed) throw new ApiFailure(500, { reason: "The function failed." });
  return proxyResponse(payload, format);
}

async function invoke(exchange: Exchange, integration: Integration, event: object): Promise<Invocation> {
  const { ctx, stage } = exchange;
  const name = functionOf(withStageVariables(integration.IntegrationUri ?? "", stage));
  if (name === undefined) throw new ApiFailure(500, { reason: "The integration names no function." });
  const started = ctx.now();
  const tooLate = () => new ApiFailure(503, { reason: "INTEGRATION_TIMEOUT" });
  try {
    const milliseconds = integration.TimeoutInMillis ?? 30_000;
    const result = await withinTimeout(ctx, milliseconds, invokeFunction(ctx, name, event), tooLate);
    exchange.integration = { status: 200, latency: ctx.now() - started };
    return result;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    exchange.integration = { latency: ctx.now() - started, error: message };
    if (error instanceof AwsError) throw new ApiFailure(500, { reason: "INTEGRATION_FAILURE" });
    throw error;
  }
}

type Answer = Record<string, unknown>;
const isScalar = (value: unknown) => ["string", "number", "boolean"].includes(typeof value);

/** What a function answered, as an HTTP response. @throws ApiFailure 500 when it is malformed */
export function proxyResponse(payload: string, format: string | undefined): ApiResponse {
  const answer = parsed(payload);
  const isAnswer = typeof answer === "object" && answer !== null && !Array.isArray(answer);
  if (isAnswer && (answer as Answer).statusCode !== undefined) return responseOf(answer as Answer, format);
  // Format 2.0 takes whatever has no status code as the body of an answer that has gone well.
  if (format !== "2.0") throw malformed();
  const body = typeof answer === "string" ? answer : payload;
  return { status: 200, headers: [["Content-Type", "application/json"]], body: Buffer.from(body) };
}

const malformed = () => new ApiFailure(500, { reason: "The function's answer is malformed." });

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    throw malformed();
  }
}

function responseOf(answer: Answer, format: string | undefined): ApiResponse {
  const { statusCode, body, isBase64Encoded, cookies } = answer;
  const status = Number(statusCode);
  if (!isScalar(statusCode) || !Number.isInteger(status) || status < 100 || status > 599) throw malformed();
  if (body !== undefined && body !== null && typeof body !== "string") throw malformed();
  const headers = mergeHeaders(answer, format);
  if (!headers.some(([name]) => name.toLowerCase() === "content-type")) headers.push(["Content-Type", PLAIN]);
  if (format === "2.0" && cookies !== undefined && cookies !== null) {
    if (!Array.isArray(cookies)) throw malformed();
    for (const cookie of cookies) headers.push(["Set-Cookie", String(cookie)]);
  }
  return { status, headers, body: Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8") };
}

/** In format 1.0 a header may have several values, and those have the say over the one in `headers`. */
function mergeHeaders({ headers, multiValueHeaders }: Answer, format: string | undefined): [string, string][] {
  const merged = new Map<string, [string, string][]>();
  for (const [name, value] of Object.entries((headers ?? {}) as Answer)) {
    if (value === null || value === undefined) continue;
    if (!isScalar(value)) throw malformed();
    merged.set(name.toLowerCase(), [[name, String(value)]]);
  }
  if (format === "2.0") return [...merged.values()].flat();
  for (const [name, values] of Object.entries((multiValueHeaders ?? {}) as Answer)) {
    if (!Array.isArray(values)) throw malformed();
    merged.set(
      name.toLowerCase(),
      values.map((value): [string, string] => [name, String(value)]),
    );
  }
  return [...merged.values()].flat();
}
