/** For the tests of the registry: a client that sends what docker, crane and skopeo send. */
import { request } from "node:http";
import * as sdk from "@aws-sdk/client-ecr";
import type { RunningCloud } from "../../../index.js";

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
}

export class RegistryClient {
  readonly #cloud: RunningCloud;
  #password = "";

  constructor(cloud: RunningCloud) {
    this.#cloud = cloud;
  }

  /** Signs in as `aws ecr get-login-password | docker login` does. */
  async login(ecr = this.#cloud.client(sdk.ECRClient)): Promise<void> {
    const { authorizationData } = await ecr.send(new sdk.GetAuthorizationTokenCommand({}));
    this.#password = authorizationData?.[0]?.authorizationToken ?? "";
  }

  /** A request with the password. `path` may be a whole address, as `Location` gives it. */
  send(method: string, path: string, body: string | Buffer = "", headers: Record<string, string> = {}): Promise<Reply> {
    const authorization: Record<string, string> = this.#password ? { authorization: `Basic ${this.#password}` } : {};
    return this.sendPlain(method, path, body, { ...authorization, ...headers });
  }

  sendPlain(method: string, path: string, body: string | Buffer, headers: Record<string, string>): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, this.#cloud.endpoint), { method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Reply["headers"],
            body: Buffer.concat(chunks).toString(),
          });
        });
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }
}
