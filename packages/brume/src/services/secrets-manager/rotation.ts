/** Rotation: a Lambda function is taken through four steps, when asked and by schedule. */
import type { Context } from "../../kernel/context.js";
import { isAwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { checkToken, invalidRequest } from "./constraints.js";
import { nextWindow } from "./schedule.js";
import { CURRENT, moveStage, PENDING, type Rotation, type Secret, versionAt } from "./secret.js";
import { type Found, getPrimary, type Place, putSecret, secrets, values } from "./tables.js";

declare module "../../kernel/events.js" {
  interface CloudEvents {
    rotation: { secret: string; version: string; step?: string; error?: string };
  }
}

type SecretsManager = typeof import("@aws-sdk/client-secrets-manager");

const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"];
const MAX_ATTEMPTS = 5;
const RETRY_MS = 60_000;

interface Run extends Place {
  readonly name: string;
  readonly version: string;
  readonly attempt: number;
  /** Only see whether the function works: the version goes when it has been tested. */
  readonly testOnly: boolean;
}

const scheduleTimer = ({ account, region }: Place, name: string) =>
  `secrets-manager/rotate/${account}/${region}/${name}`;

/** Starts a rotation with a version that is pending and holds nothing yet. */
function begin(ctx: Context, { secret, place }: Found, version: string, testOnly: boolean): void {
  const known = secret.versions[version] ?? { createdAt: ctx.now(), stages: [], kmsKeyId: secret.kmsKeyId };
  const versions = moveStage({ ...secret.versions, [version]: known }, PENDING, version);
  putSecret(ctx, place, { ...secret, versions });
  const payload: Run = { ...place, name: secret.name, version, attempt: 1, testOnly };
  ctx.schedule({ at: ctx.now(), kind: "rotate", payload });
}

/** The secret with its next rotation, and the timer for that. */
function scheduled(ctx: Context, { secret, place }: Found, rotation: Rotation): Secret {
  const next = rotation.rules && nextWindow(rotation.rules, ctx.now());
  const id = scheduleTimer(place, secret.name);
  if (next) ctx.schedule({ id, at: next.start, kind: "rotation-due", payload: { ...place, name: secret.name } });
  else ctx.cancel(id);
  return { ...secret, rotation: { ...rotation, next } };
}

export const rotateSecret: Handler<SecretsManager, "RotateSecret"> = async (input, ctx) => {
  checkToken(ctx, input.ClientRequestToken);
  const before = getPrimary(ctx, input.SecretId).secret.rotation;
  const lambdaArn = input.RotationLambdaARN ?? before?.lambdaArn;
  if (!lambdaArn) throw invalidRequest("No Lambda rotation function ARN is associated with this secret.");
  if (input.RotationLambdaARN) await checkFunction(ctx, lambdaArn);
  const { secret, place } = getPrimary(ctx, input.SecretId);
  const pending = versionAt(secret, PENDING);
  const unfinished = pending !== undefined && pending !== versionAt(secret, CURRENT);
  if (unfinished && pending !== input.ClientRequestToken)
    throw invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.");
  const { RotationRules: given, ExternalSecretRotationMetadata: metadata } = input;
  const hasRules = given && Object.values(given).some((value) => value !== undefined);
  const rotation: Rotation = {
    enabled: true,
    lambdaArn,
    rules: hasRules ? { ...given } : before?.rules,
    externalMetadata: metadata?.map(({ Key, Value }) => ({ Key, Value })) ?? before?.externalMetadata,
    externalRoleArn: input.ExternalSecretRotationRoleArn ?? before?.externalRoleArn,
  };
  const version = input.ClientRequestToken ?? uuid();
  const changed = { ...scheduled(ctx, { secret, place }, rotation), changedAt: ctx.now() };
  begin(ctx, { secret: changed, place }, version, input.RotateImmediately === false);
  return { ARN: secret.arn, Name: secret.name, VersionId: version };
};

/** @throws AwsError `ResourceNotFoundException` where Lambda has no such function */
async function checkFunction(ctx: Context, lambdaArn: string): Promise<void> {
  try {
    await ctx.call("lambda", "GetFunctionConfiguration", { FunctionName: lambdaArn });
  } catch (error) {
    // Whoever may rotate a secret need not be allowed to look at its function.
    if (!isAwsError(error) || isAwsError(error, "ResourceNotFoundException")) throw error;
  }
}

export const cancelRotateSecret: Handler<SecretsManager, "CancelRotateSecret"> = (input, ctx) => {
  const { secret, place } = getPrimary(ctx, input.SecretId);
  if (!secret.rotation)
    throw invalidRequest("You tried to cancel the rotation of a secret that was never set to rotate.");
  ctx.cancel(scheduleTimer(place, secret.name));
  const { rules: _, next: __, ...rotation } = secret.rotation;
  putSecret(ctx, place, { ...secret, rotation: { ...rotation, enabled: false } });
  return { ARN: secret.arn, Name: secret.name, VersionId: versionAt(secret, PENDING) };
};

/** Timer: a rotation window opens. */
export function rotationDue({ name, ...place }: Place & { name: string }, ctx: Context): void {
  const secret = ctx.table(secrets, place).get(name);
  if (!secret?.rotation?.enabled || secret.deletedAt !== undefined) return;
  const next = scheduled(ctx, { secret, place }, secret.rotation);
  const pending = versionAt(secret, PENDING);
  const unfinished = pending !== versionAt(secret, CURRENT) ? pending : undefined;
  begin(ctx, { secret: next, place }, unfinished ?? uuid(), false);
}

/** Timer: takes the function through its steps; again later, if one fails. */
export async function rotate(run: Run, ctx: Context): Promise<void> {
  const place = { account: run.account, region: run.region };
  const secret = ctx.table(secrets, place).get(run.name);
  const lambdaArn = secret?.rotation?.lambdaArn;
  if (!secret?.rotation?.enabled || lambdaArn === undefined) return;
  const about = { secret: secret.arn, version: run.version };
  for (const Step of run.testOnly ? ["testSecret"] : STEPS) {
    const event = { Step, SecretId: secret.arn, ClientRequestToken: run.version };
    const error = await failureOf(ctx, lambdaArn, event);
    if (error === undefined) continue;
    ctx.emit("rotation", { ...about, step: Step, error });
    if (run.testOnly) discard(ctx, run);
    else if (run.attempt < MAX_ATTEMPTS) {
      const payload: Run = { ...run, attempt: run.attempt + 1 };
      ctx.schedule({ at: ctx.now() + RETRY_MS * 2 ** (run.attempt - 1), kind: "rotate", payload });
    }
    return;
  }
  ctx.emit("rotation", about);
  if (run.testOnly) return discard(ctx, run);
  const after = ctx.table(secrets, place).get(run.name);
  if (after) putSecret(ctx, place, { ...after, rotatedAt: ctx.now() });
}

/** Takes a version that was only for a test away, if it never became more than that. */
function discard(ctx: Context, { name, version, ...place }: Run): void {
  const secret = ctx.table(secrets, place).get(name);
  if (!secret || ctx.table(values, place).has(name, version)) return;
  const { [version]: _, ...versions } = secret.versions;
  putSecret(ctx, place, { ...secret, versions });
}

/** Invokes the function for one step. @returns why that failed, if it did */
async function failureOf(ctx: Context, lambdaArn: string, event: object): Promise<string | undefined> {
  try {
    const { FunctionError, Payload } = await ctx.call<{ FunctionError?: string; Payload?: Uint8Array }>(
      "lambda",
      "Invoke",
      { FunctionName: lambdaArn, Payload: Buffer.from(JSON.stringify(event)) },
    );
    return FunctionError === undefined ? undefined : Buffer.from(Payload ?? []).toString() || FunctionError;
  } catch (error) {
    if (!isAwsError(error)) throw error;
    return `${error.code}: ${error.message}`;
  }
}
