/** How the toolchain reaches a cloud: by calls, whether the cloud is in this process or another. */
import { Agent, type IncomingMessage, request } from "node:http";
import { AwsError, UserError } from "../kernel/errors.js";
import type { CloudEvent } from "../kernel/events.js";
import type { Fault } from "../kernel/faults.js";
import { serviceDescriptors } from "../protocol/model.js";

/** The account and region that a call is for. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

export interface CloudClient {
  readonly endpoint: string;
  /** Performs an operation as the root of an account. Timestamps may be dates or seconds since the epoch. */
  call<Output = Record<string, unknown>>(
    service: string,
    operation: string,
    input: object,
    place: Place,
  ): Promise<Output>;
  /** Stores an object. */
  upload(bucket: string, key: string, content: Uint8Array, place: Place): Promise<void>;
  /** Calls `listener` for each event from now on; the function returned ends it. */
  listen(listener: (event: CloudEvent) => void): Promise<() => void>;
  /** Makes calls fail; the function returned ends it. */
  fail(faults: readonly Fault[]): Promise<() => Promise<void>>;
}

/** A stack as the list of all stacks tells it. */
export interface StackSummary extends Place {
  readonly name: string;
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
}

const JSON_TYPE = { "content-type": "application/json" };
const CONNECTION_ERRORS = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE"]);

/** A cloud in another process of this machine. */
export class HttpCloudClient implements CloudClient {
  readonly endpoint: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });

  constructor(endpoint: string) {
    this.endpoint = endpoint;
  }

  async call<Output = Record<string, unknown>>(
    service: string,
    operation: string,
    input: object,
    place: Place,
  ): Promise<Output> {
    const descriptor = serviceDescriptors()[service];
    if (!descriptor) throw new Error(`There is no service ${service}.`);
    const headers = {
      ...signed(place, descriptor.signingName),
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `${descriptor.target}.${operation}`,
    };
    const { status, body } = await this.#send("POST", "/", headers, Buffer.from(JSON.stringify(input)));
    const answer = body.length > 0 ? (JSON.parse(body.toString()) as Record<string, unknown>) : {};
    if (status < 300) return answer as Output;
    const code = String(answer.__type ?? "UnknownError")
      .split("#")
      .at(-1) as string;
    throw new AwsError(code, String(answer.message ?? answer.Message ?? code), { status, members: answer });
  }

  async upload(bucket: string, key: string, content: Uint8Array, place: Place): Promise<void> {
    const path = `/${[bucket, ...key.split("/")].map(encodeURIComponent).join("/")}`;
    const { status, body } = await this.#send("PUT", path, signed(place, "s3"), Buffer.from(content));
    if (status < 300) return;
    const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body.toString())?.[1];
    throw new AwsError(
      element("Code") ?? "UnknownError",
      element("Message") ?? `The upload was answered with ${status}.`,
    );
  }

  async fail(faults: readonly Fault[]): Promise<() => Promise<void>> {
    for (const fault of faults) await this.control("POST", "faults", { ...fault });
    return async () => {
      if (faults.length > 0) await this.control("DELETE", "faults");
    };
  }

  /** One of brume's own requests, under `/_brume/`. */
  async control<Output = Record<string, unknown>>(method: string, path: string, input?: object): Promise<Output> {
    const content = input === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(input));
    const { status, body } = await this.#send(
      method,
      `/_brume/${path}`,
      { "content-type": "application/json" },
      content,
    );
    const answer = JSON.parse(body.toString()) as Output & { message?: string };
    if (status < 300) return answer;
    throw new UserError("ControlFailed", answer.message ?? `The cloud answered with ${status}.`);
  }

  /** The stacks of all accounts and regions. */
  async stacks(): Promise<StackSummary[]> {
    const { body } = await this.#send("GET", "/_aws/cloudformation-stacks", JSON_TYPE, Buffer.alloc(0));
    return (JSON.parse(body.toString()) as { stacks: StackSummary[] }).stacks;
  }

  listen(listener: (event: CloudEvent) => void): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const outgoing = request(`${this.endpoint}/_brume/events`, (response) => {
        let rest = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          const lines = (rest + chunk).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) listener(JSON.parse(line) as CloudEvent);
        });
        response.on("error", () => {});
        resolve(() => outgoing.destroy());
      });
      outgoing.on("error", (error) => reject(this.#explain(error)));
      outgoing.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(
    method: string,
    path: string,
    headers: Record<string, string>,
    content: Buffer,
  ): Promise<{ status: number; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const options = { method, headers: { ...headers, "content-length": String(content.length) }, agent: this.#agent };
      const outgoing = request(this.endpoint + path, options, (response: IncomingMessage) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
        response.on("error", reject);
      });
      outgoing.on("error", (error) => reject(this.#explain(error)));
      outgoing.end(content);
    });
  }

  #explain(error: NodeJS.ErrnoException): Error {
    if (!CONNECTION_ERRORS.has(error.code ?? "")) return error;
    return new UserError("CloudUnreachable", `No cloud answers at ${this.endpoint}.`, {
      hint: "Start one with brume start, or choose another with --port.",
      cause: error,
    });
  }
}

/** Headers that say which account and region a call is for. The key is the account's own: it needs no true signature. */
function signed({ account, region }: Place, service: string): Record<string, string> {
  const credential = `${account}/20260101/${region}/${service}/aws4_request`;
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=${"0".repeat(64)}`,
    "x-amz-date": "20260101T000000Z",
    "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
  };
}
