/** Requests that kms refuses. */
import { one, type Refusal } from "./refusal.js";

export default [
  [
    "DescribeKey",
    { KeyId: "00000000-0000-0000-0000-000000000000" },
    "NotFoundException",
    "Key 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000' does not exist",
  ],
  [
    "DescribeKey",
    { KeyId: "alias/none" },
    "NotFoundException",
    "Alias arn:aws:kms:us-east-1:000000000000:alias/none is not found.",
  ],
  ["DescribeKey", { KeyId: "" }, "ValidationException", one("''", "keyId", "have length greater than or equal to 1")],
  [
    "CreateKey",
    { KeySpec: "AES_1" },
    "ValidationException",
    /Value 'AES_1' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: \[RSA_2048, /,
  ],
  [
    "Encrypt",
    { KeyId: "KEY", Plaintext: Buffer.alloc(4097) },
    "ValidationException",
    "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
  ],
  [
    "ScheduleKeyDeletion",
    { KeyId: "KEY", PendingWindowInDays: 6 },
    "ValidationException",
    one("'6'", "pendingWindowInDays", "have value greater than or equal to 7"),
  ],
  ["GenerateDataKey", { KeyId: "KEY" }, "ValidationException", "Please specify either number of bytes or key spec."],
  [
    "GenerateDataKey",
    { KeyId: "KEY", KeySpec: "AES_256", NumberOfBytes: 8 },
    "ValidationException",
    "Please specify either number of bytes or key spec.",
  ],
  ["CreateAlias", { AliasName: "none", TargetKeyId: "KEY" }, "ValidationException", "Invalid identifier"],
  ["CreateAlias", { AliasName: "alias/aws/none", TargetKeyId: "KEY" }, "NotAuthorizedException", ""],
  [
    "Sign",
    { KeyId: "KEY", Message: Buffer.from("a"), SigningAlgorithm: "RSASSA_PSS_SHA_256" },
    "InvalidKeyUsageException",
    /^arn:aws:kms:.* key usage is ENCRYPT_DECRYPT which is not valid for Sign\.$/,
  ],
  [
    "Encrypt",
    { KeyId: "DOOMED_KEY", Plaintext: Buffer.from("a") },
    "KMSInvalidStateException",
    /^arn:aws:kms:us-east-1:000000000000:key\/[-0-9a-f]{36} is pending deletion\.$/,
  ],
  ["EnableKey", { KeyId: "DOOMED_KEY" }, "KMSInvalidStateException", / is pending deletion\.$/],
  ["CancelKeyDeletion", { KeyId: "KEY" }, "KMSInvalidStateException", / is not pending deletion\.$/],
  [
    "EnableKeyRotation",
    { KeyId: "KEY", RotationPeriodInDays: 89 },
    "ValidationException",
    one("'89'", "rotationPeriodInDays", "have value greater than or equal to 90"),
  ],
] satisfies Refusal[];
