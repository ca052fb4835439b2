import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

const REPOSITORY = "cdk-hnb659fds-container-assets-000000000000-us-east-1";
const QUEUE = { Queue: { Type: "AWS::SQS::Queue" } };
const DOCKER = "#!/bin/sh\n";
let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brume-image-asset-"));
  useDocker("exit 1");
});
afterEach(() => {
  delete process.env.CDK_DOCKER;
  rmSync(folder, { recursive: true });
});

/** Puts a program in docker's place. */
function useDocker(script: string): void {
  process.env.CDK_DOCKER = join(folder, "docker");
  writeFileSync(process.env.CDK_DOCKER, `${DOCKER}${script}\n`);
  chmodSync(process.env.CDK_DOCKER, 0o755);
}

/** An assembly as `cdk synth` writes it, with one stack that has one image asset. */
function assembly(imageTag: string, dockerfile: string, source: object = {}, Resources: object = QUEUE): string {
  const write = (name: string, document: unknown) => writeFileSync(join(folder, name), JSON.stringify(document));
  mkdirSync(join(folder, "asset"));
  writeFileSync(join(folder, "asset/Dockerfile"), dockerfile);
  writeFileSync(join(folder, "asset/index.js"), "exports.handler = async () => 1;");
  const destinations = { all: { repositoryName: REPOSITORY.replace(/000000000000/, "${AWS::AccountId}"), imageTag } };
  write("S.assets.json", { dockerImages: { x: { source: { directory: "asset", ...source }, destinations } } });
  write("S.template.json", { Resources });
  write("manifest.json", {
    artifacts: {
      "S.assets": { type: "cdk:asset-manifest", properties: { file: "S.assets.json" } },
      S: {
        type: "aws:cloudformation:stack",
        environment: "aws://unknown-account/unknown-region",
        properties: { templateFile: "S.template.json" },
        dependencies: ["S.assets"],
      },
    },
  });
  return folder;
}

const NODE = "FROM public.ecr.aws/lambda/nodejs:20\nCOPY index.js ./\n";

describe("container image assets", () => {
  it("are built and pushed into the repository of the bootstrap stack, once", async () => {
    await cloud.deploy(assembly("v1", NODE, { platform: "linux/arm64" }));
    const imageIds = [{ imageTag: "v1" }];
    const { images } = await cloud.call<{ images: { imageManifest: string }[] }>("ecr", "BatchGetImage", {
      repositoryName: REPOSITORY,
      imageIds,
    });
    expect(JSON.parse(images[0]?.imageManifest ?? "").layers).toHaveLength(1);
    rmSync(join(folder, "asset"), { recursive: true });
    await cloud.deploy(folder);
  });

  it("are what functions are run from", async () => {
    const ImageUri = {
      "Fn::Sub":
        "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}:f1",
    };
    const Role = "arn:aws:iam::000000000000:role/any";
    const ImageConfig = { Command: ["index.other"] };
    const Properties = { FunctionName: "image-function", PackageType: "Image", Code: { ImageUri }, Role, ImageConfig };
    const resources = (more: object) => ({
      Function: { Type: "AWS::Lambda::Function", Properties: { ...Properties, ...more } },
    });
    const dockerfile = [
      "FROM node:20 AS build",
      "WORKDIR /app",
      "COPY index.js .",
      "RUN mkdir dist && mv index.js dist/ && echo 'exports.other = async () => process.env.MADE;' >> dist/index.js",
      "FROM public.ecr.aws/lambda/nodejs:20",
      "ENV MADE=here",
      "COPY --from=build /app/dist ${LAMBDA_TASK_ROOT}",
      'CMD ["index.handler"]',
    ].join("\n");
    const invoke = async () => {
      const { Payload } = await cloud.call<{ Payload: Uint8Array }>("lambda", "Invoke", {
        FunctionName: "image-function",
      });
      return JSON.parse(Buffer.from(Payload).toString());
    };
    await cloud.deploy(assembly("f1", dockerfile, {}, resources({})));
    expect(await invoke()).toBe("here");
    writeFileSync(
      join(folder, "S.template.json"),
      JSON.stringify({ Resources: resources({ ImageConfig: undefined }) }),
    );
    await cloud.deploy(folder);
    expect(await invoke()).toBe(1);
    await cloud.destroy("S");
  });

  it("say what needs Docker, when no daemon answers", async () => {
    await expect(cloud.deploy(assembly("v2", `${NODE}RUN dnf install -y gcc\n`))).rejects.toMatchObject({
      code: "ImageNeedsDocker",
      message:
        "The image asset x needs Docker, and no daemon answers: RUN dnf install -y gcc: dnf install changes the operating system of the image.",
      where: `${join(folder, "asset/Dockerfile")}:3`,
    });
  });

  it("are left to Docker where there is one", async () => {
    useDocker(`echo "$@" >> ${folder}/calls; if [ "$1" = login ]; then cat > ${folder}/password; fi`);
    const source = {
      dockerBuildTarget: "t",
      dockerBuildArgs: { A: "1" },
      dockerFile: "Dockerfile",
      networkMode: "host",
    };
    await cloud.deploy(assembly("v3", "FROM example.com/base AS t\n", source));
    const host = new URL(cloud.endpoint).host;
    const reference = `${host}/${REPOSITORY}:v3`;
    expect(readFileSync(join(folder, "calls"), "utf8").trim().split("\n")).toEqual([
      "version --format {{.Server.Version}}",
      `build --tag ${reference} --build-arg A=1 --target t --file Dockerfile --network host .`,
      `login --username AWS --password-stdin ${host}`,
      `push ${reference}`,
    ]);
    const authorization = `Basic ${Buffer.from(`AWS:${readFileSync(join(folder, "password"), "utf8")}`).toString("base64")}`;
    expect((await fetch(`${cloud.endpoint}/v2/`, { headers: { authorization } })).status).toBe(200);
  });
});
