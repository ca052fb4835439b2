/** The management API of connections, which lies below the URL of their stage: `@connections/{id}`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context } from "../../../kernel/context.js";
import { AwsError } from "../../../kernel/errors.js";
import { decoded, newRequestId } from "../execute/exchange.js";
import type { Api, Stage } from "../tables.js";
import { type Connection, connections } from "./connections.js";

const MAX_MESSAGE_BYTES = 128 * 1024;

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

class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

type Operation = (connection: Connection, body: Buffer, ctx: Context) => object | Promise<object>;

/** The operations of the management API by their methods. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  POST: (connection, body, ctx) => {
    if (body.length > MAX_MESSAGE_BYTES) throw new Refusal(413, "PayloadTooLargeException", "Payload is too large");
    ctx.memory(connections).touch(connection);
    const isText = Buffer.from(body.toString()).equals(body);
    return new Promise((resolve, reject) => {
      connection.socket.send(isText ? body.toString() : body, (error) => (error ? reject(gone()) : resolve({})));
    });
  },
  GET: ({ connectedAt, lastActiveAt, sourceIp, userAgent }) => ({
    connectedAt: new Date(connectedAt).toISOString(),
    identity: { sourceIp, userAgent },
    lastActiveAt: new Date(lastActiveAt).toISOString(),
  }),
  DELETE: (connection, _, ctx) => {
    ctx.memory(connections).end(connection, 1000, "Connection closed by the API");
    return {};
  },
};

const gone = () => new Refusal(410, "GoneException", "The connection is gone");

/** Answers PostToConnection, GetConnection and DeleteConnection. */
export async function manageConnection(managed: Managed): Promise<void> {
  const { request, response } = managed;
  try {
    const output = await perform(managed);
    send(response, request.method === "DELETE" ? 204 : 200, {}, output);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { status, code, message } = error;
    send(response, status, { "x-amzn-ErrorType": code }, { message });
  }
}

async function perform({ request, ctx, caller, api, stage, path, body }: Managed): Promise<object> {
  const [, raw] = /^\/(?:@|%40)connections\/([^/]+)$/.exec(path) ?? [];
  const method = request.method ?? "";
  const operation = OPERATIONS[method];
  if (raw === undefined || !operation) throw new Refusal(403, "ForbiddenException", "Forbidden");
  const id = decoded(raw);
  if (caller.principal.type === "anonymous") {
    throw new Refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  const arn = ctx.arn(`${api.ApiId}/${stage.StageName}/${method}/@connections/${id}`, "execute-api");
  try {
    caller.cloud.authorizer?.(caller, ["execute-api:ManageConnections"], [arn]);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new Refusal(403, "ForbiddenException", error.message);
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
