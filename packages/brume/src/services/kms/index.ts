/** AWS Key Management Service. */
import { constrained } from "../../kernel/input-constraints.js";
import { defineService, operation } from "../../kernel/service.js";
import * as aliases from "./aliases.js";
import { aliasAndKeyOf } from "./aliases.js";
import constraints from "./constraints.json" with { type: "json" };
import * as deletion from "./deletion.js";
import * as encryption from "./encryption.js";
import * as grants from "./grants.js";
import * as imports from "./imports.js";
import * as keys from "./keys.js";
import * as policies from "./policies.js";
import * as replicas from "./replicas.js";
import * as rotation from "./rotation.js";
import * as signing from "./signing.js";
import { keyArn, keyOf } from "./tables.js";
import * as tags from "./tags.js";
import { getKeyLastUsage } from "./usage.js";

export default defineService<typeof import("@aws-sdk/client-kms")>({
  id: "kms",
  iamPrefix: "kms",
  operations: constrained(constraints, "ValidationException", {
    CancelKeyDeletion: operation(deletion.cancelKeyDeletion, keyOf),
    CreateAlias: operation(aliases.createAlias, aliasAndKeyOf),
    CreateGrant: operation(grants.createGrant, keyOf),
    CreateKey: operation(keys.createKey, "*"),
    Decrypt: operation(encryption.decrypt, ({ KeyId, CiphertextBlob }, ctx) =>
      encryption.decryptedBy(KeyId, CiphertextBlob, ctx),
    ),
    DeleteAlias: operation(aliases.deleteAlias, aliasAndKeyOf),
    DeleteImportedKeyMaterial: operation(imports.deleteImportedKeyMaterial, keyOf),
    DeriveSharedSecret: operation(signing.deriveSharedSecret, keyOf),
    DescribeKey: operation(keys.describeKey, keyOf),
    DisableKey: operation(keys.disableKey, keyOf),
    DisableKeyRotation: operation(rotation.disableKeyRotation, keyOf),
    EnableKey: operation(keys.enableKey, keyOf),
    EnableKeyRotation: operation(rotation.enableKeyRotation, keyOf),
    Encrypt: operation(encryption.encrypt, keyOf),
    GenerateDataKey: operation(encryption.generateDataKey, keyOf),
    GenerateDataKeyPair: operation(encryption.generateDataKeyPair, keyOf),
    GenerateDataKeyPairWithoutPlaintext: operation(encryption.generateDataKeyPairWithoutPlaintext, keyOf),
    GenerateDataKeyWithoutPlaintext: operation(encryption.generateDataKeyWithoutPlaintext, keyOf),
    GenerateMac: operation(signing.generateMac, keyOf),
    GenerateRandom: operation(encryption.generateRandom, "*"),
    GetKeyLastUsage: operation(getKeyLastUsage, keyOf),
    GetKeyPolicy: operation(policies.getKeyPolicy, keyOf),
    GetKeyRotationStatus: operation(rotation.getKeyRotationStatus, keyOf),
    GetParametersForImport: operation(imports.getParametersForImport, keyOf),
    GetPublicKey: operation(signing.getPublicKey, keyOf),
    ImportKeyMaterial: operation(imports.importKeyMaterial, keyOf),
    ListAliases: operation(aliases.listAliases, "*"),
    ListGrants: operation(grants.listGrants, keyOf),
    ListKeyPolicies: operation(policies.listKeyPolicies, keyOf),
    ListKeyRotations: operation(rotation.listKeyRotations, keyOf),
    ListKeys: operation(keys.listKeys, "*"),
    ListResourceTags: operation(tags.listResourceTags, keyOf),
    ListRetirableGrants: operation(grants.listRetirableGrants, "*"),
    PutKeyPolicy: operation(policies.putKeyPolicy, keyOf),
    ReEncrypt: operation(
      encryption.reEncrypt,
      ({ SourceKeyId, DestinationKeyId, CiphertextBlob }, ctx) => [
        encryption.decryptedBy(SourceKeyId, CiphertextBlob, ctx),
        keyOf({ KeyId: DestinationKeyId }, ctx),
      ],
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
    ),
    ReplicateKey: operation(replicas.replicateKey, keyOf),
    RetireGrant: operation(grants.retireGrant, keyOf),
    RevokeGrant: operation(grants.revokeGrant, keyOf),
    RotateKeyOnDemand: operation(rotation.rotateKeyOnDemand, keyOf),
    ScheduleKeyDeletion: operation(deletion.scheduleKeyDeletion, keyOf),
    Sign: operation(signing.sign, keyOf),
    TagResource: operation(tags.tagResource, keyOf),
    UntagResource: operation(tags.untagResource, keyOf),
    UpdateAlias: operation(aliases.updateAlias, aliasAndKeyOf),
    UpdateKeyDescription: operation(keys.updateKeyDescription, keyOf),
    UpdatePrimaryRegion: operation(replicas.updatePrimaryRegion, ({ KeyId, PrimaryRegion }, ctx) => {
      const key = keyOf({ KeyId }, ctx);
      return [key, keyArn(ctx, key.slice(key.lastIndexOf("/") + 1), ctx.account, PrimaryRegion)];
    }),
    Verify: operation(signing.verify, keyOf),
    VerifyMac: operation(signing.verifyMac, keyOf),
  }),
  resources: {
    "AWS::KMS::Alias": () => import("./resources/alias.js"),
    "AWS::KMS::Key": () => import("./resources/key.js"),
    "AWS::KMS::ReplicaKey": () => import("./resources/replica-key.js"),
  },
  timers: { delete: deletion.deleteKey, expire: imports.expireMaterial, rotate: rotation.rotateKey },
  unsupported: {
    "there are no custom key stores": [
      "ConnectCustomKeyStore",
      "CreateCustomKeyStore",
      "DeleteCustomKeyStore",
      "DescribeCustomKeyStores",
      "DisconnectCustomKeyStore",
      "UpdateCustomKeyStore",
    ],
  },
});
