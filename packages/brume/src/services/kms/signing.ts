/** The operations that sign and verify, that make codes of authentication, and that agree on secrets. */
import {
  constants,
  createHash,
  createHmac,
  createPublicKey,
  diffieHellman,
  type KeyObject,
  sign as signWith,
  timingSafeEqual,
  verify as verifyWith,
} from "node:crypto";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check, unsupported, validation } from "./constraints.js";
import { signDigest, verifyDigest } from "./ecdsa.js";
import { signPrehashed, verifyPrehashed } from "./ed25519ph.js";
import { refuseRecipient } from "./encryption.js";
import { checkGrantTokens } from "./grant.js";
import { algorithmsOf, privateKeyOf, SPECS } from "./key.js";
import { secretOf } from "./material.js";
import { signPkcs1, signPss, verifyPkcs1, verifyPss } from "./rsa-digest.js";
import { checkEnabled, endDryRun, type Found, getKey, getUsableKey, type KeyInput } from "./tables.js";
import { recordUsage } from "./usage.js";

type Kms = typeof import("@aws-sdk/client-kms");

export const getPublicKey: Handler<Kms, "GetPublicKey"> = (input, ctx) => {
  checkGrantTokens(ctx, input.GrantTokens);
  const found = getKey(ctx, input.KeyId);
  const { key, arn } = found;
  const { usage, spec } = key;
  if (SPECS[spec]?.bytes !== undefined)
    throw unsupported(`${arn} key spec is ${spec} which is not valid for GetPublicKey.`);
  checkEnabled(found);
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

interface SigningInput extends KeyInput {
  Message?: Uint8Array | undefined;
  MessageType?: string | undefined;
  SigningAlgorithm?: string | undefined;
  DryRun?: boolean | undefined;
}

/** What an algorithm of KMS is to node:crypto, how it signs messages, and how digests where it takes them. */
interface Scheme {
  hash: string;
  options?: { padding: number; saltLength: number };
  /** Whether node:crypto hashes by itself: Ed25519 takes no hash by name. */
  isPure?: boolean;
  takesMessages: boolean;
  needsPrivateKey?: boolean;
  signDigest?: (key: KeyObject, hash: string, digest: Uint8Array) => Buffer;
  verifyDigest?: (key: KeyObject, hash: string, digest: Uint8Array, signature: Uint8Array) => boolean;
}

const pkcs1 = (hash: string): Scheme => ({
  hash,
  takesMessages: true,
  signDigest: signPkcs1,
  verifyDigest: verifyPkcs1,
});
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const pss = (hash: string): Scheme => ({
  hash,
  takesMessages: true,
  options: PSS,
  signDigest: signPss,
  verifyDigest: verifyPss,
});
const curveOf = (key: KeyObject) => key.asymmetricKeyDetails?.namedCurve ?? "";
const ecdsa = (hash: string): Scheme => ({
  hash,
  takesMessages: true,
  // The private key stands in for the public one: it is at hand.
  needsPrivateKey: true,
  signDigest: (key, _, digest) => signDigest(key, curveOf(key), digest),
  verifyDigest: (key, _, digest, signature) => verifyDigest(key, curveOf(key), digest, signature),
});

const SCHEMES: Readonly<Record<string, Scheme>> = {
  ECDSA_SHA_256: ecdsa("sha256"),
  ECDSA_SHA_384: ecdsa("sha384"),
  ECDSA_SHA_512: ecdsa("sha512"),
  ED25519_SHA_512: { hash: "sha512", isPure: true, takesMessages: true },
  ED25519_PH_SHA_512: {
    hash: "sha512",
    takesMessages: false,
    signDigest: (key, _, digest) => signPrehashed(key, digest),
    verifyDigest: (key, _, digest, signature) => verifyPrehashed(key, digest, signature),
  },
  RSASSA_PKCS1_V1_5_SHA_256: pkcs1("sha256"),
  RSASSA_PKCS1_V1_5_SHA_384: pkcs1("sha384"),
  RSASSA_PKCS1_V1_5_SHA_512: pkcs1("sha512"),
  RSASSA_PSS_SHA_256: pss("sha256"),
  RSASSA_PSS_SHA_384: pss("sha384"),
  RSASSA_PSS_SHA_512: pss("sha512"),
};

function prepare(ctx: Context, input: SigningInput) {
  const algorithm = input.SigningAlgorithm;
  check("signingAlgorithm", algorithm, { oneOf: ALGORITHMS });
  const type = input.MessageType ?? "RAW";
  check("messageType", type, { oneOf: ["RAW", "DIGEST", "EXTERNAL_MU"] });
  const found = getUsableKey(ctx, input, "SIGN_VERIFY");
  const scheme = SCHEMES[algorithm as string];
  if (!scheme || !SPECS[found.key.spec]?.signing?.some((one) => one === algorithm)) {
    throw new AwsError(
      "InvalidKeyUsageException",
      `Algorithm ${algorithm} and key spec ${found.key.spec} are incompatible for key ${found.arn}.`,
    );
  }
  const message = input.Message as Uint8Array;
  const isDigest = type === "DIGEST";
  if (type === "EXTERNAL_MU" || (isDigest ? !scheme.signDigest : !scheme.takesMessages))
    throw validation(`MessageType ${type} is not valid for algorithm ${algorithm}.`);
  if (isDigest && createHash(scheme.hash).digest().length !== message.length)
    throw validation(`Digest is invalid length for algorithm ${algorithm}.`);
  endDryRun(input.DryRun);
  recordUsage(ctx, found);
  return { found, message, scheme, isDigest };
}

const ALGORITHMS = [...Object.keys(SCHEMES), "SM2DSA", "ML_DSA_SHAKE_256"];

export const sign: Handler<Kms, "Sign"> = (input, ctx) => {
  const { found, message, scheme, isDigest } = prepare(ctx, input);
  const key = privateKeyOf(found.key);
  const { hash, options, isPure } = scheme;
  const Signature =
    (isDigest && scheme.signDigest?.(key, hash, message)) ||
    signWith(isPure ? null : hash, message, { key, ...options });
  return { KeyId: found.arn, Signature, SigningAlgorithm: input.SigningAlgorithm };
};

export const verify: Handler<Kms, "Verify"> = (input, ctx) => {
  const { found, message, scheme, isDigest } = prepare(ctx, input);
  const signature = input.Signature as Uint8Array;
  const privateKey = privateKeyOf(found.key);
  const key = createPublicKey(privateKey);
  const { hash, options, isPure } = scheme;
  const isValid = isDigest
    ? scheme.verifyDigest?.(scheme.needsPrivateKey ? privateKey : key, hash, message, signature)
    : verifyWith(isPure ? null : hash, message, { key, ...options }, signature);
  if (!isValid) throw new AwsError("KMSInvalidSignatureException", "");
  return { KeyId: found.arn, SignatureValid: true, SigningAlgorithm: input.SigningAlgorithm };
};

interface MacInput extends KeyInput {
  Message?: Uint8Array | undefined;
  MacAlgorithm?: string | undefined;
  DryRun?: boolean | undefined;
}

function macOf(ctx: Context, input: MacInput): { found: Found; mac: Buffer } {
  const algorithm = input.MacAlgorithm;
  check("macAlgorithm", algorithm, { oneOf: MAC_ALGORITHMS });
  const found = getUsableKey(ctx, input, "GENERATE_VERIFY_MAC");
  if (!SPECS[found.key.spec]?.mac?.some((one) => one === algorithm)) {
    throw new AwsError(
      "InvalidKeyUsageException",
      `Algorithm ${algorithm} and key spec ${found.key.spec} are incompatible for key ${found.arn}.`,
    );
  }
  endDryRun(input.DryRun);
  recordUsage(ctx, found);
  const mac = createHmac(`sha${algorithm?.slice(-3)}`, secretOf(found.key.materials))
    .update(input.Message as Uint8Array)
    .digest();
  return { found, mac };
}

const MAC_ALGORITHMS = ["HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"];

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
  refuseRecipient(input);
  const found = getUsableKey(ctx, input, "KEY_AGREEMENT");
  endDryRun(input.DryRun);
  let secret: Buffer;
  try {
    const publicKey = createPublicKey({ key: Buffer.from(input.PublicKey ?? []), format: "der", type: "spki" });
    secret = diffieHellman({ privateKey: privateKeyOf(found.key), publicKey });
  } catch {
    throw validation("Public key is not valid for the key's curve.");
  }
  recordUsage(ctx, found);
  return {
    KeyId: found.arn,
    SharedSecret: secret,
    KeyAgreementAlgorithm: "ECDH",
    KeyOrigin: found.key.origin,
  };
};
