/** Deployments: an API as it was at a time, for stages to serve; those that are made automatically included. */
import type { Context } from "../../kernel/context.js";
import { randomLower } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import {
  type Api,
  authorizers,
  badRequest,
  type Deployment,
  defined,
  deployments,
  getApiRow,
  getRow,
  integrationResponses,
  integrations,
  merged,
  page,
  routeResponses,
  routes,
  type Snapshot,
  type Stage,
  snapshots,
  stages,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-apigatewayv2");

const NO_ROUTES = "At least one route is required before deploying the Api.";

/** All that answering a request needs, as it is now. */
export function takeSnapshot(ctx: Context, api: Api): Snapshot {
  const prefix = [api.ApiId];
  return {
    api,
    routes: ctx.table(routes).rows({ prefix }),
    integrations: ctx.table(integrations).rows({ prefix }),
    integrationResponses: ctx.table(integrationResponses).rows({ prefix }),
    routeResponses: ctx.table(routeResponses).rows({ prefix }),
    authorizers: ctx.table(authorizers).rows({ prefix }),
  };
}

function newDeployment(ctx: Context, apiId: string, given: Partial<Deployment>): Deployment {
  const deployment: Deployment = defined({
    AutoDeployed: false,
    CreatedDate: new Date(ctx.now()),
    DeploymentStatus: "DEPLOYED" as const,
    ...given,
    DeploymentId: randomLower(6),
  });
  ctx.table(deployments).put([apiId, deployment.DeploymentId], deployment);
  return deployment;
}

const hasRoutes = (ctx: Context, apiId: string) => ctx.table(routes).count({ prefix: [apiId], limit: 1 }) > 0;

/** The stage with a new automatic deployment of the API as it is now. */
export function autoDeployed(ctx: Context, apiId: string, stage: Stage): Stage {
  if (!hasRoutes(ctx, apiId)) {
    return { ...stage, LastDeploymentStatusMessage: `Deployment attempt failed: ${NO_ROUTES}` };
  }
  // Differs from AWS: of the automatic deployments of a stage only the last is kept, and it is frozen only when the
  // stage ceases to deploy automatically.
  const before = ctx.table(deployments).get(apiId, stage.DeploymentId ?? "");
  if (before?.AutoDeployed && stagesOf(ctx, apiId, before.DeploymentId).length <= 1) {
    ctx.table(deployments).delete(apiId, before.DeploymentId);
  }
  const { DeploymentId } = newDeployment(ctx, apiId, {
    AutoDeployed: true,
    Description: "Automatic deployment triggered by changes to the Api configuration",
  });
  const LastDeploymentStatusMessage = `Successfully deployed stage with deployment ID '${DeploymentId}'`;
  return { ...stage, DeploymentId, LastDeploymentStatusMessage };
}

/** Makes an automatic deployment for each stage that asks for them: to be called when the API has changed. */
export function autoDeploy(ctx: Context, apiId: string): void {
  for (const stage of ctx.table(stages).rows({ prefix: [apiId] })) {
    if (stage.AutoDeploy) ctx.table(stages).put([apiId, stage.StageName], autoDeployed(ctx, apiId, stage));
  }
}

/** Makes sure that a deployment stays what it is, whatever becomes of the API. */
export function freeze(ctx: Context, api: Api, deploymentId: string): void {
  if (!ctx.table(snapshots).has(api.ApiId, deploymentId)) {
    ctx.table(snapshots).put([api.ApiId, deploymentId], takeSnapshot(ctx, api));
  }
}

const stagesOf = (ctx: Context, apiId: string, deploymentId: string) =>
  ctx
    .table(stages)
    .rows({ prefix: [apiId] })
    .filter(({ DeploymentId }) => DeploymentId === deploymentId);

export const createDeployment: Handler<Sdk, "CreateDeployment"> = (input, ctx) => {
  const api = getApiRow(ctx, input.ApiId);
  const stage = input.StageName === undefined ? undefined : stageOf(ctx, api.ApiId, input.StageName);
  if (!hasRoutes(ctx, api.ApiId)) throw badRequest(NO_ROUTES);
  const deployment = newDeployment(ctx, api.ApiId, { Description: input.Description });
  freeze(ctx, api, deployment.DeploymentId);
  if (stage) {
    const LastUpdatedDate = new Date(ctx.now());
    const after = { ...stage, DeploymentId: deployment.DeploymentId, LastUpdatedDate };
    ctx.table(stages).put([api.ApiId, stage.StageName], after);
  }
  return deployment;
};

function stageOf(ctx: Context, apiId: string, name: string): Stage {
  const stage = getRow(ctx, stages, `Invalid stage identifier specified ${name}`, apiId, name);
  if (stage.AutoDeploy) throw badRequest("Deployments to stages with AutoDeploy enabled are not allowed");
  return stage;
}

/** @throws AwsError `NotFoundException` */
export function getDeploymentRow(ctx: Context, apiId: string | undefined, id: string | undefined): Deployment {
  getApiRow(ctx, apiId);
  return getRow(ctx, deployments, `Invalid Deployment identifier specified ${id}`, apiId, id);
}

export const getDeployment: Handler<Sdk, "GetDeployment"> = (input, ctx) =>
  getDeploymentRow(ctx, input.ApiId, input.DeploymentId);

export const getDeployments: Handler<Sdk, "GetDeployments"> = (input, ctx) => {
  const { ApiId } = getApiRow(ctx, input.ApiId);
  return page(ctx.table(deployments).rows({ prefix: [ApiId] }), input);
};

export const updateDeployment: Handler<Sdk, "UpdateDeployment"> = (input, ctx) => {
  const deployment = getDeploymentRow(ctx, input.ApiId, input.DeploymentId);
  const after = merged(deployment, { Description: input.Description });
  ctx.table(deployments).put([input.ApiId as string, deployment.DeploymentId], after);
  return after;
};

export const deleteDeployment: Handler<Sdk, "DeleteDeployment"> = (input, ctx) => {
  const apiId = input.ApiId as string;
  const { DeploymentId } = getDeploymentRow(ctx, apiId, input.DeploymentId);
  if (stagesOf(ctx, apiId, DeploymentId).length > 0) {
    throw badRequest("Active stages pointing to this deployment must be moved or deleted");
  }
  ctx.table(deployments).delete(apiId, DeploymentId);
  ctx.table(snapshots).delete(apiId, DeploymentId);
  return {};
};
