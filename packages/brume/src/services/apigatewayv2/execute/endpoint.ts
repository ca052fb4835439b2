/** The HTTP endpoints under which stages are reached. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { defineMemory } from "../../../kernel/cloud.js";
import type { Context } from "../../../kernel/context.js";
import { headerPairs, readBody, sourceIpOf } from "../../../kernel/endpoint-request.js";
import { servicePrincipal } from "../../../kernel/principal.js";
import type { Endpoint, EndpointMatch } from "../../../kernel/service.js";
import { destinationOf, type ViaDomain } from "../../api-gateway/shared/domains.js";
import { MAX_BODY_BYTES, sendResponse } from "../../api-gateway/shared/http.js";
import { takeSnapshot } from "../deployments.js";
import { type Api, apis, owners, type Snapshot, type Stage, snapshots, stages } from "../tables.js";
import { manageConnection } from "../websocket/management.js";
import { answer } from "./answer.js";
import { newRequestId, type Target } from "./exchange.js";
import { ApiFailure } from "./failure.js";

/** Serves the stages of HTTP APIs, and the connections of WebSocket APIs. */
export const executeApi: Endpoint = (request, response, caller, match) => {
  const apiId = match.groups.apiId ?? "";
  const ctx = contextOf(caller, apiId);
  // It may be an API of the first version, which another service serves at the same address.
  if (!ctx) return false;
  return serve(request, response, ctx, caller, match, apiId, targetOf(ctx, apiId, match));
};

/** Serves the APIs that are mapped to a custom domain name. */
export const customDomain: Endpoint = (request, response, caller, match) => {
  const destination = destinationOf(caller, match.groups.domain ?? "", match.path, request.headers);
  // The service of REST APIs has been asked before, and refuses what leads nowhere.
  if (typeof destination !== "object") return false;
  const { apiId, stageName, path, name, basePath } = destination;
  const ctx = contextOf(caller, apiId);
  if (!ctx) return false;
  const api = ctx.table(apis).get(apiId);
  const stage = ctx.table(stages).get(apiId, stageName);
  const found = api && stage && { api, stage, snapshot: snapshotOf(ctx, api, stage), path };
  return serve(request, response, ctx, caller, match, apiId, found, { name, basePath });
};

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  ctx: Context,
  caller: Context,
  match: EndpointMatch,
  apiId: string,
  found: Found | undefined,
  via?: ViaDomain,
): Promise<void> {
  const body = await readBody(request, MAX_BODY_BYTES);
  const isWebSocket = ctx.table(apis).get(apiId)?.ProtocolType === "WEBSOCKET";
  if (!found) return refuse(response, new ApiFailure(isWebSocket ? 403 : 404));
  if (body === undefined) return refuse(response, new ApiFailure(413));
  if (isWebSocket) return manageConnection({ request, response, ctx, caller, body, ...found });
  const { snapshot, stage, path } = found;
  if (!snapshot) return refuse(response, new ApiFailure(404));
  const outcome = await answer(
    ctx,
    caller,
    { snapshot, stage },
    {
      method: request.method ?? "GET",
      path,
      // By a domain name as well, the stage stands before the path; the base path does not.
      fullPath: via === undefined ? match.path : stage.StageName === "$default" ? path : `/${stage.StageName}${path}`,
      query: match.query.replace(/^\?/, ""),
      headers: headerPairs(request.rawHeaders),
      body,
      sourceIp: sourceIpOf(request),
      via,
    },
  );
  ctx.publish();
  sendResponse(request, response, outcome);
}

/** A context that acts as API Gateway where the API is; `undefined` where it is none of this service's. */
export function contextOf(caller: Context, apiId: string): Context | undefined {
  const owner = caller.table(owners).get(apiId);
  return owner && caller.as({ ...owner, principal: servicePrincipal("apigateway.amazonaws.com", owner.account) });
}

/** What a path means: the stage, what it serves if it serves anything, and the raw path within it. */
export interface Found {
  readonly api: Api;
  readonly stage: Stage;
  readonly snapshot: Snapshot | undefined;
  readonly path: string;
}

/** A named stage is the path's first segment; where none is of that name, the path belongs to `$default`. */
export function targetOf(ctx: Context, apiId: string, match: EndpointMatch): Found | undefined {
  const api = ctx.table(apis).get(apiId);
  if (!api || api.DisableExecuteApiEndpoint) return undefined;
  const [, name = "", rest = ""] = /^\/([^/]*)(.*)$/s.exec(match.path) ?? [];
  const named = name === "" ? undefined : ctx.table(stages).get(apiId, name);
  const stage = named ?? ctx.table(stages).get(apiId, "$default");
  if (!stage) return undefined;
  const path = !named ? match.path : rest === "" ? "/" : rest;
  return { api, stage, snapshot: snapshotOf(ctx, api, stage), path };
}

const MAX_HELD = 100;
/** Snapshots that were read lately. What a deployment's id stands for never changes, so that none is ever stale. */
const held = defineMemory("apigatewayv2/snapshots", () => new Map<string, Snapshot>());

function snapshotOf(ctx: Context, api: Api, { DeploymentId }: Stage): Snapshot | undefined {
  if (!DeploymentId) return undefined;
  const key = `${ctx.account}/${ctx.region}/${api.ApiId}/${DeploymentId}`;
  const known = ctx.memory(held);
  const before = known.get(key);
  if (before) return before;
  const snapshot = ctx.table(snapshots).get(api.ApiId, DeploymentId) ?? takeSnapshot(ctx, api);
  const [oldest] = known.keys();
  if (known.size >= MAX_HELD && oldest !== undefined) known.delete(oldest);
  known.set(key, snapshot);
  return snapshot;
}

/** The stage that a WebSocket handshake or message is for, with what it serves. */
export function servedAt(ctx: Context, apiId: string, stageName: string): Target | undefined {
  const api = ctx.table(apis).get(apiId);
  const stage = ctx.table(stages).get(apiId, stageName);
  const snapshot = api && stage && snapshotOf(ctx, api, stage);
  return snapshot && { snapshot, stage };
}

function refuse(response: ServerResponse, { status, message }: ApiFailure): void {
  response.writeHead(status, { "Content-Type": "application/json", "Apigw-Requestid": newRequestId() });
  response.end(JSON.stringify({ message }));
}
