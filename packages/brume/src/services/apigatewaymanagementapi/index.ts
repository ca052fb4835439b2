/** The connections of WebSocket APIs, for clients whose endpoint is the cloud: their ids alone say which they are. */
import type { Context } from "../../kernel/context.js";
import { defineService, type Handler, operation } from "../../kernel/service.js";
import { owners } from "../apigatewayv2/tables.js";
import { closeConnection, describeConnection, gone, postTo } from "../apigatewayv2/websocket/connection-operations.js";
import { type Connection, connections } from "../apigatewayv2/websocket/connections.js";

type Sdk = typeof import("@aws-sdk/client-apigatewaymanagementapi");
interface ConnectionInput {
  readonly ConnectionId?: string | undefined;
}

/** @throws AwsError `GoneException`, also for the connections of other accounts */
function connectionOf(ctx: Context, { ConnectionId = "" }: ConnectionInput): Connection {
  const connection = ctx.memory(connections).find(ConnectionId);
  const owner = connection && ctx.table(owners).get(connection.apiId);
  if (!connection || owner?.account !== ctx.account) throw gone();
  return connection;
}

const postToConnection: Handler<Sdk, "PostToConnection"> = async (input, ctx) => {
  // The payload is no stream: it comes as bytes, from within the cloud perhaps as text.
  const data = (input.Data ?? "") as Uint8Array | string;
  await postTo(connectionOf(ctx, input), Buffer.from(data as Uint8Array), ctx);
  return {};
};
const getConnection: Handler<Sdk, "GetConnection"> = (input, ctx) => describeConnection(connectionOf(ctx, input));
const deleteConnection: Handler<Sdk, "DeleteConnection"> = (input, ctx) => {
  closeConnection(connectionOf(ctx, input), ctx);
  return {};
};

/** The connection as IAM knows it; the ARN names the API and stage that the connection is of. */
const connectionAs =
  (method: string) =>
  ({ ConnectionId = "" }: ConnectionInput, ctx: Context): string => {
    const { apiId = "*", stageName = "*" } = ctx.memory(connections).find(ConnectionId) ?? {};
    return ctx.arn(`${apiId}/${stageName}/${method}/@connections/${ConnectionId}`, "execute-api");
  };

export default defineService<Sdk>({
  id: "apigatewaymanagementapi",
  iamPrefix: "execute-api",
  operations: {
    DeleteConnection: operation(deleteConnection, connectionAs("DELETE"), "execute-api:ManageConnections"),
    GetConnection: operation(getConnection, connectionAs("GET"), "execute-api:ManageConnections"),
    PostToConnection: operation(postToConnection, connectionAs("POST"), "execute-api:ManageConnections"),
  },
  unsupported: {},
});
