import * as sdk from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let iam: sdk.IAMClient;
beforeAll(async () => {
  cloud = await startCloud();
  iam = cloud.client(sdk.IAMClient);
});
afterAll(() => cloud.close());

const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});
const LOGS_POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
let count = 0;
async function newRole(more: Partial<sdk.CreateRoleCommandInput> = {}): Promise<string> {
  const RoleName = `role-${count++}`;
  await iam.send(new sdk.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST, ...more }));
  return RoleName;
}

describe("CreateRole", () => {
  it("answers with the role, its trust policy URL-encoded", async () => {
    const { Role } = await iam.send(
      new sdk.CreateRoleCommand({
        RoleName: "created",
        Path: "/app/",
        AssumeRolePolicyDocument: TRUST,
        Tags: [{ Key: "a", Value: "b" }],
      }),
    );
    expect(Role?.Arn).toBe("arn:aws:iam::000000000000:role/app/created");
    expect(Role?.RoleId).toMatch(/^AROA[A-Z2-7]{17}$/);
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(TRUST);
    expect(Role?.AssumeRolePolicyDocument).not.toContain("*");
    expect(Role?.Tags).toEqual([{ Key: "a", Value: "b" }]);
  });

  it("rejects a name that is taken", async () => {
    const RoleName = await newRole();
    await expect(
      iam.send(new sdk.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST })),
    ).rejects.toMatchObject({
      name: "EntityAlreadyExistsException",
      message: `Role with name ${RoleName} already exists.`,
    });
  });

  it("rejects malformed trust policies", async () => {
    const cases: [unknown, string][] = [
      ["{", "This policy contains invalid Json"],
      [{ Version: "2020-01-01", Statement: [] }, "Policy document must be version 2012-10-17 or greater."],
      [
        { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject" }] },
        "AssumeRole policy may only specify STS AssumeRole actions.",
      ],
      [
        {
          Version: "2012-10-17",
          Statement: { Effect: "Allow", Principal: "*", Action: "sts:AssumeRole", Resource: "*" },
        },
        "Has prohibited field Resource",
      ],
    ];
    for (const [document, message] of cases) {
      const AssumeRolePolicyDocument = typeof document === "string" ? document : JSON.stringify(document);
      const creating = iam.send(new sdk.CreateRoleCommand({ RoleName: "bad", AssumeRolePolicyDocument }));
      await expect(creating).rejects.toThrow(message);
      await expect(creating).rejects.toThrow(sdk.MalformedPolicyDocumentException);
    }
  });
});

describe("GetRole", () => {
  it("says which role is missing", async () => {
    await expect(iam.send(new sdk.GetRoleCommand({ RoleName: "nobody" }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
      message: "The role with name nobody cannot be found.",
    });
  });
});

describe("UpdateRole, UpdateRoleDescription, UpdateAssumeRolePolicy", () => {
  it("change the role", async () => {
    const RoleName = await newRole();
    await iam.send(new sdk.UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200, Description: "d" }));
    const trust = TRUST.replace("lambda", "ecs-tasks");
    await iam.send(new sdk.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust }));
    let { Role } = await iam.send(new sdk.GetRoleCommand({ RoleName }));
    expect(Role).toMatchObject({ MaxSessionDuration: 7200, Description: "d" });
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(trust);
    ({ Role } = await iam.send(new sdk.UpdateRoleDescriptionCommand({ RoleName, Description: "e" })));
    expect(Role?.Description).toBe("e");
  });
});

describe("ListRoles", () => {
  it("pages in the order of names", async () => {
    const names = [await newRole({ Path: "/paged/" }), await newRole({ Path: "/paged/" })];
    const first = await iam.send(new sdk.ListRolesCommand({ PathPrefix: "/paged/", MaxItems: 1 }));
    expect(first).toMatchObject({ IsTruncated: true });
    const second = await iam.send(new sdk.ListRolesCommand({ PathPrefix: "/paged/", Marker: first.Marker }));
    expect([...(first.Roles ?? []), ...(second.Roles ?? [])].map(({ RoleName }) => RoleName)).toEqual(names);
    expect(second.IsTruncated).toBe(false);
  });
});

describe("DeleteRole", () => {
  it("refuses while the role has policies or is in an instance profile", async () => {
    const RoleName = await newRole();
    const deleting = () => iam.send(new sdk.DeleteRoleCommand({ RoleName }));
    await iam.send(new sdk.AttachRolePolicyCommand({ RoleName, PolicyArn: LOGS_POLICY }));
    await expect(deleting()).rejects.toThrow("Cannot delete entity, must detach all policies first.");
    await iam.send(new sdk.DetachRolePolicyCommand({ RoleName, PolicyArn: LOGS_POLICY }));
    const InstanceProfileName = "holds-role";
    await iam.send(new sdk.CreateInstanceProfileCommand({ InstanceProfileName }));
    await iam.send(new sdk.AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
    await expect(deleting()).rejects.toThrow(sdk.DeleteConflictException);
    await iam.send(new sdk.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
    await deleting();
    await expect(iam.send(new sdk.GetRoleCommand({ RoleName }))).rejects.toThrow(sdk.NoSuchEntityException);
  });
});

describe("PutRolePermissionsBoundary, DeleteRolePermissionsBoundary", () => {
  it("set and clear the boundary", async () => {
    const RoleName = await newRole();
    const PermissionsBoundary = "arn:aws:iam::aws:policy/PowerUserAccess";
    await iam.send(new sdk.PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
    const { Role } = await iam.send(new sdk.GetRoleCommand({ RoleName }));
    expect(Role?.PermissionsBoundary?.PermissionsBoundaryArn).toBe(PermissionsBoundary);
    await iam.send(new sdk.DeleteRolePermissionsBoundaryCommand({ RoleName }));
    const after = await iam.send(new sdk.GetRoleCommand({ RoleName }));
    expect(after.Role?.PermissionsBoundary).toBeUndefined();
  });
});

describe("TagRole, UntagRole, ListRoleTags", () => {
  it("keep the tags", async () => {
    const RoleName = await newRole({ Tags: [{ Key: "a", Value: "1" }] });
    await iam.send(new sdk.TagRoleCommand({ RoleName, Tags: [{ Key: "b", Value: "2" }] }));
    await iam.send(new sdk.UntagRoleCommand({ RoleName, TagKeys: ["a"] }));
    const { Tags } = await iam.send(new sdk.ListRoleTagsCommand({ RoleName }));
    expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
  });
});

describe("CreateServiceLinkedRole, DeleteServiceLinkedRole, GetServiceLinkedRoleDeletionStatus", () => {
  it("make a role that only its service may change", async () => {
    const { Role } = await iam.send(new sdk.CreateServiceLinkedRoleCommand({ AWSServiceName: "ecs.amazonaws.com" }));
    const RoleName = Role?.RoleName as string;
    expect(Role?.Path).toBe("/aws-service-role/ecs.amazonaws.com/");
    await expect(iam.send(new sdk.DeleteRoleCommand({ RoleName }))).rejects.toThrow(sdk.UnmodifiableEntityException);
    const { DeletionTaskId } = await iam.send(new sdk.DeleteServiceLinkedRoleCommand({ RoleName }));
    const { Status } = await iam.send(new sdk.GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
    expect(Status).toBe("SUCCEEDED");
  });
});

describe("CreateInstanceProfile, GetInstanceProfile, ListInstanceProfiles, ListInstanceProfilesForRole, AddRoleToInstanceProfile, RemoveRoleFromInstanceProfile, DeleteInstanceProfile", () => {
  it("hold one role", async () => {
    const [RoleName, other] = [await newRole(), await newRole()];
    const InstanceProfileName = "profile";
    await iam.send(new sdk.CreateInstanceProfileCommand({ InstanceProfileName }));
    await iam.send(new sdk.AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
    await expect(
      iam.send(new sdk.AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: other })),
    ).rejects.toThrow("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
    const { InstanceProfile } = await iam.send(new sdk.GetInstanceProfileCommand({ InstanceProfileName }));
    expect(InstanceProfile?.Roles?.[0]?.RoleName).toBe(RoleName);
    const { InstanceProfiles } = await iam.send(new sdk.ListInstanceProfilesForRoleCommand({ RoleName }));
    expect(InstanceProfiles).toHaveLength(1);
    await expect(iam.send(new sdk.DeleteInstanceProfileCommand({ InstanceProfileName }))).rejects.toThrow(
      sdk.DeleteConflictException,
    );
    await iam.send(new sdk.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
    await iam.send(new sdk.DeleteInstanceProfileCommand({ InstanceProfileName }));
    const all = await iam.send(new sdk.ListInstanceProfilesCommand({}));
    expect(all.InstanceProfiles?.map((one) => one.InstanceProfileName)).not.toContain(InstanceProfileName);
  });
});

describe("TagInstanceProfile, UntagInstanceProfile, ListInstanceProfileTags", () => {
  it("keep the tags", async () => {
    const InstanceProfileName = "tagged";
    await iam.send(new sdk.CreateInstanceProfileCommand({ InstanceProfileName, Tags: [{ Key: "a", Value: "1" }] }));
    await iam.send(new sdk.TagInstanceProfileCommand({ InstanceProfileName, Tags: [{ Key: "b", Value: "2" }] }));
    await iam.send(new sdk.UntagInstanceProfileCommand({ InstanceProfileName, TagKeys: ["a"] }));
    const { Tags } = await iam.send(new sdk.ListInstanceProfileTagsCommand({ InstanceProfileName }));
    expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
  });
});

describe("CreateRole, UpdateAssumeRolePolicy, CreateServiceLinkedRole", () => {
  const trusting = (Principal: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] });
  const create = (RoleName: string, Principal: object) =>
    iam.send(new sdk.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusting(Principal) }));

  it("do not distinguish names by case", async () => {
    await create("Named", { Service: "lambda.amazonaws.com" });
    await expect(create("named", { Service: "lambda.amazonaws.com" })).rejects.toThrow(
      "Role with name named already exists.",
    );
    await iam.send(new sdk.DeleteRoleCommand({ RoleName: "Named" }));
    await create("named", { Service: "lambda.amazonaws.com" });
  });

  it("trust only who is there", async () => {
    const AWS = "arn:aws:iam::000000000000:role/nobody";
    const message = `Invalid principal in policy: "AWS":"${AWS}"`;
    await expect(create("trusting", { AWS })).rejects.toThrow(message);
    await create("nobody", { AWS: "arn:aws:iam::000000000000:root" });
    await create("trusting", { AWS });
    await create("abroad", { AWS: "arn:aws:iam::111111111111:role/somebody" });
    const PolicyDocument = trusting({ AWS: "somebody" });
    const updating = iam.send(new sdk.UpdateAssumeRolePolicyCommand({ RoleName: "trusting", PolicyDocument }));
    await expect(updating).rejects.toThrow('Invalid principal in policy: "AWS":"somebody"');
    const many = Array.from({ length: 60 }, (_, i) => `service-${i}.some.long.name.amazonaws.com`);
    await expect(create("long", { Service: many })).rejects.toThrow("Cannot exceed quota for ACLSizePerRole: 2048");
  });

  it("name service-linked roles as their services do", async () => {
    const AWSServiceName = "ops.apigateway.amazonaws.com";
    const { Role } = await iam.send(new sdk.CreateServiceLinkedRoleCommand({ AWSServiceName }));
    expect(Role?.RoleName).toBe("AWSServiceRoleForAPIGateway");
  });
});
