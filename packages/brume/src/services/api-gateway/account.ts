/** An account's settings: the role that access logs are written with. */
import type { Handler } from "../../kernel/service.js";
import { patched } from "./patch.js";
import { accounts, badRequest } from "./tables.js";

type Sdk = typeof import("@aws-sdk/client-api-gateway");

const DEFAULTS = {
  throttleSettings: { burstLimit: 5000, rateLimit: 10_000 },
  features: ["UsagePlans"],
  apiKeyVersion: "4",
};

export const getAccount: Handler<Sdk, "GetAccount"> = (_input, ctx) => ({
  ...DEFAULTS,
  ...ctx.table(accounts).get(""),
});

export const updateAccount: Handler<Sdk, "UpdateAccount"> = (input, ctx) => {
  const after = patched({ ...DEFAULTS, ...ctx.table(accounts).get("") }, input.patchOperations, {
    "/cloudwatchRoleArn": "text",
    "/features": "list",
  });
  const role = (after as { cloudwatchRoleArn?: string }).cloudwatchRoleArn;
  if (role && !/^arn:[^:]+:iam::\d+:role\/./.test(role))
    throw badRequest(
      "The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.",
    );
  ctx.table(accounts).put([""], after);
  return after;
};
