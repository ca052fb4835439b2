import { createHash } from "node:crypto";
import * as sdk from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let ecr: sdk.ECRClient;
beforeAll(async () => {
  cloud = await startCloud();
  ecr = cloud.client(sdk.ECRClient);
});
afterAll(() => cloud.close());

let count = 0;
async function newRepository(more: Partial<sdk.CreateRepositoryCommandInput> = {}): Promise<string> {
  const repositoryName = `app/repository-${count++}`;
  await ecr.send(new sdk.CreateRepositoryCommand({ repositoryName, ...more }));
  return repositoryName;
}
const manifest = (content: string) =>
  JSON.stringify({ schemaVersion: 2, config: { size: 10, digest: content }, layers: [{ size: 32 }] });
const push = (repositoryName: string, content: string, imageTag?: string) =>
  ecr.send(new sdk.PutImageCommand({ repositoryName, imageManifest: manifest(content), imageTag }));

describe("CreateRepository, DescribeRepositories", () => {
  it("name the repository's ARN and URI", async () => {
    const name = await newRepository({ imageScanningConfiguration: { scanOnPush: true } });
    const { repositories } = await ecr.send(new sdk.DescribeRepositoriesCommand({ repositoryNames: [name] }));
    expect(repositories?.[0]).toMatchObject({
      repositoryArn: `arn:aws:ecr:us-east-1:000000000000:repository/${name}`,
      repositoryUri: `000000000000.dkr.ecr.us-east-1.amazonaws.com/${name}`,
      imageTagMutability: "MUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: "AES256" },
    });
    await expect(ecr.send(new sdk.CreateRepositoryCommand({ repositoryName: name }))).rejects.toThrow(
      `The repository with name '${name}' already exists in the registry with id '000000000000'`,
    );
  });

  it("reject a bad name, and one that is not there", async () => {
    await expect(ecr.send(new sdk.CreateRepositoryCommand({ repositoryName: "Bad" }))).rejects.toThrow(
      "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression",
    );
    await expect(ecr.send(new sdk.DescribeRepositoriesCommand({ repositoryNames: ["none"] }))).rejects.toMatchObject({
      name: "RepositoryNotFoundException",
      message: "The repository with name 'none' does not exist in the registry with id '000000000000'",
    });
  });
});

describe("DeleteRepository", () => {
  it("needs force when there are images", async () => {
    const repositoryName = await newRepository();
    await push(repositoryName, "a", "latest");
    await expect(ecr.send(new sdk.DeleteRepositoryCommand({ repositoryName }))).rejects.toThrow(
      sdk.RepositoryNotEmptyException,
    );
    await ecr.send(new sdk.DeleteRepositoryCommand({ repositoryName, force: true }));
    await newRepository();
    await ecr.send(new sdk.CreateRepositoryCommand({ repositoryName }));
    expect((await ecr.send(new sdk.ListImagesCommand({ repositoryName }))).imageIds).toEqual([]);
  });
});

describe("PutImage, BatchGetImage, DescribeImages, ListImages", () => {
  it("find an image by tag and digest, and move a tag", async () => {
    const repositoryName = await newRepository();
    const { image } = await push(repositoryName, "a", "latest");
    const digest = `sha256:${createHash("sha256").update(manifest("a")).digest("hex")}`;
    expect(image?.imageId).toEqual({ imageDigest: digest, imageTag: "latest" });
    await push(repositoryName, "b", "latest");
    const got = await ecr.send(
      new sdk.BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "latest" }, { imageTag: "none" }] }),
    );
    expect(got.images?.[0]?.imageManifest).toBe(manifest("b"));
    expect(got.failures?.[0]?.failureCode).toBe("ImageNotFound");
    const { imageDetails } = await ecr.send(
      new sdk.DescribeImagesCommand({ repositoryName, imageIds: [{ imageDigest: digest }] }),
    );
    expect(imageDetails?.[0]).toMatchObject({ imageDigest: digest, imageSizeInBytes: 42 });
    expect(imageDetails?.[0]?.imageTags).toBeUndefined();
    const untagged = await ecr.send(new sdk.ListImagesCommand({ repositoryName, filter: { tagStatus: "UNTAGGED" } }));
    expect(untagged.imageIds).toEqual([{ imageDigest: digest }]);
  });

  it("say that an image is not there, as the CDK expects it", async () => {
    const repositoryName = await newRepository();
    await expect(
      ecr.send(new sdk.DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: "x" }] })),
    ).rejects.toThrow(sdk.ImageNotFoundException);
  });
});

describe("PutImageTagMutability, PutImageScanningConfiguration", () => {
  it("keep a tag where it is", async () => {
    const repositoryName = await newRepository();
    await ecr.send(new sdk.PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }));
    await push(repositoryName, "a", "v1");
    await expect(push(repositoryName, "b", "v1")).rejects.toThrow(sdk.ImageTagAlreadyExistsException);
    await ecr.send(
      new sdk.PutImageTagMutabilityCommand({
        repositoryName,
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "v*" }],
      }),
    );
    await push(repositoryName, "b", "v1");
    const imageScanningConfiguration = { scanOnPush: true };
    const answer = await ecr.send(
      new sdk.PutImageScanningConfigurationCommand({ repositoryName, imageScanningConfiguration }),
    );
    expect(answer.imageScanningConfiguration).toEqual(imageScanningConfiguration);
  });
});

describe("BatchDeleteImage", () => {
  it("deletes an image with its last tag", async () => {
    const repositoryName = await newRepository();
    await push(repositoryName, "a", "one");
    await push(repositoryName, "a", "two");
    const remove = (imageTag: string) =>
      ecr.send(new sdk.BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag }] }));
    expect((await remove("one")).imageIds?.[0]?.imageTag).toBe("one");
    expect((await ecr.send(new sdk.ListImagesCommand({ repositoryName }))).imageIds).toHaveLength(1);
    await remove("two");
    expect((await ecr.send(new sdk.ListImagesCommand({ repositoryName }))).imageIds).toEqual([]);
    expect((await remove("two")).failures).toHaveLength(1);
  });
});

describe("SetRepositoryPolicy, GetRepositoryPolicy, DeleteRepositoryPolicy, PutLifecyclePolicy, GetLifecyclePolicy, DeleteLifecyclePolicy", () => {
  it("keep policies", async () => {
    const repositoryName = await newRepository();
    const policyText = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    await expect(ecr.send(new sdk.GetRepositoryPolicyCommand({ repositoryName }))).rejects.toThrow(
      sdk.RepositoryPolicyNotFoundException,
    );
    await ecr.send(new sdk.SetRepositoryPolicyCommand({ repositoryName, policyText }));
    expect((await ecr.send(new sdk.GetRepositoryPolicyCommand({ repositoryName }))).policyText).toBe(policyText);
    await ecr.send(new sdk.DeleteRepositoryPolicyCommand({ repositoryName }));
    const lifecyclePolicyText = JSON.stringify({ rules: [] });
    await ecr.send(new sdk.PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
    const got = await ecr.send(new sdk.GetLifecyclePolicyCommand({ repositoryName }));
    expect(got.lifecyclePolicyText).toBe(lifecyclePolicyText);
    await ecr.send(new sdk.DeleteLifecyclePolicyCommand({ repositoryName }));
    await expect(ecr.send(new sdk.GetLifecyclePolicyCommand({ repositoryName }))).rejects.toThrow(
      sdk.LifecyclePolicyNotFoundException,
    );
  });
});

describe("TagResource, UntagResource, ListTagsForResource", () => {
  it("keep the tags", async () => {
    const name = await newRepository({ tags: [{ Key: "a", Value: "1" }] });
    const resourceArn = `arn:aws:ecr:us-east-1:000000000000:repository/${name}`;
    await ecr.send(new sdk.TagResourceCommand({ resourceArn, tags: [{ Key: "b", Value: "2" }] }));
    await ecr.send(new sdk.UntagResourceCommand({ resourceArn, tagKeys: ["a"] }));
    const { tags } = await ecr.send(new sdk.ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual([{ Key: "b", Value: "2" }]);
  });
});

describe("GetAuthorizationToken", () => {
  it("is good for twelve hours", async () => {
    const { authorizationData } = await ecr.send(new sdk.GetAuthorizationTokenCommand({}));
    const [data] = authorizationData ?? [];
    expect(Buffer.from(data?.authorizationToken ?? "", "base64").toString()).toMatch(/^AWS:/);
    expect(data?.proxyEndpoint).toBe("https://000000000000.dkr.ecr.us-east-1.amazonaws.com");
  });
});
