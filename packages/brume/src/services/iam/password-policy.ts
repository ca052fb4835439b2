/** What passwords of users have to be: the account's own policy, or what AWS asks of those that have none. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { check } from "./entity.js";
import { noSuchEntity } from "./tables.js";

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
const passwordPolicies = defineTable<PasswordPolicy>("iam/password-policy", "account");

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

export const passwordPolicyOf = (ctx: Context): PasswordPolicy | undefined => ctx.table(passwordPolicies).get();

const DEFAULT_LENGTH = 8;
const KINDS = { Lowercase: /[a-z]/, Uppercase: /[A-Z]/, Numbers: /[0-9]/, Symbols: /[^a-zA-Z0-9]/ } as const;

/** @throws AwsError `PasswordPolicyViolationException` for a password that the account's policy does not allow */
export function checkPassword(ctx: Context, password: string | undefined): string {
  check("password", password, { min: 1, max: 128 });
  const text = password as string;
  const policy = passwordPolicyOf(ctx);
  const missing = Object.entries(KINDS).filter(([, pattern]) => !pattern.test(text));
  const required: Readonly<Record<string, boolean | undefined>> = {
    Lowercase: policy?.RequireLowercaseCharacters,
    Uppercase: policy?.RequireUppercaseCharacters,
    Numbers: policy?.RequireNumbers,
    Symbols: policy?.RequireSymbols,
  };
  // Without a policy, any three of the four kinds will do.
  const isPoor = policy ? missing.some(([kind]) => required[kind]) : missing.length > 1;
  if (isPoor || text.length < (policy?.MinimumPasswordLength ?? DEFAULT_LENGTH)) throw violation();
  return text;
}

export const violation = () =>
  new AwsError("PasswordPolicyViolationException", "Password does not conform to the account password policy.");
