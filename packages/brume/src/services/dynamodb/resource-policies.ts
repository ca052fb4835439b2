/** PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy, on tables and on streams. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { randomHex } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { type Attached, getArnResource } from "./arn-resource.js";
import { validation } from "./attribute-value.js";
import { checkMembers, RESOURCE_ARN } from "./constraints.js";

type Dynamo = typeof import("@aws-sdk/client-dynamodb");

const MAX_BYTES = 20 * 1024;
/** The revision that is expected where there should be no policy. */
const NO_POLICY = "NO_POLICY";

/** A policy as it is stored. @throws AwsError `ValidationException` */
export function newPolicy(ctx: Context, document: string) {
  if (Buffer.byteLength(document) > MAX_BYTES) {
    throw validation("Resource policy size has exceeded the maximum allowed size of 20 KB");
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    // Refused below, as what is no object is.
  }
  if (typeof parsed !== "object" || parsed === null) throw validation("Policy document is malformed");
  return { document, revision: `${ctx.now()}${randomHex(8)}` };
}

export const putResourcePolicy: Handler<Dynamo, "PutResourcePolicy"> = (input, ctx) => {
  checkMembers(input, { ResourceArn: RESOURCE_ARN, Policy: { required: true } });
  const resource = getArnResource(ctx, input.ResourceArn as string);
  checkRevision(resource, input.ExpectedRevisionId, NO_POLICY);
  const policy = newPolicy(ctx, input.Policy as string);
  resource.save({ policy });
  return { RevisionId: policy.revision };
};

export const getResourcePolicy: Handler<Dynamo, "GetResourcePolicy"> = (input, ctx) => {
  checkMembers(input, { ResourceArn: RESOURCE_ARN });
  const { policy } = getArnResource(ctx, input.ResourceArn as string);
  if (!policy) {
    throw new AwsError(
      "PolicyNotFoundException",
      `Resource-based policy not found for the provided ResourceArn: ${input.ResourceArn}`,
    );
  }
  return { Policy: policy.document, RevisionId: policy.revision };
};

export const deleteResourcePolicy: Handler<Dynamo, "DeleteResourcePolicy"> = (input, ctx) => {
  checkMembers(input, { ResourceArn: RESOURCE_ARN });
  const resource = getArnResource(ctx, input.ResourceArn as string);
  checkRevision(resource, input.ExpectedRevisionId, undefined);
  const { policy } = resource;
  if (!policy) return {};
  resource.save({ policy: undefined });
  return { RevisionId: policy.revision };
};

function checkRevision({ policy }: Attached, expected: string | undefined, none: string | undefined): void {
  if (expected === undefined || expected === (policy?.revision ?? none)) return;
  throw new AwsError(
    "PolicyNotFoundException",
    "The policy with the provided revision ID does not exist, or its revision ID does not match.",
  );
}
