/** The operations that bring key material of the user's own into keys, and take it out again. */
import { constants, createDecipheriv, createHash, privateDecrypt, randomBytes } from "node:crypto";
import type { AlgorithmSpec } from "@aws-sdk/client-kms";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { check, unsupported, validation } from "./constraints.js";
import type { KeyAddress } from "./deletion.js";
import { fits, generatePair, parsePrivateKey, SPECS, stateOf } from "./key.js";
import { currentOf, type Material, materialId } from "./material.js";
import { changeKey, DAY_MS, type Found, findKey, getKey, getLiveKey, isReplica, relatedOf } from "./tables.js";

type Kms = typeof import("@aws-sdk/client-kms");

/** What GetParametersForImport handed out. */
interface ImportParameters {
  readonly algorithm: AlgorithmSpec;
  /** PKCS #8 of the key that unwraps. */
  readonly wrappingKey: Uint8Array;
  readonly validTo: number;
}
/** [key id, hash of the token] */
const parameters = defineTable<ImportParameters>("kms/import-parameters");

const TOKEN_BYTES = 256;
const MAX_VALID_MS = 365 * DAY_MS;
const WRAPPING_SPECS = ["RSA_2048", "RSA_3072", "RSA_4096"] as const;
/** The algorithms that wrap, the hash of their OAEP, and whether an AES key stands between. */
const WRAPPING: Readonly<Partial<Record<AlgorithmSpec, { oaepHash: string; isAes: boolean }>>> = {
  RSAES_OAEP_SHA_1: { oaepHash: "sha1", isAes: false },
  RSAES_OAEP_SHA_256: { oaepHash: "sha256", isAes: false },
  RSA_AES_KEY_WRAP_SHA_1: { oaepHash: "sha1", isAes: true },
  RSA_AES_KEY_WRAP_SHA_256: { oaepHash: "sha256", isAes: true },
};
/** The initial value of RFC 5649. */
const WRAP_IV = Buffer.from("a65959a6", "hex");

const tokenHash = (token: Uint8Array) => createHash("sha256").update(token).digest("hex");
const incorrect = (message: string) => new AwsError("IncorrectKeyMaterialException", message);

function checkImportable(found: Found): Found {
  const { key, arn } = found;
  if (key.origin !== "EXTERNAL")
    throw unsupported(`${arn} origin is ${key.origin} which is not valid for this operation.`);
  return found;
}

export const getParametersForImport: Handler<Kms, "GetParametersForImport"> = async (input, ctx) => {
  const algorithm = input.WrappingAlgorithm as AlgorithmSpec;
  check("wrappingAlgorithm", algorithm, { oneOf: [...Object.keys(WRAPPING), "RSAES_PKCS1_V1_5", "SM2PKE"] });
  const wrapping = WRAPPING[algorithm];
  const spec = input.WrappingKeySpec as (typeof WRAPPING_SPECS)[number];
  check("wrappingKeySpec", spec, { oneOf: [...WRAPPING_SPECS, "SM2"] });
  const found = checkImportable(getLiveKey(ctx, input.KeyId));
  // AWS gave PKCS #1 v1.5 up in 2023, and has SM2 in China only.
  if (!wrapping || !WRAPPING_SPECS.includes(spec)) throw unsupported(`${algorithm} with ${spec} is not supported.`);
  if (SPECS[found.key.spec]?.type === "rsa" && !wrapping.isAes)
    throw unsupported(`Wrapping algorithm ${algorithm} is not supported for key spec ${found.key.spec}.`);
  const { publicKey, privateKey } = await generatePair(spec);
  const token = randomBytes(TOKEN_BYTES);
  const validTo = ctx.now() + DAY_MS;
  const table = ctx.table(parameters);
  table.put([found.key.id, tokenHash(token)], { algorithm, wrappingKey: privateKey, validTo });
  return { KeyId: found.arn, ImportToken: token, PublicKey: publicKey, ParametersValidTo: new Date(validTo) };
};

/** @throws AwsError `InvalidCiphertextException` for what was not wrapped with the key of its token */
function unwrap({ algorithm, wrappingKey }: ImportParameters, wrapped: Uint8Array): Buffer {
  const { oaepHash, isAes } = WRAPPING[algorithm] ?? { oaepHash: "sha256", isAes: false };
  const key = parsePrivateKey(wrappingKey);
  const rsaDecrypt = (data: Uint8Array) =>
    privateDecrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, data);
  try {
    if (!isAes) return rsaDecrypt(wrapped);
    const modulusBytes = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
    const aesKey = rsaDecrypt(wrapped.subarray(0, modulusBytes));
    const decipher = createDecipheriv("id-aes256-wrap-pad", aesKey, WRAP_IV);
    return Buffer.concat([decipher.update(wrapped.subarray(modulusBytes)), decipher.final()]);
  } catch {
    throw new AwsError("InvalidCiphertextException", "");
  }
}

interface Expiration {
  ExpirationModel?: string | undefined;
  ValidTo?: Date | undefined;
}

function checkExpiration({ ExpirationModel = "KEY_MATERIAL_EXPIRES", ValidTo }: Expiration, now: number) {
  check("expirationModel", ExpirationModel, { oneOf: ["KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"] });
  if (ExpirationModel === "KEY_MATERIAL_DOES_NOT_EXPIRE") {
    if (ValidTo)
      throw validation("A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE");
    return undefined;
  }
  if (!ValidTo) throw validation("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
  const at = ValidTo.getTime();
  if (at <= now || at > now + MAX_VALID_MS)
    throw validation("The validTo date must be in the future, and at most 365 days from now.");
  return at;
}

export const importKeyMaterial: Handler<Kms, "ImportKeyMaterial"> = (input, ctx) => {
  const { KeyMaterialDescription: description, KeyMaterialId: wantedId, ImportType } = input;
  if (description !== undefined)
    check("keyMaterialDescription", description, { max: 256, pattern: /^[a-zA-Z0-9:/_\s.-]*$/ });
  if (wantedId !== undefined) check("keyMaterialId", wantedId, { min: 64, max: 64, pattern: /^[a-f0-9]+$/ });
  if (ImportType !== undefined)
    check("importType", ImportType, { oneOf: ["NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"] });
  const found = checkImportable(getLiveKey(ctx, input.KeyId));
  const { key } = found;
  const isSymmetric = key.spec === "SYMMETRIC_DEFAULT";
  if (!isSymmetric && (description ?? wantedId ?? ImportType) !== undefined)
    throw validation("ImportType, KeyMaterialId and KeyMaterialDescription are for symmetric encryption keys only.");
  if (ImportType === "NEW_KEY_MATERIAL" && wantedId !== undefined)
    throw validation("KeyMaterialId cannot be specified when ImportType is NEW_KEY_MATERIAL.");
  const validTo = checkExpiration(input, ctx.now());
  const secret = unwrap(getParameters(ctx, found, input.ImportToken), input.EncryptedKeyMaterial as Uint8Array);
  if (!fits(key.spec, secret)) throw incorrect(`The key material is not valid for key spec ${key.spec}.`);
  const id = materialId(key.id, secret);
  if (wantedId !== undefined && wantedId !== id)
    throw incorrect("The key material is not the one that KeyMaterialId names.");
  const isNew = checkImportType(found, id, ImportType);
  const before = key.materials.find((one) => one.id === id);
  const material: Material = { ...before, id, secret, validTo, description: description ?? before?.description };
  if (isNew) addNew(ctx, found, material);
  else replace(ctx, found, material);
  if (stateOf(key) === "PendingImport") {
    const complete = findKey(ctx, key.id, found.account) ?? found;
    changeKey(ctx, complete, { enabled: true });
  }
  ctx.cancel(expiryTimer(found, id));
  if (validTo !== undefined) {
    const payload = { keyId: key.id, account: found.account, region: found.region, materialId: id };
    ctx.schedule({ at: validTo, kind: "expire", payload, id: expiryTimer(found, id) });
  }
  return { KeyId: found.arn, KeyMaterialId: isSymmetric ? id : undefined };
};

function getParameters(ctx: Context, { key }: Found, token: Uint8Array | undefined): ImportParameters {
  const known = ctx.table(parameters).get(key.id, tokenHash(token ?? new Uint8Array()));
  if (!known) throw new AwsError("InvalidImportTokenException", "");
  if (known.validTo <= ctx.now()) throw new AwsError("ExpiredImportTokenException", "");
  return known;
}

/** Whether material is new to a key. @throws AwsError `IncorrectKeyMaterialException` if it is not what was said */
function checkImportType(found: Found, id: string, type: string | undefined): boolean {
  const { materials, spec } = found.key;
  const isKnown = materials.some((one) => one.id === id);
  const wantsNew = type === undefined ? materials.length === 0 : type === "NEW_KEY_MATERIAL";
  if (wantsNew && isKnown) throw incorrect("The key material is already associated with the KMS key.");
  if (!wantsNew && !isKnown)
    throw incorrect("The key material is not the same key material that was previously imported.");
  if (wantsNew && isReplica(found))
    throw incorrect("New key material is imported into the primary key before its replicas.");
  if (wantsNew && materials.length > 0 && spec !== "SYMMETRIC_DEFAULT")
    throw incorrect("The key material of asymmetric and HMAC keys cannot be changed.");
  return wantsNew;
}

/** Adds material to a key and, without its secret, to the replicas. Only the first comes into use at once. */
function addNew(ctx: Context, found: Found, material: Material): void {
  const { secret: _, validTo: __, ...announced } = material;
  for (const related of relatedOf(ctx, found)) {
    const kept = related.key.materials.filter(({ isPending }) => !isPending);
    const isPending = kept.length > 0;
    const added = related.region === found.region ? material : announced;
    changeKey(ctx, related, { materials: [...kept, { ...added, isPending }] });
  }
}

function replace(ctx: Context, found: Found, material: Material): void {
  const materials = found.key.materials.map((one) => (one.id === material.id ? material : one));
  changeKey(ctx, found, { materials });
}

const expiryTimer = ({ arn }: Found, id: string) => `kms/expire/${arn}/${id}`;

/** The timer that takes imported material away when its time is over. */
export function expireMaterial(
  { materialId: id, ...address }: KeyAddress & { materialId: string },
  ctx: Context,
): void {
  const found = findKey(ctx, address.keyId, address.account, address.region);
  const material = found?.key.materials.find((one) => one.id === id);
  if (found && material?.validTo !== undefined && material.validTo <= ctx.now()) remove(ctx, found, material);
}

/** Takes a secret away. Material that has not come into use yet is forgotten altogether, in the replicas too. */
function remove(ctx: Context, found: Found, material: Material): void {
  if (!material.isPending || isReplica(found)) {
    replace(ctx, found, { ...material, secret: undefined });
    return;
  }
  for (const related of relatedOf(ctx, found)) {
    changeKey(ctx, related, { materials: related.key.materials.filter(({ id }) => id !== material.id) });
  }
}

export const deleteImportedKeyMaterial: Handler<Kms, "DeleteImportedKeyMaterial"> = (input, ctx) => {
  const { KeyMaterialId: id } = input;
  if (id !== undefined) check("keyMaterialId", id, { min: 64, max: 64, pattern: /^[a-f0-9]+$/ });
  const found = checkImportable(getKey(ctx, input.KeyId));
  const { materials } = found.key;
  const material = id === undefined ? currentOf(materials) : materials.find((one) => one.id === id);
  if (id !== undefined && !material) throw validation(`Key material ${id} is not associated with ${found.arn}.`);
  if (material?.secret) remove(ctx, found, material);
  if (material) ctx.cancel(expiryTimer(found, material.id));
  return { KeyId: found.arn, KeyMaterialId: found.key.spec === "SYMMETRIC_DEFAULT" ? material?.id : undefined };
};

/** Forgets what belongs to the imports of a key that is deleted. */
export function forgetImports(ctx: Context, found: Found): void {
  const { key, account, region } = found;
  ctx.table(parameters, { account, region }).clear({ prefix: [key.id] });
  for (const { id } of key.materials) ctx.cancel(expiryTimer(found, id));
}
