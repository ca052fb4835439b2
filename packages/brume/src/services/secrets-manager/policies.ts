/** The operations on resource policies of secrets. */
import { AwsError, isAwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { getAnySecret, getSecret, secrets } from "./tables.js";

type SecretsManager = typeof import("@aws-sdk/client-secrets-manager");

interface Statement {
  Effect?: unknown;
  Principal?: unknown;
  NotPrincipal?: unknown;
  Action?: unknown;
  NotAction?: unknown;
  Resource?: unknown;
  NotResource?: unknown;
  Condition?: unknown;
}

const malformed = (message: string) => new AwsError("MalformedPolicyDocumentException", message);

/** @throws AwsError `MalformedPolicyDocumentException` */
function statementsOf(text: string): Statement[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw malformed("This resource policy contains invalid Json.");
  }
  const statements = [(document as { Statement?: Statement | Statement[] } | null)?.Statement ?? []].flat();
  const bad = statements.some((statement: Statement | null) => {
    const { Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource } = statement ?? {};
    return (
      (Effect !== "Allow" && Effect !== "Deny") ||
      (Principal ?? NotPrincipal) === undefined ||
      (Action ?? NotAction) === undefined ||
      (Resource ?? NotResource) === undefined
    );
  });
  if (bad || statements.length === 0) throw malformed("This resource policy contains a syntax error.");
  return statements;
}

// Differs from AWS: a policy is public if anyone is allowed without a condition; AWS reasons about conditions too.
function isPublic(statements: readonly Statement[]): boolean {
  return statements.some(({ Effect, Principal, Condition }) => {
    if (Effect !== "Allow" || Condition !== undefined) return false;
    if (Principal === "*") return true;
    return [(Principal as { AWS?: string | string[] } | undefined)?.AWS ?? []].flat().includes("*");
  });
}

const PUBLIC = "This resource policy grants broad access to your secret, and public policies are blocked.";

export const putResourcePolicy: Handler<SecretsManager, "PutResourcePolicy"> = (input, ctx) => {
  const { secret, place } = getSecret(ctx, input.SecretId);
  const policy = input.ResourcePolicy as string;
  const statements = statementsOf(policy);
  if (input.BlockPublicPolicy && isPublic(statements)) throw new AwsError("PublicPolicyException", PUBLIC);
  // A policy is each region's own: replicas do not get it.
  ctx.table(secrets, place).put([secret.name], { ...secret, policy });
  return { ARN: secret.arn, Name: secret.name };
};

export const getResourcePolicy: Handler<SecretsManager, "GetResourcePolicy"> = (input, ctx) => {
  const { secret } = getAnySecret(ctx, input.SecretId);
  return { ARN: secret.arn, Name: secret.name, ResourcePolicy: secret.policy };
};

export const deleteResourcePolicy: Handler<SecretsManager, "DeleteResourcePolicy"> = (input, ctx) => {
  const { secret, place } = getSecret(ctx, input.SecretId);
  ctx.table(secrets, place).put([secret.name], { ...secret, policy: undefined });
  return { ARN: secret.arn, Name: secret.name };
};

export const validateResourcePolicy: Handler<SecretsManager, "ValidateResourcePolicy"> = (input, ctx) => {
  if (input.SecretId !== undefined) getSecret(ctx, input.SecretId);
  const errors: { CheckName: string; ErrorMessage: string }[] = [];
  try {
    const statements = statementsOf(input.ResourcePolicy as string);
    if (isPublic(statements)) errors.push({ CheckName: "PUBLIC_POLICY", ErrorMessage: PUBLIC });
  } catch (error) {
    if (!isAwsError(error)) throw error;
    errors.push({ CheckName: "POLICY_SYNTAX", ErrorMessage: error.message });
  }
  return { PolicyValidationPassed: errors.length === 0, ValidationErrors: errors };
};
