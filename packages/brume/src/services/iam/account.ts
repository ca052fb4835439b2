/** The operations on an account as a whole: its alias, and what is in it. */
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { findAwsManagedPolicy } from "./aws-managed-policies.js";
import { serverCertificates } from "./certificates.js";
import { check, type Entity, encodeDocument, type ManagedPolicy, tagList } from "./entity.js";
import { attachedPolicies } from "./entity-policies.js";
import { groupAnswer } from "./groups.js";
import { profileAnswer } from "./instance-profiles.js";
import { countUses, policyAnswer, type Usage } from "./managed-policies.js";
import { devices } from "./mfa-devices.js";
import { page } from "./paging.js";
import { boundaryAnswer } from "./permissions-boundaries.js";
import { oidcProviders, samlProviders } from "./providers.js";
import { roleAnswer } from "./roles.js";
import { alreadyExists, groups, instanceProfiles, managedPolicies, noSuchEntity, roles, users } from "./tables.js";
import { enabledDevices } from "./user-credentials.js";
import { userAnswer } from "./users.js";

type Iam = typeof import("@aws-sdk/client-iam");

/** [] */
const accountAliases = defineTable<string>("iam/account-alias", "account");
// Differs from AWS: an alias must be unique in its account only, of which there is but one.
export const createAccountAlias: Handler<Iam, "CreateAccountAlias"> = (input, ctx) => {
  check("accountAlias", input.AccountAlias, { min: 3, max: 63, pattern: /^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$/ });
  const alias = input.AccountAlias as string;
  if (ctx.table(accountAliases).get() === alias) throw alreadyExists(`The account alias ${alias} already exists.`);
  ctx.table(accountAliases).put([], alias);
  return {};
};

export const listAccountAliases: Handler<Iam, "ListAccountAliases"> = (_input, ctx) => {
  const alias = ctx.table(accountAliases).get();
  return { AccountAliases: alias === undefined ? [] : [alias], IsTruncated: false };
};

export const deleteAccountAlias: Handler<Iam, "DeleteAccountAlias"> = (input, ctx) => {
  if (ctx.table(accountAliases).get() !== input.AccountAlias)
    throw noSuchEntity(`The account alias ${input.AccountAlias} cannot be found.`);
  ctx.table(accountAliases).delete();
  return {};
};

export const getAccountSummary: Handler<Iam, "GetAccountSummary"> = (_input, ctx) => ({
  SummaryMap: {
    Users: ctx.table(users).count(),
    UsersQuota: 5000,
    Groups: ctx.table(groups).count(),
    GroupsQuota: 300,
    Roles: ctx.table(roles).count(),
    RolesQuota: 1000,
    Policies: ctx.table(managedPolicies).count(),
    PoliciesQuota: 1500,
    PolicyVersionsInUse: ctx
      .table(managedPolicies)
      .rows()
      .reduce((sum, { versions }) => sum + versions.length, 0),
    PolicyVersionsInUseQuota: 10_000,
    InstanceProfiles: ctx.table(instanceProfiles).count(),
    InstanceProfilesQuota: 1000,
    ServerCertificates: ctx.table(serverCertificates).count(),
    ServerCertificatesQuota: 20,
    Providers: ctx.table(oidcProviders).count() + ctx.table(samlProviders).count(),
    MFADevices: ctx.table(devices).count(),
    MFADevicesInUse: ctx.table(enabledDevices).count(),
    AccountMFAEnabled: 0,
    AccountAccessKeysPresent: 0,
    AccountPasswordPresent: 0,
    AccountSigningCertificatesPresent: 0,
    AccessKeysPerUserQuota: 2,
    SigningCertificatesPerUserQuota: 2,
    GroupsPerUserQuota: 10,
    AttachedPoliciesPerRoleQuota: 10,
    AttachedPoliciesPerUserQuota: 10,
    AttachedPoliciesPerGroupQuota: 10,
    PolicySizeQuota: 6144,
    VersionsPerPolicyQuota: 5,
    AssumeRolePolicySizeQuota: 2048,
    GroupPolicySizeQuota: 5120,
    RolePolicySizeQuota: 10_240,
    UserPolicySizeQuota: 2048,
    GlobalEndpointTokenVersion: 1,
  },
});

const KIND_OF_FILTER: Readonly<Record<string, string>> = {
  User: "user",
  Role: "role",
  Group: "group",
  LocalManagedPolicy: "policy",
  AWSManagedPolicy: "aws-policy",
};

const inlinePolicies = ({ inline }: Entity) =>
  Object.entries(inline).map(([PolicyName, document]) => ({ PolicyName, PolicyDocument: encodeDocument(document) }));

/** The managed policies of AWS that are in use. */
function awsPoliciesInUse(ctx: Context, usage: Usage): ManagedPolicy[] {
  const arns = new Set([...usage.attached.keys(), ...usage.boundary.keys()]);
  return [...arns].flatMap((arn) => findAwsManagedPolicy(ctx.partition, arn) ?? []);
}

export const getAccountAuthorizationDetails: Handler<Iam, "GetAccountAuthorizationDetails"> = (input, ctx) => {
  const filter = input.Filter?.map((name) => KIND_OF_FILTER[name]);
  const usage = countUses(ctx);
  const all = [
    ...ctx
      .table(groups)
      .rows()
      .map((row) => ({ kind: "group" as const, name: row.name, row })),
    ...ctx
      .table(managedPolicies)
      .rows()
      .map((row) => ({ kind: "policy" as const, name: row.name, row })),
    ...awsPoliciesInUse(ctx, usage).map((row) => ({ kind: "aws-policy" as const, name: row.name, row })),
    ...ctx
      .table(roles)
      .rows()
      .map((row) => ({ kind: "role" as const, name: row.name, row })),
    ...ctx
      .table(users)
      .rows()
      .map((row) => ({ kind: "user" as const, name: row.name, row })),
  ].filter(({ kind }) => !filter || filter.includes(kind));
  const { items, ...more } = page(all, ({ kind, name }) => `${kind}/${name}`, input);
  const profiles = ctx.table(instanceProfiles).rows();
  return {
    ...more,
    GroupDetailList: items.flatMap((item) =>
      item.kind !== "group"
        ? []
        : {
            ...groupAnswer(ctx, item.row),
            GroupPolicyList: inlinePolicies(item.row),
            AttachedManagedPolicies: attachedPolicies(ctx, item.row),
          },
    ),
    RoleDetailList: items.flatMap((item) =>
      item.kind !== "role"
        ? []
        : {
            ...roleAnswer(ctx, item.row),
            RolePolicyList: inlinePolicies(item.row),
            AttachedManagedPolicies: attachedPolicies(ctx, item.row),
            InstanceProfileList: profiles
              .filter((profile) => profile.roles.includes(item.name))
              .map((profile) => profileAnswer(ctx, profile)),
            PermissionsBoundary: boundaryAnswer(item.row.boundary),
            Tags: tagList(item.row.tags),
          },
    ),
    UserDetailList: items.flatMap((item) =>
      item.kind !== "user"
        ? []
        : {
            ...userAnswer(ctx, item.row),
            UserPolicyList: inlinePolicies(item.row),
            AttachedManagedPolicies: attachedPolicies(ctx, item.row),
            GroupList: [...item.row.groups],
            PermissionsBoundary: boundaryAnswer(item.row.boundary),
            Tags: tagList(item.row.tags),
          },
    ),
    Policies: items.flatMap((item) =>
      item.kind !== "policy" && item.kind !== "aws-policy"
        ? []
        : {
            ...policyAnswer(ctx, item.row, usage),
            Description: item.row.description,
            PolicyVersionList: item.row.versions.map((version) => ({
              VersionId: version.id,
              Document: encodeDocument(version.document),
              IsDefaultVersion: version.id === item.row.defaultVersion,
              CreateDate: new Date(version.createdAt),
            })),
          },
    ),
  };
};
