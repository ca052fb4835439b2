import * as sdk from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { Repositories } from "./testing.js";

let cloud: RunningCloud;
let ecr: sdk.ECRClient;
let repositories: Repositories;
beforeAll(async () => {
  cloud = await startCloud();
  repositories = new Repositories(cloud);
  ecr = repositories.client;
});
afterAll(() => cloud.close());

describe("CreateRepository, DescribeRepositories", () => {
  it("name the repository's ARN and URI", async () => {
    const name = await repositories.create({ imageScanningConfiguration: { scanOnPush: true } });
    const described = await ecr.send(new sdk.DescribeRepositoriesCommand({ repositoryNames: [name] }));
    expect(described.repositories?.[0]).toMatchObject({
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
    const repositoryName = await repositories.create();
    await repositories.push(repositoryName, "a", "latest");
    await expect(ecr.send(new sdk.DeleteRepositoryCommand({ repositoryName }))).rejects.toThrow(
      sdk.RepositoryNotEmptyException,
    );
    await ecr.send(new sdk.DeleteRepositoryCommand({ repositoryName, force: true }));
    await repositories.create();
    await ecr.send(new sdk.CreateRepositoryCommand({ repositoryName }));
    expect((await ecr.send(new sdk.ListImagesCommand({ repositoryName }))).imageIds).toEqual([]);
  });
});

describe("PutImageTagMutability, PutImageScanningConfiguration", () => {
  it("keep a tag where it is", async () => {
    const repositoryName = await repositories.create();
    await ecr.send(new sdk.PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }));
    await repositories.push(repositoryName, "a", "v1");
    await expect(repositories.push(repositoryName, "b", "v1")).rejects.toThrow(sdk.ImageTagAlreadyExistsException);
    await ecr.send(
      new sdk.PutImageTagMutabilityCommand({
        repositoryName,
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "v*" }],
      }),
    );
    await repositories.push(repositoryName, "b", "v1");
    const imageScanningConfiguration = { scanOnPush: true };
    const answer = await ecr.send(
      new sdk.PutImageScanningConfigurationCommand({ repositoryName, imageScanningConfiguration }),
    );
    expect(answer.imageScanningConfiguration).toEqual(imageScanningConfiguration);
  });
});

describe("SetRepositoryPolicy, GetRepositoryPolicy, DeleteRepositoryPolicy", () => {
  it("keep policies", async () => {
    const repositoryName = await repositories.create();
    const policyText = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    await expect(ecr.send(new sdk.GetRepositoryPolicyCommand({ repositoryName }))).rejects.toThrow(
      sdk.RepositoryPolicyNotFoundException,
    );
    await ecr.send(new sdk.SetRepositoryPolicyCommand({ repositoryName, policyText }));
    expect((await ecr.send(new sdk.GetRepositoryPolicyCommand({ repositoryName }))).policyText).toBe(policyText);
    await ecr.send(new sdk.DeleteRepositoryPolicyCommand({ repositoryName }));
  });
});

describe("TagResource, UntagResource, ListTagsForResource", () => {
  it("keep the tags", async () => {
    const name = await repositories.create({ tags: [{ Key: "a", Value: "1" }] });
    const resourceArn = `arn:aws:ecr:us-east-1:000000000000:repository/${name}`;
    await ecr.send(new sdk.TagResourceCommand({ resourceArn, tags: [{ Key: "b", Value: "2" }] }));
    await ecr.send(new sdk.UntagResourceCommand({ resourceArn, tagKeys: ["a"] }));
    const { tags } = await ecr.send(new sdk.ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual([{ Key: "b", Value: "2" }]);
  });
});
