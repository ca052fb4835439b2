/** The operations that say whom credentials stand for, and what messages of authorization mean. */
import { findAccessKey } from "../../kernel/access-keys.js";
import { AwsError } from "../../kernel/errors.js";
import type { Handler } from "../../kernel/service.js";
import { check } from "./constraints.js";

type Sts = typeof import("@aws-sdk/client-sts");

export const getCallerIdentity: Handler<Sts, "GetCallerIdentity"> = (_input, ctx) => {
  const { type, account, arn, userId } = ctx.principal;
  if (type === "anonymous") {
    throw new AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", { status: 403 });
  }
  return { Account: account, Arn: arn, UserId: userId };
};

/** The account of keys that this cloud did not issue and that are no account id: the gateway's rule. */
const ACCOUNT_OF_FOREIGN_KEYS = "000000000000";

export const getAccessKeyInfo: Handler<Sts, "GetAccessKeyInfo"> = (input, ctx) => {
  const id = input.AccessKeyId ?? "";
  // Differs from AWS: ids shorter than 16 characters are taken, because an account id is an access key here.
  check("accessKeyId", id, { max: 128, pattern: /^\w+$/ });
  if (/^\d{12}$/.test(id)) return { Account: id };
  return { Account: findAccessKey(ctx.cloud.store, id)?.principal.account ?? ACCOUNT_OF_FOREIGN_KEYS };
};

/** No error here has an encoded message, so no message is one of AWS's. */
export const decodeAuthorizationMessage: Handler<Sts, "DecodeAuthorizationMessage"> = () => {
  throw new AwsError("InvalidAuthorizationMessageException", "Message is not valid");
};
