/** Requests that secrets-manager refuses. */
import { one, type Refusal } from "./refusal.js";

export default [
  [
    "GetSecretValue",
    { SecretId: "none" },
    "ResourceNotFoundException",
    "Secrets Manager can't find the specified secret.",
  ],
  [
    "CreateSecret",
    { Name: "there" },
    "ResourceExistsException",
    "The operation failed because the secret there already exists.",
  ],
  [
    "CreateSecret",
    { Name: "a b" },
    "ValidationException",
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
  ],
  [
    "DeleteSecret",
    { SecretId: "there", RecoveryWindowInDays: 3 },
    "InvalidParameterException",
    "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
  ],
  [
    "DeleteSecret",
    { SecretId: "there", RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true },
    "InvalidParameterException",
    "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
  ],
  [
    "GetSecretValue",
    { SecretId: "there" },
    "ResourceNotFoundException",
    "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
  ],
  [
    "GetRandomPassword",
    { PasswordLength: 4097 },
    "ValidationException",
    one("'4097'", "passwordLength", "have value less than or equal to 4096"),
  ],
  [
    "GetSecretValue",
    { SecretId: "doomed" },
    "InvalidRequestException",
    "You can't perform this operation on the secret because it was marked for deletion.",
  ],
  [
    "CreateSecret",
    { Name: "doomed" },
    "InvalidRequestException",
    "You can't create this secret because a secret with this name is already scheduled for deletion.",
  ],
] satisfies Refusal[];
