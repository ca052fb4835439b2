/** The operations on the policies by which resources are shared with other accounts. */
import { createHash } from "node:crypto";
import { parseArn } from "../../kernel/arn.js";
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { check } from "./constraints.js";
import { latest, parameters } from "./tables.js";

type Ssm = typeof import("@aws-sdk/client-ssm");

interface ResourcePolicy {
  readonly id: string;
  readonly document: string;
}
/** [resource's ARN, policy's id] */
const resourcePolicies = defineTable<ResourcePolicy>("ssm/resource-policies");

const MAX_POLICIES = 50;
const hashOf = ({ document }: ResourcePolicy) => createHash("sha256").update(document).digest("hex");

const invalidParameter = (message: string, ...names: string[]) =>
  new AwsError("ResourcePolicyInvalidParameterException", message, { members: { ParameterNames: names } });

/** Checks that there is what a policy is to be attached to. @throws AwsError `ResourceNotFoundException` */
function checkResource(ctx: Context, arn: string | undefined, mustBeAdvanced: boolean): string {
  check("resourceArn", arn, { min: 20, max: 2048 });
  const text = arn as string;
  const resource = parseArn(text)?.resource ?? "";
  if (resource.startsWith("opsitemgroup/")) return text;
  if (!resource.startsWith("parameter/"))
    throw invalidParameter(`The resource ARN ${text} is not supported.`, "ResourceArn");
  const table = ctx.table(parameters);
  const name = resource.slice("parameter".length);
  const parameter = table.get(name) ?? table.get(name.slice(1));
  if (!parameter) throw new AwsError("ResourceNotFoundException", `The resource ${text} was not found.`);
  if (mustBeAdvanced && latest(ctx, parameter).tier !== "Advanced")
    throw invalidParameter("Only parameters of the advanced tier can be shared.", "ResourceArn");
  return text;
}

function checkDocument(document: string | undefined): string {
  check("policy", document, { pattern: /^(?!\s*$).+/s });
  try {
    const { Statement } = JSON.parse(document as string) as { Statement?: unknown };
    if (typeof Statement === "object" && Statement !== null) return document as string;
  } catch {
    // Answered below, as for JSON that is no policy.
  }
  throw new AwsError("MalformedResourcePolicyDocumentException", "The policy document is malformed.");
}

/** A policy whose content is still what the caller believes it to be. */
function getUnchanged(ctx: Context, arn: string, id: string, hash: string | undefined): ResourcePolicy {
  const policy = ctx.table(resourcePolicies).get(arn, id);
  if (!policy) throw new AwsError("ResourcePolicyNotFoundException", `No policies with ID ${id} could be found.`);
  if (hashOf(policy) !== hash) {
    throw new AwsError(
      "ResourcePolicyConflictException",
      "The hash provided in the call doesn't match the stored hash. This exception is thrown when trying to update an obsolete policy version or when multiple requests to update a policy are sent.",
    );
  }
  return policy;
}

export const putResourcePolicy: Handler<Ssm, "PutResourcePolicy"> = (input, ctx) => {
  const document = checkDocument(input.Policy);
  const arn = checkResource(ctx, input.ResourceArn, true);
  const { PolicyId: given, PolicyHash: hash } = input;
  if ((given === undefined) !== (hash === undefined)) {
    throw invalidParameter("PolicyId and PolicyHash are given together.", "PolicyId", "PolicyHash");
  }
  const table = ctx.table(resourcePolicies);
  if (given !== undefined) getUnchanged(ctx, arn, given, hash);
  else {
    const most = arn.includes(":opsitemgroup/") ? 1 : MAX_POLICIES;
    if (table.count({ prefix: [arn] }) >= most) {
      throw new AwsError(
        "ResourcePolicyLimitExceededException",
        "The PutResourcePolicy API action enforces a limit on the policies of a resource.",
        { members: { Limit: most, LimitType: "policies" } },
      );
    }
  }
  const policy = { id: given ?? uuid(), document };
  table.put([arn, policy.id], policy);
  return { PolicyId: policy.id, PolicyHash: hashOf(policy) };
};

export const getResourcePolicies: Handler<Ssm, "GetResourcePolicies"> = (input, ctx) => {
  const arn = checkResource(ctx, input.ResourceArn, false);
  const limit = input.MaxResults ?? 50;
  check("maxResults", limit, { min: 1, max: 50 });
  const after = input.NextToken ?? "";
  const rest = ctx
    .table(resourcePolicies)
    .rows({ prefix: [arn] })
    .filter(({ id }) => id > after);
  return {
    Policies: rest
      .slice(0, limit)
      .map((policy) => ({ PolicyId: policy.id, PolicyHash: hashOf(policy), Policy: policy.document })),
    NextToken: rest.length > limit ? rest[limit - 1]?.id : undefined,
  };
};

export const deleteResourcePolicy: Handler<Ssm, "DeleteResourcePolicy"> = (input, ctx) => {
  const arn = checkResource(ctx, input.ResourceArn, false);
  const { id } = getUnchanged(ctx, arn, input.PolicyId ?? "", input.PolicyHash);
  ctx.table(resourcePolicies).delete(arn, id);
  return {};
};

/** Forgets the policies of a parameter that is deleted. */
export function forgetPolicies(ctx: Context, arn: string): void {
  ctx.table(resourcePolicies).clear({ prefix: [arn] });
}
