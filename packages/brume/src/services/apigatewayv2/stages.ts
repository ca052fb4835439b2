/** Stages: where an API is served, and how. */
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { autoDeployed, freeze, getDeploymentRow } from "./deployments.js";
import {
  badRequest,
  conflict,
  defined,
  deployments,
  getApiRow,
  getRow,
  merged,
  notFound,
  page,
  required,
  type Stage,
  stages,
} from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-apigatewayv2");

function check(ctx: Context, apiId: string, stage: Stage): void {
  if (!/^(?:\$default|[A-Za-z0-9_-]{1,128})$/.test(stage.StageName)) {
    throw badRequest("Stage name only allows a-zA-Z0-9_- or $default");
  }
  if (stage.StageName === "$default" && getApiRow(ctx, apiId).ProtocolType !== "HTTP") {
    throw badRequest("The $default stage is supported for HTTP APIs only");
  }
  for (const [name, value] of Object.entries(stage.StageVariables ?? {})) {
    if (!/^\w+$/.test(name) || !/^[A-Za-z0-9-._~:/?#&=,]*$/.test(value)) {
      throw badRequest(
        `Stage variable names can include alphanumeric characters and underscores, and values must match [A-Za-z0-9-._~:/?#&=,]+: ${name}`,
      );
    }
  }
  const log = stage.AccessLogSettings;
  if (log?.DestinationArn && !log.Format) throw badRequest("Format is required for access log settings");
}

/** Makes a stage. @throws AwsError */
export function newStage(ctx: Context, apiId: string, given: Partial<Stage> & { StageName: string }): Stage {
  if (ctx.table(stages).has(apiId, given.StageName)) throw conflict(`Stage ${given.StageName} already exists`);
  const now = new Date(ctx.now());
  const stage: Stage = defined({
    AutoDeploy: false,
    DefaultRouteSettings: { DetailedMetricsEnabled: false },
    RouteSettings: {},
    StageVariables: {},
    Tags: {},
    ...given,
    CreatedDate: now,
    LastUpdatedDate: now,
  });
  check(ctx, apiId, stage);
  // A new stage may be given both: it serves the deployment until the API changes, which is deployed at once here.
  pinDeployment(ctx, apiId, given.DeploymentId);
  const kept = stage.AutoDeploy ? autoDeployed(ctx, apiId, stage) : stage;
  ctx.table(stages).put([apiId, stage.StageName], kept);
  return kept;
}

/** Sees to it that what a stage is told to serve is there, and stays as it is. */
function pinDeployment(ctx: Context, apiId: string, deploymentId: string | undefined): void {
  if (!deploymentId) return;
  if (!ctx.table(deployments).has(apiId, deploymentId)) throw badRequest("Deployment id does not exist");
  freeze(ctx, getApiRow(ctx, apiId), deploymentId);
}

export const createStage: Handler<Sdk, "CreateStage"> = ({ ApiId, ...given }, ctx) => {
  const { ApiId: id } = getApiRow(ctx, ApiId);
  return newStage(ctx, id, { ...given, StageName: required(given.StageName, "StageName") });
};

/** @throws AwsError `NotFoundException` */
export function getStageRow(ctx: Context, apiId: string | undefined, name: string | undefined): Stage {
  getApiRow(ctx, apiId);
  return getRow(ctx, stages, `Invalid stage identifier specified ${name}`, apiId, name);
}

export const getStage: Handler<Sdk, "GetStage"> = (input, ctx) => getStageRow(ctx, input.ApiId, input.StageName);
export const getStages: Handler<Sdk, "GetStages"> = (input, ctx) => {
  const { ApiId } = getApiRow(ctx, input.ApiId);
  return page(ctx.table(stages).rows({ prefix: [ApiId] }), input);
};

/** Puts a stage that has been changed. @throws AwsError */
function putStage(ctx: Context, apiId: string, before: Stage, stage: Stage): Stage {
  check(ctx, apiId, stage);
  const changed = { ...stage, LastUpdatedDate: new Date(ctx.now()) };
  const begins = stage.AutoDeploy && !before.AutoDeploy;
  // What was deployed automatically until now has to stay as it is from now on.
  if (before.AutoDeploy && !stage.AutoDeploy && before.DeploymentId) {
    freeze(ctx, getApiRow(ctx, apiId), before.DeploymentId);
  }
  const kept = begins ? autoDeployed(ctx, apiId, changed) : changed;
  ctx.table(stages).put([apiId, stage.StageName], kept);
  return kept;
}

export const updateStage: Handler<Sdk, "UpdateStage"> = ({ ApiId, StageName, ...changes }, ctx) => {
  const before = getStageRow(ctx, ApiId, StageName);
  const stage = merged<Stage>(before, changes, ["RouteSettings", "StageVariables"]);
  if (changes.DeploymentId) {
    const isNew = changes.DeploymentId !== before.DeploymentId;
    if (isNew && stage.AutoDeploy) throw badRequest("DeploymentId cannot be set when AutoDeploy is enabled");
    if (isNew) pinDeployment(ctx, ApiId as string, changes.DeploymentId);
    getDeploymentRow(ctx, ApiId, changes.DeploymentId);
  }
  return putStage(ctx, ApiId as string, before, stage);
};

export const deleteStage: Handler<Sdk, "DeleteStage"> = (input, ctx) => {
  const { StageName } = getStageRow(ctx, input.ApiId, input.StageName);
  ctx.table(stages).delete(input.ApiId as string, StageName);
  return {};
};

export const deleteRouteSettings: Handler<Sdk, "DeleteRouteSettings"> = (input, ctx) => {
  const before = getStageRow(ctx, input.ApiId, input.StageName);
  const { [input.RouteKey ?? ""]: removed, ...RouteSettings } = before.RouteSettings ?? {};
  if (!removed) throw notFound("Invalid route key specified");
  putStage(ctx, input.ApiId as string, before, { ...before, RouteSettings });
  return {};
};

export const deleteAccessLogSettings: Handler<Sdk, "DeleteAccessLogSettings"> = (input, ctx) => {
  const before = getStageRow(ctx, input.ApiId, input.StageName);
  const { AccessLogSettings: _, ...stage } = before;
  putStage(ctx, input.ApiId as string, before, stage);
  return {};
};
