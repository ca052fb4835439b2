/** The operations that encrypt and decrypt, and that make data keys. */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import type { DataKeyPairSpec } from "@aws-sdk/client-kms";
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, unsupported, validation } from "./constraints.js";
import { checkGrantTokens } from "./grant.js";
import { generatePair, type Key, privateKeyOf, SPECS } from "./key.js";
import { currentOf, secretOf } from "./material.js";
import { checkUsable, endDryRun, type Found, findKey, getKey, getUsableKey, type KeyInput } from "./tables.js";
import { recordUsage } from "./usage.js";

type Kms = typeof import("@aws-sdk/client-kms");
type EncryptionContext = Readonly<Record<string, string>> | undefined;

const VERSION = 1;
const MATERIAL_ID_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const MAX_CIPHERTEXT = 6144;

/** AWS answers this error without a message. */
const invalidCiphertext = () => new AwsError("InvalidCiphertextException", "");

/** The encryption context as the data that is authenticated: order does not matter. */
function canonical(context: EncryptionContext): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context ?? {}).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))));
}

/** Encrypts under a symmetric key. The blob begins with what Decrypt needs to find the key: its ARN and material. */
function seal({ key, arn }: Found, plaintext: Uint8Array, context: EncryptionContext): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", secretOf(key.materials), iv);
  cipher.setAAD(canonical(context));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const name = Buffer.from(arn);
  const material = Buffer.from(currentOf(key.materials)?.id ?? "", "hex");
  return Buffer.concat([Buffer.from([VERSION, name.length]), name, material, iv, cipher.getAuthTag(), body]);
}

/** The key and material that a blob was made with, and where in it the ciphertext begins. */
function headOf(blob: Buffer): { arn: string; material: string; start: number } {
  const nameEnd = 2 + (blob[1] ?? 0);
  const start = nameEnd + MATERIAL_ID_BYTES;
  if (blob[0] !== VERSION || blob.length < start + IV_BYTES + TAG_BYTES) throw invalidCiphertext();
  return { arn: blob.subarray(2, nameEnd).toString(), material: blob.subarray(nameEnd, start).toString("hex"), start };
}

/** The key, in this region, that a blob was made with. A multi-Region key decrypts what any of its kin encrypted. */
function keyOfBlob(ctx: Context, blob: Buffer): Found | undefined {
  const arn = parseArn(headOf(blob).arn);
  if (!arn) throw invalidCiphertext();
  const id = arn.resource.slice("key/".length);
  return arn.region === ctx.region || id.startsWith("mrk-") ? findKey(ctx, id, arn.account) : undefined;
}

function open(key: Key, blob: Buffer, context: EncryptionContext): Buffer {
  const { material, start } = headOf(blob);
  const secret = key.materials.find(({ id }) => id === material)?.secret;
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
  const maker = keyOfBlob(ctx, Buffer.from(ciphertext ?? []));
  if (named && named.arn !== maker?.arn) {
    throw new AwsError(
      "IncorrectKeyException",
      "The key ID in the request does not identify a CMK that can perform this operation.",
    );
  }
  if (!maker) {
    throw new AwsError(
      "AccessDeniedException",
      "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.",
    );
  }
  return checkUsable(ctx, maker, "ENCRYPT_DECRYPT");
}

/** @throws AwsError `UnsupportedOperationException` for what only an enclave asks for */
// Differs from AWS: there are no Nitro enclaves, so nothing is encrypted for one.
export function refuseRecipient({ Recipient }: { Recipient?: object | undefined }): void {
  if (Recipient) throw unsupported("Recipient is not supported.");
}

export const encrypt: Handler<Kms, "Encrypt"> = (input, ctx) => {
  const algorithm = input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT";
  const found = getUsableKey(ctx, input, "ENCRYPT_DECRYPT");
  endDryRun(input.DryRun);
  recordUsage(ctx, found);
  const blob = encryptWith(found, input.Plaintext as Uint8Array, algorithm, input.EncryptionContext);
  return { CiphertextBlob: blob, KeyId: found.arn, EncryptionAlgorithm: algorithm };
};

export const decrypt: Handler<Kms, "Decrypt"> = (input, ctx) => {
  const algorithm = input.EncryptionAlgorithm ?? "SYMMETRIC_DEFAULT";
  refuseRecipient(input);
  checkGrantTokens(ctx, input.GrantTokens);
  if (input.DryRunModifiers?.includes("IGNORE_CIPHERTEXT")) endDryRunWithoutCiphertext(ctx, input, input.KeyId);
  const found = decryptingKey(ctx, input.KeyId, input.CiphertextBlob, algorithm);
  const plaintext = decryptWith(found, input.CiphertextBlob as Uint8Array, algorithm, input.EncryptionContext);
  endDryRun(input.DryRun);
  recordUsage(ctx, found);
  const KeyMaterialId = materialOf(algorithm, input.CiphertextBlob);
  return { KeyId: found.arn, Plaintext: plaintext, EncryptionAlgorithm: algorithm, KeyMaterialId };
};

/** The material that a symmetric ciphertext was made with. */
function materialOf(algorithm: string, ciphertext: Uint8Array | undefined): string | undefined {
  return algorithm === "SYMMETRIC_DEFAULT" ? headOf(Buffer.from(ciphertext ?? [])).material : undefined;
}

function endDryRunWithoutCiphertext(
  ctx: Context,
  { DryRun, CiphertextBlob }: { DryRun?: boolean | undefined; CiphertextBlob?: Uint8Array | undefined },
  keyId: string | undefined,
): void {
  if (!DryRun || CiphertextBlob) throw validation("DryRunModifiers are for dry runs without a ciphertext only.");
  checkUsable(ctx, getKey(ctx, keyId), "ENCRYPT_DECRYPT");
  endDryRun(DryRun);
}

export const reEncrypt: Handler<Kms, "ReEncrypt"> = (input, ctx) => {
  const from = input.SourceEncryptionAlgorithm ?? "SYMMETRIC_DEFAULT";
  const to = input.DestinationEncryptionAlgorithm ?? "SYMMETRIC_DEFAULT";
  const { DestinationKeyId, GrantTokens } = input;
  const destination = getUsableKey(ctx, { KeyId: DestinationKeyId, GrantTokens }, "ENCRYPT_DECRYPT");
  if (input.DryRunModifiers?.includes("IGNORE_CIPHERTEXT")) endDryRunWithoutCiphertext(ctx, input, input.SourceKeyId);
  const source = decryptingKey(ctx, input.SourceKeyId, input.CiphertextBlob, from);
  const plaintext = decryptWith(source, input.CiphertextBlob as Uint8Array, from, input.SourceEncryptionContext);
  endDryRun(input.DryRun);
  recordUsage(ctx, source, destination);
  const moved = encryptWith(destination, plaintext, to, input.DestinationEncryptionContext);
  return {
    CiphertextBlob: moved,
    SourceKeyMaterialId: materialOf(from, input.CiphertextBlob),
    DestinationKeyMaterialId: materialOf(to, moved),
    SourceKeyId: source.arn,
    KeyId: destination.arn,
    SourceEncryptionAlgorithm: from,
    DestinationEncryptionAlgorithm: to,
  };
};

interface DataKeyInput extends KeyInput {
  KeySpec?: string | undefined;
  NumberOfBytes?: number | undefined;
  EncryptionContext?: EncryptionContext;
  DryRun?: boolean | undefined;
}

const DATA_KEY_BYTES: Readonly<Record<string, number>> = { AES_128: 16, AES_256: 32 };

/** A symmetric key under which data keys are encrypted. */
function wrappingKey(ctx: Context, input: KeyInput): Found {
  const found = getUsableKey(ctx, input, "ENCRYPT_DECRYPT");
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
  const found = wrappingKey(ctx, input);
  endDryRun(input.DryRun);
  recordUsage(ctx, found);
  const plaintext = randomBytes(bytes ?? DATA_KEY_BYTES[spec ?? ""] ?? 32);
  return {
    Plaintext: plaintext,
    CiphertextBlob: seal(found, plaintext, input.EncryptionContext),
    KeyId: found.arn,
    KeyMaterialId: currentOf(found.key.materials)?.id,
  };
}

export const generateDataKey: Handler<Kms, "GenerateDataKey"> = (input, ctx) => {
  refuseRecipient(input);
  return dataKey(ctx, input);
};

export const generateDataKeyWithoutPlaintext: Handler<Kms, "GenerateDataKeyWithoutPlaintext"> = (input, ctx) => {
  const { KeySpec, NumberOfBytes, ...rest } = input;
  // Here a key of 256 bits is what is made when nothing else is asked for.
  const size =
    KeySpec === undefined && NumberOfBytes === undefined ? { KeySpec: "AES_256" } : { KeySpec, NumberOfBytes };
  const { Plaintext: _, ...answer } = dataKey(ctx, { ...rest, ...size });
  return answer;
};

export const generateDataKeyPair: Handler<Kms, "GenerateDataKeyPair"> = (input, ctx) => {
  refuseRecipient(input);
  return dataKeyPair(ctx, input);
};

interface DataKeyPairInput extends KeyInput {
  KeyPairSpec?: DataKeyPairSpec | undefined;
  EncryptionContext?: EncryptionContext;
  DryRun?: boolean | undefined;
}

async function dataKeyPair(ctx: Context, input: DataKeyPairInput) {
  const spec = input.KeyPairSpec ?? "";
  const isPair = spec.startsWith("RSA_") || (spec.startsWith("ECC_") && spec in SPECS);
  if (!isPair) throw new AwsError("UnsupportedOperationException", `Unsupported KeyPairSpec: ${spec}`);
  wrappingKey(ctx, input);
  endDryRun(input.DryRun);
  const { publicKey, privateKey } = await generatePair(spec as keyof typeof SPECS);
  const found = wrappingKey(ctx, input);
  recordUsage(ctx, found);
  return {
    PrivateKeyCiphertextBlob: seal(found, privateKey, input.EncryptionContext),
    PrivateKeyPlaintext: privateKey,
    PublicKey: publicKey,
    KeyId: found.arn,
    KeyPairSpec: input.KeyPairSpec,
    KeyMaterialId: currentOf(found.key.materials)?.id,
  };
}

export const generateDataKeyPairWithoutPlaintext: Handler<Kms, "GenerateDataKeyPairWithoutPlaintext"> = async (
  input,
  ctx,
) => {
  const { PrivateKeyPlaintext: _, ...answer } = await dataKeyPair(ctx, input);
  return answer;
};

export const generateRandom: Handler<Kms, "GenerateRandom"> = (input) => {
  check("numberOfBytes", input.NumberOfBytes, { min: 1, max: 1024 });
  refuseRecipient(input);
  if (input.CustomKeyStoreId !== undefined) {
    throw new AwsError("CustomKeyStoreNotFoundException", `Custom key store ${input.CustomKeyStoreId} does not exist.`);
  }
  return { Plaintext: randomBytes(input.NumberOfBytes as number) };
};

/** The ARN of the key that is to decrypt an input, for authorization. */
export function decryptedBy(keyId: string | undefined, blob: Uint8Array | undefined, ctx: Context): string {
  try {
    if (keyId !== undefined) return getKey(ctx, keyId).arn;
    const bytes = Buffer.from(blob ?? []);
    return keyOfBlob(ctx, bytes)?.arn ?? headOf(bytes).arn;
  } catch {
    return keyId ?? "*";
  }
}
