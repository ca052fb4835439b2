/** Integrations with S3 by path: the request is sent on as S3 takes it, and what comes back is S3's own answer. */
import type { Integration } from "@aws-sdk/client-api-gateway";
import { type ApiResponse, type Exchange, headerOf } from "./exchange.js";
import { send } from "./integration-http.js";
import { type Mapped, mapResponse } from "./mapping.js";

const PATH = /^arn:[^:]+:apigateway:([^:]+):(?:([^:]+)\.)?s3:path(?:\/(.*))?$/;

/** What an integration's URI names of S3; `undefined` for any other URI. */
export function objectPathOf(uri: string): { region: string; path: string } | undefined {
  const [whole, region = "", bucket, rest = ""] = PATH.exec(uri) ?? [];
  return whole === undefined ? undefined : { region, path: bucket ? `/${bucket}/${rest}` : `/${rest}` };
}

export async function objectMapped(
  exchange: Exchange,
  integration: Integration,
  { region, path }: { region: string; path: string },
  mapped: Mapped,
): Promise<ApiResponse> {
  const { ctx } = exchange;
  const filled = path.replaceAll(/\{([^}]+?)\+?\}/g, (_, name: string) => mapped.path[name] ?? "");
  const url = new URL(ctx.cloud.endpoint + filled.replace(/^\/+/, "/"));
  for (const [name, value] of Object.entries(mapped.query)) url.searchParams.append(name, value);
  const type = headerOf(exchange.headers, "Content-Type");
  const time = new Date(ctx.now()).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  // A key that is an account's id is taken at its word: nothing has to be signed.
  const scope = `${ctx.account}/${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const headers = {
    ...(type && mapped.body.length > 0 ? { "Content-Type": type } : {}),
    ...mapped.headers,
    Authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${"0".repeat(64)}`,
    "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
    "X-Amz-Date": time,
  };
  const answer = await send(exchange, integration, url.href, headers, mapped.body);
  return mapResponse(exchange, integration, answer, String(answer.status));
}
