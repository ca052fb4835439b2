/** API keys, usage plans and throttling: who may send how many requests, by the cloud's clock. */
import type { ThrottleSettings, UsagePlan } from "@aws-sdk/client-api-gateway";
import type { Context } from "../../../kernel/context.js";
import { takeToken } from "../shared/token-bucket.js";
import { apiKeys, usage, usageExtensions, usagePlanKeys, usagePlans } from "../tables.js";
import { type Exchange, headerOf } from "./exchange.js";
import { settingsOf } from "./method-settings.js";
import { GatewayError } from "./responses.js";

const DAY_MS = 86_400_000;

/** Takes a request's place in its plan and its method's limits. @throws GatewayError 403 or 429 */
export function admit(exchange: Exchange): void {
  const { method, ctx } = exchange;
  if (method?.apiKeyRequired) admitKey(exchange);
  const { settings: limits } = settingsOf(exchange);
  if (limits.throttlingRateLimit === undefined && limits.throttlingBurstLimit === undefined) return;
  const name = `${exchange.snapshot.api.id}/${exchange.stage.stageName}/${exchange.resource?.id}/${method?.httpMethod}`;
  take(ctx, name, { rateLimit: limits.throttlingRateLimit, burstLimit: limits.throttlingBurstLimit });
}

function admitKey(exchange: Exchange): void {
  const { ctx, snapshot, stage, headers } = exchange;
  const fromAuthorizer = snapshot.api.apiKeySource === "AUTHORIZER";
  const value = fromAuthorizer ? exchange.usageIdentifierKey : headerOf(headers, "x-api-key");
  const key =
    value &&
    ctx
      .table(apiKeys)
      .rows()
      .find((one) => one.value === value && one.enabled);
  if (!key) throw new GatewayError("INVALID_API_KEY");
  const plan = ctx
    .table(usagePlans)
    .rows()
    .filter(({ id }) => ctx.table(usagePlanKeys).has(id, key.id))
    .find(({ apiStages }) => apiStages?.some((one) => one.apiId === snapshot.api.id && one.stage === stage.stageName));
  if (!plan) throw new GatewayError("INVALID_API_KEY");
  exchange.apiKey = { id: key.id, value: key.value };
  throttle(exchange, plan, key.id);
  countRequest(ctx, plan, key.id);
}

function throttle({ ctx, snapshot, stage, resource, method }: Exchange, plan: UsagePlan, key: string): void {
  const own = plan.apiStages?.find((one) => one.apiId === snapshot.api.id && one.stage === stage.stageName)?.throttle;
  // The method of the root is written with one slash or with two.
  const name = `${resource?.path}/${method?.httpMethod}`.replace(/^\/+/, "/");
  const limits = own?.[name] ?? own?.[`/${name}`];
  if (limits) take(ctx, `${plan.id}/${key}/${stage.stageName}/${name}`, limits);
  if (plan.throttle) take(ctx, `${plan.id}/${key}`, plan.throttle);
}

function take(ctx: Context, name: string, limits: ThrottleSettings): void {
  if (!takeToken(ctx, name, limits)) throw new GatewayError("THROTTLED");
}

/** The first day of the period that a moment falls in. */
export function periodStart(now: number, period: string | undefined): string {
  const day = new Date(now).toISOString().slice(0, 10);
  if (period === "MONTH") return `${day.slice(0, 8)}01`;
  if (period !== "WEEK") return day;
  return new Date(now - new Date(now).getUTCDay() * DAY_MS).toISOString().slice(0, 10);
}

/** What is left of a key's quota at the end of a day; never less than nothing. */
export function remainingOn(ctx: Context, { id, quota }: UsagePlan & { id: string }, key: string, day: number): number {
  const { limit = 0, offset = 0, period } = quota ?? {};
  const start = periodStart(day, period);
  const next = new Date(day + DAY_MS).toISOString().slice(0, 10);
  const counts = ctx.table(usage).rows({ prefix: [id, key], from: [start], before: [next] });
  const used = counts.reduce((sum, count) => sum + count, offset);
  return Math.max(0, limit + (ctx.table(usageExtensions).get(id, key, start) ?? 0) - used);
}

function countRequest(ctx: Context, plan: UsagePlan & { id: string }, key: string): void {
  const table = ctx.table(usage);
  const today = new Date(ctx.now()).toISOString().slice(0, 10);
  if (plan.quota?.limit !== undefined && remainingOn(ctx, plan, key, ctx.now()) <= 0) {
    throw new GatewayError("QUOTA_EXCEEDED");
  }
  table.put([plan.id, key, today], (table.get(plan.id, key, today) ?? 0) + 1);
  // Other requests must see the count, before this one is answered.
  ctx.publish();
}
