/** AWS::ApiGateway::Deployment */
import { defineResource, type Json, type Properties, type ResourceContext } from "../../../kernel/resource.js";
import { toBoolean, toNumber } from "../../../kernel/template-values.js";
import { arnOf, orGone, setTags, typed, withoutUndefined } from "./mapped.js";
import { stagePatch } from "./stage-settings.js";

type Output = Record<string, Json | undefined>;

const keyOf = ({ RestApiId, DeploymentId }: Properties) => ({ restApiId: RestApiId, deploymentId: DeploymentId });

/** Sets what the template says of the stage that the deployment makes. */
async function describeStage(previous: Properties, desired: Properties, ctx: ResourceContext): Promise<void> {
  const { RestApiId, StageName, StageDescription } = desired;
  if (!StageName || !StageDescription) return;
  const before = (previous.StageDescription ?? {}) as Properties;
  const after = StageDescription as Properties;
  const patchOperations = stagePatch(before, after);
  if (patchOperations.length > 0) {
    await ctx.call("api-gateway", "UpdateStage", { restApiId: RestApiId, stageName: StageName, patchOperations });
  }
  const arn = arnOf(`/restapis/${RestApiId as string}/stages/${StageName as string}`, ctx);
  await setTags(arn, before.Tags, after.Tags, ctx);
}

function canaryOf(settings: Json | undefined): object | undefined {
  if (!settings) return undefined;
  const { PercentTraffic, StageVariableOverrides, UseStageCache } = settings as Properties;
  return {
    percentTraffic: toNumber(PercentTraffic),
    stageVariableOverrides: typed(StageVariableOverrides, "map"),
    useStageCache: toBoolean(UseStageCache),
  };
}

async function read(actual: Properties, ctx: ResourceContext): Promise<Properties | undefined> {
  const deployment = await orGone(ctx.call<Output>("api-gateway", "GetDeployment", keyOf(actual)));
  return deployment && withoutUndefined({ ...actual, Description: deployment.description });
}

export default defineResource({
  async create(desired, ctx) {
    const { RestApiId, StageName, Description, DeploymentCanarySettings } = desired;
    const { id } = await ctx.call<{ id: string }>("api-gateway", "CreateDeployment", {
      restApiId: RestApiId,
      ...withoutUndefined({ stageName: StageName, description: Description }),
      canarySettings: canaryOf(DeploymentCanarySettings),
    });
    await describeStage({}, desired, ctx);
    return { ...desired, DeploymentId: id };
  },
  read,
  async update(desired, actual, ctx, previous) {
    const { Description } = desired;
    const operation =
      Description === undefined
        ? { op: "remove", path: "/description" }
        : { op: "replace", path: "/description", value: Description };
    await ctx.call("api-gateway", "UpdateDeployment", { ...keyOf(actual), patchOperations: [operation] });
    await describeStage(previous, desired, ctx);
    return { ...desired, DeploymentId: actual.DeploymentId as string };
  },
  async delete(actual, ctx) {
    const { RestApiId, StageName, DeploymentId } = actual;
    if (StageName) {
      // The stage that the deployment made goes with it, unless it serves another by now.
      const key = { restApiId: RestApiId, stageName: StageName };
      const stage = await orGone(ctx.call<Output>("api-gateway", "GetStage", key));
      if (stage?.deploymentId === DeploymentId) await orGone(ctx.call("api-gateway", "DeleteStage", key));
    }
    await orGone(ctx.call("api-gateway", "DeleteDeployment", keyOf(actual)));
  },
  async list() {
    return [];
  },
});
