/** Secure strings: values that are encrypted under a key of KMS, on behalf of whoever writes and reads them. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";

const IV_BYTES = 12;
const TAG_BYTES = 16;
/** What KMS encrypts itself; a longer value is encrypted with a data key. */
const MAX_DIRECT = 4096;
const DIRECT = 1;
const ENVELOPE = 2;

/** What KMS answers of keys that cannot be used is, to whoever asks Parameter Store, an invalid key. */
const KEY_ERRORS = [
  "AccessDeniedException",
  "DisabledException",
  "IncorrectKeyException",
  "InvalidCiphertextException",
  "InvalidKeyUsageException",
  "KMSInvalidStateException",
  "NotFoundException",
] as const;

async function callKms<Output>(ctx: Context, region: string, operation: string, input: object): Promise<Output> {
  try {
    return await ctx.call<Output>("kms", operation, input, { region });
  } catch (error) {
    if (isAwsError(error, ...KEY_ERRORS)) throw new AwsError("InvalidKeyId", error.message, { cause: error });
    throw error;
  }
}

const contextOf = (arn: string) => ({ PARAMETER_ARN: arn });

/** Encrypts the value of the parameter with an ARN. */
export async function seal(ctx: Context, arn: string, keyId: string, value: string): Promise<string> {
  const plaintext = Buffer.from(value);
  const EncryptionContext = contextOf(arn);
  const asked = { KeyId: keyId, EncryptionContext };
  if (plaintext.length <= MAX_DIRECT) {
    const sealed = await callKms<{ CiphertextBlob: Uint8Array }>(ctx, ctx.region, "Encrypt", {
      ...asked,
      Plaintext: plaintext,
    });
    return Buffer.concat([Buffer.from([DIRECT]), sealed.CiphertextBlob]).toString("base64");
  }
  const key = await callKms<{ CiphertextBlob: Uint8Array; Plaintext: Uint8Array }>(ctx, ctx.region, "GenerateDataKey", {
    ...asked,
    KeySpec: "AES_256",
  });
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key.Plaintext, iv);
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const head = Buffer.alloc(3);
  head.writeUInt8(ENVELOPE);
  head.writeUInt16BE(key.CiphertextBlob.length, 1);
  return Buffer.concat([head, key.CiphertextBlob, iv, cipher.getAuthTag(), body]).toString("base64");
}

/** Decrypts the value of the parameter with an ARN. @throws AwsError `InvalidKeyId` if the key cannot be used */
export async function open(ctx: Context, arn: string, value: string): Promise<string> {
  const blob = Buffer.from(value, "base64");
  const EncryptionContext = contextOf(arn);
  const region = arn.split(":")[3] ?? ctx.region;
  const decrypt = (CiphertextBlob: Uint8Array) =>
    callKms<{ Plaintext: Uint8Array }>(ctx, region, "Decrypt", { CiphertextBlob, EncryptionContext });
  if (blob[0] === DIRECT) return Buffer.from((await decrypt(blob.subarray(1))).Plaintext).toString();
  const ivAt = 3 + blob.readUInt16BE(1);
  const tagAt = ivAt + IV_BYTES;
  const { Plaintext: key } = await decrypt(blob.subarray(3, ivAt));
  const decipher = createDecipheriv("aes-256-gcm", key, blob.subarray(ivAt, tagAt));
  decipher.setAuthTag(blob.subarray(tagAt, tagAt + TAG_BYTES));
  return Buffer.concat([decipher.update(blob.subarray(tagAt + TAG_BYTES)), decipher.final()]).toString();
}
