/** brume as a library: a cloud in this process. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StackResult } from "./assembly/deploy.js";
import type { CloudDeployOptions } from "./assembly/deploy-source.js";
import { localClient } from "./assembly/local-client.js";
import { Gateway } from "./gateway/gateway.js";
import type { Clock } from "./kernel/clock.js";
import { Cloud } from "./kernel/cloud.js";
import { DataDirectory } from "./kernel/data-directory.js";
import { rootOf } from "./kernel/principal.js";
import { registry } from "./registry.js";

export type { StackResult } from "./assembly/deploy.js";
export type { CloudDeployOptions } from "./assembly/deploy-source.js";
export type { Clock, Duration } from "./kernel/clock.js";
export { AwsError, UserError } from "./kernel/errors.js";

export interface StartOptions {
  /** Default: a free port. */
  port?: number;
  /** Default `127.0.0.1`. */
  host?: string;
  /** Where the cloud's data is kept. Default: a temporary directory that goes with the cloud. */
  data?: string;
  /** Default `000000000000`. */
  account?: string;
  /** Default `us-east-1`. */
  region?: string;
  /** Called when a client asks the cloud to stop. */
  onStop?: () => void;
}

/** An SDK client's constructor. */
type ClientConstructor<Client, Config> = new (config: Config) => Client;

/** A cloud that runs in this process. */
export class RunningCloud implements AsyncDisposable {
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
  readonly #cloud: Cloud;
  readonly #close: () => Promise<void>;
  readonly #clients: { destroy?: () => void }[] = [];

  constructor(cloud: Cloud, account: string, region: string, close: () => Promise<void>) {
    this.#cloud = cloud;
    this.endpoint = cloud.endpoint;
    this.account = account;
    this.region = region;
    this.#close = close;
  }

  /** The cloud's clock: pause it, advance it, resume it. */
  get clock(): Clock {
    return this.#cloud.clock;
  }

  /** The cloud itself, for what the public interface does not cover. */
  get kernel(): Cloud {
    return this.#cloud;
  }

  /** What a process needs in its environment so that its SDKs and tools use this cloud. */
  get env(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_ACCESS_KEY_ID: this.account,
      AWS_SECRET_ACCESS_KEY: "brume",
      AWS_REGION: this.region,
      AWS_DEFAULT_REGION: this.region,
    };
  }

  /** An SDK client that uses this cloud: `cloud.client(SQSClient)`. It is destroyed with the cloud. */
  client<Client, Config extends object>(
    Constructor: ClientConstructor<Client, Config>,
    config: Partial<Config> = {},
  ): Client {
    const client = new Constructor({
      endpoint: this.endpoint,
      region: this.region,
      credentials: { accessKeyId: this.account, secretAccessKey: "brume" },
      maxAttempts: 1,
      ...config,
    } as unknown as Config);
    this.#clients.push(client as { destroy?: () => void });
    return client;
  }

  /** Performs an operation without HTTP, as the account's root: `cloud.call("sqs", "ListQueues", {})`. */
  call<Output = Record<string, unknown>>(service: string, operation: string, input: object): Promise<Output> {
    const { account, region } = this;
    return this.#cloud.call<Output>(service, operation, input, { account, region, principal: rootOf(account) });
  }

  /**
   * Deploys an app's folder (with its `cdk.json`), an assembly's folder, or a template (an object, or the path of a
   * file).
   * @returns what was deployed, a result for each stack, with its outputs
   * @throws UserError that says which resource failed, where and why
   * @example
   * const [stack] = await cloud.deploy("examples/hit-counter");
   * await fetch(`${stack.outputs.Url}hello`);
   */
  async deploy(source: string | Record<string, unknown>, options: CloudDeployOptions = {}): Promise<StackResult[]> {
    const { deploySource } = await import("./assembly/deploy-source.js");
    const place = { account: options.account ?? this.account, region: options.region ?? this.region };
    return deploySource(localClient(this.#cloud), source, place, options);
  }

  /** Deletes a stack, and resolves when it is gone. @returns whether it was there */
  async destroy(stackName: string): Promise<boolean> {
    const { destroyStack } = await import("./assembly/deployed-stack.js");
    return destroyStack(localClient(this.#cloud), stackName, { account: this.account, region: this.region });
  }

  /** Resolves when nothing is in flight. */
  idle(): Promise<void> {
    return this.#cloud.idle();
  }

  async close(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.destroy?.();
    await this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Starts a cloud in this process.
 * @throws UserError when the port or the data directory is in use
 * @example
 * await using cloud = await startCloud();
 * const sqs = cloud.client(SQSClient);
 */
export async function startCloud(options: StartOptions = {}): Promise<RunningCloud> {
  const temporary = options.data === undefined ? mkdtempSync(join(tmpdir(), "brume-")) : undefined;
  const directory = new DataDirectory(options.data ?? (temporary as string));
  const discard = () => {
    directory.release();
    if (temporary) rmSync(temporary, { recursive: true, force: true });
  };
  let cloud: Cloud | undefined;
  let gateway: Gateway | undefined;
  try {
    cloud = new Cloud({ directory: directory.path, registry });
    gateway = new Gateway(cloud, { port: options.port ?? 0, host: options.host, onStop: options.onStop });
    directory.announce(await gateway.listen());
    cloud.start();
  } catch (error) {
    await cloud?.close();
    discard();
    throw error;
  }
  // A defect of brume itself must not pass unseen, whoever runs the cloud.
  cloud.events.on("failure", ({ stack, message, during }) =>
    process.emitWarning(stack ?? message, "BrumeFailure", during),
  );
  const running = { cloud, gateway };
  return new RunningCloud(cloud, options.account ?? "000000000000", options.region ?? "us-east-1", async () => {
    // First, so that whoever loses a connection knows why.
    running.cloud.closing = true;
    await running.gateway.close();
    await running.cloud.close();
    discard();
  });
}
