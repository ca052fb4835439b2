/** AWS Secrets Manager. */
import { constrained } from "../../kernel/input-constraints.js";
import { defineService, operation } from "../../kernel/service.js";
import { refusal } from "./constraints.js";
import constraints from "./constraints.json" with { type: "json" };
import { listSecrets } from "./listing.js";
import { getRandomPassword } from "./passwords.js";
import * as policies from "./policies.js";
import * as replication from "./replication.js";
import * as rotation from "./rotation.js";
import * as secrets from "./secrets.js";
import { secretOf } from "./tables.js";
import * as versions from "./versions.js";

export default defineService<typeof import("@aws-sdk/client-secrets-manager")>({
  id: "secrets-manager",
  iamPrefix: "secretsmanager",
  operations: constrained(constraints, refusal, {
    BatchGetSecretValue: operation(
      versions.batchGetSecretValue,
      ({ SecretIdList = [] }, ctx) =>
        SecretIdList.length > 0 ? SecretIdList.map((SecretId) => secretOf({ SecretId }, ctx)) : "*",
      "secretsmanager:GetSecretValue",
    ),
    CancelRotateSecret: operation(rotation.cancelRotateSecret, secretOf),
    CreateSecret: operation(secrets.createSecret, secretOf),
    DeleteResourcePolicy: operation(policies.deleteResourcePolicy, secretOf),
    DeleteSecret: operation(secrets.deleteSecret, secretOf),
    DescribeSecret: operation(secrets.describeSecret, secretOf),
    GetRandomPassword: operation(getRandomPassword, "*"),
    GetResourcePolicy: operation(policies.getResourcePolicy, secretOf),
    GetSecretValue: operation(versions.getSecretValue, secretOf),
    ListSecretVersionIds: operation(versions.listSecretVersionIds, secretOf),
    ListSecrets: operation(listSecrets, "*"),
    PutResourcePolicy: operation(policies.putResourcePolicy, secretOf),
    PutSecretValue: operation(versions.putSecretValue, secretOf),
    RemoveRegionsFromReplication: operation(replication.removeRegionsFromReplication, secretOf),
    ReplicateSecretToRegions: operation(replication.replicateSecretToRegions, secretOf),
    RestoreSecret: operation(secrets.restoreSecret, secretOf),
    RotateSecret: operation(rotation.rotateSecret, secretOf),
    StopReplicationToReplica: operation(replication.stopReplicationToReplica, secretOf),
    TagResource: operation(secrets.tagResource, secretOf),
    UntagResource: operation(secrets.untagResource, secretOf),
    UpdateSecret: operation(secrets.updateSecret, secretOf),
    UpdateSecretVersionStage: operation(versions.updateSecretVersionStage, secretOf),
    ValidateResourcePolicy: operation(policies.validateResourcePolicy, secretOf),
  }),
  resources: {
    "AWS::SecretsManager::ResourcePolicy": () => import("./resources/resource-policy.js"),
    "AWS::SecretsManager::RotationSchedule": () => import("./resources/rotation-schedule.js"),
    "AWS::SecretsManager::Secret": () => import("./resources/secret.js"),
    "AWS::SecretsManager::SecretTargetAttachment": () => import("./resources/secret-target-attachment.js"),
  },
  timers: { delete: secrets.removeDeleted, rotate: rotation.rotate, "rotation-due": rotation.rotationDue },
  unsupported: {},
});
