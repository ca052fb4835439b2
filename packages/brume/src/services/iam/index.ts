/** AWS Identity and Access Management. */
import type { Context } from "../../kernel/context.js";
import { constrained } from "../../kernel/input-constraints.js";
import { defineService, operation } from "../../kernel/service.js";
import * as account from "./account.js";
import * as certificates from "./certificates.js";
import constraints from "./constraints.json" with { type: "json" };
import { generateCredentialReport, getCredentialReport } from "./credential-report.js";
import { iamArn, refusal } from "./entity.js";
import * as policies from "./entity-policies.js";
import * as groups from "./groups.js";
import * as profiles from "./instance-profiles.js";
import * as managed from "./managed-policies.js";
import * as mfa from "./mfa-devices.js";
import * as federation from "./outbound-federation.js";
import * as passwordPolicy from "./password-policy.js";
import * as passwords from "./passwords.js";
import * as providers from "./providers.js";
import * as roles from "./roles.js";
import * as serviceCredentials from "./service-specific-credentials.js";
import * as ssh from "./ssh-public-keys.js";
import { entityArn, instanceProfiles } from "./tables.js";
import * as users from "./users.js";

type Optional<Name extends string> = { [K in Name]?: string | undefined };

const role = (input: Optional<"RoleName">, ctx: Context) => entityArn(ctx, "role", input.RoleName);
const user = (input: Optional<"UserName">, ctx: Context) => entityArn(ctx, "user", input.UserName);
const group = (input: Optional<"GroupName">, ctx: Context) => entityArn(ctx, "group", input.GroupName);
const policy = (input: Optional<"PolicyArn">) => input.PolicyArn ?? "*";
const oidcProvider = (input: Optional<"OpenIDConnectProviderArn">) => input.OpenIDConnectProviderArn ?? "*";
const device = (input: Optional<"SerialNumber">) => input.SerialNumber ?? "*";
const samlProvider = (input: Optional<"SAMLProviderArn">) => input.SAMLProviderArn ?? "*";
const profile = ({ InstanceProfileName: name = "" }: Optional<"InstanceProfileName">, ctx: Context) =>
  iamArn(ctx, "instance-profile", (name && ctx.table(instanceProfiles).get(name)?.path) || "/", name);

export default defineService<typeof import("@aws-sdk/client-iam")>({
  id: "iam",
  iamPrefix: "iam",
  operations: constrained(constraints, refusal, {
    AddClientIDToOpenIDConnectProvider: operation(providers.addClientIDToOpenIDConnectProvider, oidcProvider),
    AddRoleToInstanceProfile: operation(profiles.addRoleToInstanceProfile, profile),
    AddUserToGroup: operation(groups.addUserToGroup, group),
    AttachGroupPolicy: operation(policies.attachGroupPolicy, group),
    AttachRolePolicy: operation(policies.attachRolePolicy, role),
    AttachUserPolicy: operation(policies.attachUserPolicy, user),
    ChangePassword: operation(passwords.changePassword, (_input, ctx) => ctx.principal.arn),
    CreateAccessKey: operation(users.createAccessKey, user),
    CreateAccountAlias: operation(account.createAccountAlias, "*"),
    CreateGroup: operation(groups.createGroup, ({ Path, GroupName }, ctx) =>
      iamArn(ctx, "group", Path ?? "/", GroupName ?? ""),
    ),
    CreateInstanceProfile: operation(profiles.createInstanceProfile, ({ Path, InstanceProfileName }, ctx) =>
      iamArn(ctx, "instance-profile", Path ?? "/", InstanceProfileName ?? ""),
    ),
    CreateLoginProfile: operation(passwords.createLoginProfile, user),
    CreateOpenIDConnectProvider: operation(providers.createOpenIDConnectProvider, "*"),
    CreatePolicy: operation(managed.createPolicy, ({ Path, PolicyName }, ctx) =>
      iamArn(ctx, "policy", Path ?? "/", PolicyName ?? ""),
    ),
    CreatePolicyVersion: operation(managed.createPolicyVersion, policy),
    CreateRole: operation(roles.createRole, ({ Path, RoleName }, ctx) =>
      iamArn(ctx, "role", Path ?? "/", RoleName ?? ""),
    ),
    CreateSAMLProvider: operation(providers.createSAMLProvider, "*"),
    CreateServiceLinkedRole: operation(roles.createServiceLinkedRole, ({ AWSServiceName }, ctx) =>
      iamArn(ctx, "role", `/aws-service-role/${AWSServiceName}/`, "*"),
    ),
    CreateServiceSpecificCredential: operation(serviceCredentials.createServiceSpecificCredential, user),
    CreateUser: operation(users.createUser, ({ Path, UserName }, ctx) =>
      iamArn(ctx, "user", Path ?? "/", UserName ?? ""),
    ),
    CreateVirtualMFADevice: operation(mfa.createVirtualMFADevice, ({ Path, VirtualMFADeviceName }, ctx) =>
      iamArn(ctx, "mfa", Path ?? "/", VirtualMFADeviceName ?? ""),
    ),
    DeactivateMFADevice: operation(mfa.deactivateMFADevice, user),
    DeleteAccessKey: operation(users.deleteAccessKey, user),
    DeleteAccountAlias: operation(account.deleteAccountAlias, "*"),
    DeleteAccountPasswordPolicy: operation(passwordPolicy.deleteAccountPasswordPolicy, "*"),
    DeleteGroup: operation(groups.deleteGroup, group),
    DeleteGroupPolicy: operation(policies.deleteGroupPolicy, group),
    DeleteInstanceProfile: operation(profiles.deleteInstanceProfile, profile),
    DeleteLoginProfile: operation(passwords.deleteLoginProfile, user),
    DeleteOpenIDConnectProvider: operation(providers.deleteOpenIDConnectProvider, oidcProvider),
    DeletePolicy: operation(managed.deletePolicy, policy),
    DeletePolicyVersion: operation(managed.deletePolicyVersion, policy),
    DeleteRole: operation(roles.deleteRole, role),
    DeleteRolePermissionsBoundary: operation(roles.deleteRolePermissionsBoundary, role),
    DeleteRolePolicy: operation(policies.deleteRolePolicy, role),
    DeleteSAMLProvider: operation(providers.deleteSAMLProvider, samlProvider),
    DeleteSSHPublicKey: operation(ssh.deleteSSHPublicKey, user),
    DeleteServerCertificate: operation(certificates.deleteServerCertificate, certificates.serverCertificateArn),
    DeleteServiceLinkedRole: operation(roles.deleteServiceLinkedRole, role),
    DeleteServiceSpecificCredential: operation(serviceCredentials.deleteServiceSpecificCredential, user),
    DeleteSigningCertificate: operation(certificates.deleteSigningCertificate, user),
    DeleteUser: operation(users.deleteUser, user),
    DeleteUserPermissionsBoundary: operation(users.deleteUserPermissionsBoundary, user),
    DeleteUserPolicy: operation(policies.deleteUserPolicy, user),
    DeleteVirtualMFADevice: operation(mfa.deleteVirtualMFADevice, device),
    DetachGroupPolicy: operation(policies.detachGroupPolicy, group),
    DetachRolePolicy: operation(policies.detachRolePolicy, role),
    DetachUserPolicy: operation(policies.detachUserPolicy, user),
    DisableOutboundWebIdentityFederation: operation(federation.disableOutboundWebIdentityFederation, "*"),
    EnableMFADevice: operation(mfa.enableMFADevice, user),
    EnableOutboundWebIdentityFederation: operation(federation.enableOutboundWebIdentityFederation, "*"),
    GenerateCredentialReport: operation(generateCredentialReport, "*"),
    GetAccessKeyLastUsed: operation(users.getAccessKeyLastUsed, "*"),
    GetAccountAuthorizationDetails: operation(account.getAccountAuthorizationDetails, "*"),
    GetAccountPasswordPolicy: operation(passwordPolicy.getAccountPasswordPolicy, "*"),
    GetAccountSummary: operation(account.getAccountSummary, "*"),
    GetCredentialReport: operation(getCredentialReport, "*"),
    GetGroup: operation(groups.getGroup, group),
    GetGroupPolicy: operation(policies.getGroupPolicy, group),
    GetInstanceProfile: operation(profiles.getInstanceProfileByName, profile),
    GetLoginProfile: operation(passwords.getLoginProfile, user),
    GetMFADevice: operation(mfa.getMFADevice, user),
    GetOpenIDConnectProvider: operation(providers.getOpenIDConnectProvider, oidcProvider),
    GetOutboundWebIdentityFederationInfo: operation(federation.getOutboundWebIdentityFederationInfo, "*"),
    GetPolicy: operation(managed.getPolicy, policy),
    GetPolicyVersion: operation(managed.getPolicyVersion, policy),
    GetRole: operation(roles.getRole, role),
    GetRolePolicy: operation(policies.getRolePolicy, role),
    GetSAMLProvider: operation(providers.getSAMLProvider, samlProvider),
    GetSSHPublicKey: operation(ssh.getSSHPublicKey, user),
    GetServerCertificate: operation(certificates.getServerCertificate, certificates.serverCertificateArn),
    GetServiceLinkedRoleDeletionStatus: operation(roles.getServiceLinkedRoleDeletionStatus, "*"),
    GetUser: operation(users.getUser, user),
    GetUserPolicy: operation(policies.getUserPolicy, user),
    ListAccessKeys: operation(users.listAccessKeys, user),
    ListAccountAliases: operation(account.listAccountAliases, "*"),
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
    ListMFADeviceTags: operation(mfa.listMFADeviceTags, device),
    ListMFADevices: operation(mfa.listMFADevices, user),
    ListOpenIDConnectProviderTags: operation(providers.listOpenIDConnectProviderTags, oidcProvider),
    ListOpenIDConnectProviders: operation(providers.listOpenIDConnectProviders, "*"),
    ListPolicies: operation(managed.listPolicies, "*"),
    ListPolicyTags: operation(managed.listPolicyTags, policy),
    ListPolicyVersions: operation(managed.listPolicyVersions, policy),
    ListRolePolicies: operation(policies.listRolePolicies, role),
    ListRoleTags: operation(roles.listRoleTags, role),
    ListRoles: operation(roles.listRoles, "*"),
    ListSAMLProviderTags: operation(providers.listSAMLProviderTags, samlProvider),
    ListSAMLProviders: operation(providers.listSAMLProviders, "*"),
    ListSSHPublicKeys: operation(ssh.listSSHPublicKeys, user),
    ListServerCertificateTags: operation(certificates.listServerCertificateTags, certificates.serverCertificateArn),
    ListServerCertificates: operation(certificates.listServerCertificates, "*"),
    ListServiceSpecificCredentials: operation(serviceCredentials.listServiceSpecificCredentials, user),
    ListSigningCertificates: operation(certificates.listSigningCertificates, user),
    ListUserPolicies: operation(policies.listUserPolicies, user),
    ListUserTags: operation(users.listUserTags, user),
    ListUsers: operation(users.listUsers, "*"),
    ListVirtualMFADevices: operation(mfa.listVirtualMFADevices, "*"),
    PutGroupPolicy: operation(policies.putGroupPolicy, group),
    PutRolePermissionsBoundary: operation(roles.putRolePermissionsBoundary, role),
    PutRolePolicy: operation(policies.putRolePolicy, role),
    PutUserPermissionsBoundary: operation(users.putUserPermissionsBoundary, user),
    PutUserPolicy: operation(policies.putUserPolicy, user),
    RemoveClientIDFromOpenIDConnectProvider: operation(providers.removeClientIDFromOpenIDConnectProvider, oidcProvider),
    RemoveRoleFromInstanceProfile: operation(profiles.removeRoleFromInstanceProfile, profile),
    RemoveUserFromGroup: operation(groups.removeUserFromGroup, group),
    ResetServiceSpecificCredential: operation(serviceCredentials.resetServiceSpecificCredential, user),
    ResyncMFADevice: operation(mfa.resyncMFADevice, user),
    SetDefaultPolicyVersion: operation(managed.setDefaultPolicyVersion, policy),
    TagInstanceProfile: operation(profiles.tagInstanceProfile, profile),
    TagMFADevice: operation(mfa.tagMFADevice, device),
    TagOpenIDConnectProvider: operation(providers.tagOpenIDConnectProvider, oidcProvider),
    TagPolicy: operation(managed.tagPolicy, policy),
    TagRole: operation(roles.tagRole, role),
    TagSAMLProvider: operation(providers.tagSAMLProvider, samlProvider),
    TagServerCertificate: operation(certificates.tagServerCertificate, certificates.serverCertificateArn),
    TagUser: operation(users.tagUser, user),
    UntagInstanceProfile: operation(profiles.untagInstanceProfile, profile),
    UntagMFADevice: operation(mfa.untagMFADevice, device),
    UntagOpenIDConnectProvider: operation(providers.untagOpenIDConnectProvider, oidcProvider),
    UntagPolicy: operation(managed.untagPolicy, policy),
    UntagRole: operation(roles.untagRole, role),
    UntagSAMLProvider: operation(providers.untagSAMLProvider, samlProvider),
    UntagServerCertificate: operation(certificates.untagServerCertificate, certificates.serverCertificateArn),
    UntagUser: operation(users.untagUser, user),
    UpdateAccessKey: operation(users.updateAccessKey, user),
    UpdateAccountPasswordPolicy: operation(passwordPolicy.updateAccountPasswordPolicy, "*"),
    UpdateAssumeRolePolicy: operation(roles.updateAssumeRolePolicy, role),
    UpdateGroup: operation(groups.updateGroup, group),
    UpdateLoginProfile: operation(passwords.updateLoginProfile, user),
    UpdateOpenIDConnectProviderThumbprint: operation(providers.updateOpenIDConnectProviderThumbprint, oidcProvider),
    UpdateRole: operation(roles.updateRole, role),
    UpdateRoleDescription: operation(roles.updateRoleDescription, role),
    UpdateSAMLProvider: operation(providers.updateSAMLProvider, samlProvider),
    UpdateSSHPublicKey: operation(ssh.updateSSHPublicKey, user),
    UpdateServerCertificate: operation(certificates.updateServerCertificate, certificates.serverCertificateArn),
    UpdateServiceSpecificCredential: operation(serviceCredentials.updateServiceSpecificCredential, user),
    UpdateSigningCertificate: operation(certificates.updateSigningCertificate, user),
    UpdateUser: operation(users.updateUser, user),
    UploadSSHPublicKey: operation(ssh.uploadSSHPublicKey, user),
    UploadServerCertificate: operation(certificates.uploadServerCertificate, certificates.serverCertificateArn),
    UploadSigningCertificate: operation(certificates.uploadSigningCertificate, user),
  }),
  resources: {
    "AWS::IAM::AccessKey": () => import("./resources/access-key.js"),
    "AWS::IAM::Group": () => import("./resources/group.js"),
    "AWS::IAM::GroupPolicy": () => import("./resources/group-policy.js"),
    "AWS::IAM::InstanceProfile": () => import("./resources/instance-profile.js"),
    "AWS::IAM::ManagedPolicy": () => import("./resources/managed-policy.js"),
    "AWS::IAM::OIDCProvider": () => import("./resources/oidc-provider.js"),
    "AWS::IAM::Policy": () => import("./resources/policy.js"),
    "AWS::IAM::Role": () => import("./resources/role.js"),
    "AWS::IAM::RolePolicy": () => import("./resources/role-policy.js"),
    "AWS::IAM::SAMLProvider": () => import("./resources/saml-provider.js"),
    "AWS::IAM::ServerCertificate": () => import("./resources/server-certificate.js"),
    "AWS::IAM::ServiceLinkedRole": () => import("./resources/service-linked-role.js"),
    "AWS::IAM::User": () => import("./resources/user.js"),
    "AWS::IAM::UserPolicy": () => import("./resources/user-policy.js"),
    "AWS::IAM::UserToGroupAddition": () => import("./resources/user-to-group-addition.js"),
    "AWS::IAM::VirtualMFADevice": () => import("./resources/virtual-mfa-device.js"),
  },
  unsupported: {
    "delegation, templates and token preferences are not built": [
      "AcceptDelegationRequest",
      "AcquireRole",
      "AssociateDelegationRequest",
      "CreateDelegationRequest",
      "GetAccountProperties",
      "GetDelegationRequest",
      "GetHumanReadableSummary",
      "GetRoleTemplateVersion",
      "ListDelegationRequests",
      "PutAccountProperties",
      "RejectDelegationRequest",
      "SendDelegationToken",
      "SetSecurityTokenServicePreferences",
      "UpdateDelegationRequest",
    ],
    "there is no organization": [
      "DisableOrganizationsRootCredentialsManagement",
      "DisableOrganizationsRootSessions",
      "EnableOrganizationsRootCredentialsManagement",
      "EnableOrganizationsRootSessions",
      "GenerateOrganizationsAccessReport",
      "GetOrganizationsAccessReport",
      "ListOrganizationsFeatures",
    ],
    "the use of permissions is not recorded": [
      "GenerateServiceLastAccessedDetails",
      "GetServiceLastAccessedDetails",
      "GetServiceLastAccessedDetailsWithEntities",
      "ListPoliciesGrantingServiceAccess",
    ],
    "policies are not simulated yet": [
      "GetContextKeysForCustomPolicy",
      "GetContextKeysForPrincipalPolicy",
      "SimulateCustomPolicy",
      "SimulatePrincipalPolicy",
    ],
  },
});
