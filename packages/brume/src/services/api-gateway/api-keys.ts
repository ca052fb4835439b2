/** API keys, which usage plans let through. */
import type { Context } from "../../kernel/context.js";
import { randomLower, randomUpper } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { patched } from "./patch.js";
import { apiKeys, badRequest, conflict, defined, getRow, page, usagePlanKeys, usagePlans } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

const COMPLAINT = "Invalid API Key identifier specified";

type Given = Omit<Parameters<typeof createApiKey>[0], "generateDistinctId">;

/** Makes a key. @throws AwsError `BadRequestException` or `ConflictException` */
export function newApiKey(ctx: Context, input: Given) {
  const value = input.value ?? randomLower(40);
  if (value.length < 20) throw badRequest("API Key value should be at least 20 characters");
  if (
    ctx
      .table(apiKeys)
      .rows()
      .some((key) => key.value === value)
  )
    throw conflict("API Key already exists");
  const now = new Date(ctx.now());
  const id = randomLower(10);
  const { name, description, customerId, enabled = false, tags } = input;
  const stageKeys = (input.stageKeys ?? []).map(({ restApiId, stageName }) => `${restApiId}/${stageName}`);
  const key = {
    ...defined({ name: name ?? randomUpper(10), description, customerId, tags }),
    id,
    value,
    enabled,
    stageKeys,
    createdDate: now,
    lastUpdatedDate: now,
  };
  ctx.table(apiKeys).put([id], key);
  return key;
}

export const createApiKey: Handler<Sdk, "CreateApiKey"> = (input, ctx) => newApiKey(ctx, input);

type Key = Awaited<ReturnType<typeof keyOf>>;
const keyOf = (ctx: Context, id: string | undefined) => getRow(ctx, apiKeys, COMPLAINT, id);

function shown(key: Key, includeValue: boolean | undefined): Omit<Key, "value"> & { value?: string } {
  const { value, ...rest } = key;
  return includeValue ? { ...rest, value } : rest;
}

export const getApiKey: Handler<Sdk, "GetApiKey"> = (input, ctx) => shown(keyOf(ctx, input.apiKey), input.includeValue);

export const getApiKeys: Handler<Sdk, "GetApiKeys"> = (input, ctx) => {
  const { nameQuery, customerId, includeValues } = input;
  const keys = ctx.table(apiKeys).rows();
  const wanted = keys
    .filter(({ name = "" }) => !nameQuery || name.startsWith(nameQuery))
    .filter((key) => !customerId || key.customerId === customerId);
  const { items, ...rest } = page(wanted, input);
  return { items: items.map((key) => shown(key, includeValues)), ...rest };
};

export const updateApiKey: Handler<Sdk, "UpdateApiKey"> = (input, ctx) => {
  const key = keyOf(ctx, input.apiKey);
  const after = patched(key, input.patchOperations, {
    "/name": "text",
    "/description": "text",
    "/customerId": "text",
    "/enabled": "boolean",
    "/stages": { kind: "list", target: () => ["stageKeys"] },
  });
  const updated = { ...after, lastUpdatedDate: new Date(ctx.now()) };
  ctx.table(apiKeys).put([key.id], updated);
  return shown(updated, false);
};

export const deleteApiKey: Handler<Sdk, "DeleteApiKey"> = (input, ctx) => {
  const { id } = keyOf(ctx, input.apiKey);
  ctx.table(apiKeys).delete(id);
  for (const plan of ctx.table(usagePlans).rows()) ctx.table(usagePlanKeys).delete(plan.id, id);
  return {};
};
