/** What the management API does with a connection: sends to it, describes it, closes it. */
import type { Context } from "../../../kernel/context.js";
import { AwsError } from "../../../kernel/errors.js";
import { type Connection, connections } from "./connections.js";

const MAX_MESSAGE_BYTES = 128 * 1024;

export const gone = (): AwsError => new AwsError("GoneException", "The connection is gone", { status: 410 });

/** Sends a message: as text where it is text. @throws AwsError `PayloadTooLargeException` or `GoneException` */
export function postTo(connection: Connection, data: Uint8Array, ctx: Context): Promise<void> {
  if (data.length > MAX_MESSAGE_BYTES) {
    throw new AwsError("PayloadTooLargeException", "Payload is too large", { status: 413 });
  }
  ctx.memory(connections).touch(connection);
  const bytes = Buffer.from(data);
  const isText = Buffer.from(bytes.toString()).equals(bytes);
  return new Promise((resolve, reject) => {
    connection.socket.send(isText ? bytes.toString() : bytes, (error) => (error ? reject(gone()) : resolve()));
  });
}

export function describeConnection({ connectedAt, lastActiveAt, sourceIp, userAgent }: Connection) {
  return {
    ConnectedAt: new Date(connectedAt),
    Identity: { SourceIp: sourceIp, UserAgent: userAgent },
    LastActiveAt: new Date(lastActiveAt),
  };
}

export function closeConnection(connection: Connection, ctx: Context): void {
  ctx.memory(connections).end(connection, 1000, "Connection closed by the API");
}
