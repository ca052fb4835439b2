/** The operations on principals whose pulls leave an image's last pull time as it is. */
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { invalid, page } from "./repository.js";

type Ecr = typeof import("@aws-sdk/client-ecr");

/** [principal's ARN] */
export const exclusions = defineTable<{ readonly principalArn: string }>("ecr/pull-time-exclusions");

const PRINCIPAL = /^arn:aws[a-zA-Z-]*:iam::\d{12}:(role|user)\/.+$/;

export const registerPullTimeUpdateExclusion: Handler<Ecr, "RegisterPullTimeUpdateExclusion"> = (input, ctx) => {
  const { principalArn = "" } = input;
  if (!PRINCIPAL.test(principalArn)) throw invalid("principalArn", "must be the ARN of an IAM role or user");
  if (ctx.table(exclusions).has(principalArn)) {
    throw new AwsError(
      "ExclusionAlreadyExistsException",
      `The pull time update exclusion for the principal '${principalArn}' already exists in the registry with id '${ctx.account}'`,
    );
  }
  ctx.table(exclusions).put([principalArn], { principalArn });
  return { principalArn, createdAt: new Date(ctx.now()) };
};

export const deregisterPullTimeUpdateExclusion: Handler<Ecr, "DeregisterPullTimeUpdateExclusion"> = (input, ctx) => {
  const { principalArn = "" } = input;
  if (!ctx.table(exclusions).delete(principalArn)) {
    throw new AwsError(
      "ExclusionNotFoundException",
      `The pull time update exclusion for the principal '${principalArn}' does not exist in the registry with id '${ctx.account}'`,
    );
  }
  return { principalArn };
};

export const listPullTimeUpdateExclusions: Handler<Ecr, "ListPullTimeUpdateExclusions"> = (input, ctx) => {
  const arns = ctx
    .table(exclusions)
    .rows()
    .map(({ principalArn }) => principalArn);
  const { items, nextToken } = page(arns, input);
  return { pullTimeUpdateExclusions: items, nextToken };
};
