/** The events that functions get of connections and messages. See "Integration requests of WebSocket APIs". */
import type { Context } from "../../../kernel/context.js";
import { requestTime } from "../../../kernel/endpoint-request.js";
import { domainNameOf, gathered, newRequestId, type Pairs, type Single, type Target } from "../execute/exchange.js";
import type { Route } from "../tables.js";
import type { Peer } from "./connections.js";

/** A connection that is made or ends, or a message, on its way to an integration. */
export interface Passage extends Target {
  readonly ctx: Context;
  readonly peer: Peer;
  readonly route: Route | undefined;
  readonly eventType: "CONNECT" | "MESSAGE" | "DISCONNECT";
  readonly requestId: string;
  readonly at: number;
  /** The message; `base64` where it is bytes. */
  readonly message?: { readonly text: string; readonly base64: boolean };
  readonly disconnect?: { readonly code: number; readonly reason: string };
  /** The handshake's, which only `$connect` sees. */
  readonly handshake?: { readonly headers: Pairs; readonly query: Pairs };
}

export function newPassage(given: Omit<Passage, "requestId" | "at">): Passage {
  return { ...given, requestId: newRequestId(), at: given.ctx.now() };
}

/** `requestContext`, and what `$context` tells. */
export function requestContext(passage: Passage): Record<string, unknown> {
  const { ctx, snapshot, stage, peer, route, requestId, at, disconnect, eventType } = passage;
  return {
    routeKey: route?.RouteKey,
    ...(peer.authorizer ? { authorizer: peer.authorizer } : {}),
    ...(disconnect ? { disconnectStatusCode: disconnect.code } : {}),
    ...(eventType === "MESSAGE" ? { messageId: requestId } : {}),
    eventType,
    extendedRequestId: requestId,
    requestTime: requestTime(at),
    messageDirection: "IN",
    ...(disconnect ? { disconnectReason: disconnect.reason } : {}),
    stage: stage.StageName,
    connectedAt: peer.connectedAt,
    requestTimeEpoch: at,
    identity: { ...(peer.userAgent ? { userAgent: peer.userAgent } : {}), sourceIp: peer.sourceIp },
    requestId,
    domainName: domainNameOf(ctx, snapshot.api, peer.via),
    connectionId: peer.id,
    apiId: snapshot.api.ApiId,
  };
}

const lastOf = (multi: Record<string, string[]>): Single =>
  Object.fromEntries(Object.entries(multi).map(([name, values]) => [name, values.at(-1) as string]));

function headerMembers(pairs: Pairs) {
  const multiValueHeaders = gathered(pairs);
  return { headers: lastOf(multiValueHeaders), multiValueHeaders };
}

function queryMembers(pairs: Pairs) {
  if (pairs.length === 0) return {};
  const multi = gathered(pairs);
  return { queryStringParameters: lastOf(multi), multiValueQueryStringParameters: multi };
}

/** What functions see of the handshake, or of its end. */
export function handshakeParts({ handshake, disconnect, ctx, snapshot, peer }: Passage) {
  if (handshake) return { ...headerMembers(handshake.headers), ...queryMembers(handshake.query) };
  if (!disconnect) return {};
  return headerMembers([
    ["Host", domainNameOf(ctx, snapshot.api, peer.via)],
    ["x-api-key", ""],
    ["X-Forwarded-For", ""],
    ["x-restapi", ""],
  ]);
}

export function stageVariablesOf({ stage }: Passage) {
  const variables = stage.StageVariables ?? {};
  return Object.keys(variables).length > 0 ? { stageVariables: variables } : {};
}

/** The event of a Lambda proxy integration. */
export function webSocketEvent(passage: Passage): object {
  const { message } = passage;
  return {
    ...handshakeParts(passage),
    ...stageVariablesOf(passage),
    requestContext: requestContext(passage),
    ...(message ? { body: message.text } : {}),
    isBase64Encoded: message?.base64 === true,
  };
}
