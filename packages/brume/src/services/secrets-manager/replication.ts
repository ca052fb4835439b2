/** The operations on replicas: copies of a secret in other regions, written together with it. */
import type { Context } from "../../kernel/context.js";
import type { Handler } from "../../kernel/service.js";
import { check, invalidParameter, invalidRequest } from "./constraints.js";
import { DEFAULT_KEY, replicaFailure } from "./encryption.js";
import type { Replica, Secret } from "./secret.js";
import { getPrimary, getSecret, isReplica, type Place, putSecret, removeSecret, secrets, values } from "./tables.js";

type SecretsManager = typeof import("@aws-sdk/client-secrets-manager");

interface RegionInput {
  Region?: string | undefined;
  KmsKeyId?: string | undefined;
}

/** How a secret's replicas fare; `undefined` where it has none. */
export function replicationStatus(ctx: Context, { account }: Place, { name, replicas }: Secret) {
  if (replicas.length === 0) return undefined;
  return replicas.map(({ region, kmsKeyId, failure }) => {
    const accessedOn =
      failure === undefined ? ctx.table(secrets, { account, region }).get(name)?.accessedOn : undefined;
    return {
      Region: region,
      KmsKeyId: kmsKeyId ?? DEFAULT_KEY,
      Status: failure === undefined ? ("InSync" as const) : ("Failed" as const),
      StatusMessage: failure,
      LastAccessedDate: accessedOn === undefined ? undefined : new Date(accessedOn),
    };
  });
}

type Failures = ReadonlyMap<string, string>;

/** What keeps a secret from regions: the keys that it is to be encrypted under there. Checks the regions, too. */
export async function keyFailures(ctx: Context, regions: readonly RegionInput[] = []): Promise<Failures> {
  const failures = new Map<string, string>();
  for (const [index, { Region: region = "", KmsKeyId: keyId }] of regions.entries()) {
    check(`addReplicaRegions.${index + 1}.member.region`, region, { min: 1, max: 128, pattern: /^([a-z]+-)+\d+$/ });
    const failure = await replicaFailure(ctx, keyId, region);
    if (failure !== undefined) failures.set(region, failure);
  }
  return failures;
}

/** The secret with replicas added, and what its versions hold copied there. The caller stores it. */
export function withReplicas(
  ctx: Context,
  place: Place,
  secret: Secret,
  regions: readonly RegionInput[] | undefined,
  overwrite = false,
  failures: Failures = new Map(),
): Secret {
  if (!regions || regions.length === 0) return secret;
  const replicas = new Map(secret.replicas.map((replica) => [replica.region, replica]));
  for (const { Region: region = "", KmsKeyId: kmsKeyId } of regions) {
    if (region === place.region) throw invalidParameter("Invalid replica region.");
    if (replicas.get(region)?.failure === undefined && replicas.has(region)) continue;
    const there = { account: place.account, region };
    const existing = ctx.table(secrets, there).get(secret.name);
    const failure =
      existing && !overwrite
        ? `Replication failed: Secret name ${secret.name} already exists in region ${region}.`
        : failures.get(region);
    if (failure !== undefined) {
      replicas.set(region, { region, kmsKeyId, failure });
      continue;
    }
    if (existing) removeSecret(ctx, there, existing);
    for (const id of Object.keys(secret.versions)) {
      const value = ctx.table(values, place).get(secret.name, id);
      if (value) ctx.table(values, there).put([secret.name, id], value);
    }
    replicas.set(region, { region, kmsKeyId });
  }
  return { ...secret, primaryRegion: place.region, replicas: [...replicas.values()] };
}

export const replicateSecretToRegions: Handler<SecretsManager, "ReplicateSecretToRegions"> = async (input, ctx) => {
  getPrimary(ctx, input.SecretId);
  const { AddReplicaRegions: regions = [], ForceOverwriteReplicaSecret: overwrite } = input;
  if (regions.length === 0) throw invalidParameter("You must specify at least one replica region.");
  const failures = await keyFailures(ctx, regions);
  const { secret, place } = getPrimary(ctx, input.SecretId);
  const more = withReplicas(ctx, place, secret, regions, overwrite, failures);
  putSecret(ctx, place, more);
  return { ARN: secret.arn, ReplicationStatus: replicationStatus(ctx, place, more) };
};

/** The secret without some replicas; without the last one it has no primary region either. */
function without(secret: Secret, regions: readonly string[]): Secret {
  const replicas = secret.replicas.filter(({ region }: Replica) => !regions.includes(region));
  return { ...secret, replicas, primaryRegion: replicas.length > 0 ? secret.primaryRegion : undefined };
}

export const removeRegionsFromReplication: Handler<SecretsManager, "RemoveRegionsFromReplication"> = (input, ctx) => {
  const { secret, place } = getPrimary(ctx, input.SecretId);
  const regions = input.RemoveReplicaRegions ?? [];
  for (const { region, failure } of secret.replicas) {
    if (!regions.includes(region) || failure !== undefined) continue;
    const there = { account: place.account, region };
    const copy = ctx.table(secrets, there).get(secret.name);
    if (copy) removeSecret(ctx, there, copy);
  }
  const left = without(secret, regions);
  putSecret(ctx, place, left);
  return { ARN: secret.arn, ReplicationStatus: replicationStatus(ctx, place, left) ?? [] };
};

export const stopReplicationToReplica: Handler<SecretsManager, "StopReplicationToReplica"> = (input, ctx) => {
  const found = getSecret(ctx, input.SecretId);
  const { secret, place } = found;
  if (!isReplica(found)) {
    throw invalidRequest("Operation not permitted on a primary secret. Call must be made in replica secret's region.");
  }
  putSecret(ctx, place, { ...secret, primaryRegion: undefined, rotation: undefined });
  const home = { account: place.account, region: secret.primaryRegion as string };
  const primary = ctx.table(secrets, home).get(secret.name);
  if (primary) putSecret(ctx, home, without(primary, [place.region]));
  return { ARN: secret.arn };
};
