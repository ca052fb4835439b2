/** One request to an HTTP API, and all that is known while it is answered. */
import type { Context } from "../../../kernel/context.js";
import { randomBase64, randomHex } from "../../../kernel/identifiers.js";
import type { ViaDomain } from "../../api-gateway/shared/domains.js";
import type { Api, Authorizer, Integration, Route, Snapshot, Stage } from "../tables.js";

export type { ApiResponse } from "../../api-gateway/shared/http.js";

export type Single = Record<string, string>;
export type Pairs = readonly (readonly [name: string, value: string])[];

/** A request as it came. */
export interface ApiRequest {
  readonly method: string;
  /** The raw path, without the stage. */
  readonly path: string;
  /** The raw path as it was sent: with the stage, unless that is `$default`. */
  readonly fullPath: string;
  /** What follows the question mark, raw. */
  readonly query: string;
  /** In the order and spelling in which they came. */
  readonly headers: Pairs;
  readonly body: Buffer;
  readonly sourceIp: string;
  /** The custom domain name by which it came. */
  readonly via?: ViaDomain | undefined;
}

/** What is served under an address. */
export interface Target {
  readonly snapshot: Snapshot;
  readonly stage: Stage;
}

export interface MatchedRoute {
  readonly route: Route;
  readonly pathParameters: Single;
}

export interface Exchange extends Target {
  /** Acts as API Gateway, in the account and region of the API. */
  readonly ctx: Context;
  /** Acts as whoever sent the request. */
  readonly caller: Context;
  readonly request: ApiRequest;
  readonly requestId: string;
  readonly traceId: string;
  readonly startedAt: number;
  /** By lower-case name; values of the same name are joined by commas. */
  readonly headers: Single;
  readonly query: Single;
  readonly pathParameters: Single;
  readonly route: Route | undefined;
  /** `requestContext.authorizer`, as functions see it. */
  authorizer: Record<string, unknown> | undefined;
  /** What access logs tell. */
  integration: { status?: number; latency?: number; error?: string };
  failure: { message: string; reason?: string } | undefined;
}

export function newExchange(
  ctx: Context,
  caller: Context,
  target: Target,
  request: ApiRequest,
  matched: MatchedRoute | undefined,
): Exchange {
  const headers = joined(request.headers.map(([name, value]) => [name.toLowerCase(), value]));
  const seconds = Math.floor(ctx.now() / 1000).toString(16);
  return {
    ctx,
    caller,
    ...target,
    request,
    requestId: newRequestId(),
    traceId: headers["x-amzn-trace-id"] ?? `Root=1-${seconds}-${randomHex(24)}`,
    startedAt: ctx.now(),
    headers,
    query: joined([...new URLSearchParams(request.query)]),
    pathParameters: matched?.pathParameters ?? {},
    route: matched?.route,
    authorizer: undefined,
    integration: {},
    failure: undefined,
  };
}

/** Ids of requests, messages and connections: 16 characters, the last of them `=`. */
export const newRequestId = (): string => randomBase64(11).replaceAll("+", "-").replaceAll("/", "_");

/** Each name once, its values joined by commas. */
export function joined(pairs: Pairs): Single {
  const values = new Map<string, string>();
  for (const [name, value] of pairs) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(values);
}

/** Each name once, with all of its values. */
export function gathered(pairs: Pairs): Record<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries(values);
}

/** The host name by which a request came: a custom domain name, or the API's own as AWS would call it. */
export const domainNameOf = (ctx: Context, api: Api, via?: ViaDomain): string =>
  via?.name ?? `${api.ApiId}.execute-api.${ctx.region}.${ctx.urlSuffix}`;

/** The ARN that policies know a request to a route by. */
export function invokeArn(ctx: Context, api: Api, stage: Stage, what: string): string {
  return ctx.arn(`${api.ApiId}/${stage.StageName}/${what}`, "execute-api");
}

/** Replaces `${stageVariables.name}`. */
export function withStageVariables(text: string, { StageVariables = {} }: Stage): string {
  return text.replaceAll(/\$\{stageVariables\.(\w+)\}/g, (_, name: string) => StageVariables[name] ?? "");
}

export function integrationFor({ integrations }: Snapshot, { Target = "" }: Route): Integration | undefined {
  return integrations.find(({ IntegrationId }) => Target === `integrations/${IntegrationId}`);
}

export function authorizerFor({ authorizers }: Snapshot, route: Route): Authorizer | undefined {
  return authorizers.find(({ AuthorizerId }) => AuthorizerId === route.AuthorizerId);
}

/** A raw path or a part of one, without its escapes; as it is where they are malformed. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
