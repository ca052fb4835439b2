/** Where APIs and what belongs to them are kept, how they are found, and what is said when they are not. */
import type * as Sdk from "@aws-sdk/client-api-gateway";
import type { Context } from "../../kernel/context.js";
import { defineTable } from "../../kernel/store.js";
import { badRequest, getRow, notFound } from "./shared/rows.js";

export { badRequest, conflict, getRow, notFound } from "./shared/rows.js";

export type RestApi = Sdk.RestApi & { id: string; rootResourceId: string };
export type Method = Sdk.Method & { httpMethod: string };
/** A resource and its methods: one row, since they are always read together. */
export type Resource = Omit<Sdk.Resource, "resourceMethods"> & {
  id: string;
  path: string;
  resourceMethods: Record<string, Method>;
};
export type Model = Sdk.Model & { id: string; name: string };
export type Validator = Sdk.RequestValidator & { id: string };
export type Authorizer = Sdk.Authorizer & { id: string };
export type Deployment = Omit<Sdk.Deployment, "apiSummary"> & { id: string };
export type Stage = Sdk.Stage & { stageName: string; deploymentId: string };
export type GatewayResponse = Sdk.GatewayResponse & { responseType: string };

/** What a deployment froze: all that answering a request needs. */
export interface Snapshot {
  readonly api: RestApi;
  readonly resources: readonly Resource[];
  readonly models: readonly Model[];
  readonly validators: readonly Validator[];
  readonly authorizers: readonly Authorizer[];
  readonly gatewayResponses: readonly GatewayResponse[];
}

/** [api] */
export const restApis = defineTable<RestApi>("api-gateway/rest-apis", "region", { cached: true });
/** [api]: whose it is, for requests that carry nothing but its id. */
export const owners = defineTable<{ account: string; region: string }>("api-gateway/owners", "cloud", { cached: true });
/** [api, resource] */
export const resources = defineTable<Resource>("api-gateway/resources");
/** [api, model name] */
export const models = defineTable<Model>("api-gateway/models");
/** [api, validator] */
export const validators = defineTable<Validator>("api-gateway/request-validators");
/** [api, authorizer] */
export const authorizers = defineTable<Authorizer>("api-gateway/authorizers");
/** [api, deployment] */
export const deployments = defineTable<Deployment>("api-gateway/deployments");
/** [api, deployment] */
export const snapshots = defineTable<Snapshot>("api-gateway/snapshots", "region", { cached: true });
/** [api, stage] */
export const stages = defineTable<Stage>("api-gateway/stages", "region", { cached: true });
/** [api, response type] */
export const gatewayResponses = defineTable<GatewayResponse>("api-gateway/gateway-responses");
/** [api, part] */
export const documentationParts = defineTable<Sdk.DocumentationPart & { id: string }>(
  "api-gateway/documentation-parts",
);
/** [api, version] */
export const documentationVersions = defineTable<Sdk.DocumentationVersion & { version: string }>(
  "api-gateway/documentation-versions",
);
/** [""] */
export const accounts = defineTable<Sdk.Account>("api-gateway/accounts");
/** [key] */
export const apiKeys = defineTable<Sdk.ApiKey & { id: string; value: string }>("api-gateway/api-keys");
/** [plan] */
export const usagePlans = defineTable<Sdk.UsagePlan & { id: string }>("api-gateway/usage-plans");
/** [plan, key] */
export const usagePlanKeys = defineTable<Sdk.UsagePlanKey & { id: string }>("api-gateway/usage-plan-keys");
/** [plan, key, date]: how many requests were made that day. */
export const usage = defineTable<number>("api-gateway/usage");
/** [plan, key, first day of the period]: how many requests a key was granted beside its quota. */
export const usageExtensions = defineTable<number>("api-gateway/usage-extensions");
/** [certificate] */
export const clientCertificates = defineTable<Sdk.ClientCertificate & { clientCertificateId: string }>(
  "api-gateway/client-certificates",
);

/** Tables whose rows go with an API. */
export const PARTS_OF_API = [
  resources,
  models,
  validators,
  authorizers,
  deployments,
  snapshots,
  stages,
  gatewayResponses,
  documentationParts,
  documentationVersions,
] as const;

/** @throws AwsError `NotFoundException` */
export function getApi(ctx: Context, id: string | undefined): RestApi {
  return getRow(ctx, restApis, `Invalid API identifier specified ${ctx.account}:${id}`, id);
}

/** @throws AwsError `NotFoundException` */
export function getResource(ctx: Context, api: string | undefined, id: string | undefined): Resource {
  getApi(ctx, api);
  return getRow(ctx, resources, "Invalid Resource identifier specified", api, id);
}

/** @throws AwsError `NotFoundException` */
export function getMethod(
  ctx: Context,
  input: { restApiId: string | undefined; resourceId: string | undefined; httpMethod: string | undefined },
): { resource: Resource; method: Method } {
  const resource = getResource(ctx, input.restApiId, input.resourceId);
  const method = resource.resourceMethods[input.httpMethod ?? ""];
  if (!method) throw notFound("Invalid Method identifier specified");
  return { resource, method };
}

export function putMethodRow(ctx: Context, api: string, resource: Resource, method: Method): void {
  const resourceMethods = { ...resource.resourceMethods, [method.httpMethod]: method };
  ctx.table(resources).put([api, resource.id], { ...resource, resourceMethods });
}

/** One page of a list, as the API's `position` and `limit` say. */
export function page<Row>(
  rows: readonly Row[],
  { position, limit = 25 }: { position?: string | undefined; limit?: number | undefined },
): { items: Row[]; position?: string } {
  const start = position === undefined ? 0 : Number(Buffer.from(position, "base64url").toString());
  if (!Number.isInteger(start)) throw badRequest("Invalid position specified");
  if (limit < 1) throw badRequest("Limit must be a positive number");
  const end = start + Math.min(limit, 500);
  const items = rows.slice(start, end);
  return rows.length > end ? { items, position: Buffer.from(String(end)).toString("base64url") } : { items };
}

/** `value` without the members that are `undefined`. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

/** @throws AwsError `BadRequestException` when a name is missing */
export function required(value: string | undefined, what: string): string {
  if (!value) throw badRequest(`${what} must be provided`);
  return value;
}
