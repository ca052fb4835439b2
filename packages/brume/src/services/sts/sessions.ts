/** Temporary credentials, and the operations that make them for the caller itself. */
import { putAccessKey } from "../../kernel/access-keys.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomBase32, randomBase64 } from "../../kernel/identifiers.js";
import type { Principal } from "../../kernel/principal.js";
import type { Handler } from "../../kernel/service.js";
import { check } from "./constraints.js";
import { checkPolicies, managedPolicies, packedPolicySize } from "./session-policies.js";

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

// Differs from AWS: the code of an MFA device is not checked, and no session counts as authenticated by it.
export const getSessionToken: Handler<Sts, "GetSessionToken"> = (input, ctx) => {
  const { type } = ctx.principal;
  if (type !== "root" && type !== "user") {
    throw new AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", { status: 403 });
  }
  const seconds = sessionSeconds(ctx, input.DurationSeconds);
  return { Credentials: issueCredentials(ctx, ctx.principal, seconds) };
};

export const getFederationToken: Handler<Sts, "GetFederationToken"> = async (input, ctx) => {
  const { account, type } = ctx.principal;
  if (type !== "root" && type !== "user") {
    throw new AwsError("AccessDenied", "Cannot call GetFederationToken with session credentials", { status: 403 });
  }
  const seconds = sessionSeconds(ctx, input.DurationSeconds);
  checkPolicies(input);
  const managed = await managedPolicies(ctx, account, input.PolicyArns);
  const policies = [...(input.Policy === undefined ? [] : [input.Policy]), ...managed];
  const arn = ctx.arn(`federated-user/${input.Name}`, "sts", { region: "", account });
  const userId = `${account}:${input.Name}`;
  const tags = tagMap(input.Tags);
  const packed = packedPolicySize(input, tags);
  return {
    Credentials: issueCredentials(ctx, { type: "user", account, arn, userId, session: { policies, tags } }, seconds),
    FederatedUser: { FederatedUserId: userId, Arn: arn },
    PackedPolicySize: packed,
  };
};

/** @throws AwsError `ValidationError` when there are too many */
export function tagMap(
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = [],
): Record<string, string> {
  check("tags", tags.length, { max: 50 });
  const map = new Map<string, [key: string, value: string]>();
  for (const { Key, Value = "" } of tags) {
    check("tags.member.key", Key, { min: 1, max: 128, pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u });
    check("tags.member.value", Value, { max: 256, pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u });
    map.set((Key as string).toLowerCase(), [Key as string, Value]);
  }
  if (map.size < tags.length) {
    throw new AwsError(
      "InvalidParameterValue",
      "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    );
  }
  return Object.fromEntries(map.values());
}
