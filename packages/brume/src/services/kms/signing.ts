/** The operations that sign and verify, that make codes of authentication, and that agree on secrets. */
import {
  constants,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  privateEncrypt,
  publicDecrypt,
  sign as signWith,
  timingSafeEqual,
  verify as verifyWith,
} from "node:crypto";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, unsupported, validation } from "./constraints.js";
import { signDigest, verifyDigest } from "./ecdsa.js";
import { algorithmsOf, type Key, SPECS } from "./key.js";
import { endDryRun, type Found, getLiveKey, getUsableKey } from "./tables.js";

type Kms = typeof import("@aws-sdk/client-kms");

const MAX_MESSAGE = 4096;

const privateKeyOf = (key: Key) =>
  createPrivateKey({ key: Buffer.from(key.materials[0] ?? []), format: "der", type: "pkcs8" });

export const getPublicKey: Handler<Kms, "GetPublicKey"> = (input, ctx) => {
  const { key, arn } = getLiveKey(ctx, input.KeyId);
  const { usage, spec } = key;
  if (SPECS[spec]?.bytes !== undefined)
    throw unsupported(`${arn} key spec is ${spec} which is not valid for GetPublicKey.`);
  if (!key.enabled) throw new AwsError("DisabledException", `${arn} is disabled.`);
  const { MacAlgorithms: _, ...algorithms } = algorithmsOf(key);
  return {
    KeyId: arn,
    PublicKey: createPublicKey(privateKeyOf(key)).export({ format: "der", type: "spki" }),
    CustomerMasterKeySpec: spec as "RSA_2048",
    KeySpec: spec,
    KeyUsage: usage,
    ...algorithms,
  };
};

interface SigningInput {
  KeyId?: string | undefined;
  Message?: Uint8Array | undefined;
  MessageType?: string | undefined;
  SigningAlgorithm?: string | undefined;
  DryRun?: boolean | undefined;
}

/** What an algorithm of KMS is to node:crypto. */
function parseAlgorithm(algorithm: string) {
  return {
    hash: `sha${algorithm.slice(-3)}`,
    isPss: algorithm.startsWith("RSASSA_PSS"),
  };
}

function prepare(ctx: Context, input: SigningInput): { found: Found; message: Uint8Array; algorithm: string } {
  const found = getUsableKey(ctx, input.KeyId, "SIGN_VERIFY");
  const algorithm = input.SigningAlgorithm ?? "";
  check("message", input.Message, { min: 1, max: MAX_MESSAGE });
  if (!SPECS[found.key.spec]?.signing?.some((one) => one === algorithm)) {
    throw new AwsError(
      "InvalidKeyUsageException",
      `Algorithm ${algorithm} and key spec ${found.key.spec} are incompatible for key ${found.arn}.`,
    );
  }
  const message = input.Message as Uint8Array;
  if (input.MessageType === "DIGEST") {
    const { hash, isPss } = parseAlgorithm(algorithm);
    if (createHash(hash).digest().length !== message.length)
      throw validation(`Digest is invalid length for algorithm ${algorithm}.`);
    // Differs from AWS: RSASSA-PSS takes messages only; node:crypto hashes for it itself.
    if (isPss) throw unsupported(`MessageType DIGEST is not supported with ${algorithm}.`);
  }
  endDryRun(input.DryRun);
  return { found, message, algorithm };
}

/** What precedes a digest in a PKCS #1 v1.5 signature: the DER that names the hash. See RFC 8017, 9.2. */
const DIGEST_INFO: Readonly<Record<string, string>> = {
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
};

const digestInfo = (hash: string, digest: Uint8Array) =>
  Buffer.concat([Buffer.from(DIGEST_INFO[hash] ?? "", "hex"), digest]);
const padding = (isPss: boolean) =>
  isPss ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {};

export const sign: Handler<Kms, "Sign"> = (input, ctx) => {
  const { found, message, algorithm } = prepare(ctx, input);
  const { hash, isPss } = parseAlgorithm(algorithm);
  const key = privateKeyOf(found.key);
  const curve = SPECS[found.key.spec]?.namedCurve;
  let Signature: Buffer;
  if (input.MessageType !== "DIGEST") Signature = signWith(hash, message, { key, ...padding(isPss) });
  else if (curve !== undefined) Signature = signDigest(key, curve, message);
  else Signature = privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digestInfo(hash, message));
  return { KeyId: found.arn, Signature, SigningAlgorithm: input.SigningAlgorithm };
};

export const verify: Handler<Kms, "Verify"> = (input, ctx) => {
  const { found, message, algorithm } = prepare(ctx, input);
  check("signature", input.Signature, { min: 1, max: 6144 });
  const signature = input.Signature as Uint8Array;
  const { hash, isPss } = parseAlgorithm(algorithm);
  const privateKey = privateKeyOf(found.key);
  const key = createPublicKey(privateKey);
  const curve = SPECS[found.key.spec]?.namedCurve;
  let isValid: boolean;
  if (input.MessageType !== "DIGEST") isValid = verifyWith(hash, message, { key, ...padding(isPss) }, signature);
  else if (curve !== undefined) isValid = verifyDigest(privateKey, curve, message, signature);
  else isValid = recovers(key, signature, digestInfo(hash, message));
  if (!isValid) throw new AwsError("KMSInvalidSignatureException", "");
  return { KeyId: found.arn, SignatureValid: true, SigningAlgorithm: input.SigningAlgorithm };
};

function recovers(key: ReturnType<typeof createPublicKey>, signature: Uint8Array, expected: Buffer): boolean {
  try {
    return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature).equals(expected);
  } catch {
    return false;
  }
}

interface MacInput {
  KeyId?: string | undefined;
  Message?: Uint8Array | undefined;
  MacAlgorithm?: string | undefined;
  DryRun?: boolean | undefined;
}

function macOf(ctx: Context, input: MacInput): { found: Found; mac: Buffer } {
  const found = getUsableKey(ctx, input.KeyId, "GENERATE_VERIFY_MAC");
  const algorithm = input.MacAlgorithm ?? "";
  check("message", input.Message, { min: 1, max: MAX_MESSAGE });
  if (!SPECS[found.key.spec]?.mac?.some((one) => one === algorithm)) {
    throw new AwsError(
      "InvalidKeyUsageException",
      `Algorithm ${algorithm} and key spec ${found.key.spec} are incompatible for key ${found.arn}.`,
    );
  }
  endDryRun(input.DryRun);
  const secret = found.key.materials[0] as Uint8Array;
  const mac = createHmac(`sha${algorithm.slice(-3)}`, secret)
    .update(input.Message as Uint8Array)
    .digest();
  return { found, mac };
}

export const generateMac: Handler<Kms, "GenerateMac"> = (input, ctx) => {
  const { found, mac } = macOf(ctx, input);
  return { Mac: mac, MacAlgorithm: input.MacAlgorithm, KeyId: found.arn };
};

export const verifyMac: Handler<Kms, "VerifyMac"> = (input, ctx) => {
  const { found, mac } = macOf(ctx, input);
  const given = input.Mac ?? new Uint8Array();
  if (given.length !== mac.length || !timingSafeEqual(given, mac)) throw new AwsError("KMSInvalidMacException", "");
  return { KeyId: found.arn, MacValid: true, MacAlgorithm: input.MacAlgorithm };
};

export const deriveSharedSecret: Handler<Kms, "DeriveSharedSecret"> = (input, ctx) => {
  const found = getUsableKey(ctx, input.KeyId, "KEY_AGREEMENT");
  check("keyAgreementAlgorithm", input.KeyAgreementAlgorithm, { oneOf: ["ECDH"] });
  check("publicKey", input.PublicKey, { min: 1, max: 8192 });
  endDryRun(input.DryRun);
  let secret: Buffer;
  try {
    const publicKey = createPublicKey({ key: Buffer.from(input.PublicKey ?? []), format: "der", type: "spki" });
    secret = diffieHellman({ privateKey: privateKeyOf(found.key), publicKey });
  } catch {
    throw validation("Public key is not valid for the key's curve.");
  }
  return {
    KeyId: found.arn,
    SharedSecret: secret,
    KeyAgreementAlgorithm: "ECDH",
    KeyOrigin: "AWS_KMS",
  };
};
