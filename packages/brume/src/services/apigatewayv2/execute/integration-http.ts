/** HTTP proxy integrations: the request is sent on to an endpoint, and its answer back. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { isHopByHop } from "../../api-gateway/shared/http.js";
import { withinTimeout } from "../../api-gateway/shared/invoke.js";
import type { Integration } from "../tables.js";
import { type ApiResponse, domainNameOf, type Exchange, gathered, type Pairs, withStageVariables } from "./exchange.js";
import { sourcesOf } from "./expressions.js";
import { ApiFailure } from "./failure.js";
import { mapRequest } from "./mapping.js";

const endToEnd = (pairs: Pairs) => pairs.filter(([name]) => !isHopByHop(name));

export async function httpProxy(exchange: Exchange, integration: Integration): Promise<ApiResponse> {
  // Differs from AWS: what lies behind a VPC link is not reached.
  if (integration.ConnectionType === "VPC_LINK") throw new ApiFailure(503, { reason: "There are no VPC links." });
  const { ctx, request, snapshot } = exchange;
  const by = domainNameOf(ctx, snapshot.api, request.via);
  const sent = mapRequest(
    integration.RequestParameters ?? {},
    {
      headers: [...endToEnd(request.headers), ["Forwarded", `by=${by};for=${request.sourceIp};host=${by};proto=https`]],
      query: [...new URLSearchParams(request.query)],
    },
    sourcesOf(exchange),
  );
  const url = urlFor(exchange, integration, sent);
  if (url === undefined) throw new ApiFailure(500, { reason: "The integration's URI is no URL." });
  const verb = integration.IntegrationMethod ?? "ANY";
  const started = ctx.now();
  const answer = await send(exchange, integration, {
    url,
    method: verb === "ANY" ? request.method : verb,
    headers: endToEnd(sent.headers),
  });
  exchange.integration = { status: answer.status, latency: ctx.now() - started };
  return { ...answer, headers: endToEnd(answer.headers) };
}

function urlFor(
  { ctx, stage, pathParameters }: Exchange,
  { IntegrationUri = "" }: Integration,
  { path, query }: { path: string | undefined; query: Pairs },
): URL | undefined {
  const filled = withStageVariables(IntegrationUri, stage).replaceAll(
    /\{([^{}]+?)\+?\}/g,
    (whole, name: string) => pathParameters[name]?.split("/").map(encodeURIComponent).join("/") ?? whole,
  );
  try {
    const url = new URL(ctx.cloud.localUrl(filled));
    if (path !== undefined) url.pathname = path;
    for (const [name, value] of query) url.searchParams.append(name, value);
    return url;
  } catch {
    return undefined;
  }
}

async function send(
  exchange: Exchange,
  integration: Integration,
  { url, method, headers }: { url: URL; method: string; headers: Pairs },
): Promise<ApiResponse> {
  const { ctx, request } = exchange;
  const controller = new AbortController();
  const work = new Promise<ApiResponse>((resolve, reject) => {
    const unreachable = (error: Error) => {
      exchange.integration = { error: error.message };
      reject(new ApiFailure(503, { reason: "INTEGRATION_NETWORK_FAILURE" }));
    };
    const options = {
      method,
      headers: {
        ...gathered(headers),
        ...(request.body.length > 0 ? { "content-length": String(request.body.length) } : {}),
      },
      servername: integration.TlsConfig?.ServerNameToVerify,
      signal: controller.signal,
    };
    const outgoing = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", unreachable);
      response.on("end", () => {
        const pairs: [string, string][] = [];
        const { rawHeaders } = response;
        for (let i = 0; i < rawHeaders.length; i += 2)
          pairs.push([rawHeaders[i] as string, rawHeaders[i + 1] as string]);
        resolve({ status: response.statusCode as number, headers: pairs, body: Buffer.concat(chunks) });
      });
    });
    outgoing.on("error", unreachable);
    outgoing.end(request.body);
  });
  const tooLate = () => new ApiFailure(503, { reason: "INTEGRATION_TIMEOUT" });
  try {
    // The clock must not run past a request that is still under way.
    const counted = ctx.cloud.activity.during(work);
    return await withinTimeout(ctx, integration.TimeoutInMillis ?? 30_000, counted, tooLate);
  } finally {
    controller.abort();
  }
}
