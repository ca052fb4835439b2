/** AWS Key Management Service. */
import { defineService, operation } from "../../kernel/service.js";
import * as aliases from "./aliases.js";
import { aliasAndKeyOf } from "./aliases.js";
import * as encryption from "./encryption.js";
import * as grants from "./grants.js";
import * as keys from "./keys.js";
import * as signing from "./signing.js";
import { keyOf } from "./tables.js";

export default defineService<typeof import("@aws-sdk/client-kms")>({
  id: "kms",
  iamPrefix: "kms",
  operations: {
    CancelKeyDeletion: operation(keys.cancelKeyDeletion, keyOf),
    CreateAlias: operation(aliases.createAlias, aliasAndKeyOf),
    CreateGrant: operation(grants.createGrant, keyOf),
    CreateKey: operation(keys.createKey, "*"),
    Decrypt: operation(encryption.decrypt, ({ KeyId, CiphertextBlob }, ctx) =>
      encryption.decryptedBy(KeyId, CiphertextBlob, ctx),
    ),
    DeleteAlias: operation(aliases.deleteAlias, aliasAndKeyOf),
    DeriveSharedSecret: operation(signing.deriveSharedSecret, keyOf),
    DescribeKey: operation(keys.describeKey, keyOf),
    DisableKey: operation(keys.disableKey, keyOf),
    DisableKeyRotation: operation(keys.disableKeyRotation, keyOf),
    EnableKey: operation(keys.enableKey, keyOf),
    EnableKeyRotation: operation(keys.enableKeyRotation, keyOf),
    Encrypt: operation(encryption.encrypt, keyOf),
    GenerateDataKey: operation(encryption.generateDataKey, keyOf),
    GenerateDataKeyPair: operation(encryption.generateDataKeyPair, keyOf),
    GenerateDataKeyPairWithoutPlaintext: operation(encryption.generateDataKeyPairWithoutPlaintext, keyOf),
    GenerateDataKeyWithoutPlaintext: operation(encryption.generateDataKeyWithoutPlaintext, keyOf),
    GenerateMac: operation(signing.generateMac, keyOf),
    GenerateRandom: operation(encryption.generateRandom, "*"),
    GetKeyPolicy: operation(keys.getKeyPolicy, keyOf),
    GetKeyRotationStatus: operation(keys.getKeyRotationStatus, keyOf),
    GetPublicKey: operation(signing.getPublicKey, keyOf),
    ListAliases: operation(aliases.listAliases, "*"),
    ListGrants: operation(grants.listGrants, keyOf),
    ListKeyPolicies: operation(keys.listKeyPolicies, keyOf),
    ListKeyRotations: operation(keys.listKeyRotations, keyOf),
    ListKeys: operation(keys.listKeys, "*"),
    ListResourceTags: operation(keys.listResourceTags, keyOf),
    ListRetirableGrants: operation(grants.listRetirableGrants, "*"),
    PutKeyPolicy: operation(keys.putKeyPolicy, keyOf),
    ReEncrypt: operation(
      encryption.reEncrypt,
      ({ SourceKeyId, DestinationKeyId, CiphertextBlob }, ctx) => [
        encryption.decryptedBy(SourceKeyId, CiphertextBlob, ctx),
        keyOf({ KeyId: DestinationKeyId }, ctx),
      ],
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
    ),
    RetireGrant: operation(grants.retireGrant, keyOf),
    RevokeGrant: operation(grants.revokeGrant, keyOf),
    RotateKeyOnDemand: operation(keys.rotateKeyOnDemand, keyOf),
    ScheduleKeyDeletion: operation(keys.scheduleKeyDeletion, keyOf),
    Sign: operation(signing.sign, keyOf),
    TagResource: operation(keys.tagResource, keyOf),
    UntagResource: operation(keys.untagResource, keyOf),
    UpdateAlias: operation(aliases.updateAlias, aliasAndKeyOf),
    UpdateKeyDescription: operation(keys.updateKeyDescription, keyOf),
    Verify: operation(signing.verify, keyOf),
    VerifyMac: operation(signing.verifyMac, keyOf),
  },
  resources: {
    "AWS::KMS::Alias": () => import("./resources/alias.js"),
    "AWS::KMS::Key": () => import("./resources/key.js"),
  },
  timers: { delete: keys.deleteKey },
  unsupported: {
    "there are no custom key stores": [
      "ConnectCustomKeyStore",
      "CreateCustomKeyStore",
      "DeleteCustomKeyStore",
      "DescribeCustomKeyStores",
      "DisconnectCustomKeyStore",
      "UpdateCustomKeyStore",
    ],
    "key material cannot be imported": ["DeleteImportedKeyMaterial", "GetParametersForImport", "ImportKeyMaterial"],
    "the use of keys is not recorded": ["GetKeyLastUsage"],
    "keys are not replicated to other regions yet": ["ReplicateKey", "UpdatePrimaryRegion"],
  },
});
