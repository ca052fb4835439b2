/** AWS Security Token Service. */
import { defineService, operation } from "../../kernel/service.js";
import { assumeRole } from "./assume-role.js";
import { getAccessKeyInfo, getCallerIdentity } from "./caller-identity.js";
import { getFederationToken, getSessionToken } from "./sessions.js";

export default defineService<typeof import("@aws-sdk/client-sts")>({
  id: "sts",
  iamPrefix: "sts",
  operations: {
    AssumeRole: operation(assumeRole, ({ RoleArn }) => RoleArn ?? "*"),
    GetAccessKeyInfo: operation(getAccessKeyInfo, "*"),
    GetCallerIdentity: operation(getCallerIdentity, "*"),
    GetFederationToken: operation(getFederationToken, ({ Name }, ctx) =>
      ctx.arn(`federated-user/${Name}`, "sts", { region: "" }),
    ),
    GetSessionToken: operation(getSessionToken, "*"),
  },
  unsupported: {
    "no identity provider can be reached from a local cloud": [
      "AssumeRoleWithSAML",
      "AssumeRoleWithWebIdentity",
      "GetWebIdentityToken",
      "GetDelegatedAccessToken",
    ],
    "there is no organization": ["AssumeRoot"],
    "authorization messages are never encoded": ["DecodeAuthorizationMessage"],
  },
});
