/** AWS Secrets Manager. */
import { defineService } from "../../kernel/service.js";

export default defineService<typeof import("@aws-sdk/client-secrets-manager")>({
  id: "secrets-manager",
  iamPrefix: "secretsmanager",
  operations: {},
  unsupported: {
    "not built yet": [
      "BatchGetSecretValue",
      "CancelRotateSecret",
      "CreateSecret",
      "DeleteResourcePolicy",
      "DeleteSecret",
      "DescribeSecret",
      "GetRandomPassword",
      "GetResourcePolicy",
      "GetSecretValue",
      "ListSecretVersionIds",
      "ListSecrets",
      "PutResourcePolicy",
      "PutSecretValue",
      "RemoveRegionsFromReplication",
      "ReplicateSecretToRegions",
      "RestoreSecret",
      "RotateSecret",
      "StopReplicationToReplica",
      "TagResource",
      "UntagResource",
      "UpdateSecret",
      "UpdateSecretVersionStage",
      "ValidateResourcePolicy",
    ],
  },
});
