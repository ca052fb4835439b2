/** For which account and region a command is. */
import type { Place } from "../assembly/cloud-client.js";
import { UserError } from "../kernel/errors.js";
import type { Options } from "./main.js";

/** @throws UserError for an account that is none */
export function placeOf({ account, region }: Options): Place {
  const chosen = account ?? process.env.CDK_DEFAULT_ACCOUNT ?? "000000000000";
  if (!/^\d{12}$/.test(chosen))
    throw new UserError("InvalidAccount", `${chosen} is no account: an account has twelve digits.`);
  return { account: chosen, region: region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? "us-east-1" };
}
