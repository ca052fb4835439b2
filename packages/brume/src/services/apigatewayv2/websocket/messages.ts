/** What becomes of the messages that clients send: chosen by the route selection expression, one-way or two-way. */
import type { Context } from "../../../kernel/context.js";
import { logAccess } from "../execute/access-log.js";
import type { Target } from "../execute/exchange.js";
import { evaluate } from "../execute/expressions.js";
import { ApiFailure } from "../execute/failure.js";
import type { Route, Snapshot } from "../tables.js";
import type { Connection } from "./connections.js";
import { newPassage, type Passage, requestContext } from "./event.js";
import { integrate, type Outcome } from "./integrate.js";

export const routeOf = ({ routes }: Snapshot, key: string): Route | undefined =>
  routes.find(({ RouteKey }) => RouteKey === key);

/** The route of a message: the one that its content names, or `$default`. */
function selectRoute({ snapshot, stage }: Target, body: string): Route | undefined {
  const request = { method: "", path: "", headers: {}, query: {}, pathParameters: {}, body };
  const key = evaluate(snapshot.api.RouteSelectionExpression, { request, context: {}, stage });
  const named = key && !key.startsWith("$") ? routeOf(snapshot, key) : undefined;
  return named ?? routeOf(snapshot, "$default");
}

/** Hands a message on, and sends what the route answers, or what went wrong. */
export async function receive(
  ctx: Context,
  target: Target,
  connection: Connection,
  data: Buffer,
  isBinary: boolean,
): Promise<void> {
  const route = selectRoute(target, isBinary ? "" : data.toString());
  const message = { text: data.toString(isBinary ? "base64" : "utf8"), base64: isBinary };
  const passage = newPassage({ ...target, ctx, peer: connection, route, eventType: "MESSAGE", message });
  const answer = await respond(passage);
  if (answer !== undefined) connection.socket.send(answer);
}

async function respond(passage: Passage): Promise<string | undefined> {
  const { route, snapshot, requestId, peer } = passage;
  const failed = (message: string) => JSON.stringify({ message, connectionId: peer.id, requestId });
  if (!route) return failed("Forbidden");
  try {
    const { body } = await perform(passage);
    const isTwoWay =
      route.RouteResponseSelectionExpression !== undefined &&
      snapshot.routeResponses.some(({ RouteId }) => RouteId === route.RouteId);
    return isTwoWay && body ? body : undefined;
  } catch (error) {
    if (!(error instanceof ApiFailure)) passage.ctx.cloud.reportFailure(error, "a message to a WebSocket API");
    return failed("Internal server error");
  }
}

/** Hands a connection or message to its integration, and notes it in the access log. */
export async function perform(passage: Passage): Promise<Outcome> {
  const { ctx, snapshot, stage } = passage;
  const log = (status: number, error?: string) =>
    logAccess(ctx, snapshot.api, stage, () => ({
      ...requestContext(passage),
      status,
      error: error && { message: error, messageString: JSON.stringify(error) },
    }));
  try {
    const outcome = await integrate(passage);
    await log(outcome.status);
    return outcome;
  } catch (error) {
    const status = error instanceof ApiFailure ? error.status : 500;
    await log(status, error instanceof Error ? error.message : String(error));
    throw error;
  }
}
