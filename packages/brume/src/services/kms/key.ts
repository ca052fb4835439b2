/** What a key is: its kinds, what each can do, and how its material is made. */
import { createPrivateKey, generateKeyPair, type KeyObject, randomBytes } from "node:crypto";
import type {
  EncryptionAlgorithmSpec,
  KeySpec,
  KeyUsageType,
  MacAlgorithmSpec,
  SigningAlgorithmSpec,
} from "@aws-sdk/client-kms";
import { isIncomplete, type Material, secretOf } from "./material.js";

export type Usage = KeyUsageType;

export interface Key {
  readonly id: string;
  readonly createdAt: number;
  readonly spec: KeySpec;
  readonly usage: Usage;
  readonly description: string;
  readonly enabled: boolean;
  readonly manager: "CUSTOMER" | "AWS";
  readonly origin: "AWS_KMS" | "EXTERNAL";
  /** The regions in which keys of the same id share this one's material. */
  readonly multiRegion?: { readonly primary: string; readonly replicas: readonly string[] } | undefined;
  /** When the key is deleted, if that is scheduled; a primary key waits for its replicas to be gone first. */
  readonly deletion?: { readonly days: number; readonly at?: number } | undefined;
  /** JSON text. */
  readonly policy: string;
  readonly rotation?: { readonly periodDays: number; readonly nextAt: number } | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** The latest last. Ciphertexts say which of them they need. */
  readonly materials: readonly Material[];
}

/** What a key's state allows is in the developer guide, "Key states of AWS KMS keys". */
export function stateOf(key: Key) {
  if (key.deletion) return key.deletion.at === undefined ? "PendingReplicaDeletion" : "PendingDeletion";
  if (isIncomplete(key.materials)) return "PendingImport";
  return key.enabled ? "Enabled" : "Disabled";
}

interface SpecTraits {
  usages: readonly Usage[];
  /** Length of the secret. */
  bytes?: number;
  /** What an asymmetric key is to node:crypto. */
  type?: "rsa" | "ec" | "ed25519";
  modulusLength?: number;
  namedCurve?: string;
  encryption?: readonly EncryptionAlgorithmSpec[];
  signing?: readonly SigningAlgorithmSpec[];
  mac?: readonly MacAlgorithmSpec[];
}

const OAEP = ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] as const;
const RSA_SIGNING = [
  "RSASSA_PKCS1_V1_5_SHA_256",
  "RSASSA_PKCS1_V1_5_SHA_384",
  "RSASSA_PKCS1_V1_5_SHA_512",
  "RSASSA_PSS_SHA_256",
  "RSASSA_PSS_SHA_384",
  "RSASSA_PSS_SHA_512",
] as const;
const rsa = (modulusLength: number): SpecTraits => ({
  usages: ["ENCRYPT_DECRYPT", "SIGN_VERIFY"],
  type: "rsa",
  modulusLength,
  encryption: OAEP,
  signing: RSA_SIGNING,
});
const ecc = (namedCurve: string, algorithm: SigningAlgorithmSpec): SpecTraits => ({
  usages: ["SIGN_VERIFY", "KEY_AGREEMENT"],
  type: "ec",
  namedCurve,
  signing: [algorithm],
});
const hmac = (bytes: number, algorithm: MacAlgorithmSpec): SpecTraits => ({
  usages: ["GENERATE_VERIFY_MAC"],
  bytes,
  mac: [algorithm],
});

/** The kinds of keys. */
// Differs from AWS: there are no ML-DSA keys, and no SM2 keys, which AWS has in China only.
export const SPECS: Readonly<Partial<Record<KeySpec, SpecTraits>>> = {
  SYMMETRIC_DEFAULT: { usages: ["ENCRYPT_DECRYPT"], bytes: 32, encryption: ["SYMMETRIC_DEFAULT"] },
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: ecc("prime256v1", "ECDSA_SHA_256"),
  ECC_NIST_P384: ecc("secp384r1", "ECDSA_SHA_384"),
  ECC_NIST_P521: ecc("secp521r1", "ECDSA_SHA_512"),
  ECC_SECG_P256K1: { ...ecc("secp256k1", "ECDSA_SHA_256"), usages: ["SIGN_VERIFY"] },
  ECC_NIST_EDWARDS25519: {
    usages: ["SIGN_VERIFY"],
    type: "ed25519",
    signing: ["ED25519_SHA_512", "ED25519_PH_SHA_512"],
  },
  HMAC_224: hmac(28, "HMAC_SHA_224"),
  HMAC_256: hmac(32, "HMAC_SHA_256"),
  HMAC_384: hmac(48, "HMAC_SHA_384"),
  HMAC_512: hmac(64, "HMAC_SHA_512"),
};

/** `generateKeyPair` as it is with DER encodings. */
type GenerateDer = (
  type: string,
  options: object,
  done: (error: Error | null, publicKey: Buffer, privateKey: Buffer) => void,
) => void;

const DER = {
  publicKeyEncoding: { type: "spki", format: "der" },
  privateKeyEncoding: { type: "pkcs8", format: "der" },
};

/** A new pair of keys of an asymmetric kind, in DER. */
export async function generatePair(spec: KeySpec): Promise<{ publicKey: Buffer; privateKey: Buffer }> {
  const { type = "ec", modulusLength, namedCurve } = SPECS[spec] ?? {};
  // The overloads of generateKeyPair name each type of key by itself.
  const generate = generateKeyPair as unknown as GenerateDer;
  return new Promise((resolve, reject) => {
    generate(type, { ...DER, modulusLength, namedCurve }, (error, publicKey, privateKey) =>
      error ? reject(error) : resolve({ publicKey, privateKey }),
    );
  });
}

/** A new secret, or private key, for a key. */
export async function generateSecret(spec: KeySpec): Promise<Uint8Array> {
  const bytes = SPECS[spec]?.bytes;
  return bytes === undefined ? (await generatePair(spec)).privateKey : randomBytes(bytes);
}

export const parsePrivateKey = (der: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });

/** The private key of an asymmetric key. */
export const privateKeyOf = ({ materials }: Key): KeyObject => parsePrivateKey(secretOf(materials));

/** Whether a secret, or a private key, is such as a kind of key has it. */
export function fits(spec: KeySpec, secret: Uint8Array): boolean {
  const { bytes, type, modulusLength, namedCurve } = SPECS[spec] ?? {};
  if (bytes !== undefined) return secret.length === bytes;
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = parsePrivateKey(secret);
    return (
      asymmetricKeyType === type &&
      asymmetricKeyDetails?.modulusLength === modulusLength &&
      asymmetricKeyDetails?.namedCurve === namedCurve
    );
  } catch {
    return false;
  }
}

/** The algorithms that a key can be used with, by the member of its metadata that lists them. */
export function algorithmsOf({ spec, usage }: Key) {
  const traits = SPECS[spec];
  return {
    EncryptionAlgorithms: usage === "ENCRYPT_DECRYPT" ? [...(traits?.encryption ?? [])] : undefined,
    SigningAlgorithms: usage === "SIGN_VERIFY" ? [...(traits?.signing ?? [])] : undefined,
    MacAlgorithms: usage === "GENERATE_VERIFY_MAC" ? [...(traits?.mac ?? [])] : undefined,
    KeyAgreementAlgorithms: usage === "KEY_AGREEMENT" ? ["ECDH" as const] : undefined,
  };
}

/** The policy of a key that is given none: the account's root may do everything. */
export function defaultPolicy(partition: string, account: string): string {
  return JSON.stringify(
    {
      Version: "2012-10-17",
      Id: "key-default-1",
      Statement: [
        {
          Sid: "Enable IAM User Permissions",
          Effect: "Allow",
          Principal: { AWS: `arn:${partition}:iam::${account}:root` },
          Action: "kms:*",
          Resource: "*",
        },
      ],
    },
    undefined,
    2,
  );
}
