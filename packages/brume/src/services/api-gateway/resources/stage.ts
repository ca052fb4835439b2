/** AWS::ApiGateway::Stage */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { arnOf, orGone, setTags, tagList, tagMap, withoutUndefined } from "./mapped.js";
import { CANARY, METHOD_SETTINGS, prefixOf, stagePatch } from "./stage-settings.js";

type Output = Record<string, Json | undefined>;

const keyOf = ({ RestApiId, StageName }: Properties) => ({ restApiId: RestApiId, stageName: StageName });

/** The settings of methods; where several of `given` are for the same methods, each of those with its part of them. */
function settingsOf(settings: Json | undefined, given: Json | undefined): Json | undefined {
  const entries = Object.entries((settings ?? {}) as Record<string, Output>);
  if (entries.length === 0) return undefined;
  return entries.flatMap(([key, values]) => {
    const slash = key.lastIndexOf("/");
    const set = Object.entries(METHOD_SETTINGS).map(([name, [, member]]) => [name, values[member]]);
    const merged = withoutUndefined({
      ResourcePath: `/${key.slice(0, slash)}`,
      HttpMethod: key.slice(slash + 1),
      ...(Object.fromEntries(set) as Output),
    });
    const parts = ((given ?? []) as Properties[]).filter((part) => prefixOf(part) === prefixOf(merged));
    if (parts.length < 2) return [merged];
    return parts.map((part) => Object.fromEntries(Object.keys(part).map((name) => [name, merged[name] ?? null])));
  });
}

function modelOf(stage: Output, { RestApiId, MethodSettings }: Properties): Properties {
  const log = stage.accessLogSettings as Output | undefined;
  return withoutUndefined({
    RestApiId,
    StageName: stage.stageName,
    DeploymentId: stage.deploymentId,
    Description: stage.description,
    CacheClusterEnabled: stage.cacheClusterEnabled,
    CacheClusterSize: stage.cacheClusterSize,
    ClientCertificateId: stage.clientCertificateId,
    DocumentationVersion: stage.documentationVersion,
    TracingEnabled: stage.tracingEnabled,
    Variables: Object.keys((stage.variables ?? {}) as object).length > 0 ? stage.variables : undefined,
    MethodSettings: settingsOf(stage.methodSettings, MethodSettings),
    AccessLogSetting: log && withoutUndefined({ DestinationArn: log.destinationArn, Format: log.format }),
    CanarySetting: canaryOf(stage.canarySettings as Output | undefined),
    Tags: tagList(stage.tags),
  });
}

function canaryOf(canary: Output | undefined): Json | undefined {
  if (!canary?.deploymentId) return undefined;
  const said = Object.entries(CANARY).map(([name, member]) => [name, canary[member]]);
  return withoutUndefined({ ...Object.fromEntries(said), StageVariableOverrides: canary.stageVariableOverrides });
}

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const stage = await orGone(ctx.call<Output>("api-gateway", "GetStage", keyOf(actual)));
  return stage && modelOf(stage, actual);
}

export default defineResource({
  async create(desired, ctx) {
    const { DeploymentId, StageName = "default" } = desired;
    const key = { restApiId: desired.RestApiId, stageName: StageName };
    await ctx.call("api-gateway", "CreateStage", { ...key, deploymentId: DeploymentId, tags: tagMap(desired.Tags) });
    const patchOperations = stagePatch({}, desired);
    if (patchOperations.length > 0) {
      try {
        await ctx.call("api-gateway", "UpdateStage", { ...key, patchOperations });
      } catch (error) {
        await orGone(ctx.call("api-gateway", "DeleteStage", key));
        throw error;
      }
    }
    return (await read({ ...desired, StageName }, ctx)) ?? { ...desired, StageName };
  },
  read,
  async update(desired, actual, ctx, previous) {
    const patchOperations = stagePatch(previous, desired);
    if (desired.DeploymentId !== actual.DeploymentId) {
      patchOperations.unshift({ op: "replace", path: "/deploymentId", value: desired.DeploymentId as string });
    }
    if (patchOperations.length > 0) await ctx.call("api-gateway", "UpdateStage", { ...keyOf(actual), patchOperations });
    const arn = arnOf(`/restapis/${actual.RestApiId as string}/stages/${actual.StageName as string}`, ctx);
    await setTags(arn, actual.Tags, desired.Tags, ctx);
    return (await read({ ...desired, StageName: actual.StageName as string }, ctx)) ?? actual;
  },
  async delete(actual, ctx) {
    await orGone(ctx.call("api-gateway", "DeleteStage", keyOf(actual)));
  },
  async list() {
    return [];
  },
});
