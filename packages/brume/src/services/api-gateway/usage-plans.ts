/** Usage plans: which keys may use which stages, how fast and how often. */
import type { UsagePlan } from "@aws-sdk/client-api-gateway";
import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { periodStart, remainingOn } from "./execute/usage.js";
import { patched, type Rules } from "./patch.js";
import {
  apiKeys,
  badRequest,
  conflict,
  defined,
  getApi,
  getRow,
  notFound,
  page,
  stages,
  usage,
  usageExtensions,
  usagePlanKeys,
  usagePlans,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");
type Plan = UsagePlan & { id: string };

const planOf = (ctx: Context, id: string | undefined) => getRow(ctx, usagePlans, "Invalid Usage Plan ID specified", id);

function check(ctx: Context, plan: Plan): void {
  for (const { apiId, stage } of plan.apiStages ?? []) {
    getApi(ctx, apiId);
    if (!ctx.table(stages).get(apiId as string, stage ?? "")) throw notFound(`API Stage not found: ${apiId}:${stage}`);
  }
  const { quota } = plan;
  if (quota && !["DAY", "WEEK", "MONTH"].includes(quota.period ?? ""))
    throw badRequest("Usage Plan quota period must be DAY, WEEK or MONTH");
}

export const createUsagePlan: Handler<Sdk, "CreateUsagePlan"> = (input, ctx) => {
  if (!input.name) throw badRequest("Usage Plan name must be provided");
  const plan: Plan = { ...defined(input), id: randomLower(6), name: input.name, apiStages: input.apiStages ?? [] };
  check(ctx, plan);
  ctx.table(usagePlans).put([plan.id], plan);
  return plan;
};

export const getUsagePlan: Handler<Sdk, "GetUsagePlan"> = (input, ctx) => planOf(ctx, input.usagePlanId);

export const getUsagePlans: Handler<Sdk, "GetUsagePlans"> = (input, ctx) => {
  const plans = ctx.table(usagePlans).rows();
  const { keyId } = input;
  return page(keyId ? plans.filter(({ id }) => ctx.table(usagePlanKeys).has(id, keyId)) : plans, input);
};

const RULES: Rules = {
  "/name": "text",
  "/description": "text",
  "/productCode": "text",
  "/throttle": { kind: "all", target: () => ["throttle"] },
  "/throttle/burstLimit": "number",
  "/throttle/rateLimit": "number",
  "/quota": { kind: "all", target: () => ["quota"] },
  "/quota/limit": "number",
  "/quota/offset": "number",
  "/quota/period": "text",
};
/** Stages are patched by what names them, `api:stage`, and not by their place in the list. */
const STAGE_RULES: Rules = {
  "/apiStages": { kind: "list", target: () => ["names"] },
  "/apiStages/{}/throttle": { kind: "all", target: ([stage = ""]) => ["throttle", stage] },
  "/apiStages/{}/throttle/{}/burstLimit": {
    kind: "number",
    target: ([stage = "", method = ""]) => ["throttle", stage, method, "burstLimit"],
  },
  "/apiStages/{}/throttle/{}/rateLimit": {
    kind: "number",
    target: ([stage = "", method = ""]) => ["throttle", stage, method, "rateLimit"],
  },
};

export const updateUsagePlan: Handler<Sdk, "UpdateUsagePlan"> = (input, ctx) => {
  const plan = planOf(ctx, input.usagePlanId);
  const operations = input.patchOperations ?? [];
  const ofStages = operations.filter(({ path = "" }) => path.startsWith("/apiStages"));
  const others = operations.filter((operation) => !ofStages.includes(operation));
  const keyed = plan.apiStages?.map((one) => [`${one.apiId}:${one.stage}`, one] as const) ?? [];
  const before = {
    names: keyed.map(([name]) => name),
    throttle: Object.fromEntries(keyed.map(([name, { throttle }]) => [name, throttle])),
  };
  const { names, throttle } = patched(before, ofStages, STAGE_RULES);
  const apiStages = names.map((name) => {
    const [apiId = "", stage = ""] = name.split(":");
    return defined({ apiId, stage, throttle: throttle[name] });
  });
  const after = { ...patched(plan, others, RULES), apiStages };
  check(ctx, after);
  ctx.table(usagePlans).put([plan.id], after);
  return after;
};

export const deleteUsagePlan: Handler<Sdk, "DeleteUsagePlan"> = (input, ctx) => {
  const plan = planOf(ctx, input.usagePlanId);
  if (plan.apiStages?.length) {
    const [{ apiId, stage } = {}] = plan.apiStages;
    throw badRequest(`Cannot delete Usage Plan ${plan.id} because API Stage ${apiId}:${stage} is associated with it`);
  }
  for (const { id } of ctx.table(usagePlanKeys).rows({ prefix: [plan.id] }))
    ctx.table(usagePlanKeys).delete(plan.id, id);
  ctx.table(usagePlans).delete(plan.id);
  return {};
};

export const createUsagePlanKey: Handler<Sdk, "CreateUsagePlanKey"> = (input, ctx) => {
  const plan = planOf(ctx, input.usagePlanId);
  const { id, name, value } = getRow(ctx, apiKeys, "Invalid API Key identifier specified", input.keyId);
  if (input.keyType !== "API_KEY") throw badRequest("Invalid key type specified: only API_KEY is supported");
  if (ctx.table(usagePlanKeys).has(plan.id, id))
    throw conflict("Usage Plan Key already exists for the specified Usage Plan");
  const key = { ...defined({ name }), id, type: "API_KEY", value };
  ctx.table(usagePlanKeys).put([plan.id, id], key);
  return key;
};

export const getUsagePlanKey: Handler<Sdk, "GetUsagePlanKey"> = (input, ctx) => {
  planOf(ctx, input.usagePlanId);
  return getRow(ctx, usagePlanKeys, "Invalid Usage Plan Key identifier specified", input.usagePlanId, input.keyId);
};

export const getUsagePlanKeys: Handler<Sdk, "GetUsagePlanKeys"> = (input, ctx) => {
  const plan = planOf(ctx, input.usagePlanId);
  const keys = ctx.table(usagePlanKeys).rows({ prefix: [plan.id] });
  return page(
    keys.filter(({ name = "" }) => name.startsWith(input.nameQuery ?? "")),
    input,
  );
};

export const deleteUsagePlanKey: Handler<Sdk, "DeleteUsagePlanKey"> = (input, ctx) => {
  planOf(ctx, input.usagePlanId);
  if (!ctx.table(usagePlanKeys).delete(input.usagePlanId as string, input.keyId ?? ""))
    throw notFound("Invalid Usage Plan Key identifier specified");
  return {};
};

const DAY_MS = 86_400_000;
const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

/** Of each day what was used, and what was left of the quota at its end. */
function usageOf(ctx: Context, plan: Plan, key: string, startDate: string, endDate: string): number[][] {
  const [start, end] = [Date.parse(startDate), Date.parse(endDate)];
  if (Number.isNaN(start) || Number.isNaN(end) || end < start) throw badRequest("Invalid date range specified");
  const found: number[][] = [];
  for (let day = start; day <= end; day += DAY_MS) {
    found.push([ctx.table(usage).get(plan.id, key, dayOf(day)) ?? 0, remainingOn(ctx, plan, key, day)]);
  }
  return found;
}

export const getUsage: Handler<Sdk, "GetUsage"> = (input, ctx) => {
  const plan = planOf(ctx, input.usagePlanId);
  const { startDate = "", endDate = "", keyId } = input;
  const keys = ctx.table(usagePlanKeys).rows({ prefix: [plan.id] });
  const wanted = keys.filter(({ id }) => keyId === undefined || id === keyId);
  const items = wanted.map(({ id }) => [id, usageOf(ctx, plan, id, startDate, endDate)] as const);
  const { items: shown, position } = page(items, input);
  return { usagePlanId: plan.id, startDate, endDate, items: Object.fromEntries(shown), position };
};

export const updateUsage: Handler<Sdk, "UpdateUsage"> = (input, ctx) => {
  const plan = planOf(ctx, input.usagePlanId);
  const complaint = "Invalid Usage Plan Key identifier specified";
  const { id } = getRow(ctx, usagePlanKeys, complaint, plan.id, input.keyId);
  if (!plan.quota) throw badRequest("Usage Plan has no quota to extend");
  const now = ctx.now();
  const remaining = remainingOn(ctx, plan, id, now);
  const after = patched({ remaining }, input.patchOperations, { "/remaining": "number" });
  const period = periodStart(now, plan.quota.period);
  const before = ctx.table(usageExtensions).get(plan.id, id, period) ?? 0;
  ctx.table(usageExtensions).put([plan.id, id, period], before + after.remaining - remaining);
  const today = dayOf(now);
  return {
    usagePlanId: plan.id,
    startDate: today,
    endDate: today,
    items: { [id]: usageOf(ctx, plan, id, today, today) },
  };
};
