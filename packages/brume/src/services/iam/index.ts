/** AWS Identity and Access Management. */
import type { Context } from "../../kernel/context.js";
import { defineService, operation } from "../../kernel/service.js";
import { iamArn } from "./entity.js";
import * as policies from "./entity-policies.js";
import * as groups from "./groups.js";
import * as profiles from "./instance-profiles.js";
import * as managed from "./managed-policies.js";
import * as roles from "./roles.js";
import { entityArn, instanceProfiles } from "./tables.js";
import * as users from "./users.js";

type Optional<Name extends string> = { [K in Name]?: string | undefined };

const role = (input: Optional<"RoleName">, ctx: Context) => entityArn(ctx, "role", input.RoleName);
const user = (input: Optional<"UserName">, ctx: Context) => entityArn(ctx, "user", input.UserName);
const group = (input: Optional<"GroupName">, ctx: Context) => entityArn(ctx, "group", input.GroupName);
const policy = (input: Optional<"PolicyArn">) => input.PolicyArn ?? "*";
const profile = ({ InstanceProfileName: name = "" }: Optional<"InstanceProfileName">, ctx: Context) =>
  iamArn(ctx, "instance-profile", (name && ctx.table(instanceProfiles).get(name)?.path) || "/", name);

export default defineService<typeof import("@aws-sdk/client-iam")>({
  id: "iam",
  iamPrefix: "iam",
  operations: {
    AddRoleToInstanceProfile: operation(profiles.addRoleToInstanceProfile, profile),
    AddUserToGroup: operation(groups.addUserToGroup, group),
    AttachGroupPolicy: operation(policies.attachGroupPolicy, group),
    AttachRolePolicy: operation(policies.attachRolePolicy, role),
    AttachUserPolicy: operation(policies.attachUserPolicy, user),
    CreateAccessKey: operation(users.createAccessKey, user),
    CreateGroup: operation(groups.createGroup, ({ Path, GroupName }, ctx) =>
      iamArn(ctx, "group", Path ?? "/", GroupName ?? ""),
    ),
    CreateInstanceProfile: operation(profiles.createInstanceProfile, ({ Path, InstanceProfileName }, ctx) =>
      iamArn(ctx, "instance-profile", Path ?? "/", InstanceProfileName ?? ""),
    ),
    CreateLoginProfile: operation(users.createLoginProfile, user),
    CreatePolicy: operation(managed.createPolicy, ({ Path, PolicyName }, ctx) =>
      iamArn(ctx, "policy", Path ?? "/", PolicyName ?? ""),
    ),
    CreatePolicyVersion: operation(managed.createPolicyVersion, policy),
    CreateRole: operation(roles.createRole, ({ Path, RoleName }, ctx) =>
      iamArn(ctx, "role", Path ?? "/", RoleName ?? ""),
    ),
    CreateServiceLinkedRole: operation(roles.createServiceLinkedRole, ({ AWSServiceName }, ctx) =>
      iamArn(ctx, "role", `/aws-service-role/${AWSServiceName}/`, "*"),
    ),
    CreateUser: operation(users.createUser, ({ Path, UserName }, ctx) =>
      iamArn(ctx, "user", Path ?? "/", UserName ?? ""),
    ),
    DeleteAccessKey: operation(users.deleteAccessKey, user),
    DeleteGroup: operation(groups.deleteGroup, group),
    DeleteGroupPolicy: operation(policies.deleteGroupPolicy, group),
    DeleteInstanceProfile: operation(profiles.deleteInstanceProfile, profile),
    DeleteLoginProfile: operation(users.deleteLoginProfile, user),
    DeletePolicy: operation(managed.deletePolicy, policy),
    DeletePolicyVersion: operation(managed.deletePolicyVersion, policy),
    DeleteRole: operation(roles.deleteRole, role),
    DeleteRolePermissionsBoundary: operation(roles.deleteRolePermissionsBoundary, role),
    DeleteRolePolicy: operation(policies.deleteRolePolicy, role),
    DeleteServiceLinkedRole: operation(roles.deleteServiceLinkedRole, role),
    DeleteUser: operation(users.deleteUser, user),
    DeleteUserPermissionsBoundary: operation(users.deleteUserPermissionsBoundary, user),
    DeleteUserPolicy: operation(policies.deleteUserPolicy, user),
    DetachGroupPolicy: operation(policies.detachGroupPolicy, group),
    DetachRolePolicy: operation(policies.detachRolePolicy, role),
    DetachUserPolicy: operation(policies.detachUserPolicy, user),
    GetAccessKeyLastUsed: operation(users.getAccessKeyLastUsed, "*"),
    GetGroup: operation(groups.getGroup, group),
    GetGroupPolicy: operation(policies.getGroupPolicy, group),
    GetInstanceProfile: operation(profiles.getInstanceProfileByName, profile),
    GetLoginProfile: operation(users.getLoginProfile, user),
    GetPolicy: operation(managed.getPolicy, policy),
    GetPolicyVersion: operation(managed.getPolicyVersion, policy),
    GetRole: operation(roles.getRole, role),
    GetRolePolicy: operation(policies.getRolePolicy, role),
    GetServiceLinkedRoleDeletionStatus: operation(roles.getServiceLinkedRoleDeletionStatus, "*"),
    GetUser: operation(users.getUser, user),
    GetUserPolicy: operation(policies.getUserPolicy, user),
    ListAccessKeys: operation(users.listAccessKeys, user),
    ListAttachedGroupPolicies: operation(policies.listAttachedGroupPolicies, group),
    ListAttachedRolePolicies: operation(policies.listAttachedRolePolicies, role),
    ListAttachedUserPolicies: operation(policies.listAttachedUserPolicies, user),
    ListEntitiesForPolicy: operation(managed.listEntitiesForPolicy, policy),
    ListGroupPolicies: operation(policies.listGroupPolicies, group),
    ListGroups: operation(groups.listGroups, "*"),
    ListGroupsForUser: operation(groups.listGroupsForUser, user),
    ListInstanceProfileTags: operation(profiles.listInstanceProfileTags, profile),
    ListInstanceProfiles: operation(profiles.listInstanceProfiles, "*"),
    ListInstanceProfilesForRole: operation(profiles.listInstanceProfilesForRole, role),
    ListPolicies: operation(managed.listPolicies, "*"),
    ListPolicyTags: operation(managed.listPolicyTags, policy),
    ListPolicyVersions: operation(managed.listPolicyVersions, policy),
    ListRolePolicies: operation(policies.listRolePolicies, role),
    ListRoleTags: operation(roles.listRoleTags, role),
    ListRoles: operation(roles.listRoles, "*"),
    ListUserPolicies: operation(policies.listUserPolicies, user),
    ListUserTags: operation(users.listUserTags, user),
    ListUsers: operation(users.listUsers, "*"),
    PutGroupPolicy: operation(policies.putGroupPolicy, group),
    PutRolePermissionsBoundary: operation(roles.putRolePermissionsBoundary, role),
    PutRolePolicy: operation(policies.putRolePolicy, role),
    PutUserPermissionsBoundary: operation(users.putUserPermissionsBoundary, user),
    PutUserPolicy: operation(policies.putUserPolicy, user),
    RemoveRoleFromInstanceProfile: operation(profiles.removeRoleFromInstanceProfile, profile),
    RemoveUserFromGroup: operation(groups.removeUserFromGroup, group),
    SetDefaultPolicyVersion: operation(managed.setDefaultPolicyVersion, policy),
    TagInstanceProfile: operation(profiles.tagInstanceProfile, profile),
    TagPolicy: operation(managed.tagPolicy, policy),
    TagRole: operation(roles.tagRole, role),
    TagUser: operation(users.tagUser, user),
    UntagInstanceProfile: operation(profiles.untagInstanceProfile, profile),
    UntagPolicy: operation(managed.untagPolicy, policy),
    UntagRole: operation(roles.untagRole, role),
    UntagUser: operation(users.untagUser, user),
    UpdateAccessKey: operation(users.updateAccessKey, user),
    UpdateAssumeRolePolicy: operation(roles.updateAssumeRolePolicy, role),
    UpdateGroup: operation(groups.updateGroup, group),
    UpdateLoginProfile: operation(users.updateLoginProfile, user),
    UpdateRole: operation(roles.updateRole, role),
    UpdateRoleDescription: operation(roles.updateRoleDescription, role),
    UpdateUser: operation(users.updateUser, user),
  },
  resources: {
    "AWS::IAM::InstanceProfile": () => import("./resources/instance-profile.js"),
    "AWS::IAM::ManagedPolicy": () => import("./resources/managed-policy.js"),
    "AWS::IAM::Policy": () => import("./resources/policy.js"),
    "AWS::IAM::Role": () => import("./resources/role.js"),
  },
  unsupported: {},
});
