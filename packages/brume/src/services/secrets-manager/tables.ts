/** Where secrets are kept, how one is found, and how replicas are kept in step. */
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { defineTable } from "../../kernel/store.js";
import { checkName, invalidRequest, notFound } from "./constraints.js";
import { outdated, type Secret, type Value } from "./secret.js";

/** [name] */
export const secrets = defineTable<Secret>("secrets-manager/secrets");
/** [name, version] */
export const values = defineTable<Value>("secrets-manager/values");

/** Where a secret is. */
export interface Place {
  readonly account: string;
  readonly region: string;
}
export interface Found {
  readonly secret: Secret;
  readonly place: Place;
}

/** A secret by its name, its ARN, or its ARN without the random end. */
export function findSecret(ctx: Context, id: string): Found | undefined {
  const arn = parseArn(id);
  const { account, region } = arn ?? ctx;
  const place = { account, region };
  const table = ctx.table(secrets, place);
  if (!arn) {
    const secret = table.get(id);
    return secret && { secret, place };
  }
  const name = arn.resource.replace(/^secret:/, "");
  const whole = table.get(name.slice(0, -"-AbCdEf".length));
  const secret = whole?.arn === id ? whole : table.get(name);
  return secret && { secret, place };
}

/** @throws AwsError `ResourceNotFoundException` */
export function getAnySecret(ctx: Context, id: string | undefined): Found {
  if (id === undefined || !id.startsWith("arn:")) checkName(id);
  const found = findSecret(ctx, id as string);
  if (!found) throw notFound();
  return found;
}

/** A secret that is not marked for deletion. @throws AwsError */
export function getSecret(ctx: Context, id: string | undefined): Found {
  const found = getAnySecret(ctx, id);
  if (found.secret.deletedAt !== undefined) throw markedForDeletion();
  return found;
}

/** A secret that may be changed here: no replica. @throws AwsError */
export function getPrimary(ctx: Context, id: string | undefined): Found {
  const found = getSecret(ctx, id);
  if (isReplica(found)) throw onReplica();
  return found;
}

export const isReplica = ({ secret, place }: Found) =>
  secret.primaryRegion !== undefined && secret.primaryRegion !== place.region;

export const onReplica = () =>
  invalidRequest("Operation not permitted on a replica secret. Call must be made in primary secret's region.");

export const markedForDeletion = () =>
  invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");

/** The ARN of the secret in an input, for authorization. One that is not there yet has an end that nobody knows. */
export function secretOf(input: { SecretId?: string | undefined; Name?: string | undefined }, ctx: Context): string {
  const id = input.SecretId ?? input.Name ?? "";
  const found = findSecret(ctx, id);
  if (found) return found.secret.arn;
  return id.startsWith("arn:") ? id : ctx.arn(`secret:${id}-XXXXXX`, "secretsmanager");
}

/** Stores a secret, without the versions that are too many, and its replicas. */
export function putSecret(ctx: Context, place: Place, secret: Secret): Secret {
  const gone = outdated(secret.versions, ctx.now());
  const versions = Object.fromEntries(Object.entries(secret.versions).filter(([id]) => !gone.includes(id)));
  const kept = { ...secret, versions };
  ctx.table(secrets, place).put([secret.name], kept);
  for (const id of gone) ctx.table(values, place).delete(secret.name, id);
  for (const { region, kmsKeyId, failure } of secret.replicas) {
    if (failure !== undefined) continue;
    const there = { account: place.account, region };
    const before = ctx.table(secrets, there).get(secret.name);
    const copy: Secret = {
      ...kept,
      arn: arnIn(secret.arn, region),
      kmsKeyId,
      replicas: [],
      accessedOn: before?.accessedOn,
      policy: before?.policy,
    };
    ctx.table(secrets, there).put([secret.name], copy);
    for (const id of gone) ctx.table(values, there).delete(secret.name, id);
  }
  return kept;
}

/** Stores what a version holds, here and in the replicas. */
export function putValue(ctx: Context, place: Place, secret: Secret, version: string, value: Value): void {
  ctx.table(values, place).put([secret.name, version], value);
  for (const { region, failure } of secret.replicas) {
    if (failure === undefined) ctx.table(values, { ...place, region }).put([secret.name, version], value);
  }
}

/** Takes a secret and what its versions hold away, in one region. */
export function removeSecret(ctx: Context, place: Place, { name, versions }: Secret): void {
  for (const id of Object.keys(versions)) ctx.table(values, place).delete(name, id);
  ctx.table(secrets, place).delete(name);
}

/** The ARN that a secret has in another region: the random end is the same. */
export function arnIn(arn: string, region: string): string {
  const parts = arn.split(":");
  parts[3] = region;
  return parts.join(":");
}
