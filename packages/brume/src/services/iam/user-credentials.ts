/** What users have beside access keys: what each kind of credential is kept by, and what they have in common. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { defineTable } from "../../kernel/store.js";
import { check, type User } from "./entity.js";
import { deleteConflict, getEntity, users } from "./tables.js";

export type Status = "Active" | "Inactive" | "Expired";

export interface SshKey {
  readonly id: string;
  /** In the form of OpenSSH. */
  readonly body: string;
  readonly status: Status;
  readonly uploadedAt: number;
}
export interface SigningCertificate {
  readonly id: string;
  readonly body: string;
  readonly status: Status;
  readonly uploadedAt: number;
}
export interface ServiceCredential {
  readonly id: string;
  readonly service: string;
  readonly serviceUserName: string;
  readonly status: Status;
  readonly createdAt: number;
  readonly expiresAt?: number | undefined;
}

// A user's own id is the key, which a change of name leaves as it is.
/** [user id, key id] */
export const sshKeys = defineTable<SshKey>("iam/ssh-public-keys", "account");
/** [user id, certificate id] */
export const signingCertificates = defineTable<SigningCertificate>("iam/signing-certificates", "account");
/** [user id, credential id] */
export const serviceCredentials = defineTable<ServiceCredential>("iam/service-specific-credentials", "account");
/** [user id, serial number]: when the device was enabled */
export const enabledDevices = defineTable<number>("iam/enabled-mfa-devices", "account");

/** The name of the user who calls, for operations that mean the caller when they are given no name. */
export function callingUser(ctx: Context): string | undefined {
  const { type, arn } = ctx.principal;
  return type === "user" && arn.includes(":user/") ? arn.slice(arn.lastIndexOf("/") + 1) : undefined;
}

/** The user with a name, or else the user who calls. @throws AwsError `NoSuchEntity`, `ValidationError` */
export function namedUser(ctx: Context, name: string | undefined): User {
  const meant = name ?? callingUser(ctx);
  if (meant === undefined)
    throw new AwsError("ValidationError", "Must specify userName when calling with non-User credentials");
  return getEntity(ctx, "user", meant);
}

export function userById(ctx: Context, id: string): User | undefined {
  return ctx
    .table(users)
    .rows()
    .find((user) => user.id === id);
}

export function checkStatus(status: string | undefined): Status {
  check("status", status, { oneOf: ["Active", "Inactive", "Expired"] });
  return status as Status;
}

/** @throws AwsError `DeleteConflict` when a user has credentials that must go first */
export function refuseCredentials(ctx: Context, { id }: User): void {
  const range = { prefix: [id], limit: 1 };
  if (ctx.table(enabledDevices).count(range) > 0)
    throw deleteConflict("Cannot delete entity, must delete MFA device first.");
  if (ctx.table(signingCertificates).count(range) > 0)
    throw deleteConflict("Cannot delete entity, must delete signing certificate first.");
  if (ctx.table(sshKeys).count(range) > 0)
    throw deleteConflict("Cannot delete entity, must delete SSH public keys first.");
  if (ctx.table(serviceCredentials).count(range) > 0)
    throw deleteConflict("Cannot delete entity, must delete service specific credentials first.");
}
