/** Stages: where a deployment is served, and how. */
import type { PatchOperation } from "@aws-sdk/client-api-gateway";
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { flushVerdicts } from "./execute/authorizers.js";
import { flushResponses } from "./execute/cache.js";
import { patched, type Rules } from "./patch.js";
import { badRequest, conflict, defined, deployments, getApi, getRow, type Stage, stages } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

/** Makes a stage. @throws AwsError `BadRequestException`, `ConflictException` */
export function newStage(ctx: Context, api: string, given: Partial<Stage>): Stage {
  const { stageName = "", deploymentId = "" } = given;
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(stageName)) throw badRequest("Stage name only allows a-zA-Z0-9_-");
  if (!ctx.table(deployments).get(api, deploymentId)) throw badRequest("Deployment id does not exist");
  if (ctx.table(stages).get(api, stageName)) throw conflict("Stage already exists");
  checkVariables(given.variables);
  const now = new Date(ctx.now());
  const stage: Stage = {
    cacheClusterEnabled: false,
    cacheClusterStatus: given.cacheClusterEnabled ? "AVAILABLE" : "NOT_AVAILABLE",
    tracingEnabled: false,
    methodSettings: {},
    ...defined(given),
    stageName,
    deploymentId,
    createdDate: now,
    lastUpdatedDate: now,
  };
  ctx.table(stages).put([api, stageName], stage);
  return stage;
}

function checkVariables(variables: Record<string, string> | undefined): void {
  for (const [name, value] of Object.entries(variables ?? {})) {
    if (!/^\w+$/.test(name) || !/^[A-Za-z0-9-._~:/?#&=,]*$/.test(value)) {
      throw badRequest(
        `Invalid stage variable value: ${value}. Please use values with alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.`,
      );
    }
  }
}

export const createStage: Handler<Sdk, "CreateStage"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  const { restApiId: _, ...given } = input;
  return newStage(ctx, api.id, given as Partial<Stage>);
};

/** @throws AwsError `NotFoundException` */
export function getStageRow(ctx: Context, api: string | undefined, name: string | undefined): Stage {
  getApi(ctx, api);
  return getRow(ctx, stages, "Invalid stage identifier specified", api, name);
}

export const getStage: Handler<Sdk, "GetStage"> = (input, ctx) => getStageRow(ctx, input.restApiId, input.stageName);

export const getStages: Handler<Sdk, "GetStages"> = (input, ctx) => {
  const api = getApi(ctx, input.restApiId);
  const all = ctx.table(stages).rows({ prefix: [api.id] });
  return { item: all.filter(({ deploymentId }) => !input.deploymentId || deploymentId === input.deploymentId) };
};

/** The settings of methods, and what each is called in a patch path. */
const METHOD_SETTINGS: readonly [path: string, member: string, kind: "text" | "number" | "boolean"][] = [
  ["metrics/enabled", "metricsEnabled", "boolean"],
  ["logging/loglevel", "loggingLevel", "text"],
  ["logging/dataTrace", "dataTraceEnabled", "boolean"],
  ["throttling/burstLimit", "throttlingBurstLimit", "number"],
  ["throttling/rateLimit", "throttlingRateLimit", "number"],
  ["caching/enabled", "cachingEnabled", "boolean"],
  ["caching/ttlInSeconds", "cacheTtlInSeconds", "number"],
  ["caching/dataEncrypted", "cacheDataEncrypted", "boolean"],
  ["caching/requireAuthorizationForCacheControl", "requireAuthorizationForCacheControl", "boolean"],
  ["caching/unauthorizedCacheControlHeaderStrategy", "unauthorizedCacheControlHeaderStrategy", "text"],
];

/** The key of a method's settings: `pets/GET`, or two asterisks for all. */
const settingsKey = ([path = "", verb = ""]: readonly string[]) => `${path.replace(/^\/+/, "")}/${verb}`;

const RULES: Rules = {
  "/deploymentId": "text",
  "/description": "text",
  "/documentationVersion": "text",
  "/clientCertificateId": "text",
  "/cacheClusterEnabled": "boolean",
  "/cacheClusterSize": "text",
  "/tracingEnabled": "boolean",
  "/webAclArn": "text",
  "/variables/{}": "text",
  "/accessLogSettings/destinationArn": "text",
  "/accessLogSettings/format": "text",
  "/canarySettings/percentTraffic": "number",
  "/canarySettings/deploymentId": "text",
  "/canarySettings/useStageCache": "boolean",
  "/canarySettings/stageVariableOverrides/{}": "text",
  "/canarySettings/stageVariableOverrides": {
    kind: "all",
    target: () => ["canarySettings", "stageVariableOverrides"],
  },
  "/canarySettings": { kind: "all", target: () => ["canarySettings"] },
  "/accessLogSettings": { kind: "all", target: () => ["accessLogSettings"] },
  "/variables": { kind: "all", target: () => ["variables"] },
  ...Object.fromEntries(
    METHOD_SETTINGS.map(([path, member, kind]) => [
      `/{}/{}/${path}`,
      { kind, target: (names: readonly string[]) => ["methodSettings", settingsKey(names), member] },
    ]),
  ),
  "/{}/{}": { kind: "all", target: (names: readonly string[]) => ["methodSettings", settingsKey(names)] },
};

const OVERRIDES = "/canarySettings/stageVariableOverrides";

/** A canary that is promoted adds its variables to those of the stage, one by one. */
function promoted(stage: Stage, operations: readonly PatchOperation[] = []): PatchOperation[] {
  return operations.flatMap((operation) => {
    if (operation.op !== "copy" || operation.from !== OVERRIDES || operation.path !== "/variables") return [operation];
    const overrides = Object.entries(stage.canarySettings?.stageVariableOverrides ?? {});
    return overrides.map(([name, value]) => ({ op: "replace" as const, path: `/variables/${name}`, value }));
  });
}

// Differs from AWS: logs are written without a role in the account's settings, which most accounts have had for long.
export const updateStage: Handler<Sdk, "UpdateStage"> = (input, ctx) => {
  const stage = getStageRow(ctx, input.restApiId, input.stageName);
  const api = input.restApiId as string;
  const operations = promoted(stage, input.patchOperations);
  const after = { ...patched(stage, operations, RULES), lastUpdatedDate: new Date(ctx.now()) };
  if (!ctx.table(deployments).get(api, after.deploymentId)) throw badRequest("Deployment id does not exist");
  checkVariables(after.variables);
  ctx.table(stages).put([api, stage.stageName], after);
  return after;
};

export const deleteStage: Handler<Sdk, "DeleteStage"> = (input, ctx) => {
  const { stageName } = getStageRow(ctx, input.restApiId, input.stageName);
  ctx.table(stages).delete(input.restApiId as string, stageName);
  return {};
};

export const flushStageCache: Handler<Sdk, "FlushStageCache"> = (input, ctx) => {
  const { stageName } = getStageRow(ctx, input.restApiId, input.stageName);
  flushResponses(ctx, input.restApiId as string, stageName);
  return {};
};

export const flushStageAuthorizersCache: Handler<Sdk, "FlushStageAuthorizersCache"> = (input, ctx) => {
  const { stageName } = getStageRow(ctx, input.restApiId, input.stageName);
  flushVerdicts(ctx, input.restApiId as string, stageName);
  return {};
};
