/** Where APIs and what belongs to them are kept, how they are found, and what is said when they are not. */
import type * as Sdk from "@aws-sdk/client-apigatewayv2";
import type { Context } from "../../kernel/context.js";
import { defineTable } from "../../kernel/store.js";
import { badRequest, getRow } from "../api-gateway/shared/rows.js";

export { badRequest, conflict, getRow, notFound } from "../api-gateway/shared/rows.js";

type Known<Row, Member extends keyof Row> = Row & { [M in Member]-?: NonNullable<Row[M]> };

/** As it is kept: its endpoint depends on where the cloud listens, and is added when it is shown. */
export type Api = Omit<Known<Sdk.Api, "ApiId" | "Name" | "ProtocolType" | "RouteSelectionExpression">, "ApiEndpoint">;
export type Route = Known<Sdk.Route, "RouteId" | "RouteKey">;
export type Integration = Known<Sdk.Integration, "IntegrationId" | "IntegrationType">;
export type IntegrationResponse = Known<Sdk.IntegrationResponse, "IntegrationResponseId" | "IntegrationResponseKey"> & {
  IntegrationId: string;
};
export type RouteResponse = Known<Sdk.RouteResponse, "RouteResponseId" | "RouteResponseKey"> & { RouteId: string };
export type Authorizer = Known<Sdk.Authorizer, "AuthorizerId" | "Name" | "AuthorizerType">;
export type Stage = Known<Sdk.Stage, "StageName">;
export type Deployment = Known<Sdk.Deployment, "DeploymentId">;
export type Model = Known<Sdk.Model, "ModelId" | "Name">;

/** What a deployment froze: all that answering a request needs. */
export interface Snapshot {
  readonly api: Api;
  readonly routes: readonly Route[];
  readonly integrations: readonly Integration[];
  readonly integrationResponses: readonly IntegrationResponse[];
  readonly routeResponses: readonly RouteResponse[];
  readonly authorizers: readonly Authorizer[];
}

/** [api] */
export const apis = defineTable<Api>("apigatewayv2/apis");
/** [api]: whose it is, for requests that carry nothing but its id. */
export const owners = defineTable<{ account: string; region: string }>("apigatewayv2/owners", "cloud");
/** [api, route] */
export const routes = defineTable<Route>("apigatewayv2/routes");
/** [api, route, response] */
export const routeResponses = defineTable<RouteResponse>("apigatewayv2/route-responses");
/** [api, integration] */
export const integrations = defineTable<Integration>("apigatewayv2/integrations");
/** [api, integration, response] */
export const integrationResponses = defineTable<IntegrationResponse>("apigatewayv2/integration-responses");
/** [api, authorizer] */
export const authorizers = defineTable<Authorizer>("apigatewayv2/authorizers");
/** [api, model] */
export const models = defineTable<Model>("apigatewayv2/models");
/** [api, stage] */
export const stages = defineTable<Stage>("apigatewayv2/stages");
/** [api, deployment] */
export const deployments = defineTable<Deployment>("apigatewayv2/deployments");
/** [api, deployment] */
export const snapshots = defineTable<Snapshot>("apigatewayv2/snapshots");
/** What is deployed of an API: a change of one of these is what automatic deployments wait for. */
export const CONFIGURATION = [routes, routeResponses, integrations, integrationResponses, authorizers, models] as const;
/** Tables whose rows go with an API. */
export const PARTS_OF_API = [...CONFIGURATION, stages, deployments, snapshots] as const;

/** @throws AwsError `NotFoundException` */
export const getApiRow = (ctx: Context, id: string | undefined): Api =>
  getRow(ctx, apis, `Invalid API identifier specified ${ctx.account}:${id}`, id);

/** One page of a list. */
export function page<Row>(
  rows: readonly Row[],
  { MaxResults, NextToken }: { MaxResults?: string | undefined; NextToken?: string | undefined },
): { Items: Row[]; NextToken?: string } {
  const start = NextToken === undefined ? 0 : Number(Buffer.from(NextToken, "base64url").toString());
  const size = MaxResults === undefined ? 1000 : Number(MaxResults);
  if (!Number.isInteger(start) || start < 0) throw badRequest("Invalid NextToken specified");
  if (!Number.isInteger(size) || size < 1) throw badRequest("Invalid MaxResults specified");
  const Items = rows.slice(start, start + size);
  if (rows.length <= start + size) return { Items };
  return { Items, NextToken: Buffer.from(String(start + size)).toString("base64url") };
}

/** `value` without the members that are `undefined`. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

/** @throws AwsError `BadRequestException` when a member is missing */
export function required(value: string | undefined, name: string): string {
  if (!value) throw badRequest(`${name} is a required field`);
  return value;
}

type Bag = Record<string, unknown>;
const isMap = (value: unknown): value is Bag => Object.getPrototypeOf(value ?? 0) === Object.prototype;
const isEmpty = (value: unknown) => value === "" || (isMap(value) && Object.keys(value).length === 0);

/**
 * A row with the changes of an update: what is not mentioned stays, an empty text takes a member away. Of the members
 * that are `maps` only the entries mentioned change, and those that are empty go.
 */
export function merged<Row extends object>(row: Row, changes: Partial<Row>, maps: readonly (keyof Row)[] = []): Row {
  const after = { ...row } as Bag;
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    if (maps.includes(name as keyof Row)) {
      const entries = Object.entries({ ...(after[name] as Bag | undefined), ...(value as Bag) });
      after[name] = Object.fromEntries(entries.filter(([, entry]) => !isEmpty(entry)));
    } else if (value === "") delete after[name];
    else after[name] = value;
  }
  return after as Row;
}
