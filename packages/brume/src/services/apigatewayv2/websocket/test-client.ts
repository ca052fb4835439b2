/** A WebSocket client for tests. */
import { WebSocket } from "ws";

/** A client that keeps what it hears. */
export class Client {
  readonly socket: WebSocket;
  readonly #heard: string[] = [];
  #wanted: ((text: string) => void) | undefined;
  readonly closed: Promise<number>;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("message", (data: Buffer) => {
      if (this.#wanted) this.#wanted(data.toString());
      else this.#heard.push(data.toString());
      this.#wanted = undefined;
    });
  }

  static open(url: string, options: { headers?: Record<string, string>; protocols?: string[] } = {}): Promise<Client> {
    const socket = new WebSocket(url, options.protocols ?? [], { headers: options.headers });
    const made = new Client(socket);
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve(made));
      socket.once("error", reject);
    });
  }

  next(): Promise<string> {
    const first = this.#heard.shift();
    return first === undefined ? new Promise((resolve) => (this.#wanted = resolve)) : Promise.resolve(first);
  }

  async ask(message: unknown): Promise<string> {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
    return this.next();
  }
}
