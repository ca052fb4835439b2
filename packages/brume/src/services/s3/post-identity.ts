/** Who uploads a form: the owner of the key that its policy is signed with. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { findAccessKey } from "../../kernel/access-keys.js";
import { partitionOf } from "../../kernel/arn.js";
import type { Caller, Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { anonymous, rootOf } from "../../kernel/principal.js";

const ALGORITHM = "AWS4-HMAC-SHA256";

/** The error for a form without a field that it needs. */
export const missingField = (name: string): AwsError =>
  new AwsError(
    "InvalidArgument",
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    { members: { ArgumentName: name, ArgumentValue: "" }, status: 400 },
  );

/**
 * Checks the signature of a form's policy; keys that this cloud did not issue are taken at their word, as everywhere.
 * @throws AwsError `InvalidArgument` for fields that are missing, `SignatureDoesNotMatch`, `InvalidAccessKeyId` or `ExpiredToken`
 */
export function uploaderOf(ctx: Context, fields: ReadonlyMap<string, string>): Caller {
  const policy = fields.get("policy");
  if (policy === undefined) {
    const { account, region } = ctx;
    return { account, region, principal: anonymous(account) };
  }
  const field = (name: string): string => {
    const value = fields.get(name.toLowerCase());
    if (value === undefined) throw missingField(name);
    return value;
  };
  if (fields.has("awsaccesskeyid") || fields.has("signature")) {
    const id = field("AWSAccessKeyId");
    const signature = field("signature");
    return ownerOf(ctx, fields, { id, region: ctx.region, policy, signature }, (secret) => ({
      expected: createHmac("sha1", secret).update(policy).digest(),
      given: Buffer.from(signature, "base64"),
    }));
  }
  if (field("X-Amz-Algorithm") !== ALGORITHM) {
    throw invalid("X-Amz-Algorithm", field("X-Amz-Algorithm"), 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
  }
  const credential = field("X-Amz-Credential");
  const signature = field("X-Amz-Signature");
  const [, id, date, region] = /^(.+)\/(\d{8})\/([^/]+)\/s3\/aws4_request$/.exec(credential) ?? [];
  if (id === undefined || date === undefined || region === undefined) {
    throw invalid(
      "X-Amz-Credential",
      credential,
      `Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`,
    );
  }
  if (!field("X-Amz-Date").startsWith(date)) {
    throw invalid("X-Amz-Date", field("X-Amz-Date"), "X-Amz-Date must be formatted via ISO8601 Long format");
  }
  return ownerOf(ctx, fields, { id, region, policy, signature }, (secret) => ({
    expected: sign(secret, [date, region, "s3", "aws4_request"], policy),
    given: Buffer.from(signature, "hex"),
  }));
}

/** What a form says of who signed it. */
interface Claim {
  /** The access key's. */
  readonly id: string;
  readonly region: string;
  readonly policy: string;
  readonly signature: string;
}

function ownerOf(
  ctx: Context,
  fields: ReadonlyMap<string, string>,
  { id, region, policy, signature }: Claim,
  signatures: (secretAccessKey: string) => { expected: Buffer; given: Buffer },
): Caller {
  const key = findAccessKey(ctx.cloud.store, id);
  if (!key) {
    const account = /^\d{12}$/.test(id) ? id : ctx.account;
    return { account, region, principal: rootOf(account, partitionOf(region).name, id) };
  }
  if (!key.active || key.sessionToken !== fields.get("x-amz-security-token")) {
    throw new AwsError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", {
      members: { AWSAccessKeyId: id },
      status: 403,
    });
  }
  if (key.expiresAt !== undefined && key.expiresAt <= ctx.now()) {
    throw new AwsError("ExpiredToken", "The provided token has expired.", { status: 400 });
  }
  const { expected, given } = signatures(key.secretAccessKey);
  if (given.length !== expected.length || !timingSafeEqual(expected, given)) {
    throw new AwsError(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
      { members: { AWSAccessKeyId: id, StringToSign: policy, SignatureProvided: signature }, status: 403 },
    );
  }
  return { account: key.principal.account, region, principal: key.principal };
}

const invalid = (ArgumentName: string, ArgumentValue: string, message: string) =>
  new AwsError("InvalidArgument", message, { members: { ArgumentName, ArgumentValue }, status: 400 });

function sign(secret: string, scope: readonly string[], text: string): Buffer {
  let key: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of [...scope, text]) key = createHmac("sha256", key).update(part).digest();
  return key;
}
