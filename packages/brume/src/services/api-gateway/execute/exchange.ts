/** One request to a deployed API, its answer, and all that is known while it is answered. */
import type { Context } from "../../../kernel/context.js";
import { randomBase64, randomHex } from "../../../kernel/identifiers.js";
import type { ViaDomain } from "../shared/domains.js";
import type { Method, Resource, Snapshot, Stage } from "../tables.js";
import { type Trace, traceOf } from "./execution-log.js";

export type { ApiResponse } from "../shared/http.js";

/** A request as it came. */
export interface ApiRequest {
  readonly method: string;
  /** The raw path, without the stage. */
  readonly path: string;
  /** What follows the question mark, raw. */
  readonly query: string;
  /** In the order and spelling in which they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly sourceIp: string;
  /** The custom domain name by which it came. */
  readonly via?: ViaDomain | undefined;
  /** Acts as whoever sent it; a test call has nobody. */
  readonly caller?: Context | undefined;
}

export type Single = Record<string, string>;
export type Multi = Record<string, string[]>;

/** All that is known of a request while it is answered. */
export interface Exchange {
  readonly ctx: Context;
  readonly snapshot: Snapshot;
  readonly stage: Stage;
  readonly request: ApiRequest;
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly traceId: string;
  readonly startedAt: number;
  readonly headers: Single;
  readonly multiHeaders: Multi;
  readonly query: Single;
  readonly multiQuery: Multi;
  readonly pathParameters: Single;
  readonly resource: Resource | undefined;
  readonly method: Method | undefined;
  /** What the authorizer said of the caller. */
  authorizer: Record<string, unknown> | undefined;
  apiKey: { id: string; value: string } | undefined;
  /** The API key that the authorizer named. */
  usageIdentifierKey: string | undefined;
  /** What access logs tell of the integration. */
  integration: { status?: number; latency?: number; error?: string };
  /** Whether the stage's canary answers. */
  readonly canary: boolean;
  readonly trace: Trace | undefined;
}

/** A deployment, and the stage that serves it. */
export interface Target {
  readonly snapshot: Snapshot;
  readonly stage: Stage;
  readonly canary?: boolean;
  /** Of a test call; the stage's settings say otherwise whether there is one. */
  readonly trace?: Trace;
}

/** Starts the answer to a request whose route has been found, or not. */
export function newExchange(
  ctx: Context,
  { snapshot, stage, canary = false, trace }: Target,
  request: ApiRequest,
  route: { resource: Resource; method: Method; pathParameters: Single } | undefined,
): Exchange {
  const multiHeaders = collect(request.headers);
  const multiQuery = collect(parseQuery(request.query));
  const now = Math.floor(ctx.now() / 1000).toString(16);
  const exchange = {
    ctx,
    snapshot,
    stage,
    request,
    requestId: ctx.cloud.newId(),
    extendedRequestId: randomBase64(11),
    traceId: lastOf(multiHeaders)["X-Amzn-Trace-Id"] ?? `Root=1-${now}-${randomHex(24)}`,
    startedAt: ctx.now(),
    headers: lastOf(multiHeaders),
    multiHeaders,
    query: lastOf(multiQuery),
    multiQuery,
    pathParameters: route?.pathParameters ?? {},
    resource: route?.resource,
    method: route?.method,
    authorizer: undefined,
    apiKey: undefined,
    usageIdentifierKey: undefined,
    integration: {},
    canary,
  };
  return { ...exchange, trace: trace ?? traceOf(exchange) };
}

function collect(pairs: readonly (readonly [string, string])[]): Multi {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries(values);
}

/** Where a name is given more than once, the last value counts. */
const lastOf = (multi: Multi): Single =>
  Object.fromEntries(Object.entries(multi).map(([name, values]) => [name, values.at(-1) as string]));

function parseQuery(query: string): [string, string][] {
  return [...new URLSearchParams(query)];
}

/** A header, whatever the case of its name. */
export function headerOf(headers: Single, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const found = Object.keys(headers).find((one) => one.toLowerCase() === wanted);
  return found === undefined ? undefined : headers[found];
}

/** The host name by which the request came: a custom domain name, or the API's own as AWS would call it. */
export function domainNameOf({ ctx, snapshot, request }: Exchange): string {
  return request.via?.name ?? `${snapshot.api.id}.execute-api.${ctx.region}.${ctx.urlSuffix}`;
}

/** The path as the client sent it: with the stage, or the base path of a custom domain name. */
export function fullPathOf({ stage, request: { via, path } }: Exchange): string {
  return via ? `${via.basePath}${path}` : `/${stage.stageName}${path}`;
}

/** Replaces `${stageVariables.name}`. */
export function withStageVariables(text: string, { stage }: Exchange): string {
  return text.replaceAll(/\$\{stageVariables\.(\w+)\}/g, (_, name: string) => stage.variables?.[name] ?? "");
}

/** Whether a media type is one that the API treats as binary. */
export function isBinary({ snapshot }: Exchange, mediaType: string | undefined): boolean {
  const types = snapshot.api.binaryMediaTypes ?? [];
  if (types.includes("*/*")) return true;
  const type = (mediaType ?? "").split(/[;,]/)[0]?.trim().toLowerCase() ?? "";
  return types.some((one) => one === type || (one.endsWith("/*") && type.startsWith(one.slice(0, -1))));
}
