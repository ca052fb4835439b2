/** The checks that Secrets Manager makes of inputs, with its own messages. */
import { type Check, constraintCheck } from "../../kernel/constraints.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Refusal } from "../../kernel/input-constraints.js";
import type { Value } from "./secret.js";

export const invalidParameter = (message: string) => new AwsError("InvalidParameterException", message);
export const invalidRequest = (message: string) => new AwsError("InvalidRequestException", message);
export const notFound = (message = "Secrets Manager can't find the specified secret.") =>
  new AwsError("ResourceNotFoundException", message);

/** Tokens are looked at by themselves. */
export const refusal: Refusal = { code: "ValidationException", leaves: ["ClientRequestTokenType"] };

const checkModel = constraintCheck("ValidationException");

/** Checks a constraint of the API's model. @throws AwsError `ValidationException` */
export const check: Check = (member, value, constraint) => {
  if (typeof value === "number" && !Number.isInteger(value))
    throw new AwsError("SerializationException", `The value of ${member} has to be whole.`);
  checkModel(member, value, constraint);
};

/** @throws AwsError `ValidationException` for what cannot be a secret's name */
export function checkName(name: string | undefined): string {
  check("name", name, { min: 1, max: 512 });
  if (!/^[\w/+=.@!-]+$/.test(name as string)) {
    throw new AwsError(
      "ValidationException",
      "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    );
  }
  return name as string;
}

/**
 * Checks a token that makes a request idempotent. The SDKs always send one, so that who sends none has made the request
 * by hand; calls from within the cloud need none.
 * @throws AwsError `InvalidRequestException`, `InvalidParameterException`
 */
export function checkToken(ctx: Context, token: string | undefined): void {
  if (token === undefined && ctx.http)
    throw invalidRequest("You must provide a ClientRequestToken value. We recommend a UUID-type value.");
  if (token !== undefined && (token.length < 32 || token.length > 64))
    throw invalidParameter("ClientRequestToken must be 32-64 characters long.");
}

const MAX_VALUE_BYTES = 65_536;

/** The value in an input; `undefined` where there is none. @throws AwsError for two values, or one too large */
export function givenValue(input: {
  SecretString?: string | undefined;
  SecretBinary?: Uint8Array | undefined;
}): Value | undefined {
  const { SecretString: text, SecretBinary: binary } = input;
  if (text !== undefined && binary !== undefined)
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  if (text === undefined && binary === undefined) return undefined;
  if (text !== undefined) {
    if (Buffer.byteLength(text) > MAX_VALUE_BYTES) check("secretString", text, { max: MAX_VALUE_BYTES });
    return { text };
  }
  if ((binary as Uint8Array).length > MAX_VALUE_BYTES)
    throw new AwsError(
      "ValidationException",
      `1 validation error detected: Value at 'secretBinary' failed to satisfy constraint: Member must have length less than or equal to ${MAX_VALUE_BYTES}`,
    );
  return { binary };
}

interface Tag {
  Key?: string | undefined;
  Value?: string | undefined;
}
const MAX_TAGS = 50;

/** A secret's tags with some added. @throws AwsError `InvalidParameterException` */
export function withTags(before: Readonly<Record<string, string>>, added: readonly Tag[] | undefined) {
  const tags = { ...before };
  for (const { Key: key = "", Value: value = "" } of added ?? []) {
    check("tags.member.key", key, { min: 1, max: 128 });
    check("tags.member.value", value, { max: 256 });
    if (key.toLowerCase().startsWith("aws:"))
      throw invalidParameter("Tag keys can't start with the reserved prefix aws:.");
    tags[key] = value;
  }
  if (Object.keys(tags).length > MAX_TAGS)
    throw invalidParameter(`You can't have more than ${MAX_TAGS} tags on a secret.`);
  return tags;
}

export const fromTags = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
