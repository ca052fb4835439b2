/** The HTTP endpoints under which stages are reached. */
import type { ServerResponse } from "node:http";
import { defineMemory } from "../../../kernel/cloud.js";
import type { Context } from "../../../kernel/context.js";
import { headerPairs, readBody, sourceIpOf } from "../../../kernel/endpoint-request.js";
import { servicePrincipal } from "../../../kernel/principal.js";
import type { Endpoint } from "../../../kernel/service.js";
import { MAX_BODY_BYTES, sendResponse } from "../shared/http.js";
import { owners, restApis, type Snapshot, type Stage, snapshots, stages } from "../tables.js";
import { answer } from "./answer.js";

/** Serves `/{stage}/…` of an API. */
export const executeApi: Endpoint = async (request, response, caller, match) => {
  const apiId = match.groups.apiId ?? "";
  const owner = caller.table(owners).get(apiId);
  // It may be an API of the second version, which another service serves at the same address.
  if (!owner) return false;
  const [, stageName = "", rest = ""] = /^\/([^/]*)(.*)$/s.exec(match.path) ?? [];
  const body = await readBody(request, MAX_BODY_BYTES);
  const ctx = caller.as({ ...owner, principal: servicePrincipal("apigateway.amazonaws.com", owner.account) });
  const target = targetOf(ctx, apiId, stageName);
  if (!target) return refuse(response, 403, "Forbidden", "ForbiddenException");
  if (body === undefined) return refuse(response, 413, "Request Too Long", "RequestTooLongException");
  const outcome = await answer(ctx, target, {
    method: request.method ?? "GET",
    path: rest === "" ? "/" : rest,
    query: match.query.replace(/^\?/, ""),
    headers: headerPairs(request.rawHeaders),
    body,
    sourceIp: sourceIpOf(request),
  });
  ctx.publish();
  sendResponse(request, response, outcome.response);
};

/** The stage, and what it serves. */
export function targetOf(
  ctx: Context,
  apiId: string,
  stageName: string,
): { snapshot: Snapshot; stage: Stage } | undefined {
  const stage = ctx.table(stages).get(apiId, stageName);
  const snapshot = stage && snapshotOf(ctx, apiId, stage.deploymentId);
  if (!snapshot || ctx.table(restApis).get(apiId)?.disableExecuteApiEndpoint) return undefined;
  return { snapshot, stage };
}

const MAX_HELD = 100;
/** Snapshots that were read lately. A deployment never changes, so that what is held is never stale. */
const held = defineMemory("api-gateway/snapshots", () => new Map<string, Snapshot>());

function snapshotOf(ctx: Context, apiId: string, deploymentId: string): Snapshot | undefined {
  const key = `${ctx.account}/${ctx.region}/${apiId}/${deploymentId}`;
  const known = ctx.memory(held);
  const snapshot = known.get(key) ?? ctx.table(snapshots).get(apiId, deploymentId);
  if (!snapshot || known.has(key)) return snapshot;
  const [oldest] = known.keys();
  if (known.size >= MAX_HELD && oldest !== undefined) known.delete(oldest);
  known.set(key, snapshot);
  return snapshot;
}

function refuse(response: ServerResponse, status: number, message: string, errorType: string): void {
  response.writeHead(status, { "Content-Type": "application/json", "x-amzn-ErrorType": errorType });
  response.end(JSON.stringify({ message }));
}
