/** Integrations with HTTP endpoints: by proxy, and through mapping templates. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import type { Integration } from "@aws-sdk/client-api-gateway";
import { isHopByHop } from "../shared/http.js";
import { withinTimeout } from "../shared/invoke.js";
import { type ApiResponse, type Exchange, headerOf, type Multi, type Single, withStageVariables } from "./exchange.js";
import { traceAnswer, traceEndpoint } from "./execution-log.js";
import { timeoutOf, tooLate } from "./integration-lambda.js";
import { mapParameters, mapRequest, mapResponse } from "./mapping.js";
import type { Answer } from "./parameters.js";
import { proxyHeaders } from "./proxy-event.js";
import { GatewayError } from "./responses.js";

/** Puts path parameters, stage variables and the query into an integration's URI. */
function urlFor(exchange: Exchange, integration: Integration, path: Single, query: [string, string][]): string {
  const filled = withStageVariables(integration.uri ?? "", exchange).replaceAll(
    /\{([^}]+?)\+?\}/g,
    (whole, name: string) => path[name] ?? whole,
  );
  const url = exchange.ctx.cloud.localUrl(filled);
  if (query.length === 0) return url;
  return `${url}${url.includes("?") ? "&" : "?"}${new URLSearchParams(query).toString()}`;
}

/** Sends a request. @throws GatewayError when the endpoint cannot be reached, or takes too long */
export async function send(
  exchange: Exchange,
  integration: Integration,
  url: string,
  headers: Record<string, string | string[]>,
  body: Buffer,
): Promise<Answer> {
  const verb =
    integration.httpMethod === "ANY" || !integration.httpMethod ? exchange.request.method : integration.httpMethod;
  const started = exchange.ctx.now();
  traceEndpoint(exchange, url, headers, body);
  const controller = new AbortController();
  const options: RequestOptions = {
    method: verb,
    headers: { ...headers, ...(body.length > 0 ? { "content-length": String(body.length) } : {}) },
    rejectUnauthorized: integration.tlsConfig?.insecureSkipVerification !== true,
    signal: controller.signal,
  };
  const work = new Promise<Answer>((resolve, reject) => {
    const outgoing = (url.startsWith("https:") ? httpsRequest : httpRequest)(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const multiHeaders: Multi = {};
        for (let i = 0; i < response.rawHeaders.length; i += 2) {
          const name = response.rawHeaders[i] as string;
          multiHeaders[name] = [...(multiHeaders[name] ?? []), response.rawHeaders[i + 1] as string];
        }
        const single = Object.fromEntries(
          Object.entries(multiHeaders).map(([name, values]) => [name, values.at(-1) as string]),
        );
        resolve({ status: response.statusCode as number, headers: single, multiHeaders, body: Buffer.concat(chunks) });
      });
    });
    outgoing.on("error", () => reject(new GatewayError("INTEGRATION_FAILURE", "Internal server error", 500)));
    outgoing.end(body);
  });
  // The clock must not run past a request that is still under way.
  const { activity } = exchange.ctx.cloud;
  try {
    const answer = await withinTimeout(exchange.ctx, timeoutOf(integration), activity.during(work), tooLate);
    exchange.integration = { status: answer.status, latency: exchange.ctx.now() - started };
    traceAnswer(exchange, answer.headers, answer.body);
    return answer;
  } finally {
    controller.abort();
  }
}

/** Hands the request on as it is, and the answer back. */
export async function httpProxy(exchange: Exchange, integration: Integration): Promise<ApiResponse> {
  const mapped = mapParameters(exchange, integration);
  const { multi } = proxyHeaders(exchange);
  const headers: Record<string, string | string[]> = {};
  for (const [name, values] of Object.entries(multi)) if (!isHopByHop(name)) headers[name] = values;
  const query = Object.entries(exchange.multiQuery).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
  for (const [name, value] of Object.entries(mapped.query)) query.push([name, value]);
  const path = { ...exchange.pathParameters, ...mapped.path };
  const url = urlFor(exchange, integration, path, query);
  const answer = await send(exchange, integration, url, { ...headers, ...mapped.headers }, exchange.request.body);
  const back = Object.entries(answer.multiHeaders).filter(([name]) => !isHopByHop(name));
  return {
    status: answer.status,
    headers: back.flatMap(([name, values]) => values.map((value): [string, string] => [name, value])),
    body: answer.body,
  };
}

/** Hands on what templates make of the request, and makes the answer by others. */
export async function httpMapped(exchange: Exchange, integration: Integration): Promise<ApiResponse> {
  const mapped = mapRequest(exchange, integration);
  const type = headerOf(exchange.headers, "Content-Type") ?? "application/json";
  const headers = { Accept: "application/json", "Content-Type": type, ...mapped.headers };
  const url = urlFor(exchange, integration, mapped.path, Object.entries(mapped.query));
  const answer = await send(exchange, integration, url, headers, mapped.body);
  return mapResponse(exchange, integration, answer, String(answer.status));
}
