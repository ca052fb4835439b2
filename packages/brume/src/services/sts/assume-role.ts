/** AssumeRole: credentials of a role session. */
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import { servicePrincipal } from "../../kernel/principal.js";
import type { Handler } from "../../kernel/service.js";
import { check } from "./constraints.js";
import { issueCredentials, packedPolicySize, tagMap } from "./sessions.js";

type Sts = typeof import("@aws-sdk/client-sts");

const DEFAULT_SECONDS = 3600;
const CHAINED_SECONDS = 3600;
const NAME = /^[\w+=,.@-]*$/;

interface RoleAnswer {
  Role: { RoleName: string; RoleId: string; Arn: string; MaxSessionDuration?: number };
}

// Differs from AWS: a role that exists can be assumed by anyone who may call AssumeRole on it; the trust policy is not
// asked yet.
export const assumeRole: Handler<Sts, "AssumeRole"> = async (input, ctx) => {
  const { RoleArn: roleArn, RoleSessionName: sessionName, DurationSeconds: asked } = input;
  check("roleArn", roleArn, { min: 20, max: 2048, pattern: /^[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uFFFF]+$/ });
  check("roleSessionName", sessionName, { min: 2, max: 64, pattern: NAME });
  if (asked !== undefined) check("durationSeconds", asked, { min: 900, max: 43_200 });
  if (input.SourceIdentity !== undefined)
    check("sourceIdentity", input.SourceIdentity, { min: 2, max: 64, pattern: NAME });
  const tags = tagMap(input.Tags);

  const role = await findRole(ctx, roleArn as string);
  const seconds = asked ?? DEFAULT_SECONDS;
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
  const account = parseArn(role.Arn)?.account ?? ctx.account;
  const policies = await sessionPolicies(ctx, account, input.Policy, input.PolicyArns);
  const arn = ctx.arn(`assumed-role/${role.RoleName}/${sessionName}`, "sts", { region: "", account });
  const userId = `${role.RoleId}:${sessionName}`;
  const session = { policies: policies.length > 0 ? policies : undefined, tags };
  return {
    Credentials: issueCredentials(ctx, { type: "role", account, arn, userId, roleArn: role.Arn, session }, seconds),
    AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
    PackedPolicySize: packedPolicySize(policies),
    SourceIdentity: input.SourceIdentity,
  };
};

/** @throws AwsError `AccessDenied`, as AWS answers for a role that is not there too */
async function findRole(ctx: Context, roleArn: string): Promise<RoleAnswer["Role"]> {
  const arn = parseArn(roleArn);
  if (arn?.service !== "iam" || arn.region !== "" || !arn.resource.startsWith("role/")) {
    throw new AwsError("ValidationError", `${roleArn} is invalid`);
  }
  const RoleName = arn.resource.slice(arn.resource.lastIndexOf("/") + 1);
  try {
    const { Role } = await asSts<RoleAnswer>(ctx, arn.account, "GetRole", { RoleName });
    if (Role.Arn === roleArn) return Role;
  } catch (error) {
    if (!isAwsError(error, "NoSuchEntityException", "ValidationError")) throw error;
  }
  throw new AwsError(
    "AccessDenied",
    `User: ${ctx.principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    { status: 403 },
  );
}

async function sessionPolicies(
  ctx: Context,
  account: string,
  inline: string | undefined,
  managed: readonly { arn?: string | undefined }[] = [],
): Promise<string[]> {
  check("policyArns", managed.length, { max: 10 });
  const documents: string[] = [];
  if (inline !== undefined) {
    if (inline.length > 2048) check("policy", inline, { max: 2048 });
    if (!isJsonObject(inline))
      throw new AwsError("MalformedPolicyDocumentException", "This policy contains invalid Json");
    documents.push(inline);
  }
  for (const { arn: PolicyArn } of managed) {
    const { Policy } = await asSts<{ Policy: { DefaultVersionId: string } }>(ctx, account, "GetPolicy", { PolicyArn });
    const { PolicyVersion } = await asSts<{ PolicyVersion: { Document: string } }>(ctx, account, "GetPolicyVersion", {
      PolicyArn,
      VersionId: Policy.DefaultVersionId,
    });
    documents.push(decodeURIComponent(PolicyVersion.Document));
  }
  return documents;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function asSts<Output>(ctx: Context, account: string, operation: string, input: object): Promise<Output> {
  return ctx.call<Output>("iam", operation, input, {
    account,
    principal: servicePrincipal("sts.amazonaws.com", account),
  });
}
