/** The HTTP endpoints under which stages are reached. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { defineMemory } from "../../../kernel/cloud.js";
import type { Context } from "../../../kernel/context.js";
import { servicePrincipal } from "../../../kernel/principal.js";
import type { Endpoint } from "../../../kernel/service.js";
import { owners, restApis, type Snapshot, type Stage, snapshots, stages } from "../tables.js";
import { answer } from "./answer.js";
import type { ApiResponse } from "./exchange.js";

const MAX_BYTES = 10 * 1024 * 1024;

/** Serves `/{stage}/…` of an API. */
export const executeApi: Endpoint = async (request, response, caller, match) => {
  const apiId = match.groups.apiId ?? "";
  const owner = caller.table(owners).get(apiId);
  // It may be an API of the second version, which another service serves at the same address.
  if (!owner) return false;
  const [, stageName = "", rest = ""] = /^\/([^/]*)(.*)$/s.exec(match.path) ?? [];
  const body = await readBody(request);
  const ctx = caller.as({ ...owner, principal: servicePrincipal("apigateway.amazonaws.com", owner.account) });
  const target = targetOf(ctx, apiId, stageName);
  if (!target) return refuse(response, 403, "Forbidden", "ForbiddenException");
  if (body === undefined) return refuse(response, 413, "Request Too Long", "RequestTooLongException");
  const outcome = await answer(ctx, target, {
    method: request.method ?? "GET",
    path: rest === "" ? "/" : rest,
    query: match.query.replace(/^\?/, ""),
    headers: pairs(request.rawHeaders),
    body,
    sourceIp: (request.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, ""),
  });
  ctx.publish();
  write(request, response, outcome.response);
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

function pairs(raw: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) found.push([raw[i] as string, raw[i + 1] as string]);
  return found;
}

/** The whole body; `undefined` when it is too long. It is read to its end in any case. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BYTES) chunks.push(chunk);
  }
  return bytes <= MAX_BYTES ? Buffer.concat(chunks) : undefined;
}

function refuse(response: ServerResponse, status: number, message: string, errorType: string): void {
  response.writeHead(status, { "Content-Type": "application/json", "x-amzn-ErrorType": errorType });
  response.end(JSON.stringify({ message }));
}

function write(request: IncomingMessage, response: ServerResponse, { status, headers, body }: ApiResponse): void {
  const bodiless = status === 204 || status === 304;
  const list = headers.flat();
  response.writeHead(status, bodiless ? list : [...list, "Content-Length", String(body.length)]);
  response.end(bodiless || request.method === "HEAD" ? undefined : body);
}
