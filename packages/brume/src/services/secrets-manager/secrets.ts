/** The operations on secrets as such. See the Secrets Manager API Reference. */
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
import { replicationStatus, withReplicas } from "./replication.js";
import { CURRENT, labelled, type Secret, sameValue } from "./secret.js";
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

// Differs from AWS: a request without ClientRequestToken is taken; the SDKs always send one.
export const createSecret: Handler<SecretsManager, "CreateSecret"> = (input, ctx) => {
  const name = checkName(input.Name);
  checkToken(input.ClientRequestToken);
  const value = givenValue(input);
  check("description", input.Description ?? "", { max: 2048 });
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
    return { ARN: existing.arn, Name: name, VersionId: token, ReplicationStatus: replicationStatus(existing) };
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
  const secret = withReplicas(ctx, place, bare, input.AddReplicaRegions, input.ForceOverwriteReplicaSecret);
  putSecret(ctx, place, secret);
  return {
    ARN: secret.arn,
    Name: name,
    VersionId: value ? token : undefined,
    ReplicationStatus: replicationStatus(secret),
  };
};

export const updateSecret: Handler<SecretsManager, "UpdateSecret"> = (input, ctx) => {
  const { secret, place } = getPrimary(ctx, input.SecretId);
  checkToken(input.ClientRequestToken);
  const value = givenValue(input);
  const changed: Secret = {
    ...secret,
    type: input.Type ?? secret.type,
    description: input.Description ?? secret.description,
    kmsKeyId: input.KmsKeyId ?? secret.kmsKeyId,
    changedAt: ctx.now(),
  };
  if (!value) {
    putSecret(ctx, place, changed);
    return { ARN: secret.arn, Name: secret.name };
  }
  const token = input.ClientRequestToken ?? uuid();
  addVersion(ctx, { secret: changed, place }, token, value, [CURRENT]);
  return { ARN: secret.arn, Name: secret.name, VersionId: token };
};

export const describeSecret: Handler<SecretsManager, "DescribeSecret"> = (input, ctx) => {
  const { secret } = getAnySecret(ctx, input.SecretId);
  return {
    ...descriptionOf(secret),
    VersionIdsToStages: labelled(secret.versions),
    ReplicationStatus: replicationStatus(secret),
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

function secretArnOf(id: string, ctx: Parameters<typeof findSecret>[0]): string {
  return id.startsWith("arn:") ? id : ctx.arn(`secret:${id}-${randomLetters(6)}`, "secretsmanager");
}

/** Timer: the recovery window of a secret is over. */
export function removeDeleted(
  { name, ...place }: Place & { name: string },
  ctx: Parameters<typeof findSecret>[0],
): void {
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
