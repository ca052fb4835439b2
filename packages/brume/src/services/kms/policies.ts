/** The operations on the policies of keys. */
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check } from "./constraints.js";
import { changeKey, getKey, getOwnKey, notFound } from "./tables.js";

type Kms = typeof import("@aws-sdk/client-kms");

const MAX_POLICY = 32_768;

/** @returns the policy @throws AwsError `MalformedPolicyDocumentException` */
export function checkPolicy(policy: string | undefined): string {
  check("policy", policy, { min: 1, max: MAX_POLICY });
  try {
    const { Statement } = JSON.parse(policy as string) as { Statement?: unknown };
    if (typeof Statement === "object" && Statement !== null) return policy as string;
  } catch {
    // Answered below, as for JSON that is no policy.
  }
  throw new AwsError("MalformedPolicyDocumentException", "The policy is not syntactically or semantically correct.");
}

function checkPolicyName(name: string | undefined): void {
  if (name !== undefined && name !== "default") throw notFound("No such policy exists");
}

export const putKeyPolicy: Handler<Kms, "PutKeyPolicy"> = (input, ctx) => {
  checkPolicyName(input.PolicyName);
  changeKey(ctx, getOwnKey(ctx, input.KeyId), { policy: checkPolicy(input.Policy) });
  return {};
};

export const getKeyPolicy: Handler<Kms, "GetKeyPolicy"> = (input, ctx) => {
  checkPolicyName(input.PolicyName);
  return { Policy: getKey(ctx, input.KeyId).key.policy, PolicyName: "default" };
};

export const listKeyPolicies: Handler<Kms, "ListKeyPolicies"> = (input, ctx) => {
  getKey(ctx, input.KeyId);
  return { PolicyNames: ["default"], Truncated: false };
};
