/** The HTTP endpoints under which stages are reached. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { defineMemory } from "../../../kernel/cloud.js";
import type { Context } from "../../../kernel/context.js";
import { headerPairs, readBody, sourceIpOf } from "../../../kernel/endpoint-request.js";
import { servicePrincipal } from "../../../kernel/principal.js";
import type { Endpoint, EndpointMatch } from "../../../kernel/service.js";
import { destinationOf, type ViaDomain } from "../shared/domains.js";
import { MAX_BODY_BYTES, sendResponse } from "../shared/http.js";
import { owners, restApis, type Snapshot, snapshots, stages } from "../tables.js";
import { answer } from "./answer.js";
import { canaryOf } from "./canary.js";
import type { Target } from "./exchange.js";

/** Serves `/{stage}/…` of an API. */
export const executeApi: Endpoint = (request, response, caller, match) => {
  const apiId = match.groups.apiId ?? "";
  // It may be an API of the second version, which another service serves at the same address.
  if (!caller.table(owners).has(apiId)) return false;
  const [, stageName = "", rest = ""] = /^\/([^/]*)(.*)$/s.exec(match.path) ?? [];
  return serve(request, response, caller, match, { apiId, stageName, path: rest === "" ? "/" : rest });
};

/** Serves the APIs that are mapped to a custom domain name. */
export const customDomain: Endpoint = (request, response, caller, match) => {
  const destination = destinationOf(caller, match.groups.domain ?? "", match.path, request.headers);
  if (destination === undefined) return false;
  if (destination === "nowhere") {
    request.resume();
    return refuse(response, 403, "Forbidden", "ForbiddenException");
  }
  if (!caller.table(owners).has(destination.apiId)) return false;
  const { name, basePath } = destination;
  return serve(request, response, caller, match, { ...destination, via: { name, basePath } });
};

interface Place {
  readonly apiId: string;
  readonly stageName: string;
  readonly path: string;
  readonly via?: ViaDomain;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  caller: Context,
  match: EndpointMatch,
  { apiId, stageName, path, via }: Place,
): Promise<void> {
  const owner = caller.table(owners).get(apiId) as { account: string; region: string };
  const body = await readBody(request, MAX_BODY_BYTES);
  const ctx = caller.as({ ...owner, principal: servicePrincipal("apigateway.amazonaws.com", owner.account) });
  const target = targetOf(ctx, apiId, stageName, via !== undefined);
  if (!target) return refuse(response, 403, "Forbidden", "ForbiddenException");
  if (body === undefined) return refuse(response, 413, "Request Too Long", "RequestTooLongException");
  const outcome = await answer(ctx, target, {
    method: request.method ?? "GET",
    path,
    query: match.query.replace(/^\?/, ""),
    headers: headerPairs(request.rawHeaders),
    body,
    sourceIp: sourceIpOf(request),
    via,
    caller,
  });
  ctx.publish();
  sendResponse(request, response, outcome.response);
}

/** The stage, and what it serves. */
export function targetOf(ctx: Context, apiId: string, stageName: string, byDomain = false): Target | undefined {
  const served = ctx.table(stages).get(apiId, stageName);
  const canary = served && canaryOf(ctx, apiId, served);
  const stage = canary ?? served;
  const snapshot = stage && snapshotOf(ctx, apiId, stage.deploymentId);
  if (!snapshot || (!byDomain && ctx.table(restApis).get(apiId)?.disableExecuteApiEndpoint)) return undefined;
  return { snapshot, stage, canary: canary !== undefined };
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
