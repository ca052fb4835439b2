import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import * as sdk from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { layerFile } from "./layer.js";
import { digestOf, Repositories } from "./testing.js";

let cloud: RunningCloud;
let ecr: sdk.ECRClient;
let repositories: Repositories;
beforeAll(async () => {
  cloud = await startCloud();
  repositories = new Repositories(cloud);
  ecr = repositories.client;
});
afterAll(() => cloud.close());

async function begin(): Promise<{ repositoryName: string; uploadId: string | undefined }> {
  const repositoryName = await repositories.create();
  const { uploadId, partSize } = await ecr.send(new sdk.InitiateLayerUploadCommand({ repositoryName }));
  expect(partSize).toBeGreaterThan(0);
  return { repositoryName, uploadId };
}

const part = (text: string, partFirstByte: number) => ({
  layerPartBlob: Buffer.from(text),
  partFirstByte,
  partLastByte: partFirstByte + text.length - 1,
});

describe("InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload", () => {
  it("join the parts of a layer, and check its digest", async () => {
    const upload = await begin();
    await ecr.send(new sdk.UploadLayerPartCommand({ ...upload, ...part("hello ", 0) }));
    const second = await ecr.send(new sdk.UploadLayerPartCommand({ ...upload, ...part("world", 6) }));
    expect(second.lastByteReceived).toBe(10);
    const complete = (content: string) =>
      ecr.send(new sdk.CompleteLayerUploadCommand({ ...upload, layerDigests: [digestOf(content)] }));
    await expect(complete("hello")).rejects.toThrow(sdk.InvalidLayerException);
    expect((await complete("hello world")).layerDigest).toBe(digestOf("hello world"));
    await expect(complete("hello world")).rejects.toThrow(sdk.UploadNotFoundException);
  });

  it("refuse a part that does not follow, and an upload without parts", async () => {
    const upload = await begin();
    await ecr.send(new sdk.UploadLayerPartCommand({ ...upload, ...part("hello", 0) }));
    await expect(ecr.send(new sdk.UploadLayerPartCommand({ ...upload, ...part("x", 7) }))).rejects.toMatchObject({
      name: "InvalidLayerPartException",
      lastValidByteReceived: 4,
    });
    const empty = await begin();
    const layerDigests = [digestOf("")];
    await expect(ecr.send(new sdk.CompleteLayerUploadCommand({ ...empty, layerDigests }))).rejects.toThrow(
      sdk.EmptyUploadException,
    );
    const missing = { repositoryName: "none", uploadId: randomUUID() };
    await expect(ecr.send(new sdk.UploadLayerPartCommand({ ...missing, ...part("x", 0) }))).rejects.toThrow(
      sdk.RepositoryNotFoundException,
    );
  });

  it("say that a layer is there already", async () => {
    const { repositoryName, uploadId } = await begin();
    await repositories.upload(repositoryName, "twice");
    await ecr.send(new sdk.UploadLayerPartCommand({ repositoryName, uploadId, ...part("twice", 0) }));
    const layerDigests = [digestOf("twice")];
    await expect(
      ecr.send(new sdk.CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests })),
    ).rejects.toThrow(sdk.LayerAlreadyExistsException);
  });

  it("give up an upload after a day", async () => {
    const upload = await begin();
    await cloud.clock.advance({ hours: 25 });
    await expect(ecr.send(new sdk.UploadLayerPartCommand({ ...upload, ...part("late", 0) }))).rejects.toThrow(
      sdk.UploadNotFoundException,
    );
  });
});

describe("BatchCheckLayerAvailability", () => {
  it("tells layers that are there from others", async () => {
    const repositoryName = await repositories.create();
    await repositories.upload(repositoryName, "here");
    const layerDigests = [digestOf("here"), digestOf("elsewhere"), "wrong"];
    const { layers, failures } = await ecr.send(
      new sdk.BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests }),
    );
    expect(layers).toMatchObject([
      { layerAvailability: "AVAILABLE", layerSize: 4 },
      { layerAvailability: "UNAVAILABLE" },
    ]);
    expect(failures).toMatchObject([{ layerDigest: "wrong", failureCode: "InvalidLayerDigest" }]);
  });
});

describe("GetDownloadUrlForLayer", () => {
  it("gives a link that needs no credentials, and holds for an hour", async () => {
    const repositoryName = await repositories.create();
    await repositories.upload(repositoryName, "linked");
    const layerDigest = digestOf("linked");
    const { downloadUrl = "" } = await ecr.send(new sdk.GetDownloadUrlForLayerCommand({ repositoryName, layerDigest }));
    expect(await (await fetch(downloadUrl)).text()).toBe("linked");
    expect((await fetch(downloadUrl.replace(/.$/, "!"))).status).toBe(403);
    await cloud.clock.advance({ hours: 2 });
    expect((await fetch(downloadUrl)).status).toBe(403);
    await expect(
      ecr.send(new sdk.GetDownloadUrlForLayerCommand({ repositoryName, layerDigest: digestOf("other") })),
    ).rejects.toThrow(sdk.LayersNotFoundException);
  });
});

describe("layers that nobody needs", () => {
  const isStored = (content: string) => existsSync(layerFile(cloud.kernel, digestOf(content)));

  it("go a day after their last image, unless another repository has them", async () => {
    const [one, other] = [await repositories.create(), await repositories.create()];
    await repositories.push(one, "shared", "x");
    await repositories.push(one, "own", "y");
    await repositories.push(other, "shared", "x");
    await cloud.clock.advance({ days: 2 });
    await ecr.send(
      new sdk.BatchDeleteImageCommand({ repositoryName: one, imageIds: [{ imageTag: "x" }, { imageTag: "y" }] }),
    );
    expect(isStored("own")).toBe(true);
    await cloud.clock.advance({ days: 2 });
    expect(isStored("own")).toBe(false);
    expect(isStored("shared")).toBe(true);
    await ecr.send(new sdk.DeleteRepositoryCommand({ repositoryName: other, force: true }));
    await cloud.clock.advance({ days: 2 });
    expect(isStored("shared")).toBe(false);
  });
});
