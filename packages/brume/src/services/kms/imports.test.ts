import {
  constants,
  createCipheriv,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import * as sdk from "@aws-sdk/client-kms";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../index.js";

let cloud: RunningCloud;
let kms: sdk.KMSClient;
beforeAll(async () => {
  cloud = await startCloud();
  kms = cloud.client(sdk.KMSClient);
});
afterAll(() => cloud.close());

const DAY_MS = 24 * 60 * 60 * 1000;
const Plaintext = Buffer.from("x");

async function newKey(input: sdk.CreateKeyCommandInput = {}): Promise<string> {
  const created = await kms.send(new sdk.CreateKeyCommand({ Origin: "EXTERNAL", ...input }));
  return created.KeyMetadata?.KeyId as string;
}
const describeKey = async (KeyId: string, client = kms) =>
  (await client.send(new sdk.DescribeKeyCommand({ KeyId }))).KeyMetadata;
const materialsOf = async (KeyId: string, client = kms) =>
  (await client.send(new sdk.ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL" }))).Rotations;

/** Wraps material as a user does it. */
function wrap(material: Uint8Array, publicKey: Uint8Array | undefined, algorithm: sdk.AlgorithmSpec): Buffer {
  const key = createPublicKey({ key: Buffer.from(publicKey ?? []), format: "der", type: "spki" });
  const oaepHash = algorithm.endsWith("256") ? "sha256" : "sha1";
  const encrypt = (data: Uint8Array) =>
    publicEncrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, data);
  if (!algorithm.startsWith("RSA_AES")) return encrypt(material);
  const aesKey = randomBytes(32);
  const cipher = createCipheriv("id-aes256-wrap-pad", aesKey, Buffer.from("a65959a6", "hex"));
  return Buffer.concat([encrypt(aesKey), cipher.update(material), cipher.final()]);
}

async function importInto(
  KeyId: string,
  material: Uint8Array,
  input: Partial<sdk.ImportKeyMaterialCommandInput> = {},
  { client = kms, algorithm = "RSAES_OAEP_SHA_256" as sdk.AlgorithmSpec } = {},
): Promise<sdk.ImportKeyMaterialCommandOutput> {
  const asked = { KeyId, WrappingAlgorithm: algorithm, WrappingKeySpec: "RSA_2048" as const };
  const { ImportToken, PublicKey } = await client.send(new sdk.GetParametersForImportCommand(asked));
  return client.send(
    new sdk.ImportKeyMaterialCommand({
      KeyId,
      ImportToken,
      EncryptedKeyMaterial: wrap(material, PublicKey, algorithm),
      ExpirationModel: input.ValidTo ? "KEY_MATERIAL_EXPIRES" : "KEY_MATERIAL_DOES_NOT_EXPIRE",
      ...input,
    }),
  );
}
const encryptWith = async (KeyId: string) =>
  (await kms.send(new sdk.EncryptCommand({ KeyId, Plaintext }))).CiphertextBlob;
const decrypt = async (CiphertextBlob: Uint8Array | undefined) =>
  Buffer.from((await kms.send(new sdk.DecryptCommand({ CiphertextBlob }))).Plaintext ?? []);

describe("GetParametersForImport, ImportKeyMaterial", () => {
  const algorithms = [
    "RSAES_OAEP_SHA_1",
    "RSAES_OAEP_SHA_256",
    "RSA_AES_KEY_WRAP_SHA_1",
    "RSA_AES_KEY_WRAP_SHA_256",
  ] as const;
  it.each(algorithms)("bring a secret wrapped with %s into use", async (algorithm) => {
    const KeyId = await newKey();
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: "PendingImport", Enabled: false, Origin: "EXTERNAL" });
    await expect(encryptWith(KeyId)).rejects.toMatchObject({
      name: "KMSInvalidStateException",
      message: expect.stringContaining("is pending import."),
    });
    const { KeyMaterialId } = await importInto(KeyId, randomBytes(32), {}, { algorithm });
    expect(await describeKey(KeyId)).toMatchObject({
      KeyState: "Enabled",
      ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
      CurrentKeyMaterialId: KeyMaterialId,
    });
    expect(await decrypt(await encryptWith(KeyId))).toEqual(Plaintext);
  });

  it("import keys of other kinds, each as it has to be", async () => {
    const hmac = await newKey({ KeySpec: "HMAC_384", KeyUsage: "GENERATE_VERIFY_MAC" });
    await expect(importInto(hmac, randomBytes(32))).rejects.toThrow(sdk.IncorrectKeyMaterialException);
    await importInto(hmac, randomBytes(48));
    const rsa = await newKey({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" });
    const pkcs8 = { type: "pkcs8", format: "der" } as const;
    const material = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export(pkcs8);
    await expect(importInto(rsa, material)).rejects.toThrow(sdk.UnsupportedOperationException);
    await importInto(rsa, material, {}, { algorithm: "RSA_AES_KEY_WRAP_SHA_256" });
    const signing = { KeyId: rsa, Message: Plaintext, SigningAlgorithm: "RSASSA_PSS_SHA_256" as const };
    expect((await kms.send(new sdk.SignCommand(signing))).Signature).toHaveLength(256);
    const curve = await newKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
    const other = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey.export(pkcs8);
    await expect(importInto(curve, other)).rejects.toThrow(sdk.IncorrectKeyMaterialException);
    await importInto(curve, generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export(pkcs8));
  });

  it("take the same material again, and no other", async () => {
    const KeyId = await newKey();
    const material = randomBytes(32);
    await importInto(KeyId, material, { KeyMaterialDescription: "first" });
    await importInto(KeyId, material);
    expect(await materialsOf(KeyId)).toMatchObject([{ KeyMaterialDescription: "first", ImportState: "IMPORTED" }]);
    await expect(importInto(KeyId, randomBytes(32))).rejects.toThrow(sdk.IncorrectKeyMaterialException);
    await expect(importInto(KeyId, material, { ImportType: "NEW_KEY_MATERIAL" })).rejects.toThrow(
      sdk.IncorrectKeyMaterialException,
    );
  });

  it("refuse what does not go together", async () => {
    const KeyId = await newKey();
    const { KeyMetadata } = await kms.send(new sdk.CreateKeyCommand({}));
    await expect(importInto(KeyMetadata?.KeyId as string, randomBytes(32))).rejects.toThrow(
      "origin is AWS_KMS which is not valid for this operation.",
    );
    await expect(importInto(KeyId, randomBytes(32), { ExpirationModel: "KEY_MATERIAL_EXPIRES" })).rejects.toThrow(
      "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES",
    );
    await expect(importInto(KeyId, randomBytes(32), { ImportToken: randomBytes(8) })).rejects.toThrow(
      sdk.InvalidImportTokenException,
    );
    await expect(importInto(KeyId, randomBytes(32), { EncryptedKeyMaterial: randomBytes(256) })).rejects.toThrow(
      sdk.InvalidCiphertextException,
    );
    const asked = { KeyId, WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048" } as const;
    const { ImportToken, PublicKey } = await kms.send(new sdk.GetParametersForImportCommand(asked));
    await cloud.clock.advance({ hours: 24 });
    const EncryptedKeyMaterial = wrap(randomBytes(32), PublicKey, "RSAES_OAEP_SHA_256");
    const late = { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" as const };
    await expect(kms.send(new sdk.ImportKeyMaterialCommand(late))).rejects.toThrow(sdk.ExpiredImportTokenException);
  });

  it("take material away when it expires, until it is imported again", async () => {
    const KeyId = await newKey();
    const material = randomBytes(32);
    const ValidTo = new Date(Math.floor(cloud.clock.now() / 1000) * 1000 + 2 * DAY_MS);
    await importInto(KeyId, material, { ValidTo });
    expect(await describeKey(KeyId)).toMatchObject({ ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo });
    const blob = await encryptWith(KeyId);
    await cloud.clock.advance({ days: 2 });
    expect((await describeKey(KeyId))?.KeyState).toBe("PendingImport");
    await expect(decrypt(blob)).rejects.toThrow(sdk.KMSInvalidStateException);
    await importInto(KeyId, material);
    expect(await decrypt(blob)).toEqual(Plaintext);
  });
});

describe("DeleteImportedKeyMaterial", () => {
  it("makes a key wait for its material", async () => {
    const KeyId = await newKey();
    const material = randomBytes(32);
    const { KeyMaterialId } = await importInto(KeyId, material);
    expect(await kms.send(new sdk.DeleteImportedKeyMaterialCommand({ KeyId }))).toMatchObject({ KeyMaterialId });
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: "PendingImport" });
    await importInto(KeyId, material, { KeyMaterialId });
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: "Enabled" });
  });
});

describe("RotateKeyOnDemand", () => {
  it("brings imported material into use that waits for it", async () => {
    const KeyId = await newKey();
    await importInto(KeyId, randomBytes(32));
    const before = await encryptWith(KeyId);
    await expect(kms.send(new sdk.RotateKeyOnDemandCommand({ KeyId }))).rejects.toThrow(
      "No available key material pending rotation for the key",
    );
    const next = await importInto(KeyId, randomBytes(32), { ImportType: "NEW_KEY_MATERIAL" });
    const states = async () => (await materialsOf(KeyId))?.map((material) => material.KeyMaterialState);
    expect(await states()).toEqual(["CURRENT", "PENDING_ROTATION"]);
    await kms.send(new sdk.RotateKeyOnDemandCommand({ KeyId }));
    expect(await states()).toEqual(["NON_CURRENT", "CURRENT"]);
    expect((await describeKey(KeyId))?.CurrentKeyMaterialId).toBe(next.KeyMaterialId);
    expect(await decrypt(before)).toEqual(Plaintext);
    await expect(kms.send(new sdk.EnableKeyRotationCommand({ KeyId }))).rejects.toThrow(
      "origin is EXTERNAL which is not valid for this operation.",
    );
  });

  it("waits until the material is in every region", async () => {
    const there = cloud.client(sdk.KMSClient, { region: "eu-west-2" });
    const KeyId = await newKey({ MultiRegion: true });
    const [first, second] = [randomBytes(32), randomBytes(32)];
    await importInto(KeyId, first);
    await kms.send(new sdk.ReplicateKeyCommand({ KeyId, ReplicaRegion: "eu-west-2" }));
    expect((await describeKey(KeyId, there))?.KeyState).toBe("PendingImport");
    await importInto(KeyId, first, {}, { client: there });
    expect((await describeKey(KeyId, there))?.KeyState).toBe("Enabled");
    await expect(importInto(KeyId, second, { ImportType: "NEW_KEY_MATERIAL" }, { client: there })).rejects.toThrow(
      sdk.IncorrectKeyMaterialException,
    );
    await importInto(KeyId, second, { ImportType: "NEW_KEY_MATERIAL" });
    expect((await materialsOf(KeyId))?.at(-1)?.KeyMaterialState).toBe("PENDING_MULTI_REGION_IMPORT_AND_ROTATION");
    await expect(kms.send(new sdk.RotateKeyOnDemandCommand({ KeyId }))).rejects.toThrow(sdk.KMSInvalidStateException);
    await importInto(KeyId, second, {}, { client: there });
    await kms.send(new sdk.RotateKeyOnDemandCommand({ KeyId }));
    expect((await materialsOf(KeyId, there))?.at(-1)?.KeyMaterialState).toBe("CURRENT");
  });
});
