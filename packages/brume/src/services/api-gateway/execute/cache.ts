/** The cache of a stage: answers of integrations, for as long as the settings of their method say. */
import type { Integration } from "@aws-sdk/client-api-gateway";
import { defineMemory } from "../../../kernel/cloud.js";
import type { Context } from "../../../kernel/context.js";
import { AwsError } from "../../../kernel/errors.js";
import { contextVariables } from "./context-variables.js";
import { type ApiResponse, type Exchange, headerOf } from "./exchange.js";
import { settingsOf } from "./method-settings.js";
import { parameterValue } from "./parameters.js";
import { GatewayError } from "./responses.js";

const DEFAULT_TTL_SECONDS = 300;
const MAX_TTL_SECONDS = 3600;
const MAX_ENTRY_BYTES = 1024 * 1024;
const MAX_ENTRIES = 1000;

interface Entry {
  readonly response: ApiResponse;
  readonly expiresAt: number;
}
const caches = defineMemory("api-gateway/responses", () => new Map<string, Entry>());

/** For how long the answers of a method are kept; 0 where they are not. */
function ttlOf(exchange: Exchange): number {
  if (!exchange.stage.cacheClusterEnabled) return 0;
  const { settings, isOwn } = settingsOf(exchange);
  // Other methods than GET are cached where their own settings say so.
  if (!settings.cachingEnabled || (exchange.request.method !== "GET" && !isOwn)) return 0;
  return Math.min(settings.cacheTtlInSeconds ?? DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS);
}

function keyOf(exchange: Exchange, { cacheNamespace, cacheKeyParameters = [] }: Integration): string {
  const { snapshot, stage, resource, request, canary } = exchange;
  const context = contextVariables(exchange);
  const values = cacheKeyParameters.map((expression) => parameterValue(expression, exchange, context, undefined));
  // A canary may have a cache of its own.
  const part = canary && !stage.canarySettings?.useStageCache ? "canary" : "";
  const place = [snapshot.api.id, stage.stageName, part, cacheNamespace ?? resource?.id, request.method];
  return JSON.stringify([...place, ...values.map((value) => value ?? "")]);
}

/** An answer from the cache, or from the integration, and then kept. */
export async function throughCache(
  exchange: Exchange,
  integration: Integration,
  perform: () => Promise<ApiResponse>,
): Promise<ApiResponse> {
  const ttl = ttlOf(exchange);
  if (ttl <= 0) return perform();
  const { ctx } = exchange;
  const cache = ctx.memory(caches);
  const key = keyOf(exchange, integration);
  const found = cache.get(key);
  const refresh = wantsFresh(exchange);
  if (found && found.expiresAt > ctx.now() && refresh !== "fresh") {
    return refresh === "warn" ? withWarning(found.response) : found.response;
  }
  const response = await perform();
  if (response.status >= 200 && response.status < 300 && response.body.length <= MAX_ENTRY_BYTES) {
    const [oldest] = cache.keys();
    if (cache.size >= MAX_ENTRIES && oldest !== undefined) cache.delete(oldest);
    cache.set(key, { response, expiresAt: ctx.now() + ttl * 1000 });
  }
  return refresh === "warn" ? withWarning(response) : response;
}

/** Whether the client wants a fresh answer and may have it; those who may not are refused, warned or passed over. */
function wantsFresh(exchange: Exchange): "fresh" | "warn" | undefined {
  const control = headerOf(exchange.headers, "Cache-Control") ?? "";
  if (!/max-age=0\b|no-cache/i.test(control)) return undefined;
  const { settings } = settingsOf(exchange);
  if (settings.requireAuthorizationForCacheControl === false || mayInvalidate(exchange)) return "fresh";
  const strategy = settings.unauthorizedCacheControlHeaderStrategy ?? "SUCCEED_WITH_RESPONSE_HEADER";
  if (strategy === "FAIL_WITH_403") throw new GatewayError("ACCESS_DENIED");
  return strategy === "SUCCEED_WITH_RESPONSE_HEADER" ? "warn" : undefined;
}

function mayInvalidate({ request: { caller, method, path }, ctx, snapshot, stage }: Exchange): boolean {
  if (!caller || caller.principal.type === "anonymous") return false;
  const arn = ctx.arn(`${snapshot.api.id}/${stage.stageName}/${method}${path}`, "execute-api");
  try {
    caller.cloud.authorizer?.(caller, ["execute-api:InvalidateCache"], [arn]);
    return true;
  } catch (error) {
    if (error instanceof AwsError) return false;
    throw error;
  }
}

const withWarning = (response: ApiResponse): ApiResponse => ({
  ...response,
  headers: [...response.headers, ["Warning", "199 Cache-control header received from unauthorized caller"]],
});

/** Forgets what a stage has cached. */
export function flushResponses(ctx: Context, api: string, stage: string): void {
  const prefix = JSON.stringify([api, stage]).slice(0, -1);
  const cache = ctx.memory(caches);
  for (const key of [...cache.keys()]) if (key.startsWith(prefix)) cache.delete(key);
}
