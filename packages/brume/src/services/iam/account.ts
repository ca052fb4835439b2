/** The operations on an account as a whole: its alias, its password policy, what is in it. */
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { check, type Entity, encodeDocument, tagList } from "./entity.js";
import { attachedPolicies } from "./entity-policies.js";
import { groupAnswer } from "./groups.js";
import { profileAnswer } from "./instance-profiles.js";
import { countUses, policyAnswer } from "./managed-policies.js";
import { page } from "./paging.js";
import { boundaryAnswer } from "./permissions-boundaries.js";
import { roleAnswer } from "./roles.js";
import { alreadyExists, groups, instanceProfiles, managedPolicies, noSuchEntity, roles, users } from "./tables.js";
import { userAnswer } from "./users.js";

type Iam = typeof import("@aws-sdk/client-iam");

interface PasswordPolicy {
  readonly MinimumPasswordLength: number;
  readonly RequireSymbols: boolean;
  readonly RequireNumbers: boolean;
  readonly RequireUppercaseCharacters: boolean;
  readonly RequireLowercaseCharacters: boolean;
  readonly AllowUsersToChangePassword: boolean;
  readonly ExpirePasswords: boolean;
  readonly MaxPasswordAge?: number | undefined;
  readonly PasswordReusePrevention?: number | undefined;
  readonly HardExpiry?: boolean | undefined;
}

/** [] */
const accountAliases = defineTable<string>("iam/account-alias", "account");
/** [] */
const passwordPolicies = defineTable<PasswordPolicy>("iam/password-policy", "account");

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

export const updateAccountPasswordPolicy: Handler<Iam, "UpdateAccountPasswordPolicy"> = (input, ctx) => {
  const { MinimumPasswordLength: length, MaxPasswordAge: age, PasswordReusePrevention: reuse } = input;
  if (length !== undefined) check("minimumPasswordLength", length, { min: 6, max: 128 });
  if (age !== undefined) check("maxPasswordAge", age, { min: 1, max: 1095 });
  if (reuse !== undefined) check("passwordReusePrevention", reuse, { min: 1, max: 24 });
  ctx.table(passwordPolicies).put([], {
    MinimumPasswordLength: length ?? 6,
    RequireSymbols: input.RequireSymbols ?? false,
    RequireNumbers: input.RequireNumbers ?? false,
    RequireUppercaseCharacters: input.RequireUppercaseCharacters ?? false,
    RequireLowercaseCharacters: input.RequireLowercaseCharacters ?? false,
    AllowUsersToChangePassword: input.AllowUsersToChangePassword ?? false,
    ExpirePasswords: age !== undefined,
    MaxPasswordAge: age,
    PasswordReusePrevention: reuse,
    HardExpiry: input.HardExpiry,
  });
  return {};
};

const noPasswordPolicy = (account: string) =>
  noSuchEntity(`The Password Policy with domain name ${account} cannot be found.`);

export const getAccountPasswordPolicy: Handler<Iam, "GetAccountPasswordPolicy"> = (_input, ctx) => {
  const policy = ctx.table(passwordPolicies).get();
  if (!policy) throw noPasswordPolicy(ctx.account);
  return { PasswordPolicy: { ...policy } };
};

export const deleteAccountPasswordPolicy: Handler<Iam, "DeleteAccountPasswordPolicy"> = (_input, ctx) => {
  if (!ctx.table(passwordPolicies).delete()) throw noPasswordPolicy(ctx.account);
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
    InstanceProfiles: ctx.table(instanceProfiles).count(),
    InstanceProfilesQuota: 1000,
    PolicySizeQuota: 6144,
    VersionsPerPolicyQuota: 5,
    AttachedPoliciesPerRoleQuota: 10,
    AttachedPoliciesPerUserQuota: 10,
    AttachedPoliciesPerGroupQuota: 10,
    AccessKeysPerUserQuota: 2,
    GroupsPerUserQuota: 10,
    MFADevices: 0,
    AccountMFAEnabled: 0,
    AccountAccessKeysPresent: 0,
  },
});

const KIND_OF_FILTER: Readonly<Record<string, string>> = {
  User: "user",
  Role: "role",
  Group: "group",
  LocalManagedPolicy: "policy",
};

const inlinePolicies = ({ inline }: Entity) =>
  Object.entries(inline).map(([PolicyName, document]) => ({ PolicyName, PolicyDocument: encodeDocument(document) }));

// Differs from AWS: managed policies of AWS are not among the details.
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
      item.kind !== "policy"
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
