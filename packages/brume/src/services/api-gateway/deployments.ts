/** Deployments: an API as it was at a time, for stages to serve. */
import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { patched } from "./patch.js";
import { resourcesOf } from "./resources.js";
import { newStage } from "./stages.js";
import {
  authorizers,
  badRequest,
  type Deployment,
  defined,
  deployments,
  gatewayResponses,
  getApi,
  getRow,
  models,
  page,
  type RestApi,
  type Snapshot,
  snapshots,
  stages,
  validators,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

/** All that answering a request needs, as it is now. */
export function takeSnapshot(ctx: Context, api: RestApi): Snapshot {
  const prefix = [api.id];
  return {
    api,
    resources: resourcesOf(ctx, api.id),
    models: ctx.table(models).rows({ prefix }),
    validators: ctx.table(validators).rows({ prefix }),
    authorizers: ctx.table(authorizers).rows({ prefix }),
    gatewayResponses: ctx.table(gatewayResponses).rows({ prefix }),
  };
}

export const createDeployment: Handler<Sdk, "CreateDeployment"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  const snapshot = takeSnapshot(ctx, api);
  const methods = snapshot.resources.flatMap(({ resourceMethods }) => Object.values(resourceMethods));
  if (methods.length === 0) throw badRequest("The REST API doesn't contain any methods");
  if (methods.some((method) => !method.methodIntegration)) throw badRequest("No integration defined for method");
  const id = randomLower(6);
  const deployment: Deployment = defined({ id, description: input.description, createdDate: new Date(ctx.now()) });
  ctx.table(deployments).put([api.id, id], deployment);
  ctx.table(snapshots).put([api.id, id], snapshot);
  if (input.stageName !== undefined) {
    const existing = ctx.table(stages).get(api.id, input.stageName);
    const settings = defined({
      description: input.stageDescription,
      variables: input.variables,
      cacheClusterEnabled: input.cacheClusterEnabled,
      cacheClusterSize: input.cacheClusterSize,
      tracingEnabled: input.tracingEnabled,
    });
    const canary = input.canarySettings && { canarySettings: { ...defined(input.canarySettings), deploymentId: id } };
    if (existing) {
      // A canary leaves what the stage serves to the others as it is.
      const served = canary ?? { deploymentId: id };
      const stage = { ...existing, ...settings, ...served, lastUpdatedDate: new Date(ctx.now()) };
      ctx.table(stages).put([api.id, input.stageName], stage);
    } else newStage(ctx, api.id, { ...settings, ...canary, stageName: input.stageName, deploymentId: id });
  }
  return deployment;
};

function summary(
  ctx: Context,
  api: string,
  id: string,
): Record<string, Record<string, { authorizationType?: string; apiKeyRequired?: boolean }>> {
  const snapshot = ctx.table(snapshots).get(api, id);
  return Object.fromEntries(
    (snapshot?.resources ?? []).map(({ path, resourceMethods }) => [
      path,
      Object.fromEntries(
        Object.entries(resourceMethods).map(([verb, { authorizationType, apiKeyRequired }]) => [
          verb,
          defined({ authorizationType, apiKeyRequired }) as { authorizationType?: string; apiKeyRequired?: boolean },
        ]),
      ),
    ]),
  );
}

function deploymentOf(ctx: Context, api: string | undefined, id: string | undefined): Deployment {
  getApi(ctx, api);
  return getRow(ctx, deployments, "Invalid Deployment identifier specified", api, id);
}

export const getDeployment: Handler<Sdk, "GetDeployment"> = (input, ctx) => {
  const deployment = deploymentOf(ctx, input.restApiId, input.deploymentId);
  if (!input.embed?.includes("apisummary")) return deployment;
  return { ...deployment, apiSummary: summary(ctx, input.restApiId as string, deployment.id) };
};

export const getDeployments: Handler<Sdk, "GetDeployments"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  return page(ctx.table(deployments).rows({ prefix: [api.id] }), input);
};

export const updateDeployment: Handler<Sdk, "UpdateDeployment"> = (input, ctx) => {
  const deployment = deploymentOf(ctx, input.restApiId, input.deploymentId);
  const after = patched(deployment, input.patchOperations, { "/description": "text" });
  ctx.table(deployments).put([input.restApiId as string, deployment.id], after);
  return after;
};

export const deleteDeployment: Handler<Sdk, "DeleteDeployment"> = (input, ctx) => {
  const api = input.restApiId as string;
  const { id } = deploymentOf(ctx, api, input.deploymentId);
  if (
    ctx
      .table(stages)
      .rows({ prefix: [api] })
      .some(({ deploymentId }) => deploymentId === id)
  )
    throw badRequest("Active stages pointing to this deployment must be moved or deleted");
  ctx.table(deployments).delete(api, id);
  ctx.table(snapshots).delete(api, id);
  return {};
};
