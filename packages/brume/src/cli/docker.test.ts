import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRepositoryCommand, DescribeImagesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../index.js";
import { docker } from "./docker.js";

let cloud: RunningCloud;
let folder: string;
beforeAll(async () => {
  cloud = await startCloud();
  process.env.AWS_ENDPOINT_URL = cloud.endpoint;
  folder = await mkdtemp(join(tmpdir(), "brume-docker-test-"));
  await writeFile(
    join(folder, "Dockerfile"),
    'FROM public.ecr.aws/lambda/nodejs:22\nCOPY index.js ./\nCMD ["index.handler"]\n',
  );
  await writeFile(join(folder, "index.js"), "exports.handler = async () => 1;\n");
});
afterAll(async () => {
  delete process.env.AWS_ENDPOINT_URL;
  await cloud.close();
  await rm(folder, { recursive: true, force: true });
});

describe("docker, as the CDK CLI calls it", () => {
  it("builds, tags and pushes an image", async () => {
    const ecr = cloud.client(ECRClient);
    await ecr.send(new CreateRepositoryCommand({ repositoryName: "assets" }));
    const local = `cdkasset-${folder.split("-").at(-1)?.toLowerCase()}`;
    await expect(docker(["inspect", local])).rejects.toThrow("There is no image");
    await docker(["build", "--tag", local, "--build-arg", "A=b=c", "--platform", "linux/amd64", folder]);
    await docker(["inspect", local]);
    const remote = "000000000000.dkr.ecr.us-east-1.amazonaws.com/assets:hash";
    await docker(["tag", local, remote]);
    await docker(["push", remote]);
    const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName: "assets" }));
    expect(imageDetails?.[0]?.imageTags).toEqual(["hash"]);
  });

  it("says what it cannot do", async () => {
    await expect(docker(["run", "x"])).rejects.toThrow("has no command run");
    await expect(docker(["build", folder])).rejects.toThrow("needs a tag");
    await expect(docker(["tag", "never-built", "x"])).rejects.toThrow("There is no image never-built");
    await expect(docker(["push", "docker.io/x:y"])).rejects.toThrow("names no image of a repository of ECR");
  });
});
