import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import * as sdk from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { writeTar } from "../../kernel/tar.js";
import { Repositories } from "../ecr/testing.js";
import { Functions, Role, zip } from "./testing.js";

const HOST = "000000000000.dkr.ecr.us-east-1.amazonaws.com";
let cloud: RunningCloud;
let functions: Functions;
let lambda: sdk.LambdaClient;
let repositories: Repositories;
let repository: string;
beforeAll(async () => {
  cloud = await startCloud();
  functions = new Functions(cloud);
  lambda = functions.client;
  repositories = new Repositories(cloud);
  repository = await repositories.create();
});
afterAll(() => cloud.close());

type Files = Record<string, string | { content: string | Buffer; mode: number }>;
let count = 0;

/** Pushes an image of files; its configuration is that of a Lambda base image for Node.js, unless something else is said. */
async function push(files: Files, config: Record<string, unknown> = {}): Promise<string> {
  const layer = await buffer(
    Readable.from(
      writeTar(
        Object.entries(files).map(([path, value]) => {
          const { content, mode } = typeof value === "string" ? { content: value, mode: 0o644 } : value;
          return { path, type: "file" as const, mode, content: Buffer.from(content as string) };
        }),
      ),
    ),
  );
  const tag = `t${count++}`;
  const document = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: {
      Env: [
        "PATH=/var/lang/bin:/usr/bin",
        "LAMBDA_TASK_ROOT=/var/task",
        "GREETING=hello",
        "SOMEWHERE=/var/task/index.js:/none",
      ],
      Entrypoint: ["/lambda-entrypoint.sh"],
      Cmd: ["index.handler"],
      WorkingDir: "/var/task",
      Labels: { "brume.base-image": "public.ecr.aws/lambda/nodejs:20" },
      ...config,
    },
  });
  await repositories.pushBlobs(repository, tag, document, layer);
  return `${HOST}/${repository}:${tag}`;
}

async function create(ImageUri: string, more: Partial<sdk.CreateFunctionCommandInput> = {}): Promise<string> {
  const FunctionName = `image-${functions.newName()}`;
  await lambda.send(
    new sdk.CreateFunctionCommand({ FunctionName, Role, PackageType: "Image", Code: { ImageUri }, ...more }),
  );
  return FunctionName;
}

const HANDLER = `
exports.handler = async (event) => ({ event, greeting: process.env.GREETING, root: process.env.LAMBDA_TASK_ROOT,
  cwd: process.cwd(), somewhere: process.env.SOMEWHERE, env: process.env.AWS_EXECUTION_ENV });
exports.other = async () => process.cwd();`;

describe("CreateFunction, GetFunction", () => {
  it("resolve an image by its tag, and run its command", async () => {
    const uri = await push({ "var/task/index.js": HANDLER });
    const name = await create(uri);
    const { Configuration, Code } = await lambda.send(new sdk.GetFunctionCommand({ FunctionName: name }));
    const digest = Configuration?.CodeSha256;
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(Configuration).toMatchObject({ PackageType: "Image", State: "Active", CodeSize: 0 });
    expect(Configuration).not.toHaveProperty("Runtime");
    expect(Code).toEqual({
      RepositoryType: "ECR",
      ImageUri: uri,
      ResolvedImageUri: `${HOST}/${repository}@sha256:${digest}`,
    });
    const { result } = await functions.invoke(name, { a: 1 });
    expect(result).toMatchObject({ event: { a: 1 }, greeting: "hello", env: "AWS_Lambda_nodejs20.x" });
    expect(result.cwd).toBe(result.root);
    expect(result.somewhere).toBe(`${result.root}/index.js:/none`);
    await create(`${HOST}/${repository}@sha256:${digest}`);
  });

  it("let the configuration of the function come before the image's", async () => {
    const uri = await push({ "var/task/index.js": HANDLER, "var/work/x": "" });
    const ImageConfig = { Command: ["index.other"], WorkingDirectory: "/var/work" };
    const name = await create(uri, { ImageConfig });
    const { ImageConfigResponse } = await lambda.send(new sdk.GetFunctionConfigurationCommand({ FunctionName: name }));
    expect(ImageConfigResponse).toEqual({ ImageConfig });
    expect((await functions.invoke(name)).result).toMatch(/\/var\/work$/);
  });

  it("run Python, with what the image has installed for all", async () => {
    const uri = await push(
      {
        "var/task/app.py":
          "import dependency\ndef handler(event, context):\n    return dependency.VALUE + event['n']\n",
        "var/lang/lib/python3.12/site-packages/dependency.py": "VALUE = 41\n",
      },
      { Cmd: ["app.handler"], Labels: { "brume.base-image": "public.ecr.aws/lambda/python:3.12-arm64" } },
    );
    expect((await functions.invoke(await create(uri), { n: 1 })).result).toBe(42);
  });

  it("find out the runtime of images that were made elsewhere", async () => {
    const python = await push(
      { "var/task/app.py": "def handler(event, context):\n    return 'python'\n", "var/lang/bin/python3.12": "" },
      { Cmd: ["app.handler"], Labels: {} },
    );
    expect((await functions.invoke(await create(python))).result).toBe("python");
    const node = await push({ "var/task/index.js": HANDLER, "var/lang/bin/node": "" }, { Labels: undefined });
    expect((await functions.invoke(await create(node))).result.greeting).toBe("hello");
    const client = await push(
      { "function/index.js": HANDLER },
      { Entrypoint: ["/usr/local/bin/npx", "aws-lambda-ric"], WorkingDir: "/function", Labels: {} },
    );
    expect((await functions.invoke(await create(client))).result.cwd).toMatch(/\/function$/);
  });

  it("run programs that speak the Runtime API by themselves", async () => {
    const bootstrap = { mode: 0o755, content: LOOP };
    const provided = await push(
      { "var/runtime/bootstrap": bootstrap },
      { Labels: { "brume.base-image": "public.ecr.aws/lambda/provided:al2023" } },
    );
    expect((await functions.invoke(await create(provided), { n: 1 })).result).toEqual({ handler: "index.handler" });
    const own = await push(
      { "app/main": bootstrap },
      { Entrypoint: ["./main"], Cmd: ["one"], WorkingDir: "/app", Labels: {} },
    );
    expect((await functions.invoke(await create(own))).result).toEqual({ handler: "one" });
  });

  it("run a static program", async () => {
    const uri = await push(
      { main: { content: compiled(), mode: 0o755 } },
      { Entrypoint: ["/main"], Cmd: undefined, WorkingDir: "/", Labels: {} },
    );
    expect((await functions.invoke(await create(uri))).result).toBe("compiled");
  });

  it("say in one sentence why an image cannot be run, at creation and at invocation", async () => {
    const notices: string[] = [];
    const stop = cloud.kernel.events.on("notice", ({ message }) => notices.push(message));
    const uri = await push({ "app/x": "" }, { Entrypoint: ["/usr/sbin/nginx"], Labels: {} });
    const name = await create(uri);
    stop();
    const reason = "its program /usr/sbin/nginx is not among the files of the image.";
    expect(notices).toEqual([`${name} is there, but its image cannot be run: ${reason}`]);
    await expect(functions.invoke(name)).rejects.toThrow(`The image ${uri} cannot be run: ${reason}`);
    const ruby = await push({}, { Labels: { "brume.base-image": "public.ecr.aws/lambda/ruby:3.3" } });
    await expect(functions.invoke(await create(ruby))).rejects.toThrow("The runtime ruby3.3 cannot be run");
  });

  it.each([
    [
      "no such repository",
      `${HOST}/none:x`,
      "Source image 000000000000.dkr.ecr.us-east-1.amazonaws.com/none:x does not exist. Provide a valid source image.",
    ],
    [
      "what is not in a registry of ECR",
      "public.ecr.aws/lambda/nodejs:20",
      "Source image public.ecr.aws/lambda/nodejs:20 is not valid. Provide a valid source image.",
    ],
  ])("refuse %s", async (_name, uri, message) => {
    await expect(create(uri)).rejects.toMatchObject({ name: "InvalidParameterValueException", message });
  });

  it("refuse settings that do not go with the package type", async () => {
    const uri = await push({ "var/task/index.js": HANDLER });
    await expect(create(uri, { Handler: "a.b" })).rejects.toThrow(
      "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.",
    );
    await expect(create("", {})).rejects.toThrow("Please provide ImageUri when creating a function");
    await expect(create(uri, { PackageType: "Zip" })).rejects.toThrow("Runtime and Handler are mandatory parameters");
    await expect(create(uri, { PackageType: "Zip", Runtime: "nodejs20.x", Handler: "a.b" })).rejects.toThrow(
      "Please don't provide ImageUri when creating a function with packageType Zip.",
    );
  });

  it("refuse indexes, and layers that cannot be unpacked", async () => {
    const { uri, broken } = await wrongImages();
    await expect(create(uri)).rejects.toThrow("media type for the source image");
    await expect(create(broken)).rejects.toThrow("cannot be unpacked: This is not a tar archive.");
  });

  async function wrongImages() {
    const { image } = await repositories.push(repository, "listed", "listed");
    const digest = image?.imageId?.imageDigest;
    const size = image?.imageManifest?.length;
    const imageManifest = JSON.stringify({ schemaVersion: 2, manifests: [{ digest, size }] });
    await cloud.call("ecr", "PutImage", { repositoryName: repository, imageManifest, imageTag: "index" });
    await repositories.pushBlobs(repository, "broken", "{}", Buffer.alloc(1024, "x"));
    return { uri: `${HOST}/${repository}:index`, broken: `${HOST}/${repository}:broken` };
  }
});

describe("UpdateFunctionCode", () => {
  it("moves to another image, and publishes versions that keep theirs", async () => {
    const handler = (n: number) => ({ "var/task/index.js": `exports.handler = async () => ${n};` });
    const FunctionName = await create(await push(handler(1)), { Publish: true });
    const second = await push(handler(2));
    const { CodeSha256 } = await lambda.send(new sdk.UpdateFunctionCodeCommand({ FunctionName, ImageUri: second }));
    expect((await functions.invoke(FunctionName)).result).toBe(2);
    expect((await functions.invoke(FunctionName, {}, { Qualifier: "1" })).result).toBe(1);
    const { Code } = await lambda.send(new sdk.GetFunctionCommand({ FunctionName, Qualifier: "1" }));
    expect(Code?.ResolvedImageUri).not.toContain(CodeSha256);
    const ZipFile = await zip({ "index.js": "" });
    await expect(lambda.send(new sdk.UpdateFunctionCodeCommand({ FunctionName, ZipFile }))).rejects.toThrow(
      "Please provide ImageUri when updating a function with packageType Image.",
    );
    const zipped = await functions.create("exports.handler = async () => 1;");
    await expect(
      lambda.send(new sdk.UpdateFunctionCodeCommand({ FunctionName: zipped, ImageUri: second })),
    ).rejects.toThrow("Please don't provide ImageUri when updating a function with packageType Zip.");
  });
});

describe("UpdateFunctionConfiguration", () => {
  it("sets and takes back the image configuration", async () => {
    const FunctionName = await create(await push({ "var/task/index.js": HANDLER }));
    const update = (ImageConfig: sdk.ImageConfig) =>
      lambda.send(new sdk.UpdateFunctionConfigurationCommand({ FunctionName, ImageConfig }));
    await update({ Command: ["index.other"] });
    expect((await functions.invoke(FunctionName)).result).toMatch(/\/var\/task$/);
    expect((await update({})).ImageConfigResponse).toBeUndefined();
    expect((await functions.invoke(FunctionName)).result.greeting).toBe("hello");
  });
});

/** A runtime in the shell's language: curl is all that it needs. */
const LOOP = `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  headers=$(mktemp)
  curl -s -D "$headers" "$api/next" > /dev/null || exit 1
  id=$(grep -i lambda-runtime-aws-request-id "$headers" | tr -d '\\r' | cut -d' ' -f2)
  curl -s -X POST "$api/$id/response" -d "{\\"handler\\":\\"$_HANDLER\\"}" > /dev/null
done
`;

/** A static program, made by the compiler of this machine. */
function compiled(): Buffer {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "brume-static-")));
  writeFileSync(
    join(folder, "main.c"),
    `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
static char buffer[65536];
static int ask(const char *request) {
  char host[64]; strcpy(host, getenv("AWS_LAMBDA_RUNTIME_API"));
  char *colon = strchr(host, ':'); *colon = 0;
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(colon + 1)) };
  inet_pton(AF_INET, host, &to.sin_addr);
  int s = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(s, (struct sockaddr *)&to, sizeof to)) return -1;
  write(s, request, strlen(request));
  int got = 0, n;
  while ((n = read(s, buffer + got, sizeof buffer - 1 - got)) > 0) got += n;
  buffer[got] = 0; close(s); return got;
}
int main(void) {
  for (;;) {
    if (ask("GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\n\\r\\n") <= 0) return 1;
    char id[64] = {0}; char *at = strcasestr(buffer, "aws-request-id: ");
    if (!at) return 1;
    sscanf(at + 16, "%63s", id);
    char answer[512];
    snprintf(answer, sizeof answer, "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\ncontent-length: 10\\r\\n\\r\\n\\"compiled\\"", id);
    ask(answer);
  }
}
`,
  );
  execFileSync("cc", ["-D_GNU_SOURCE", "-static", "-O1", "-w", "-o", "main", "main.c"], { cwd: folder });
  const program = readFileSync(join(folder, "main"));
  rmSync(folder, { recursive: true });
  return program;
}
