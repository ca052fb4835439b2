/** Where IAM's users, groups, roles and policies are kept, and how one is found. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { defineTable, type TableDefinition } from "../../kernel/store.js";
import { type AwsManagedPolicy, findAwsManagedPolicy } from "./aws-managed-policies.js";
import { type Entity, type InstanceProfile, iamArn, type ManagedPolicy, type Role, type User } from "./entity.js";

/** [name] */
export const users = defineTable<User>("iam/users", "account");
/** [name] */
export const groups = defineTable<Entity>("iam/groups", "account");
/** [name] */
export const roles = defineTable<Role>("iam/roles", "account");
/** [name] */
export const managedPolicies = defineTable<ManagedPolicy>("iam/managed-policies", "account");
/** [name] */
export const instanceProfiles = defineTable<InstanceProfile>("iam/instance-profiles", "account");

interface Rows {
  user: User;
  group: Entity;
  role: Role;
}
export type Kind = keyof Rows;

const TABLES: { [K in Kind]: TableDefinition<Rows[K]> } = { user: users, group: groups, role: roles };
export const KINDS = Object.keys(TABLES) as Kind[];

export const noSuchEntity = (message: string) => new AwsError("NoSuchEntityException", message);
export const alreadyExists = (message: string) => new AwsError("EntityAlreadyExistsException", message);
export const deleteConflict = (message: string) => new AwsError("DeleteConflictException", message);
export const limitExceeded = (message: string) => new AwsError("LimitExceededException", message);

/** The table of a kind of entity. */
export function entityTable<K extends Kind>(ctx: Context, kind: K) {
  return ctx.table(TABLES[kind]);
}

/** @throws AwsError `NoSuchEntity` */
export function getEntity<K extends Kind>(ctx: Context, kind: K, name: string | undefined): Rows[K] {
  const row = name ? entityTable(ctx, kind).get(name) : undefined;
  if (!row) throw noSuchEntity(`The ${kind} with name ${name} cannot be found.`);
  return row;
}

/** Stores an entity with some of its members changed. */
export function changeEntity<K extends Kind>(ctx: Context, kind: K, row: Rows[K], change: Partial<Rows[K]>): Rows[K] {
  const changed = { ...row, ...change };
  entityTable(ctx, kind).put([row.name], changed);
  return changed;
}

/** The ARN of an entity by name, for authorization: where there is none its path is taken to be "/". */
export function entityArn(ctx: Context, kind: Kind, name = ""): string {
  return iamArn(ctx, kind, (name && entityTable(ctx, kind).get(name)?.path) || "/", name);
}

/** A managed policy of the account, or of AWS. */
export function findPolicy(ctx: Context, arn: string | undefined): ManagedPolicy | AwsManagedPolicy | undefined {
  if (!arn) return undefined;
  const aws = findAwsManagedPolicy(ctx.partition, arn);
  if (aws) return aws;
  const policy = ctx.table(managedPolicies).get(arn.slice(arn.lastIndexOf("/") + 1));
  return policy && policyArn(ctx, policy) === arn ? policy : undefined;
}

export function policyArn(ctx: Context, policy: ManagedPolicy): string {
  return "arn" in policy ? (policy as AwsManagedPolicy).arn : iamArn(ctx, "policy", policy.path, policy.name);
}

/** A managed policy of the account, to be changed. @throws AwsError `NoSuchEntity`, `AccessDenied` for one of AWS's */
export function getOwnPolicy(ctx: Context, arn: string | undefined): ManagedPolicy {
  const policy = findPolicy(ctx, arn);
  if (!policy) throw noSuchEntity(`Policy ${arn} was not found.`);
  if ("arn" in policy) {
    const message = `User: ${ctx.principal.arn} is not authorized to perform: iam:${ctx.operation} on resource: policy ${arn}`;
    throw new AwsError("AccessDenied", message, { status: 403 });
  }
  return policy;
}

/** @throws AwsError `NoSuchEntity` */
export function getInstanceProfile(ctx: Context, name: string | undefined): InstanceProfile {
  const profile = name ? ctx.table(instanceProfiles).get(name) : undefined;
  if (!profile) throw noSuchEntity(`Instance Profile ${name} cannot be found.`);
  return profile;
}
