/** The operations on secrets as such. See the Secrets Manager API Reference. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomBelow, uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import {
  check,
  checkName,
  checkToken,
  givenValue,
  invalidParameter,
  invalidRequest,
  notFound,
  withTags,
} from "./constraints.js";
import { descriptionOf } from "./description.js";
import { encrypting } from "./encryption.js";
import { keyFailures, replicationStatus, withReplicas } from "./replication.js";
import { CURRENT, labelled, type Secret, sameValue, type Value } from "./secret.js";
import {
  findSecret,
  getAnySecret,
  getPrimary,
  getSecret,
  isReplica,
  markedForDeletion,
  onReplica,
  type Place,
  putSecret,
  putValue,
  removeSecret,
  secrets,
  values,
} from "./tables.js";
import { addVersion } from "./versions.js";

type SecretsManager = typeof import("@aws-sdk/client-secrets-manager");

const DAY_MS = 86_400_000;
const DEFAULT_WINDOW_DAYS = 30;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const randomLetters = (length: number) => Array.from({ length }, () => LETTERS[randomBelow(LETTERS.length)]).join("");

type CreateInput = Parameters<Handler<SecretsManager, "CreateSecret">>[0];

export const createSecret: Handler<SecretsManager, "CreateSecret"> = (input, ctx) => {
  checkName(input.Name);
  checkToken(ctx, input.ClientRequestToken);
  const value = givenValue(input);
  check("description", input.Description ?? "", { max: 2048 });
  const { AddReplicaRegions: regions = [] } = input;
  const keyId = value ? input.KmsKeyId : undefined;
  if (regions.length === 0) return encrypting(ctx, keyId, () => create(ctx, input, value));
  return keyFailures(ctx, regions).then((failures) =>
    encrypting(ctx, keyId, () => create(ctx, input, value, failures)),
  );
};

function create(ctx: Context, input: CreateInput, value: Value | undefined, failures?: ReadonlyMap<string, string>) {
  const name = input.Name as string;
  const token = input.ClientRequestToken ?? uuid();
  const existing = ctx.table(secrets).get(name);
  const place: Place = { account: ctx.account, region: ctx.region };
  if (existing) {
    if (existing.deletedAt !== undefined) {
      throw invalidRequest(
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      );
    }
    if (!value || !existing.versions[token] || !sameValue(ctx.table(values).get(name, token), value))
      throw new AwsError("ResourceExistsException", `The operation failed because the secret ${name} already exists.`);
    const ReplicationStatus = replicationStatus(ctx, place, existing);
    return { ARN: existing.arn, Name: name, VersionId: token, ReplicationStatus };
  }
  const now = ctx.now();
  const bare: Secret = {
    name,
    arn: ctx.arn(`secret:${name}-${randomLetters(6)}`, "secretsmanager"),
    type: input.Type,
    description: input.Description,
    kmsKeyId: input.KmsKeyId,
    createdAt: now,
    changedAt: now,
    tags: withTags({}, input.Tags),
    versions: value ? { [token]: { createdAt: now, stages: [CURRENT], kmsKeyId: input.KmsKeyId } } : {},
    replicas: [],
  };
  if (value) putValue(ctx, place, bare, token, value);
  const { AddReplicaRegions: regions, ForceOverwriteReplicaSecret: overwrite } = input;
  const secret = withReplicas(ctx, place, bare, regions, overwrite, failures);
  putSecret(ctx, place, secret);
  return {
    ARN: secret.arn,
    Name: name,
    VersionId: value ? token : undefined,
    ReplicationStatus: replicationStatus(ctx, place, secret),
  };
}

type UpdateInput = Parameters<Handler<SecretsManager, "UpdateSecret">>[0];

export const updateSecret: Handler<SecretsManager, "UpdateSecret"> = (input, ctx) => {
  const { secret } = getPrimary(ctx, input.SecretId);
  const value = givenValue(input);
  if (value || input.ClientRequestToken !== undefined) checkToken(ctx, input.ClientRequestToken);
  // A new key encrypts the versions that have labels anew.
  const keyId = value || input.KmsKeyId !== undefined ? (input.KmsKeyId ?? secret.kmsKeyId) : undefined;
  return encrypting(ctx, keyId, () => update(ctx, input, value));
};

function update(ctx: Context, input: UpdateInput, value: Value | undefined) {
  const { secret, place } = getPrimary(ctx, input.SecretId);
  const kmsKeyId = input.KmsKeyId ?? secret.kmsKeyId;
  const versions = Object.entries(secret.versions).map(([id, version]) => [
    id,
    version.stages.length > 0 && input.KmsKeyId !== undefined ? { ...version, kmsKeyId } : version,
  ]);
  const changed: Secret = {
    ...secret,
    type: input.Type ?? secret.type,
    description: input.Description ?? secret.description,
    kmsKeyId,
    versions: Object.fromEntries(versions) as Secret["versions"],
    changedAt: ctx.now(),
  };
  if (!value) {
    putSecret(ctx, place, changed);
    return { ARN: secret.arn, Name: secret.name };
  }
  const token = input.ClientRequestToken ?? uuid();
  addVersion(ctx, { secret: changed, place }, token, value, [CURRENT]);
  return { ARN: secret.arn, Name: secret.name, VersionId: token };
}

export const describeSecret: Handler<SecretsManager, "DescribeSecret"> = (input, ctx) => {
  const { secret, place } = getAnySecret(ctx, input.SecretId);
  return {
    ...descriptionOf(secret),
    VersionIdsToStages: labelled(secret.versions),
    ReplicationStatus: replicationStatus(ctx, place, secret),
  };
};

const deletionTimer = ({ account, region }: Place, name: string) =>
  `secrets-manager/delete/${account}/${region}/${name}`;

export const deleteSecret: Handler<SecretsManager, "DeleteSecret"> = (input, ctx) => {
  const { RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force = false } = input;
  if (force && days !== undefined)
    throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  if (days !== undefined && (days < 7 || days > 30))
    throw invalidParameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
  if (!input.SecretId?.startsWith("arn:")) checkName(input.SecretId);
  const id = input.SecretId as string;
  const found = findSecret(ctx, id);
  if (!found) {
    if (!force) throw notFound();
    // Deleting by force what is not there succeeds.
    return { ARN: secretArnOf(id, ctx), Name: id, DeletionDate: new Date(ctx.now()) };
  }
  const { secret, place } = found;
  if (isReplica(found)) throw onReplica();
  if (secret.deletedAt !== undefined && !force) throw markedForDeletion();
  const regions = secret.replicas.filter(({ failure }) => failure === undefined).map(({ region }) => region);
  if (regions.length > 0) {
    throw invalidParameter(
      `You can't delete secret ${secret.name} that still has replica regions [${regions.join(", ")}]`,
    );
  }
  const timer = deletionTimer(place, secret.name);
  if (force) {
    ctx.cancel(timer);
    removeSecret(ctx, place, secret);
    return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(ctx.now()) };
  }
  const deletedAt = ctx.now() + (days ?? DEFAULT_WINDOW_DAYS) * DAY_MS;
  putSecret(ctx, place, { ...secret, deletedAt });
  ctx.schedule({ id: timer, at: deletedAt, kind: "delete", payload: { ...place, name: secret.name } });
  return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(deletedAt) };
};

function secretArnOf(id: string, ctx: Context): string {
  return id.startsWith("arn:") ? id : ctx.arn(`secret:${id}-${randomLetters(6)}`, "secretsmanager");
}

/** Timer: the recovery window of a secret is over. */
export function removeDeleted({ name, ...place }: Place & { name: string }, ctx: Context): void {
  const secret = ctx.table(secrets, place).get(name);
  if (secret?.deletedAt !== undefined) removeSecret(ctx, place, secret);
}

export const restoreSecret: Handler<SecretsManager, "RestoreSecret"> = (input, ctx) => {
  const { secret, place } = getAnySecret(ctx, input.SecretId);
  ctx.cancel(deletionTimer(place, secret.name));
  putSecret(ctx, place, { ...secret, deletedAt: undefined });
  return { ARN: secret.arn, Name: secret.name };
};

export const tagResource: Handler<SecretsManager, "TagResource"> = (input, ctx) => {
  const { secret, place } = getSecret(ctx, input.SecretId);
  putSecret(ctx, place, { ...secret, tags: withTags(secret.tags, input.Tags), changedAt: ctx.now() });
  return {};
};

export const untagResource: Handler<SecretsManager, "UntagResource"> = (input, ctx) => {
  const { secret, place } = getSecret(ctx, input.SecretId);
  const tags = Object.fromEntries(Object.entries(secret.tags).filter(([key]) => !input.TagKeys?.includes(key)));
  putSecret(ctx, place, { ...secret, tags, changedAt: ctx.now() });
  return {};
};
