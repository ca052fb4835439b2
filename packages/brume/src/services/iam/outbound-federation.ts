/** Whether the principals of an account can have tokens that tell others who they are, and who issues those. */
import type { Context } from "../../kernel/context.js";
import { AwsError } from "../../kernel/errors.js";
import { uuid } from "../../kernel/identifiers.js";
import type { Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";

type Iam = typeof import("@aws-sdk/client-iam");

interface Federation {
  /** The same however often the feature is switched off and on again. */
  readonly issuer: string;
  readonly enabled: boolean;
}
/** [] */
const federations = defineTable<Federation>("iam/outbound-federation", "account");

function getEnabled(ctx: Context): Federation {
  const federation = ctx.table(federations).get();
  if (!federation?.enabled) {
    throw new AwsError(
      "FeatureDisabledException",
      "The outbound web identity federation feature is disabled for the account.",
    );
  }
  return federation;
}

export const enableOutboundWebIdentityFederation: Handler<Iam, "EnableOutboundWebIdentityFederation"> = (
  _input,
  ctx,
) => {
  const before = ctx.table(federations).get();
  if (before?.enabled) {
    throw new AwsError(
      "FeatureEnabledException",
      "The outbound web identity federation feature is already enabled for the account.",
    );
  }
  const issuer = before?.issuer ?? `https://${uuid()}.tokens.sts.global.api.aws`;
  ctx.table(federations).put([], { issuer, enabled: true });
  return { IssuerIdentifier: issuer };
};

export const disableOutboundWebIdentityFederation: Handler<Iam, "DisableOutboundWebIdentityFederation"> = (
  _input,
  ctx,
) => {
  ctx.table(federations).put([], { ...getEnabled(ctx), enabled: false });
  return {};
};

export const getOutboundWebIdentityFederationInfo: Handler<Iam, "GetOutboundWebIdentityFederationInfo"> = (
  _input,
  ctx,
) => ({ IssuerIdentifier: getEnabled(ctx).issuer, JwtVendingEnabled: true });
