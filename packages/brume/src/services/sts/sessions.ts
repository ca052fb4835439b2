/** Temporary credentials, and the operations that make them for the caller itself. */
import { putAccessKey } from "../../kernel/access-keys.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomBase32, randomBase64 } from "../../kernel/identifiers.js";
import type { Principal } from "../../kernel/principal.js";
import type { Handler } from "../../kernel/service.js";
import { check } from "./constraints.js";

type Sts = typeof import("@aws-sdk/client-sts");

const TOKEN_BYTES = 264;
const HALF_DAY_SECONDS = 43_200;
const HOUR_SECONDS = 3600;
const LONGEST_SECONDS = 129_600;

interface Credentials {
  AccessKeyId: string;
  SecretAccessKey: string;
  SessionToken: string;
  Expiration: Date;
}

/** Makes temporary credentials that stand for a principal until `seconds` from now. */
export function issueCredentials(ctx: Context, principal: Principal, seconds: number): Credentials {
  const accessKeyId = `ASIA${randomBase32(16)}`;
  const secretAccessKey = randomBase64(30);
  const sessionToken = randomBase64(TOKEN_BYTES);
  // Whole seconds: that is how the answer states it.
  const expiresAt = Math.floor(ctx.now() / 1000 + seconds) * 1000;
  putAccessKey(ctx.transaction, {
    accessKeyId,
    secretAccessKey,
    sessionToken,
    expiresAt,
    active: true,
    principal: { ...principal, accessKeyId },
  });
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(expiresAt),
  };
}

/** Root credentials last an hour at most, whatever is asked. */
function sessionSeconds(ctx: Context, asked: number | undefined): number {
  const seconds = asked ?? HALF_DAY_SECONDS;
  check("durationSeconds", seconds, { min: 900, max: LONGEST_SECONDS });
  return ctx.principal.type === "root" ? Math.min(seconds, HOUR_SECONDS) : seconds;
}

export const getSessionToken: Handler<Sts, "GetSessionToken"> = (input, ctx) => {
  const { type } = ctx.principal;
  if (type !== "root" && type !== "user") {
    throw new AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", { status: 403 });
  }
  const seconds = sessionSeconds(ctx, input.DurationSeconds);
  return { Credentials: issueCredentials(ctx, ctx.principal, seconds) };
};

export const getFederationToken: Handler<Sts, "GetFederationToken"> = (input, ctx) => {
  check("name", input.Name, { min: 2, max: 32, pattern: /^[\w+=,.@-]*$/ });
  const { account, type } = ctx.principal;
  if (type !== "root" && type !== "user") {
    throw new AwsError("AccessDenied", "Cannot call GetFederationToken with session credentials", { status: 403 });
  }
  const seconds = sessionSeconds(ctx, input.DurationSeconds);
  const arn = ctx.arn(`federated-user/${input.Name}`, "sts", { region: "", account });
  const userId = `${account}:${input.Name}`;
  const policies = input.Policy === undefined ? [] : [input.Policy];
  const tags = tagMap(input.Tags);
  return {
    Credentials: issueCredentials(ctx, { type: "user", account, arn, userId, session: { policies, tags } }, seconds),
    FederatedUser: { FederatedUserId: userId, Arn: arn },
    PackedPolicySize: packedPolicySize(policies),
  };
};

const MAX_PACKED = 2048;

/** Percent of the space for session policies that is used. Differs from AWS: nothing is packed, so it is an estimate. */
export function packedPolicySize(policies: readonly string[]): number | undefined {
  if (policies.length === 0) return undefined;
  const characters = policies.reduce((sum, { length }) => sum + length, 0);
  return Math.min(100, Math.ceil((characters / MAX_PACKED) * 100));
}

/** @throws AwsError `ValidationError` when there are too many */
export function tagMap(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = [],
): Record<string, string> {
  check("tags", tags.length, { max: 50 });
  const map: Record<string, string> = {};
  for (const { Key, Value = "" } of tags) {
    check("tags.member.key", Key, { min: 1, max: 128 });
    check("tags.member.value", Value, { max: 256 });
    map[Key as string] = Value;
  }
  return map;
}
