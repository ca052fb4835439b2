/** The operations on versions and what they hold. */
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { check, checkToken, givenValue, invalidParameter, invalidRequest, notFound } from "./constraints.js";
import { decrypting, encrypting } from "./encryption.js";
import { listing } from "./listing.js";
import { CURRENT, dayOf, moveStage, type Secret, sameValue, type Value, versionAt } from "./secret.js";
import { type Found, getAnySecret, getPrimary, getSecret, putSecret, putValue, secrets, values } from "./tables.js";

type SecretsManager = typeof import("@aws-sdk/client-secrets-manager");

const MAX_STAGES = 20;

/**
 * Gives a secret a version with labels. One that is there already may be the same, or be given what it lacks.
 * @throws AwsError `ResourceExistsException` for a version that holds something else
 */
export function addVersion(
  ctx: Context,
  { secret, place }: Found,
  id: string,
  value: Value,
  stages: readonly string[],
): Secret {
  const held = ctx.table(values, place).get(secret.name, id);
  if (held && !sameValue(held, value)) {
    throw new AwsError(
      "ResourceExistsException",
      `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${secret.arn}.`,
    );
  }
  if (held) return secret;
  const known = secret.versions[id];
  let versions: Secret["versions"] = {
    ...secret.versions,
    [id]: { createdAt: ctx.now(), stages: [], ...known, kmsKeyId: secret.kmsKeyId },
  };
  const isFirst = versionAt(secret, CURRENT) === undefined && Object.keys(secret.versions).length === 0;
  for (const stage of isFirst ? new Set([CURRENT, ...stages]) : stages) versions = moveStage(versions, stage, id);
  putValue(ctx, place, secret, id, value);
  return putSecret(ctx, place, { ...secret, versions, changedAt: ctx.now() });
}

export const putSecretValue: Handler<SecretsManager, "PutSecretValue"> = (input, ctx) => {
  checkToken(ctx, input.ClientRequestToken);
  const { secret } = getPrimary(ctx, input.SecretId);
  const value = givenValue(input);
  if (!value) throw invalidRequest("You must provide either SecretString or SecretBinary.");
  const stages = input.VersionStages ?? [CURRENT];
  if (stages.length > MAX_STAGES) {
    throw new AwsError("LimitExceededException", "You have exceeded the limit of staging labels for a secret version.");
  }
  for (const stage of stages) check("versionStages", stage, { min: 1, max: 256 });
  const id = input.ClientRequestToken ?? uuid();
  return encrypting(ctx, secret.kmsKeyId, () => {
    const { arn, name, versions } = addVersion(ctx, getPrimary(ctx, input.SecretId), id, value, stages);
    return { ARN: arn, Name: name, VersionId: id, VersionStages: [...(versions[id]?.stages ?? [])] };
  });
};

/** Answers with a secret's value, if the caller can decrypt it. @throws AwsError */
function readDecrypted(ctx: Context, secretId: string | undefined, versionId?: string, stage?: string) {
  const read = () => readValue(ctx, getSecret(ctx, secretId), versionId, stage);
  return decrypting(ctx, getSecret(ctx, secretId).secret.kmsKeyId, read);
}

/** The value of a version that is named by its id, its label or both. @throws AwsError */
function readValue(ctx: Context, found: Found, versionId: string | undefined, stage: string | undefined) {
  const { secret, place } = found;
  const label = stage ?? CURRENT;
  const id = versionId ?? versionAt(secret, label);
  const version = id === undefined ? undefined : secret.versions[id];
  if (versionId !== undefined && version && stage !== undefined && !version.stages.includes(stage))
    throw invalidRequest("You provided a VersionStage that is not associated to the provided VersionId.");
  const value = id === undefined ? undefined : ctx.table(values, place).get(secret.name, id);
  if (!version || !value) {
    const what = versionId === undefined ? `staging label: ${label}` : `VersionId: ${versionId}`;
    throw notFound(`Secrets Manager can't find the specified secret value for ${what}`);
  }
  const today = dayOf(ctx.now());
  if (secret.accessedOn !== today || version.accessedOn !== today) {
    const versions = { ...secret.versions, [id as string]: { ...version, accessedOn: today } };
    // Accesses are each region's own: replicas are not told.
    ctx.table(secrets, place).put([secret.name], { ...secret, versions, accessedOn: today });
  }
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: id,
    SecretString: value.text,
    SecretBinary: value.binary,
    VersionStages: version.stages.length > 0 ? [...version.stages] : undefined,
    CreatedDate: new Date(version.createdAt),
  };
}

export const getSecretValue: Handler<SecretsManager, "GetSecretValue"> = (input, ctx) =>
  readDecrypted(ctx, input.SecretId, input.VersionId, input.VersionStage);

export const batchGetSecretValue: Handler<SecretsManager, "BatchGetSecretValue"> = async (input, ctx) => {
  const { SecretIdList: ids, Filters: filters } = input;
  if ((ids === undefined) === (filters === undefined))
    throw invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
  if (ids && input.MaxResults !== undefined)
    throw invalidParameter("'Filters' must be provided when 'MaxResults' is provided.");
  if (ids && ids.length > 20) throw invalidParameter("SecretIdList can have at most 20 members.");
  const page = ids ? { names: ids, NextToken: undefined } : pageOf(ctx, input);
  const SecretValues = [];
  const Errors = [];
  for (const id of page.names) {
    try {
      SecretValues.push(await readDecrypted(ctx, id));
    } catch (error) {
      if (!isAwsError(error)) throw error;
      Errors.push({ SecretId: id, ErrorCode: error.code, Message: error.message });
    }
  }
  return { SecretValues, Errors, NextToken: page.NextToken };
};

function pageOf(ctx: Context, input: Parameters<typeof batchGetSecretValue>[0]) {
  const { items, NextToken } = listing(ctx, { ...input, MaxResults: input.MaxResults ?? 20 });
  return { names: items.map(({ arn }) => arn), NextToken };
}

export const listSecretVersionIds: Handler<SecretsManager, "ListSecretVersionIds"> = (input, ctx) => {
  const { secret } = getAnySecret(ctx, input.SecretId);
  const limit = input.MaxResults ?? 100;
  check("maxResults", limit, { min: 1, max: 100 });
  const start = input.NextToken === undefined ? 0 : Number(Buffer.from(input.NextToken, "base64url").toString());
  if (!Number.isInteger(start)) throw new AwsError("InvalidNextTokenException", "Invalid token.");
  const shown = Object.entries(secret.versions)
    .filter(([, { stages }]) => input.IncludeDeprecated || stages.length > 0)
    .sort(([, a], [, b]) => b.createdAt - a.createdAt);
  return {
    ARN: secret.arn,
    Name: secret.name,
    Versions: shown.slice(start, start + limit).map(([VersionId, version]) => ({
      VersionId,
      VersionStages: version.stages.length > 0 ? [...version.stages] : undefined,
      CreatedDate: new Date(version.createdAt),
      LastAccessedDate: version.accessedOn === undefined ? undefined : new Date(version.accessedOn),
      KmsKeyIds: [version.kmsKeyId ?? "DefaultEncryptionKey"],
    })),
    NextToken: shown.length > start + limit ? Buffer.from(String(start + limit)).toString("base64url") : undefined,
  };
};

export const updateSecretVersionStage: Handler<SecretsManager, "UpdateSecretVersionStage"> = (input, ctx) => {
  const { secret, place } = getPrimary(ctx, input.SecretId);
  const { VersionStage: stage, RemoveFromVersionId: from, MoveToVersionId: to } = input;
  check("versionStage", stage, { min: 1, max: 256 });
  const label = stage as string;
  for (const id of [from, to]) {
    if (id !== undefined && !secret.versions[id])
      throw notFound(`Secrets Manager can't find the specified secret value for VersionId: ${id}`);
  }
  const holder = versionAt(secret, label);
  if (to === undefined && from === undefined)
    throw invalidParameter("You must specify RemoveFromVersionId, MoveToVersionId or both.");
  if (to === undefined && label === CURRENT) {
    throw invalidParameter(
      `You can only move staging label ${CURRENT} to a different secret version. It can't be completely removed.`,
    );
  }
  const must = `Staging label ${label} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`;
  if (from === undefined && holder !== undefined && holder !== to)
    throw invalidParameter(`The parameter RemoveFromVersionId can't be empty. ${must}`);
  if (from !== undefined && holder !== from) {
    throw invalidParameter(holder === undefined ? `Staging label ${label} isn't attached to version ${from}.` : must);
  }
  putSecret(ctx, place, { ...secret, versions: moveStage(secret.versions, label, to), changedAt: ctx.now() });
  return { ARN: secret.arn, Name: secret.name };
};
