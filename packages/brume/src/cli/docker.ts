/**
 * What the CDK CLI asks of `docker` when it publishes image assets, done without Docker: named by `CDK_DOCKER`, which
 * `brume exec` sets. An image is planned when it is to be built, and made when it is known where it goes.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { HttpCloudClient } from "../assembly/cloud-client.js";
import { type ImageSource, publishImage } from "../assembly/images/image-asset.js";
import { UserError } from "../kernel/errors.js";

/** An image that is to be made: where its files are, and how. */
type Planned = ImageSource & { readonly directory: string };

const ECR_IMAGE = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.[^/]+\/([^:]+):(.+)$/;

/** Performs one `docker` command; throws what a person should read. @throws UserError */
export async function docker([command = "", ...parameters]: readonly string[]): Promise<void> {
  const perform = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (!perform) {
    throw new UserError("UnknownCommand", `brume's docker has no command ${command || "(none)"}.`, {
      hint: `It has ${Object.keys(COMMANDS).join(", ")}: what the CDK CLI uses. Unset CDK_DOCKER to use Docker itself.`,
    });
  }
  await perform(parameters);
}

const COMMANDS: Readonly<Record<string, (parameters: readonly string[]) => void | Promise<void>>> = {
  build(parameters) {
    const { values, positionals } = parseArgs({
      args: [...parameters],
      allowPositionals: true,
      options: {
        tag: { type: "string", short: "t" },
        file: { type: "string", short: "f" },
        target: { type: "string" },
        platform: { type: "string" },
        network: { type: "string" },
        "build-arg": { type: "string", multiple: true },
        "build-context": { type: "string", multiple: true },
        secret: { type: "string", multiple: true },
        ssh: { type: "string" },
        output: { type: "string", multiple: true },
        "cache-from": { type: "string", multiple: true },
        "cache-to": { type: "string" },
        "no-cache": { type: "boolean" },
        provenance: { type: "string" },
      },
    });
    if (!values.tag) throw new UserError("NoTag", "An image needs a tag: docker build --tag NAME DIRECTORY");
    remember(values.tag, {
      directory: resolve(positionals[0] ?? "."),
      dockerFile: values.file,
      dockerBuildTarget: values.target,
      platform: values.platform,
      networkMode: values.network,
      dockerBuildSsh: values.ssh,
      dockerOutputs: values.output,
      dockerBuildArgs: pairs(values["build-arg"]),
      dockerBuildContexts: pairs(values["build-context"]),
      dockerBuildSecrets: values.secret && Object.fromEntries(values.secret.map((one) => [one, one])),
    });
  },
  inspect([name = ""]) {
    if (!existsSync(fileOf(name))) throw new UserError("NoSuchImage", `There is no image ${name}.`);
  },
  tag([name = "", other = ""]) {
    remember(other, recall(name));
  },
  async login() {
    // The password is the registry's own business: the cloud takes whoever is on this machine.
    await text(process.stdin);
  },
  async push([name = ""]) {
    const [, account, region, repository, tag] = ECR_IMAGE.exec(name) ?? [];
    const endpoint = process.env.AWS_ENDPOINT_URL;
    if (!account || !region || !repository || !tag || !endpoint) {
      throw new UserError(
        "NoRegistry",
        `${name} names no image of a repository of ECR, or AWS_ENDPOINT_URL no cloud.`,
        {
          hint: "Run the CDK CLI by brume exec -- cdk deploy.",
        },
      );
    }
    const cloud = new HttpCloudClient(endpoint);
    await publishImage(cloud, { name, source: recall(name), repository, tag, place: { account, region } });
    cloud.close();
  },
};

function pairs(given: readonly string[] | undefined): Record<string, string> | undefined {
  return given && Object.fromEntries(given.map((pair) => [pair.split("=")[0], pair.slice(pair.indexOf("=") + 1)]));
}

/** Images are remembered from one command to the next, for this user alone. */
function fileOf(name: string): string {
  const folder = join(tmpdir(), `brume-docker-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return join(folder, `${createHash("sha256").update(name).digest("hex")}.json`);
}

function remember(name: string, image: Planned): void {
  writeFileSync(fileOf(name), JSON.stringify(image), { mode: 0o600 });
}

/** @throws UserError for an image that was never built */
function recall(name: string): Planned {
  const file = fileOf(name);
  if (!existsSync(file)) throw new UserError("NoSuchImage", `There is no image ${name}.`);
  return JSON.parse(readFileSync(file, "utf8")) as Planned;
}
