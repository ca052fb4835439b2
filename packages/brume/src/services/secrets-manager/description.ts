/** What is answered of a secret: its description. */
import { fromTags } from "./constraints.js";
import type { Secret } from "./secret.js";

const dateOf = (time: number | undefined) => (time === undefined ? undefined : new Date(time));

/** What both its description and a listing show. */
export function descriptionOf(secret: Secret) {
  const { rotation } = secret;
  const { rules, externalMetadata } = rotation ?? {};
  return {
    ARN: secret.arn,
    Name: secret.name,
    Type: secret.type,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    RotationEnabled: rotation?.enabled,
    RotationLambdaARN: rotation?.lambdaArn,
    RotationRules: rules && { ...rules },
    ExternalSecretRotationMetadata: externalMetadata && [...externalMetadata],
    ExternalSecretRotationRoleArn: rotation?.externalRoleArn,
    LastRotatedDate: dateOf(secret.rotatedAt),
    LastChangedDate: dateOf(secret.changedAt),
    LastAccessedDate: dateOf(secret.accessedOn),
    DeletedDate: dateOf(secret.deletedAt),
    NextRotationDate: dateOf(rotation?.enabled ? rotation.next?.end : undefined),
    Tags: fromTags(secret.tags),
    OwningService: secret.owningService,
    CreatedDate: dateOf(secret.createdAt),
    PrimaryRegion: secret.primaryRegion,
  };
}
