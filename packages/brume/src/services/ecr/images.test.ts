import * as sdk from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { digestOf, manifestOf, Repositories } from "./testing.js";

let cloud: RunningCloud;
let ecr: sdk.ECRClient;
let repositories: Repositories;
beforeAll(async () => {
  cloud = await startCloud();
  repositories = new Repositories(cloud);
  ecr = repositories.client;
});
afterAll(() => cloud.close());

describe("PutImage, BatchGetImage, DescribeImages, ListImages", () => {
  it("find an image by tag and digest, and move a tag", async () => {
    const repositoryName = await repositories.create();
    const { image } = await repositories.push(repositoryName, "a", "latest");
    const digest = digestOf(manifestOf("a"));
    expect(image?.imageId).toEqual({ imageDigest: digest, imageTag: "latest" });
    await repositories.push(repositoryName, "b", "latest");
    const got = await ecr.send(
      new sdk.BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "latest" }, { imageTag: "none" }] }),
    );
    expect(got.images?.[0]?.imageManifest).toBe(manifestOf("b"));
    expect(got.failures?.[0]?.failureCode).toBe("ImageNotFound");
    const { imageDetails } = await ecr.send(
      new sdk.DescribeImagesCommand({ repositoryName, imageIds: [{ imageDigest: digest }] }),
    );
    expect(imageDetails?.[0]).toMatchObject({ imageDigest: digest, imageSizeInBytes: 12 });
    expect(imageDetails?.[0]?.imageTags).toBeUndefined();
    const untagged = await ecr.send(new sdk.ListImagesCommand({ repositoryName, filter: { tagStatus: "UNTAGGED" } }));
    expect(untagged.imageIds).toEqual([{ imageDigest: digest }]);
  });

  it("say that an image is not there, as the CDK expects it", async () => {
    const repositoryName = await repositories.create();
    await expect(
      ecr.send(new sdk.DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: "x" }] })),
    ).rejects.toThrow(sdk.ImageNotFoundException);
  });
});

describe("BatchDeleteImage", () => {
  it("deletes an image with its last tag", async () => {
    const repositoryName = await repositories.create();
    await repositories.push(repositoryName, "a", "one");
    await repositories.push(repositoryName, "a", "two");
    const remove = (imageTag: string) =>
      ecr.send(new sdk.BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag }] }));
    expect((await remove("one")).imageIds?.[0]?.imageTag).toBe("one");
    expect((await ecr.send(new sdk.ListImagesCommand({ repositoryName }))).imageIds).toHaveLength(1);
    await remove("two");
    expect((await ecr.send(new sdk.ListImagesCommand({ repositoryName }))).imageIds).toEqual([]);
    expect((await remove("two")).failures).toHaveLength(1);
  });
});

describe("PutImage", () => {
  it("wants the layers and the configuration of an image to be there", async () => {
    const repositoryName = await repositories.create();
    const imageManifest = manifestOf("layer");
    const put = () => ecr.send(new sdk.PutImageCommand({ repositoryName, imageManifest, imageTag: "v1" }));
    await expect(put()).rejects.toMatchObject({
      name: "LayersNotFoundException",
      message: `Layers with digests '[${digestOf("config of layer")}, ${digestOf("layer")}]' required for pushing image into repository with name '${repositoryName}' in the registry with id '000000000000' do not exist`,
    });
    await repositories.upload(repositoryName, "config of layer");
    await expect(put()).rejects.toThrow(`'[${digestOf("layer")}]'`);
    await repositories.upload(repositoryName, "layer");
    await put();
    await expect(put()).rejects.toThrow(sdk.ImageAlreadyExistsException);
  });

  it("wants the images of an index, whose size is that of the largest", async () => {
    const repositoryName = await repositories.create();
    await repositories.push(repositoryName, "arm");
    const manifests = ["arm", "x86-64"].map((one) => ({
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      digest: digestOf(manifestOf(one)),
      size: manifestOf(one).length,
    }));
    const imageManifest = JSON.stringify({ schemaVersion: 2, manifests });
    const put = () => ecr.send(new sdk.PutImageCommand({ repositoryName, imageManifest, imageTag: "all" }));
    await expect(put()).rejects.toThrow(sdk.ReferencedImagesNotFoundException);
    await repositories.push(repositoryName, "x86-64");
    await put();
    const imageIds = [{ imageTag: "all" }];
    const { imageDetails } = await ecr.send(new sdk.DescribeImagesCommand({ repositoryName, imageIds }));
    expect(imageDetails?.[0]).toMatchObject({
      imageSizeInBytes: "x86-64config of x86-64".length,
      imageManifestMediaType: "application/vnd.oci.image.index.v1+json",
    });
    const { failures } = await ecr.send(
      new sdk.BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: digestOf(manifestOf("arm")) }] }),
    );
    expect(failures?.[0]?.failureCode).toBe("ImageReferencedByManifestList");
    const all = await ecr.send(new sdk.ListImagesCommand({ repositoryName }));
    const deleted = await ecr.send(new sdk.BatchDeleteImageCommand({ repositoryName, imageIds: all.imageIds }));
    expect(deleted.failures).toEqual([]);
    expect(await repositories.list(repositoryName)).toEqual([]);
  });

  it("refuses what is no manifest, and tags that are none", async () => {
    const repositoryName = await repositories.create();
    for (const imageManifest of ["{", "[]", '{"layers":[{"digest":"sha256:1","size":1}]}']) {
      await expect(ecr.send(new sdk.PutImageCommand({ repositoryName, imageManifest }))).rejects.toMatchObject({
        name: "InvalidParameterException",
      });
    }
    const imageManifest = '{"schemaVersion":2}';
    const put = ecr.send(new sdk.PutImageCommand({ repositoryName, imageManifest, imageTag: "a/b" }));
    await expect(put).rejects.toThrow("'imageTag'");
  });
});

describe("BatchGetImage", () => {
  it("takes at most 100 ids, and records when an image was pulled", async () => {
    const repositoryName = await repositories.create();
    await repositories.push(repositoryName, "a", "one");
    const describe = async () => (await ecr.send(new sdk.DescribeImagesCommand({ repositoryName }))).imageDetails?.[0];
    expect((await describe())?.lastRecordedPullTime).toBeUndefined();
    await ecr.send(new sdk.BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "one" }] }));
    expect((await describe())?.lastRecordedPullTime).toBeInstanceOf(Date);
    const imageIds = Array.from({ length: 101 }, (_, index) => ({ imageTag: `t${index}` }));
    await expect(ecr.send(new sdk.BatchGetImageCommand({ repositoryName, imageIds }))).rejects.toThrow(
      "Invalid parameter at 'imageIds' failed to satisfy constraint: 'must have length less than or equal to 100'",
    );
  });

  it("says what is wrong with each id", async () => {
    const repositoryName = await repositories.create();
    await repositories.push(repositoryName, "a", "one");
    const imageDigest = digestOf(manifestOf("a"));
    const imageIds = [{}, { imageDigest: "x" }, { imageTag: "a b" }, { imageDigest, imageTag: "two" }];
    const { failures } = await ecr.send(new sdk.BatchGetImageCommand({ repositoryName, imageIds }));
    expect(failures?.map(({ failureCode }) => failureCode)).toEqual([
      "MissingDigestAndTag",
      "InvalidImageDigest",
      "InvalidImageTag",
      "ImageTagDoesNotMatchDigest",
    ]);
  });
});

describe("ListImageReferrers", () => {
  it("finds what refers to an image, by type", async () => {
    const repositoryName = await repositories.create();
    await repositories.push(repositoryName, "a", "one");
    const subject = { digest: digestOf(manifestOf("a")), size: manifestOf("a").length };
    for (const kind of ["sbom", "signature"]) {
      const artifact = { schemaVersion: 2, artifactType: `application/${kind}`, subject, annotations: { kind } };
      await ecr.send(new sdk.PutImageCommand({ repositoryName, imageManifest: JSON.stringify(artifact) }));
    }
    const subjectId = { imageDigest: subject.digest };
    const all = await ecr.send(new sdk.ListImageReferrersCommand({ repositoryName, subjectId }));
    expect(all.referrers).toHaveLength(2);
    const filter = { artifactTypes: ["application/sbom"] };
    const { referrers } = await ecr.send(new sdk.ListImageReferrersCommand({ repositoryName, subjectId, filter }));
    expect(referrers).toMatchObject([{ artifactType: "application/sbom", annotations: { kind: "sbom" } }]);
  });
});
