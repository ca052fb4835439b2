import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../../index.js";
import type { Properties } from "../../../kernel/resource.js";
import { resourceType } from "../../testing.js";
import service from "../index.js";

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const filters = [{ Filter: "app/*", FilterType: "WILDCARD" }];
const destination = (Region: string) => ({ Destinations: [{ Region, RegistryId: "000000000000" }] });
const signing = (name: string) => ({
  SigningProfileArn: `arn:aws:signer:us-east-1:000000000000:/signing-profiles/profile_${name}`,
});

/** Each type, first and second properties, and what is left of it when it is deleted. */
const TYPES: [type: string, first: Properties, second: Properties, left?: Properties][] = [
  [
    "AWS::ECR::RegistryPolicy",
    { PolicyText: { Version: "2012-10-17", Statement: [] } },
    { PolicyText: { Version: "2012-10-17", Statement: [{ Sid: "a" }] } },
  ],
  [
    "AWS::ECR::ReplicationConfiguration",
    { ReplicationConfiguration: { Rules: [destination("eu-west-1")] } },
    { ReplicationConfiguration: { Rules: [destination("eu-west-2")] } },
  ],
  [
    "AWS::ECR::RegistryScanningConfiguration",
    { ScanType: "BASIC", Rules: [{ ScanFrequency: "SCAN_ON_PUSH", RepositoryFilters: filters }] },
    { ScanType: "ENHANCED", Rules: [{ ScanFrequency: "CONTINUOUS_SCAN", RepositoryFilters: filters }] },
    { ScanType: "BASIC", Rules: [] },
  ],
  ["AWS::ECR::SigningConfiguration", { Rules: [signing("a")] }, { Rules: [signing("b")] }],
  [
    "AWS::ECR::PullThroughCacheRule",
    { EcrRepositoryPrefix: "quay", UpstreamRegistryUrl: "quay.io" },
    {
      EcrRepositoryPrefix: "quay",
      UpstreamRegistryUrl: "quay.io",
      CredentialArn: "arn:aws:secretsmanager:us-east-1:000000000000:secret:ecr-pullthroughcache/quay-AbCdEf",
    },
  ],
  [
    "AWS::ECR::RepositoryCreationTemplate",
    { Prefix: "team", AppliedFor: ["CREATE_ON_PUSH"], Description: "first", ResourceTags: [{ Key: "a", Value: "1" }] },
    { Prefix: "team", AppliedFor: ["REPLICATION"], ImageTagMutability: "IMMUTABLE" },
  ],
  [
    "AWS::ECR::PullTimeUpdateExclusion",
    { PrincipalArn: "arn:aws:iam::000000000000:role/scanner" },
    { PrincipalArn: "arn:aws:iam::000000000000:role/scanner" },
  ],
];

describe("resource types of the registry", () => {
  it.each(TYPES)("%s is created, updated, listed and deleted", async (type, first, second, left) => {
    const resource = await resourceType(cloud, service, type);
    const created = await resource.create(first);
    expect(created).toMatchObject(first);
    const updated = await resource.update(second, created, first);
    expect(await resource.read(updated)).toMatchObject(second);
    for (const gone of Object.keys(first)) if (!(gone in second)) expect(updated).not.toHaveProperty(gone);
    expect(await resource.list()).toHaveLength(1);
    await resource.delete(updated);
    const after = await resource.read(updated);
    if (left) expect(after).toMatchObject(left);
    else expect(after).toBeUndefined();
  });
});
