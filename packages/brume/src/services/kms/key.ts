/** What a key is: its kinds, what each can do, and how its material is made. */
import { generateKeyPair, randomBytes } from "node:crypto";
import type {
  EncryptionAlgorithmSpec,
  KeySpec,
  KeyUsageType,
  MacAlgorithmSpec,
  SigningAlgorithmSpec,
} from "@aws-sdk/client-kms";

export type Usage = KeyUsageType;

export interface Key {
  readonly id: string;
  readonly createdAt: number;
  readonly spec: KeySpec;
  readonly usage: Usage;
  readonly description: string;
  readonly enabled: boolean;
  readonly manager: "CUSTOMER" | "AWS";
  readonly multiRegion: boolean;
  /** When the key is deleted, if that is scheduled. */
  readonly deletionAt?: number | undefined;
  /** JSON text. */
  readonly policy: string;
  readonly rotation?: { readonly periodDays: number; readonly since: number } | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** Secrets, or private keys (PKCS #8), the latest last. Ciphertexts say which of them they need. */
  readonly materials: readonly Uint8Array[];
  /** When each of the materials but the first came. */
  readonly rotatedAt: readonly number[];
}

interface SpecTraits {
  usages: readonly Usage[];
  /** Length of the secret. */
  bytes?: number;
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
  modulusLength,
  encryption: OAEP,
  signing: RSA_SIGNING,
});
const ecc = (namedCurve: string, algorithm: SigningAlgorithmSpec): SpecTraits => ({
  usages: ["SIGN_VERIFY", "KEY_AGREEMENT"],
  namedCurve,
  signing: [algorithm],
});
const hmac = (bytes: number, algorithm: MacAlgorithmSpec): SpecTraits => ({
  usages: ["GENERATE_VERIFY_MAC"],
  bytes,
  mac: [algorithm],
});

/** The kinds of keys. */
// Differs from AWS: there are no SM2, Ed25519 and ML-DSA keys.
export const SPECS: Readonly<Partial<Record<KeySpec, SpecTraits>>> = {
  SYMMETRIC_DEFAULT: { usages: ["ENCRYPT_DECRYPT"], bytes: 32, encryption: ["SYMMETRIC_DEFAULT"] },
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: ecc("prime256v1", "ECDSA_SHA_256"),
  ECC_NIST_P384: ecc("secp384r1", "ECDSA_SHA_384"),
  ECC_NIST_P521: ecc("secp521r1", "ECDSA_SHA_512"),
  ECC_SECG_P256K1: { ...ecc("secp256k1", "ECDSA_SHA_256"), usages: ["SIGN_VERIFY"] },
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
  const { modulusLength, namedCurve } = SPECS[spec] ?? {};
  const type = modulusLength === undefined ? "ec" : "rsa";
  // The overloads of generateKeyPair name each type of key by itself.
  const generate = generateKeyPair as unknown as GenerateDer;
  return new Promise((resolve, reject) => {
    generate(type, { ...DER, modulusLength, namedCurve }, (error, publicKey, privateKey) =>
      error ? reject(error) : resolve({ publicKey, privateKey }),
    );
  });
}

/** New material for a key. */
export async function generateMaterial(spec: KeySpec): Promise<Uint8Array> {
  const bytes = SPECS[spec]?.bytes;
  return bytes === undefined ? (await generatePair(spec)).privateKey : randomBytes(bytes);
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
