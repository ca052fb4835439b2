/** AWS Security Token Service. */
import { constrained } from "../../kernel/input-constraints.js";
import { defineService, operation } from "../../kernel/service.js";
import { assumeRole } from "./assume-role.js";
import { decodeAuthorizationMessage, getAccessKeyInfo, getCallerIdentity } from "./caller-identity.js";
import constraints from "./constraints.json" with { type: "json" };
import { getWebIdentityToken, issuerEndpoint } from "./issued-tokens.js";
import { getFederationToken, getSessionToken } from "./sessions.js";
import { assumeRoleWithWebIdentity } from "./web-identity.js";

export default defineService<typeof import("@aws-sdk/client-sts")>({
  id: "sts",
  iamPrefix: "sts",
  operations: constrained(constraints, "ValidationError", {
    AssumeRole: operation(assumeRole, ({ RoleArn }) => RoleArn ?? "*"),
    // The trust policy of the role decides, not what the caller may do: there is none.
    AssumeRoleWithWebIdentity: operation(assumeRoleWithWebIdentity, ({ RoleArn }) => RoleArn ?? "*"),
    DecodeAuthorizationMessage: operation(decodeAuthorizationMessage, "*"),
    GetAccessKeyInfo: operation(getAccessKeyInfo, "*"),
    GetCallerIdentity: operation(getCallerIdentity, "*"),
    GetFederationToken: operation(getFederationToken, ({ Name }, ctx) =>
      ctx.arn(`federated-user/${Name}`, "sts", { region: "" }),
    ),
    GetSessionToken: operation(getSessionToken, "*"),
    GetWebIdentityToken: operation(getWebIdentityToken, "*"),
  }),
  endpoints: { "token issuer": issuerEndpoint },
  unsupported: {
    "signatures of SAML assertions are not checked": ["AssumeRoleWithSAML"],
    "there is no organization, and nobody delegates access": ["AssumeRoot", "GetDelegatedAccessToken"],
  },
});
