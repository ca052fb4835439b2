/** What all ways to assume a role have in common: the role, the session's policies, tags and length. */
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import type { Session } from "../../kernel/principal.js";
import { check } from "./constraints.js";
import { asSts, checkPolicies, managedPolicies, type PolicyInput, packedPolicySize } from "./session-policies.js";
import { issueCredentials } from "./sessions.js";

const DEFAULT_SECONDS = 3600;
/** How long a session may last that a role session begins. */
const CHAINED_SECONDS = 3600;
const NAME = /^[\w+=,.@-]*$/;
const ROLE_ARN = /^[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uFFFF]+$/;

export interface Role {
  RoleName: string;
  RoleId: string;
  Arn: string;
  MaxSessionDuration?: number;
  /** URL-encoded. */
  AssumeRolePolicyDocument: string;
}

interface RoleInput extends PolicyInput {
  RoleArn?: string | undefined;
  RoleSessionName?: string | undefined;
  DurationSeconds?: number | undefined;
}

/** Checks what every AssumeRole… operation takes. @throws AwsError `ValidationError` */
export function checkRoleInput({ RoleArn, RoleSessionName, DurationSeconds }: RoleInput): void {
  check("roleArn", RoleArn, { min: 20, max: 2048, pattern: ROLE_ARN });
  check("roleSessionName", RoleSessionName, { min: 2, max: 64, pattern: NAME });
  if (DurationSeconds !== undefined) check("durationSeconds", DurationSeconds, { min: 900, max: 43_200 });
}

/** The account of a role's ARN. @throws AwsError `ValidationError` for what is no ARN of a role */
export function accountOf(roleArn: string): string {
  const arn = parseArn(roleArn);
  if (arn?.service !== "iam" || arn.region !== "" || !arn.resource.startsWith("role/"))
    throw new AwsError("ValidationError", `${roleArn} is invalid`);
  return arn.account;
}

/** A role by its ARN; `undefined` when it is not there. */
export async function findRole(ctx: Context, roleArn: string): Promise<Role | undefined> {
  const account = accountOf(roleArn);
  const RoleName = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  try {
    const { Role } = await asSts<{ Role: Role }>(ctx, account, "GetRole", { RoleName });
    if (Role.Arn === roleArn) return Role;
  } catch (error) {
    if (!isAwsError(error, "NoSuchEntityException", "ValidationError")) throw error;
  }
  return undefined;
}

/** Begins a session of a role. @throws AwsError `ValidationError` for one that would last too long */
export async function beginSession(ctx: Context, role: Role, input: RoleInput, details: Session) {
  const seconds = input.DurationSeconds ?? DEFAULT_SECONDS;
  if (seconds > (role.MaxSessionDuration ?? DEFAULT_SECONDS)) {
    throw new AwsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
  if (ctx.principal.type === "role" && seconds > CHAINED_SECONDS) {
    throw new AwsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  }
  const account = accountOf(role.Arn);
  checkPolicies(input);
  const managed = await managedPolicies(ctx, account, input.PolicyArns);
  const policies = [...(input.Policy === undefined ? [] : [input.Policy]), ...managed];
  const packed = packedPolicySize(input, details.tags);
  const arn = ctx.arn(`assumed-role/${role.RoleName}/${input.RoleSessionName}`, "sts", { region: "", account });
  const userId = `${role.RoleId}:${input.RoleSessionName}`;
  const session = { ...details, policies: policies.length > 0 ? policies : undefined };
  return {
    Credentials: issueCredentials(ctx, { type: "role", account, arn, userId, roleArn: role.Arn, session }, seconds),
    AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
    PackedPolicySize: packed,
    SourceIdentity: details.sourceIdentity,
  };
}
