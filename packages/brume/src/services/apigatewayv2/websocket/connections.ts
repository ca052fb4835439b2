/** The connections of WebSocket APIs that are open now. */
import type { WebSocket } from "ws";
import { type Cloud, defineMemory } from "../../../kernel/cloud.js";
import type { ViaDomain } from "../../api-gateway/shared/domains.js";

const IDLE_MS = 10 * 60 * 1000;
const LONGEST_MS = 2 * 60 * 60 * 1000;

/** Who is at the other end, as far as events tell. */
export interface Peer {
  readonly id: string;
  readonly apiId: string;
  readonly stageName: string;
  readonly connectedAt: number;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
  /** The custom domain name by which it was made. */
  readonly via: ViaDomain | undefined;
  /** What the authorizer of `$connect` said. */
  readonly authorizer: Record<string, unknown> | undefined;
}

export interface Connection extends Peer {
  readonly socket: WebSocket;
  lastActiveAt: number;
}

/** Is told when a connection has ended, however that came. */
export type Ended = (connection: Connection, code: number, reason: string) => Promise<void>;

export class Connections {
  readonly #cloud: Cloud;
  readonly #open = new Map<string, { connection: Connection; cancel: () => void; ended: Ended }>();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  add(connection: Connection, ended: Ended): void {
    const entry = { connection, ended, cancel: () => {} };
    this.#open.set(connection.id, entry);
    const watch = () => {
      const idleAt = connection.lastActiveAt + IDLE_MS;
      const at = Math.min(idleAt, connection.connectedAt + LONGEST_MS);
      if (at <= this.#cloud.clock.now()) this.end(connection, 1001, "Going away");
      else entry.cancel = this.#alarm(at, watch);
    };
    watch();
  }

  #alarm(at: number, ring: () => void): () => void {
    const alarm = this.#cloud.clock.alarm(at, ring);
    return () => alarm.cancel();
  }

  /** A connection of a stage; `undefined` when it is gone, or never was. */
  get(id: string, apiId: string, stageName: string): Connection | undefined {
    const { connection } = this.#open.get(id) ?? {};
    return connection?.apiId === apiId && connection.stageName === stageName ? connection : undefined;
  }

  /** A connection of whatever API. */
  find(id: string): Connection | undefined {
    return this.#open.get(id)?.connection;
  }

  touch(connection: Connection): void {
    connection.lastActiveAt = this.#cloud.clock.now();
  }

  /** Closes a connection from this side. */
  end(connection: Connection, code: number, reason: string): void {
    connection.socket.close(code, reason);
    this.gone(connection, code, reason);
  }

  /** Notes that a connection has ended. */
  gone(connection: Connection, code: number, reason: string): void {
    const entry = this.#open.get(connection.id);
    if (!entry) return;
    entry.cancel();
    this.#open.delete(connection.id);
    void this.#cloud.activity
      .during(this.#tell(entry, code, reason))
      .catch((error: unknown) => this.#cloud.reportFailure(error, "the end of a WebSocket connection"));
  }

  async #tell({ connection, ended }: { connection: Connection; ended: Ended }, code: number, reason: string) {
    // Sockets also end because the cloud does, which it says a moment later; nobody is told of that.
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (!this.#cloud.closing) await ended(connection, code, reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { connection, cancel } of this.#open.values()) {
      cancel();
      connection.socket.terminate();
    }
    this.#open.clear();
  }
}

export const connections = defineMemory("apigatewayv2/connections", (cloud) => new Connections(cloud));
