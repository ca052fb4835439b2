/** Takes over the sockets of WebSocket clients: admits them, hears them, and notes their end. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Context } from "../../../kernel/context.js";
import { headerPairs, sourceIpOf } from "../../../kernel/endpoint-request.js";
import type { EndpointMatch, Upgrade } from "../../../kernel/service.js";
import { destinationOf, type ViaDomain } from "../../api-gateway/shared/domains.js";
import { contextOf, servedAt } from "../execute/endpoint.js";
import { newRequestId, type Target } from "../execute/exchange.js";
import { ApiFailure } from "../execute/failure.js";
import { admit } from "./admit.js";
import { type Connection, connections, type Ended, type Peer } from "./connections.js";
import { newPassage } from "./event.js";
import { FrameSizes } from "./frame-sizes.js";
import type { Outcome } from "./integrate.js";
import { perform, receive, routeOf } from "./messages.js";

const MAX_FRAME_BYTES = 32 * 1024;
const MAX_MESSAGE_BYTES = 128 * 1024;

export const connect: Upgrade = (request, socket, head, caller, match) => {
  const stageName = /^\/([^/]+)\/?$/.exec(match.path)?.[1] ?? "";
  return take({ request, socket, head, match, stageName }, caller, match.groups.apiId ?? "");
};

/** The same at a custom domain name, whose mapping names the stage. */
export const connectByDomain: Upgrade = (request, socket, head, caller, match) => {
  const destination = destinationOf(caller, match.groups.domain ?? "", match.path, request.headers);
  if (typeof destination !== "object") return false;
  const { apiId, stageName, path, name, basePath } = destination;
  const via = { name, basePath };
  return take({ request, socket, head, match, stageName: path === "/" ? stageName : "", via }, caller, apiId);
};

async function take(
  asked: Omit<Handshake, "ctx" | "caller" | "apiId">,
  caller: Context,
  apiId: string,
): Promise<false | undefined> {
  const ctx = contextOf(caller, apiId);
  // It may be an API of the first version, which another service serves at the same address.
  if (!ctx) return false;
  try {
    await ctx.cloud.activity.during(handshake({ ...asked, ctx, caller, apiId }));
  } catch (error) {
    if (!(error instanceof ApiFailure)) ctx.cloud.reportFailure(error, "a WebSocket handshake");
    refuse(asked.socket, error instanceof ApiFailure ? error : new ApiFailure(500));
  }
  return undefined;
}

interface Handshake {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly ctx: Context;
  readonly caller: Context;
  readonly match: EndpointMatch;
  readonly apiId: string;
  readonly stageName: string;
  readonly via?: ViaDomain;
}

async function handshake(asked: Handshake): Promise<void> {
  const { request, socket, head, ctx, caller, match, apiId, stageName, via } = asked;
  const target = servedAt(ctx, apiId, stageName);
  if (target?.snapshot.api.ProtocolType !== "WEBSOCKET" || request.headers.upgrade?.toLowerCase() !== "websocket") {
    throw new ApiFailure(403);
  }
  const unknown: Peer = {
    id: newRequestId(),
    apiId,
    stageName,
    connectedAt: ctx.now(),
    sourceIp: sourceIpOf(request),
    userAgent: request.headers["user-agent"],
    via,
    authorizer: undefined,
  };
  const route = routeOf(target.snapshot, "$connect");
  const query = [...new URLSearchParams(match.query.replace(/^\?/, ""))];
  const handshake = { headers: headerPairs(request.rawHeaders), query };
  const passage = newPassage({ ...target, ctx, peer: unknown, route, eventType: "CONNECT", handshake });
  const peer = { ...unknown, authorizer: await admit(passage, caller) };
  const outcome = route ? await perform({ ...passage, peer }) : undefined;
  if (outcome && (outcome.status < 200 || outcome.status > 299)) throw new ApiFailure(outcome.status);
  open({ request, socket, head, ctx }, peer, outcome);
}

/** Completes the handshake, and hears the client from then on. */
function open(
  { request, socket, head, ctx }: Pick<Handshake, "request" | "socket" | "head" | "ctx">,
  peer: Peer,
  outcome: Outcome | undefined,
): void {
  const sizes = new FrameSizes();
  let isTooLarge = false;
  let connection: Connection | undefined;
  const open = ctx.memory(connections);
  socket.on("data", (chunk: Buffer) => {
    if (isTooLarge || sizes.largest(chunk) <= MAX_FRAME_BYTES) return;
    isTooLarge = true;
    if (connection) open.end(connection, 1009, "Message is too big");
  });
  const protocol = Object.entries(outcome?.headers ?? {}).find(([name]) => /^sec-websocket-protocol$/i.test(name))?.[1];
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: () => (protocol === undefined ? false : String(protocol)),
  });
  server.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
    connection = { ...peer, socket: webSocket, lastActiveAt: ctx.now() };
    listen(ctx, connection, () => isTooLarge);
    open.add(connection, ended(ctx));
  });
}

function listen(ctx: Context, connection: Connection, isTooLarge: () => boolean): void {
  const { socket } = connection;
  const open = ctx.memory(connections);
  const { cloud } = ctx;
  socket.on("message", (data: Buffer, isBinary: boolean) => {
    if (isTooLarge()) return;
    open.touch(connection);
    const fresh = freshContext(ctx);
    const target = targetOf(fresh, connection);
    if (!target) return;
    void cloud.activity
      .during(receive(fresh, target, connection, data, isBinary))
      .catch((error: unknown) => cloud.reportFailure(error, "a message to a WebSocket API"));
  });
  socket.on("ping", () => open.touch(connection));
  // The library closes the connection of a client that breaks the protocol, which is then noted.
  socket.on("error", () => {});
  socket.on("close", (code: number, reason: Buffer) => {
    const why = code === 1005 ? "Client-side close frame status not set" : reason.toString();
    open.gone(connection, code, why);
  });
}

/** Contexts see the store as it is when they are made. */
const freshContext = (ctx: Context): Context =>
  ctx.as({ account: ctx.account, region: ctx.region, principal: ctx.principal });

const targetOf = (ctx: Context, { apiId, stageName }: Peer): Target | undefined => servedAt(ctx, apiId, stageName);

/** Tells the route `$disconnect`. */
const ended =
  (ctx: Context): Ended =>
  async (connection, code, reason) => {
    const fresh = freshContext(ctx);
    const target = targetOf(fresh, connection);
    const route = target && routeOf(target.snapshot, "$disconnect");
    if (!route) return;
    const disconnect = { code, reason };
    const passage = newPassage({ ...target, ctx: fresh, peer: connection, route, eventType: "DISCONNECT", disconnect });
    try {
      await perform(passage);
    } catch (error) {
      // Nobody is there any more to be told.
      if (!(error instanceof ApiFailure)) throw error;
    }
  };

function refuse(socket: Duplex, { status, message }: ApiFailure): void {
  const body = JSON.stringify({ message });
  const head = [
    `HTTP/1.1 ${status} ${message}`,
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
