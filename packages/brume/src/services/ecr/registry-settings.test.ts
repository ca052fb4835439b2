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

describe("PutReplicationConfiguration, DescribeRegistry, DescribeImageReplicationStatus", () => {
  it("keep the configuration", async () => {
    const empty = await ecr.send(new sdk.DescribeRegistryCommand({}));
    expect(empty).toMatchObject({ registryId: "000000000000", replicationConfiguration: { rules: [] } });
    const to = (region: string) => ({ rules: [{ destinations: [{ region, registryId: "000000000000" }] }] });
    const put = (region: string) =>
      ecr.send(new sdk.PutReplicationConfigurationCommand({ replicationConfiguration: to(region) }));
    await put("eu-west-1");
    const { replicationConfiguration } = await ecr.send(new sdk.DescribeRegistryCommand({}));
    expect(replicationConfiguration).toEqual(to("eu-west-1"));
    await expect(put("us-east-1")).rejects.toThrow(sdk.InvalidParameterException);
    const repositoryName = await repositories.create();
    await repositories.push(repositoryName, "a", "v1");
    const imageId = { imageTag: "v1" };
    const status = await ecr.send(new sdk.DescribeImageReplicationStatusCommand({ repositoryName, imageId }));
    expect(status.replicationStatuses).toEqual([]);
  });
});

describe("PutRegistryPolicy, GetRegistryPolicy, DeleteRegistryPolicy", () => {
  it("keep the policy", async () => {
    await expect(ecr.send(new sdk.GetRegistryPolicyCommand({}))).rejects.toThrow(sdk.RegistryPolicyNotFoundException);
    const policyText = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    await ecr.send(new sdk.PutRegistryPolicyCommand({ policyText }));
    expect((await ecr.send(new sdk.GetRegistryPolicyCommand({}))).policyText).toBe(policyText);
    await ecr.send(new sdk.DeleteRegistryPolicyCommand({}));
    await expect(ecr.send(new sdk.DeleteRegistryPolicyCommand({}))).rejects.toThrow(
      sdk.RegistryPolicyNotFoundException,
    );
  });
});

describe("GetAccountSetting, PutAccountSetting", () => {
  it("have defaults, and take the values there are", async () => {
    const get = async (name: string) => (await ecr.send(new sdk.GetAccountSettingCommand({ name }))).value;
    expect(await get("BASIC_SCAN_TYPE_VERSION")).toBe("AWS_NATIVE");
    await ecr.send(new sdk.PutAccountSettingCommand({ name: "BASIC_SCAN_TYPE_VERSION", value: "CLAIR" }));
    expect(await get("BASIC_SCAN_TYPE_VERSION")).toBe("CLAIR");
    await expect(get("NONE")).rejects.toThrow("'name'");
    await expect(
      ecr.send(new sdk.PutAccountSettingCommand({ name: "BLOB_MOUNTING", value: "PERHAPS" })),
    ).rejects.toThrow("must satisfy enum value set: [DISABLED, ENABLED]");
  });
});

describe("PutRegistryScanningConfiguration, GetRegistryScanningConfiguration, BatchGetRepositoryScanningConfiguration", () => {
  it("say what a repository would be scanned by", async () => {
    const { scanningConfiguration } = await ecr.send(new sdk.GetRegistryScanningConfigurationCommand({}));
    expect(scanningConfiguration).toEqual({ scanType: "BASIC", rules: [] });
    const repositoryFilters = [{ filter: "app/*", filterType: "WILDCARD" as const }];
    const rules = [{ scanFrequency: "SCAN_ON_PUSH" as const, repositoryFilters }];
    await ecr.send(new sdk.PutRegistryScanningConfigurationCommand({ scanType: "BASIC", rules }));
    const name = await repositories.create();
    const answer = await ecr.send(
      new sdk.BatchGetRepositoryScanningConfigurationCommand({ repositoryNames: [name, "none"] }),
    );
    expect(answer.scanningConfigurations).toMatchObject([
      { repositoryName: name, scanOnPush: true, scanFrequency: "SCAN_ON_PUSH", appliedScanFilters: repositoryFilters },
    ]);
    expect(answer.failures).toMatchObject([{ repositoryName: "none", failureCode: "REPOSITORY_NOT_FOUND" }]);
  });
});

describe("DescribeImageScanFindings", () => {
  it("answers as where no scan was made", async () => {
    const repositoryName = await repositories.create();
    await repositories.push(repositoryName, "a", "v1");
    const scan = (imageTag: string) =>
      ecr.send(new sdk.DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageTag } }));
    await expect(scan("v1")).rejects.toThrow(sdk.ScanNotFoundException);
    await expect(scan("v2")).rejects.toThrow(sdk.ImageNotFoundException);
  });
});

describe("PutSigningConfiguration, GetSigningConfiguration, DeleteSigningConfiguration, DescribeImageSigningStatus", () => {
  it("keep the configuration", async () => {
    const get = () => ecr.send(new sdk.GetSigningConfigurationCommand({}));
    await expect(get()).rejects.toThrow(sdk.SigningConfigurationNotFoundException);
    const signingProfileArn = "arn:aws:signer:us-east-1:000000000000:/signing-profiles/profile";
    const signingConfiguration = { rules: [{ signingProfileArn }] };
    await ecr.send(new sdk.PutSigningConfigurationCommand({ signingConfiguration }));
    expect((await get()).signingConfiguration).toEqual(signingConfiguration);
    const repositoryName = await repositories.create();
    await repositories.push(repositoryName, "a", "v1");
    const imageId = { imageTag: "v1" };
    const status = await ecr.send(new sdk.DescribeImageSigningStatusCommand({ repositoryName, imageId }));
    expect(status.signingStatuses).toEqual([]);
    await ecr.send(new sdk.DeleteSigningConfigurationCommand({}));
    await expect(get()).rejects.toThrow(sdk.SigningConfigurationNotFoundException);
  });
});

describe("CreatePullThroughCacheRule, DescribePullThroughCacheRules, UpdatePullThroughCacheRule, DeletePullThroughCacheRule", () => {
  it("keep the rules", async () => {
    const create = (ecrRepositoryPrefix: string, upstreamRegistryUrl: string) =>
      ecr.send(new sdk.CreatePullThroughCacheRuleCommand({ ecrRepositoryPrefix, upstreamRegistryUrl }));
    const { upstreamRegistry } = await create("public", "public.ecr.aws");
    expect(upstreamRegistry).toBe("ecr-public");
    await expect(create("public", "quay.io")).rejects.toThrow(sdk.PullThroughCacheRuleAlreadyExistsException);
    await expect(create("other", "example.com")).rejects.toThrow(sdk.UnsupportedUpstreamRegistryException);
    const credentialArn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:ecr-pullthroughcache/x";
    await ecr.send(new sdk.UpdatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "public", credentialArn }));
    const { pullThroughCacheRules } = await ecr.send(new sdk.DescribePullThroughCacheRulesCommand({}));
    expect(pullThroughCacheRules).toMatchObject([{ ecrRepositoryPrefix: "public", credentialArn }]);
    await ecr.send(new sdk.DeletePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "public" }));
    await expect(
      ecr.send(new sdk.DescribePullThroughCacheRulesCommand({ ecrRepositoryPrefixes: ["public"] })),
    ).rejects.toThrow(sdk.PullThroughCacheRuleNotFoundException);
  });
});

describe("CreateRepositoryCreationTemplate, DescribeRepositoryCreationTemplates, UpdateRepositoryCreationTemplate, DeleteRepositoryCreationTemplate", () => {
  it("keep the templates", async () => {
    const appliedFor = ["PULL_THROUGH_CACHE" as const];
    await ecr.send(new sdk.CreateRepositoryCreationTemplateCommand({ prefix: "team", appliedFor }));
    await expect(
      ecr.send(new sdk.CreateRepositoryCreationTemplateCommand({ prefix: "team", appliedFor })),
    ).rejects.toThrow(sdk.TemplateAlreadyExistsException);
    await ecr.send(new sdk.UpdateRepositoryCreationTemplateCommand({ prefix: "team", description: "of a team" }));
    const { repositoryCreationTemplates } = await ecr.send(new sdk.DescribeRepositoryCreationTemplatesCommand({}));
    expect(repositoryCreationTemplates).toMatchObject([{ prefix: "team", appliedFor, description: "of a team" }]);
    await ecr.send(new sdk.DeleteRepositoryCreationTemplateCommand({ prefix: "team" }));
    await expect(ecr.send(new sdk.DeleteRepositoryCreationTemplateCommand({ prefix: "team" }))).rejects.toThrow(
      sdk.TemplateNotFoundException,
    );
  });
});

describe("RegisterPullTimeUpdateExclusion, ListPullTimeUpdateExclusions, DeregisterPullTimeUpdateExclusion", () => {
  it("keep the exclusions", async () => {
    const principalArn = "arn:aws:iam::000000000000:role/scanner";
    const register = () => ecr.send(new sdk.RegisterPullTimeUpdateExclusionCommand({ principalArn }));
    await register();
    await expect(register()).rejects.toThrow(sdk.ExclusionAlreadyExistsException);
    const listed = await ecr.send(new sdk.ListPullTimeUpdateExclusionsCommand({}));
    expect(listed.pullTimeUpdateExclusions).toEqual([principalArn]);
    await ecr.send(new sdk.DeregisterPullTimeUpdateExclusionCommand({ principalArn }));
    await expect(ecr.send(new sdk.DeregisterPullTimeUpdateExclusionCommand({ principalArn }))).rejects.toThrow(
      sdk.ExclusionNotFoundException,
    );
  });
});
