/** Builds and pushes images with Docker, where there is one: what the CDK does with them. */
import { spawn } from "node:child_process";
import { UserError } from "../../kernel/errors.js";

/** What an asset asks of `docker build`. */
export interface DockerBuild {
  readonly directory: string;
  readonly dockerfile: string | undefined;
  readonly target: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly platform: string | undefined;
  /** Further options, such as `--network=host`. */
  readonly options: readonly string[];
}

/** Where an image is pushed to: `host:port/repository:tag`, and the registry's password. */
export interface DockerDestination {
  readonly reference: string;
  readonly password: string;
}

const docker = () => process.env.CDK_DOCKER ?? "docker";

interface Ended {
  readonly status: number;
  readonly output: string;
}

/** Runs docker; status -1 stands for one that is not there. */
function run(args: readonly string[], input = "", cwd?: string): Promise<Ended> {
  return new Promise((resolve) => {
    // Attestations would make an index of every image, which Lambda does not take.
    const env = { ...process.env, BUILDX_NO_DEFAULT_ATTESTATIONS: "1" };
    const child = spawn(docker(), args, { env, cwd, stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-8000);
      });
    child.once("error", (error) => resolve({ status: -1, output: error.message }));
    child.once("close", (code) => resolve({ status: code ?? 1, output }));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

/** Whether a Docker daemon answers. */
export async function hasDocker(): Promise<boolean> {
  return (await run(["version", "--format", "{{.Server.Version}}"])).status === 0;
}

/** @throws UserError with the end of what docker printed */
export async function buildWithDocker(build: DockerBuild, { reference, password }: DockerDestination): Promise<void> {
  const step = async (what: string, args: readonly string[], input?: string) => {
    const { status, output } = await run(args, input, build.directory);
    if (status === 0) return;
    throw new UserError(
      "DockerFailed",
      `docker ${what} ended with ${status}:\n${output.trim().split("\n").slice(-15).join("\n")}`,
      {
        where: build.directory,
      },
    );
  };
  await step("build", [
    "build",
    "--tag",
    reference,
    ...Object.entries(build.buildArgs).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...(build.target === undefined ? [] : ["--target", build.target]),
    ...(build.dockerfile === undefined ? [] : ["--file", build.dockerfile]),
    ...(build.platform === undefined ? [] : ["--platform", build.platform]),
    ...build.options,
    ".",
  ]);
  const [registry = ""] = reference.split("/");
  await step("login", ["login", "--username", "AWS", "--password-stdin", registry], password);
  await step("push", ["push", reference]);
}
