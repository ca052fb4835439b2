/** The operations that encrypt and decrypt, and that make data keys. */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, validation } from "./constraints.js";
import { generatePair, type Key, SPECS } from "./key.js";
import { checkUsable, endDryRun, type Found, getKey, getUsableKey } from "./tables.js";

type Kms = typeof import("@aws-sdk/client-kms");
type EncryptionContext = Readonly<Record<string, string>> | undefined;

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const MAX_PLAINTEXT = 4096;
const MAX_CIPHERTEXT = 6144;

/** AWS answers this error without a message. */
const invalidCiphertext = () => new AwsError("InvalidCiphertextException", "");

/** The encryption context as the data that is authenticated: order does not matter. */
function canonical(context: EncryptionContext): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context ?? {}).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))));
}

/** Encrypts under a symmetric key. The blob begins with what Decrypt needs to find the key: its ARN and material. */
function seal({ key, arn }: Found, plaintext: Uint8Array, context: EncryptionContext): Buffer {
  const material = key.materials.length - 1;
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key.materials[material] as Uint8Array, iv);
  cipher.setAAD(canonical(context));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const name = Buffer.from(arn);
  const head = Buffer.from([VERSION, name.length, ...name, material >> 8, material & 0xff]);
  return Buffer.concat([head, iv, cipher.getAuthTag(), body]);
}

/** The key that a blob was made with, and where in it the ciphertext begins. */
function headOf(blob: Buffer): { arn: string; material: number; start: number } {
  const length = blob[1] ?? 0;
  const start = 4 + length;
  if (blob[0] !== VERSION || blob.length < start + IV_BYTES + TAG_BYTES) throw invalidCiphertext();
  return { arn: blob.subarray(2, 2 + length).toString(), material: blob.readUInt16BE(2 + length), start };
}

function open(key: Key, blob: Buffer, context: EncryptionContext): Buffer {
  const { material, start } = headOf(blob);
  const secret = key.materials[material];
  if (!secret) throw invalidCiphertext();
  const tagAt = start + IV_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", secret, blob.subarray(start, tagAt));
  decipher.setAAD(canonical(context));
  decipher.setAuthTag(blob.subarray(tagAt, tagAt + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(blob.subarray(tagAt + TAG_BYTES)), decipher.final()]);
  } catch {
    throw invalidCiphertext();
  }
}

const OAEP_HASH: Readonly<Record<string, string>> = { RSAES_OAEP_SHA_1: "sha1", RSAES_OAEP_SHA_256: "sha256" };

function checkAlgorithm({ key, arn }: Found, algorithm: string): void {
  if (!SPECS[key.spec]?.encryption?.some((one) => one === algorithm)) {
    throw new AwsError(
      "InvalidKeyUsageException",
      `Algorithm ${algorithm} and key spec ${key.spec} are incompatible for key ${arn}.`,
    );
  }
}

const privateKeyOf = (key: Key) =>
  createPrivateKey({ key: Buffer.from(key.materials[0] ?? []), format: "der", type: "pkcs8" });

function encryptWith(found: Found, plaintext: Uint8Array, algorithm: string, context: EncryptionContext): Buffer {
  checkAlgorithm(found, algorithm);
  if (algorithm === "SYMMETRIC_DEFAULT") return seal(found, plaintext, context);
  const oaepHash = OAEP_HASH[algorithm];
  try {
    const key = createPublicKey(privateKeyOf(found.key));
    return publicEncrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, plaintext);
  } catch {
    throw validation(`Plaintext is longer than algorithm ${algorithm} and key spec ${found.key.spec} allow.`);
  }
}

function decryptWith(found: Found, ciphertext: Uint8Array, algorithm: string, context: EncryptionContext): Buffer {
  checkAlgorithm(found, algorithm);
  if (algorithm === "SYMMETRIC_DEFAULT") return open(found.key, Buffer.from(ciphertext), context);
  const oaepHash = OAEP_HASH[algorithm];
  try {
    const key = privateKeyOf(found.key);
    return privateDecrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, ciphertext);
  } catch {
    throw invalidCiphertext();
  }
}

/** The key that is to decrypt: the one named, which for a symmetric ciphertext must be the one it was made with. */
function decryptingKey(
  ctx: Context,
  keyId: string | undefined,
  ciphertext: Uint8Array | undefined,
  algorithm: string,
): Found {
  check("ciphertextBlob", ciphertext, { min: 1, max: MAX_CIPHERTEXT });
  const named = keyId === undefined ? undefined : getKey(ctx, keyId);
  if (algorithm !== "SYMMETRIC_DEFAULT") {
    if (!named) throw validation("Must specify keyId when decrypting with an asymmetric algorithm");
    return checkUsable(ctx, named, "ENCRYPT_DECRYPT");
  }
  const { arn } = headOf(Buffer.from(ciphertext ?? []));
  if (named && named.arn !== arn) {
    throw new AwsError(
      "IncorrectKeyException",
      "The key ID in the request does not identify a CMK that can perform this operation.",
    );
  }
  return checkUsable(ctx, named ?? getKey(ctx, arn), "ENCRYPT_DECRYPT");
}

export const encrypt: Handler<Kms, "Encrypt"> = (input, ctx) => {
  const algorithm = input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT";
  check("plaintext", input.Plaintext, { min: 1, max: MAX_PLAINTEXT });
  const found = getUsableKey(ctx, input.KeyId, "ENCRYPT_DECRYPT");
  endDryRun(input.DryRun);
  const blob = encryptWith(found, input.Plaintext as Uint8Array, algorithm, input.EncryptionContext);
  return { CiphertextBlob: blob, KeyId: found.arn, EncryptionAlgorithm: algorithm };
};

export const decrypt: Handler<Kms, "Decrypt"> = (input, ctx) => {
  const algorithm = input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT";
  const found = decryptingKey(ctx, input.KeyId, input.CiphertextBlob, algorithm);
  const plaintext = decryptWith(found, input.CiphertextBlob as Uint8Array, algorithm, input.EncryptionContext);
  endDryRun(input.DryRun);
  return { KeyId: found.arn, Plaintext: plaintext, EncryptionAlgorithm: algorithm };
};

export const reEncrypt: Handler<Kms, "ReEncrypt"> = (input, ctx) => {
  const from = input.SourceEncryptionAlgorithm ?? "SYMMETRIC_DEFAULT";
  const to = input.DestinationEncryptionAlgorithm ?? "SYMMETRIC_DEFAULT";
  const source = decryptingKey(ctx, input.SourceKeyId, input.CiphertextBlob, from);
  const destination = getUsableKey(ctx, input.DestinationKeyId, "ENCRYPT_DECRYPT");
  const plaintext = decryptWith(source, input.CiphertextBlob as Uint8Array, from, input.SourceEncryptionContext);
  endDryRun(input.DryRun);
  return {
    CiphertextBlob: encryptWith(destination, plaintext, to, input.DestinationEncryptionContext),
    SourceKeyId: source.arn,
    KeyId: destination.arn,
    SourceEncryptionAlgorithm: from,
    DestinationEncryptionAlgorithm: to,
  };
};

interface DataKeyInput {
  KeyId?: string | undefined;
  KeySpec?: string | undefined;
  NumberOfBytes?: number | undefined;
  EncryptionContext?: EncryptionContext;
  DryRun?: boolean | undefined;
}

const DATA_KEY_BYTES: Readonly<Record<string, number>> = { AES_128: 16, AES_256: 32 };

/** A symmetric key under which data keys are encrypted. */
function wrappingKey(ctx: Context, keyId: string | undefined): Found {
  const found = getUsableKey(ctx, keyId, "ENCRYPT_DECRYPT");
  if (found.key.spec !== "SYMMETRIC_DEFAULT") {
    throw new AwsError(
      "InvalidKeyUsageException",
      `${found.arn} key spec is ${found.key.spec} which is not valid for ${ctx.operation}.`,
    );
  }
  return found;
}

function dataKey(ctx: Context, input: DataKeyInput) {
  const { KeySpec: spec, NumberOfBytes: bytes } = input;
  if ((spec === undefined) === (bytes === undefined))
    throw validation("Please specify either number of bytes or key spec.");
  if (bytes !== undefined) check("numberOfBytes", bytes, { min: 1, max: 1024 });
  else check("keySpec", spec, { oneOf: Object.keys(DATA_KEY_BYTES) });
  const found = wrappingKey(ctx, input.KeyId);
  endDryRun(input.DryRun);
  const plaintext = randomBytes(bytes ?? DATA_KEY_BYTES[spec ?? ""] ?? 32);
  return { Plaintext: plaintext, CiphertextBlob: seal(found, plaintext, input.EncryptionContext), KeyId: found.arn };
}

export const generateDataKey: Handler<Kms, "GenerateDataKey"> = (input, ctx) => dataKey(ctx, input);

export const generateDataKeyWithoutPlaintext: Handler<Kms, "GenerateDataKeyWithoutPlaintext"> = (input, ctx) => {
  const { KeySpec, NumberOfBytes, ...rest } = input;
  // Here a key of 256 bits is what is made when nothing else is asked for.
  const size =
    KeySpec === undefined && NumberOfBytes === undefined ? { KeySpec: "AES_256" } : { KeySpec, NumberOfBytes };
  const { CiphertextBlob, KeyId } = dataKey(ctx, { ...rest, ...size });
  return { CiphertextBlob, KeyId };
};

export const generateDataKeyPair: Handler<Kms, "GenerateDataKeyPair"> = async (input, ctx) => {
  const spec = input.KeyPairSpec ?? "";
  const isPair = spec.startsWith("RSA_") || (spec.startsWith("ECC_") && spec in SPECS);
  if (!isPair) throw new AwsError("UnsupportedOperationException", `Unsupported KeyPairSpec: ${spec}`);
  wrappingKey(ctx, input.KeyId);
  endDryRun(input.DryRun);
  const { publicKey, privateKey } = await generatePair(spec as keyof typeof SPECS);
  const found = wrappingKey(ctx, input.KeyId);
  return {
    PrivateKeyCiphertextBlob: seal(found, privateKey, input.EncryptionContext),
    PrivateKeyPlaintext: privateKey,
    PublicKey: publicKey,
    KeyId: found.arn,
    KeyPairSpec: input.KeyPairSpec,
  };
};

export const generateDataKeyPairWithoutPlaintext: Handler<Kms, "GenerateDataKeyPairWithoutPlaintext"> = async (
  input,
  ctx,
) => {
  const { PrivateKeyCiphertextBlob, PublicKey, KeyId, KeyPairSpec } = await generateDataKeyPair(input, ctx);
  return { PrivateKeyCiphertextBlob, PublicKey, KeyId, KeyPairSpec };
};

export const generateRandom: Handler<Kms, "GenerateRandom"> = (input) => {
  check("numberOfBytes", input.NumberOfBytes, { min: 1, max: 1024 });
  return { Plaintext: randomBytes(input.NumberOfBytes as number) };
};

/** The ARN of the key that is to decrypt an input, for authorization. */
export function decryptedBy(keyId: string | undefined, blob: Uint8Array | undefined, ctx: Context): string {
  try {
    return keyId === undefined ? headOf(Buffer.from(blob ?? [])).arn : getKey(ctx, keyId).arn;
  } catch {
    return keyId ?? "*";
  }
}
