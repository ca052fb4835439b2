/** The policies that sessions are begun with, and what room they take. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { servicePrincipal } from "../../kernel/principal.js";
import { check } from "./constraints.js";

export interface PolicyInput {
  Policy?: string | undefined;
  PolicyArns?: readonly { arn?: string | undefined }[] | undefined;
}

const MAX_POLICY = 2048;
const MAX_POLICY_ARNS = 10;

/** @throws AwsError `ValidationError`, `MalformedPolicyDocumentException` for session policies that cannot be */
export function checkPolicies({ Policy, PolicyArns = [] }: PolicyInput): void {
  check("policyArns", PolicyArns.length, { max: MAX_POLICY_ARNS });
  for (const { arn } of PolicyArns) check("policyArns.member.arn", arn, { min: 20, max: 2048 });
  if (Policy === undefined) return;
  check("policy", Policy, { min: 1, max: MAX_POLICY });
  if (!isJsonObject(Policy))
    throw new AwsError("MalformedPolicyDocumentException", "This policy contains invalid Json");
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** What policies and tags may take together, as characters that AWS packs into about this many bytes. */
const MAX_PACKED = 4096;

/** Percent of the space for session policies and tags that is used. @throws AwsError `PackedPolicyTooLargeException` */
// Differs from AWS: how AWS packs is not documented, so what comes of it is an estimate.
export function packedPolicySize(
  { Policy = "", PolicyArns = [] }: PolicyInput,
  tags: Readonly<Record<string, string>> = {},
): number | undefined {
  const parts = [Policy, ...PolicyArns.map(({ arn = "" }) => arn), ...Object.entries(tags).flat()];
  const characters = parts.reduce((sum, { length }) => sum + length, 0);
  if (characters === 0) return undefined;
  const percent = Math.ceil((characters / MAX_PACKED) * 100);
  if (percent > 100) {
    throw new AwsError(
      "PackedPolicyTooLargeException",
      `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
    );
  }
  return percent;
}

/** The documents of managed policies. */
export async function managedPolicies(
  ctx: Context,
  account: string,
  arns: PolicyInput["PolicyArns"] = [],
): Promise<string[]> {
  const documents: string[] = [];
  for (const { arn: PolicyArn } of arns) {
    const { Policy } = await asSts<{ Policy: { DefaultVersionId: string } }>(ctx, account, "GetPolicy", { PolicyArn });
    const { PolicyVersion } = await asSts<{ PolicyVersion: { Document: string } }>(ctx, account, "GetPolicyVersion", {
      PolicyArn,
      VersionId: Policy.DefaultVersionId,
    });
    documents.push(decodeURIComponent(PolicyVersion.Document));
  }
  return documents;
}

/** Performs an operation of IAM as STS. */
export function asSts<Output>(ctx: Context, account: string, operation: string, input: object): Promise<Output> {
  return ctx.call<Output>("iam", operation, input, {
    account,
    principal: servicePrincipal("sts.amazonaws.com", account),
  });
}
