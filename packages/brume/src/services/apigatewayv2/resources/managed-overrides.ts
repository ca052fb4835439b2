/** AWS::ApiGatewayV2::ApiGatewayManagedOverrides: what a template says of what quick create has made. */
import { defineResource, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { boolean, call, changesOf, list, map, number, object, orGone, type Property, text } from "./mapped.js";

type Part = "Integration" | "Route" | "Stage";

const PARTS: Readonly<Record<Part, { readonly key: string; readonly properties: Readonly<Record<string, Property>> }>> =
  {
    Integration: {
      key: "IntegrationId",
      properties: {
        Description: text,
        IntegrationMethod: text,
        PayloadFormatVersion: text,
        TimeoutInMillis: number(30_000),
      },
    },
    Route: {
      key: "RouteId",
      properties: {
        AuthorizationScopes: list,
        AuthorizationType: { kind: "text", standard: "NONE" },
        AuthorizerId: text,
        OperationName: text,
        Target: text,
      },
    },
    Stage: {
      key: "StageName",
      properties: {
        AccessLogSettings: object,
        AutoDeploy: { ...boolean, standard: true },
        DefaultRouteSettings: object,
        Description: text,
        RouteSettings: map,
        StageVariables: map,
      },
    },
  };

async function apply(previous: Properties, desired: Properties, ApiId: string, ctx: ResourceContext): Promise<void> {
  for (const [part, { key, properties }] of Object.entries(PARTS)) {
    const [before, after] = [(previous[part] ?? {}) as Properties, (desired[part] ?? {}) as Properties];
    const changes = changesOf(properties, before, after);
    if (Object.keys(changes).length === 0) continue;
    const { Items = [] } = (await call(`Get${part}s`, { ApiId }, ctx)) as { Items?: Properties[] };
    const managed = Items.find(({ ApiGatewayManaged }) => ApiGatewayManaged === true);
    if (managed) await call(`Update${part}`, { ApiId, [key]: managed[key], ...changes }, ctx);
  }
}

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  return (await orGone(call("GetApi", { ApiId: actual.ApiId }, ctx))) && actual;
}

export default defineResource({
  async create(desired, ctx) {
    const ApiId = desired.ApiId as string;
    await call("GetApi", { ApiId }, ctx);
    await apply({}, desired, ApiId, ctx);
    return { ...desired, Id: ApiId };
  },
  read,
  async update(desired, actual, ctx, previous) {
    await apply(previous, desired, actual.ApiId as string, ctx);
    return { ...desired, Id: actual.ApiId as string };
  },
  async delete(actual, ctx) {
    if (await read(actual, ctx)) await apply(actual, {}, actual.ApiId as string, ctx);
  },
  async list() {
    return [];
  },
});
