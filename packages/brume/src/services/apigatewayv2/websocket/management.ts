/** The management API of connections, which lies below the URL of their stage: `@connections/{id}`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "../../../kernel/context.js";
import { AwsError } from "../../../kernel/errors.js";
import { decoded, newRequestId } from "../execute/exchange.js";
import type { Api, Stage } from "../tables.js";
import { closeConnection, describeConnection, gone, postTo } from "./connection-operations.js";
import { type Connection, connections } from "./connections.js";

interface Managed {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly ctx: Context;
  readonly caller: Context;
  readonly api: Api;
  readonly stage: Stage;
  /** Within the stage. */
  readonly path: string;
  readonly body: Buffer;
}

type Operation = (connection: Connection, body: Buffer, ctx: Context) => object | Promise<object>;

/** The operations of the management API by their methods. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  POST: async (connection, body, ctx) => {
    await postTo(connection, body, ctx);
    return {};
  },
  GET: (connection) => {
    const { ConnectedAt, Identity, LastActiveAt } = describeConnection(connection);
    return {
      connectedAt: ConnectedAt.toISOString(),
      identity: { sourceIp: Identity.SourceIp, userAgent: Identity.UserAgent },
      lastActiveAt: LastActiveAt.toISOString(),
    };
  },
  DELETE: (connection, _, ctx) => {
    closeConnection(connection, ctx);
    return {};
  },
};

const forbidden = (message: string, code = "ForbiddenException") => new AwsError(code, message, { status: 403 });

/** Answers PostToConnection, GetConnection and DeleteConnection. */
export async function manageConnection(managed: Managed): Promise<void> {
  const { request, response } = managed;
  try {
    const output = await perform(managed);
    send(response, request.method === "DELETE" ? 204 : 200, {}, output);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { status = 400, code, message } = error;
    send(response, status, { "x-amzn-ErrorType": code }, { message });
  }
}

async function perform({ request, ctx, caller, api, stage, path, body }: Managed): Promise<object> {
  const [, raw] = /^\/(?:@|%40)connections\/([^/]+)$/.exec(path) ?? [];
  const method = request.method ?? "";
  const operation = OPERATIONS[method];
  if (raw === undefined || !operation) throw forbidden("Forbidden");
  const id = decoded(raw);
  if (caller.principal.type === "anonymous") {
    throw forbidden("Missing Authentication Token", "MissingAuthenticationTokenException");
  }
  const arn = ctx.arn(`${api.ApiId}/${stage.StageName}/${method}/@connections/${id}`, "execute-api");
  try {
    caller.cloud.authorizer?.(caller, ["execute-api:ManageConnections"], [arn]);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw forbidden(error.message);
  }
  const connection = ctx.memory(connections).get(id, api.ApiId, stage.StageName);
  if (!connection) throw gone();
  return operation(connection, body, ctx);
}

function send(response: ServerResponse, status: number, headers: Record<string, string>, output: object): void {
  const body = status === 204 ? "" : JSON.stringify(output);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "x-amzn-RequestId": newRequestId(),
    ...headers,
    ...(status === 204 ? {} : { "Content-Length": Buffer.byteLength(body) }),
  });
  response.end(body);
}
