import {
  createHash,
  createPrivateKey,
  createPublicKey,
  createVerify,
  generateKeyPairSync,
  verify as verifySignature,
} from "node:crypto";
import * as sdk from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";
import { signPrehashed } from "./ed25519ph.js";

let cloud: RunningCloud;
let kms: sdk.KMSClient;
beforeAll(async () => {
  cloud = await startCloud();
  kms = cloud.client(sdk.KMSClient);
});
afterAll(() => cloud.close());

async function newKey(input: sdk.CreateKeyCommandInput = {}): Promise<string> {
  return (await kms.send(new sdk.CreateKeyCommand(input))).KeyMetadata?.Arn as string;
}
const Plaintext = Buffer.from("secret");
const bytes = (data: Uint8Array | undefined) => Buffer.from(data ?? []);

describe("Encrypt, Decrypt", () => {
  it("need the same encryption context", async () => {
    const KeyId = await newKey();
    const EncryptionContext = { a: "1", b: "2" };
    const { CiphertextBlob } = await kms.send(new sdk.EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
    const reordered = { b: "2", a: "1" };
    const decrypted = await kms.send(new sdk.DecryptCommand({ CiphertextBlob, EncryptionContext: reordered }));
    expect(bytes(decrypted.Plaintext)).toEqual(Plaintext);
    expect(decrypted.KeyId).toBe(KeyId);
    await expect(kms.send(new sdk.DecryptCommand({ CiphertextBlob }))).rejects.toThrow(sdk.InvalidCiphertextException);
  });

  it("reject a ciphertext that was changed, and another key", async () => {
    const [KeyId, other] = [await newKey(), await newKey()];
    const { CiphertextBlob } = await kms.send(new sdk.EncryptCommand({ KeyId, Plaintext }));
    await expect(kms.send(new sdk.DecryptCommand({ CiphertextBlob, KeyId: other }))).rejects.toThrow(
      sdk.IncorrectKeyException,
    );
    const changed = bytes(CiphertextBlob);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    await expect(kms.send(new sdk.DecryptCommand({ CiphertextBlob: changed }))).rejects.toThrow(
      sdk.InvalidCiphertextException,
    );
    await expect(kms.send(new sdk.DecryptCommand({ CiphertextBlob: Buffer.from("x") }))).rejects.toThrow(
      sdk.InvalidCiphertextException,
    );
  });

  it("encrypt with RSA", async () => {
    const KeyId = await newKey({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" });
    const EncryptionAlgorithm = "RSAES_OAEP_SHA_256";
    const { CiphertextBlob } = await kms.send(new sdk.EncryptCommand({ KeyId, Plaintext, EncryptionAlgorithm }));
    const decrypted = await kms.send(new sdk.DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }));
    expect(bytes(decrypted.Plaintext)).toEqual(Plaintext);
  });

  it("do nothing in a dry run", async () => {
    const KeyId = await newKey();
    await expect(kms.send(new sdk.EncryptCommand({ KeyId, Plaintext, DryRun: true }))).rejects.toThrow(
      sdk.DryRunOperationException,
    );
  });
});

describe("ReEncrypt", () => {
  it("moves a ciphertext to another key", async () => {
    const [source, DestinationKeyId] = [await newKey(), await newKey()];
    const { CiphertextBlob } = await kms.send(new sdk.EncryptCommand({ KeyId: source, Plaintext }));
    const moved = await kms.send(new sdk.ReEncryptCommand({ CiphertextBlob, DestinationKeyId }));
    expect(moved).toMatchObject({ SourceKeyId: source, KeyId: DestinationKeyId });
    const decrypted = await kms.send(new sdk.DecryptCommand({ CiphertextBlob: moved.CiphertextBlob }));
    expect(bytes(decrypted.Plaintext)).toEqual(Plaintext);
  });
});

describe("GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom", () => {
  it("make keys that Decrypt gives back", async () => {
    const KeyId = await newKey();
    const dataKey = await kms.send(new sdk.GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256" }));
    expect(dataKey.Plaintext).toHaveLength(32);
    const decrypted = await kms.send(new sdk.DecryptCommand({ CiphertextBlob: dataKey.CiphertextBlob }));
    expect(decrypted.Plaintext).toEqual(dataKey.Plaintext);
    const { CiphertextBlob } = await kms.send(
      new sdk.GenerateDataKeyWithoutPlaintextCommand({ KeyId, NumberOfBytes: 7 }),
    );
    expect((await kms.send(new sdk.DecryptCommand({ CiphertextBlob }))).Plaintext).toHaveLength(7);
    await expect(kms.send(new sdk.GenerateDataKeyCommand({ KeyId }))).rejects.toThrow(
      "Please specify either number of bytes or key spec.",
    );
    expect((await kms.send(new sdk.GenerateRandomCommand({ NumberOfBytes: 5 }))).Plaintext).toHaveLength(5);
  });
});

describe("GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext", () => {
  it("make pairs whose private keys Decrypt gives back", async () => {
    const KeyId = await newKey();
    const pair = await kms.send(new sdk.GenerateDataKeyPairCommand({ KeyId, KeyPairSpec: "ECC_NIST_P256" }));
    const { Plaintext: privateKey } = await kms.send(
      new sdk.DecryptCommand({ CiphertextBlob: pair.PrivateKeyCiphertextBlob }),
    );
    expect(privateKey).toEqual(pair.PrivateKeyPlaintext);
    const bare = await kms.send(
      new sdk.GenerateDataKeyPairWithoutPlaintextCommand({ KeyId, KeyPairSpec: "ECC_NIST_P256" }),
    );
    expect(bare).not.toHaveProperty("PrivateKeyPlaintext");
    expect(bare.PublicKey?.length).toBeGreaterThan(0);
  });
});

describe("Sign, Verify, GetPublicKey", () => {
  const cases = [
    ["ECC_NIST_P256", "ECDSA_SHA_256"],
    ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512"],
    ["RSA_2048", "RSASSA_PSS_SHA_256"],
  ] as const;
  it.each(cases)("sign with %s and %s", async (KeySpec, SigningAlgorithm) => {
    const KeyId = await newKey({ KeySpec, KeyUsage: "SIGN_VERIFY" });
    const input = { KeyId, SigningAlgorithm, Message: Buffer.from("message") };
    const { Signature } = await kms.send(new sdk.SignCommand(input));
    expect((await kms.send(new sdk.VerifyCommand({ ...input, Signature }))).SignatureValid).toBe(true);
    await expect(
      kms.send(new sdk.VerifyCommand({ ...input, Message: Buffer.from("other"), Signature })),
    ).rejects.toThrow(sdk.KMSInvalidSignatureException);
  });

  it("sign so that others can verify with the public key", async () => {
    const KeyId = await newKey({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" });
    const SigningAlgorithm = "RSASSA_PKCS1_V1_5_SHA_256";
    const Message = createHash("sha256").update("message").digest();
    const { Signature } = await kms.send(
      new sdk.SignCommand({ KeyId, SigningAlgorithm, Message, MessageType: "DIGEST" }),
    );
    const { PublicKey } = await kms.send(new sdk.GetPublicKeyCommand({ KeyId }));
    const key = createPublicKey({ key: bytes(PublicKey), format: "der", type: "spki" });
    expect(createVerify("sha256").update("message").verify(key, bytes(Signature))).toBe(true);
    const verified = await kms.send(
      new sdk.VerifyCommand({ KeyId, SigningAlgorithm, Message, MessageType: "DIGEST", Signature }),
    );
    expect(verified.SignatureValid).toBe(true);
  });
});

describe("Sign, Verify", () => {
  const curves = [
    ["ECC_NIST_P256", "ECDSA_SHA_256", "sha256"],
    ["ECC_NIST_P384", "ECDSA_SHA_384", "sha384"],
    ["ECC_NIST_P521", "ECDSA_SHA_512", "sha512"],
    ["ECC_SECG_P256K1", "ECDSA_SHA_256", "sha256"],
  ] as const;
  it.each(curves)("sign a digest with %s as if it were the message", async (KeySpec, SigningAlgorithm, hash) => {
    const KeyId = await newKey({ KeySpec, KeyUsage: "SIGN_VERIFY" });
    const digest = createHash(hash).update("message").digest();
    const input = { KeyId, SigningAlgorithm, Message: digest, MessageType: "DIGEST" as const };
    const { Signature } = await kms.send(new sdk.SignCommand(input));
    const { PublicKey } = await kms.send(new sdk.GetPublicKeyCommand({ KeyId }));
    const key = createPublicKey({ key: bytes(PublicKey), format: "der", type: "spki" });
    expect(createVerify(hash).update("message").verify(key, bytes(Signature))).toBe(true);
    const ofMessage = await kms.send(new sdk.SignCommand({ KeyId, SigningAlgorithm, Message: Buffer.from("message") }));
    const verified = await kms.send(new sdk.VerifyCommand({ ...input, Signature: ofMessage.Signature }));
    expect(verified.SignatureValid).toBe(true);
    const Message = createHash(hash).update("other").digest();
    await expect(kms.send(new sdk.VerifyCommand({ ...input, Message, Signature }))).rejects.toThrow(
      sdk.KMSInvalidSignatureException,
    );
    await expect(kms.send(new sdk.VerifyCommand({ ...input, Signature: Buffer.from("no signature") }))).rejects.toThrow(
      sdk.KMSInvalidSignatureException,
    );
  });
});

describe("Sign, Verify, GetPublicKey", () => {
  const hashes = [
    ["RSASSA_PSS_SHA_256", "sha256"],
    ["RSASSA_PSS_SHA_384", "sha384"],
    ["RSASSA_PSS_SHA_512", "sha512"],
  ] as const;
  it.each(hashes)("sign a digest with %s as if it were the message", async (SigningAlgorithm, hash) => {
    const KeyId = await newKey({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" });
    const Message = createHash(hash).update("message").digest();
    const input = { KeyId, SigningAlgorithm, Message, MessageType: "DIGEST" as const };
    const { Signature } = await kms.send(new sdk.SignCommand(input));
    const raw = { KeyId, SigningAlgorithm, Message: Buffer.from("message") };
    expect((await kms.send(new sdk.VerifyCommand({ ...raw, Signature }))).SignatureValid).toBe(true);
    const ofMessage = await kms.send(new sdk.SignCommand(raw));
    const verified = await kms.send(new sdk.VerifyCommand({ ...input, Signature: ofMessage.Signature }));
    expect(verified.SignatureValid).toBe(true);
    const other = { ...input, Message: createHash(hash).update("other").digest(), Signature };
    await expect(kms.send(new sdk.VerifyCommand(other))).rejects.toThrow(sdk.KMSInvalidSignatureException);
  });

  it("sign with Ed25519 so that others can verify", async () => {
    const KeyId = await newKey({ KeySpec: "ECC_NIST_EDWARDS25519", KeyUsage: "SIGN_VERIFY" });
    const input = { KeyId, SigningAlgorithm: "ED25519_SHA_512" as const, Message: Buffer.from("message") };
    const { Signature } = await kms.send(new sdk.SignCommand(input));
    const { PublicKey, SigningAlgorithms } = await kms.send(new sdk.GetPublicKeyCommand({ KeyId }));
    expect(SigningAlgorithms).toEqual(["ED25519_SHA_512", "ED25519_PH_SHA_512"]);
    const key = createPublicKey({ key: bytes(PublicKey), format: "der", type: "spki" });
    expect(verifySignature(null, input.Message, key, bytes(Signature))).toBe(true);
    const digest = {
      ...input,
      Message: createHash("sha512").update("message").digest(),
      MessageType: "DIGEST" as const,
    };
    await expect(kms.send(new sdk.SignCommand(digest))).rejects.toMatchObject({ name: "ValidationException" });
    const prehashed = { ...digest, SigningAlgorithm: "ED25519_PH_SHA_512" as const };
    const signed = await kms.send(new sdk.SignCommand(prehashed));
    expect((await kms.send(new sdk.VerifyCommand({ ...prehashed, Signature: signed.Signature }))).SignatureValid).toBe(
      true,
    );
    const other = { ...prehashed, Message: createHash("sha512").update("other").digest(), Signature: signed.Signature };
    await expect(kms.send(new sdk.VerifyCommand(other))).rejects.toThrow(sdk.KMSInvalidSignatureException);
  });

  it("sign with Ed25519ph as RFC 8032 has it", () => {
    // Section 7.3.
    const seed = Buffer.from("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42", "hex");
    const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    expect(signPrehashed(key, createHash("sha512").update("abc").digest()).toString("hex")).toBe(
      "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
    );
  });
});

describe("GenerateMac, VerifyMac", () => {
  it("make codes that only the key can make", async () => {
    const KeyId = await newKey({ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" });
    const input = { KeyId, MacAlgorithm: "HMAC_SHA_256" as const, Message: Buffer.from("message") };
    const { Mac } = await kms.send(new sdk.GenerateMacCommand(input));
    expect((await kms.send(new sdk.VerifyMacCommand({ ...input, Mac }))).MacValid).toBe(true);
    await expect(kms.send(new sdk.VerifyMacCommand({ ...input, Mac: Buffer.alloc(32) }))).rejects.toThrow(
      sdk.KMSInvalidMacException,
    );
    await expect(kms.send(new sdk.EncryptCommand({ KeyId, Plaintext }))).rejects.toThrow(
      `${KeyId} key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt.`,
    );
  });
});

describe("DeriveSharedSecret", () => {
  it("agrees with the other side", async () => {
    const KeyId = await newKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" });
    const PublicKey = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).publicKey.export({
      format: "der",
      type: "spki",
    });
    const { SharedSecret } = await kms.send(
      new sdk.DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey }),
    );
    expect(SharedSecret).toHaveLength(32);
  });
});
