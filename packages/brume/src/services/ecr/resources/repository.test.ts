import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import { resourceType } from "../../testing.js";
import service from "../index.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

describe("AWS::ECR::Repository", () => {
  it("is created as the bootstrap stack wants it, updated, and deleted with its images", async () => {
    const repository = await resourceType(cloud, service, "AWS::ECR::Repository");
    const first = {
      RepositoryName: "cdk-hnb659fds-container-assets-000000000000-us-east-1",
      ImageTagMutability: "IMMUTABLE",
      LifecyclePolicy: { LifecyclePolicyText: JSON.stringify({ rules: [] }) },
      RepositoryPolicyText: { Version: "2012-10-17", Statement: [] },
      Tags: [{ Key: "a", Value: "1" }],
    };
    const created = await repository.create(first);
    expect(created).toMatchObject(first);
    expect(created.RepositoryUri).toBe(`000000000000.dkr.ecr.us-east-1.amazonaws.com/${first.RepositoryName}`);
    const second = {
      RepositoryName: first.RepositoryName,
      ImageScanningConfiguration: { ScanOnPush: "true" },
      EmptyOnDelete: true,
    };
    const updated = await repository.update(second, created, first);
    expect(updated).toMatchObject({
      ImageTagMutability: "MUTABLE",
      ImageScanningConfiguration: { ScanOnPush: true },
      EmptyOnDelete: true,
    });
    for (const gone of ["LifecyclePolicy", "RepositoryPolicyText", "Tags"]) expect(updated).not.toHaveProperty(gone);
    const imageManifest = JSON.stringify({ schemaVersion: 2 });
    await cloud.call("ecr", "PutImage", { repositoryName: first.RepositoryName, imageManifest, imageTag: "x" });
    await repository.delete(updated);
    expect(await repository.read(updated)).toBeUndefined();
  });
});
