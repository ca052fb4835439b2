/** AssumeRoleWithWebIdentity: credentials of a role session for a token of an OpenID Connect provider. */
import type { Context } from "../../kernel/context.js";
import { AwsError, isAwsError } from "../../kernel/errors.js";
import type { Session } from "../../kernel/principal.js";
import type { Handler } from "../../kernel/service.js";
import { isSignedBy, type JsonWebToken, type PublishedKey, parseToken } from "./json-web-token.js";
import { accountOf, beginSession, checkRoleInput, findRole } from "./role-session.js";
import { asSts } from "./session-policies.js";
import { tagMap } from "./sessions.js";
import { trusts } from "./trust-policy.js";

type Sts = typeof import("@aws-sdk/client-sts");

const FETCH_TIMEOUT_MS = 5000;
const invalidToken = (message: string) => new AwsError("InvalidIdentityTokenException", message);

interface Provider {
  readonly arn: string;
  /** The issuer, without its scheme. */
  readonly url: string;
  readonly clientIds: readonly string[];
}

async function findProvider(ctx: Context, account: string, issuer: string): Promise<Provider> {
  const url = issuer.replace(/^https?:\/\//, "").replace(/\/$/, "");
  const arn = ctx.arn(`oidc-provider/${url}`, "iam", { region: "", account });
  try {
    const input = { OpenIDConnectProviderArn: arn };
    const found = await asSts<{ ClientIDList: string[] }>(ctx, account, "GetOpenIDConnectProvider", input);
    return { arn, url, clientIds: found.ClientIDList };
  } catch (error) {
    if (!isAwsError(error, "NoSuchEntityException")) throw error;
    throw invalidToken(`No OpenIDConnect provider found in your account for ${issuer}`);
  }
}

async function fetchJson<T>(ctx: Context, url: string): Promise<T> {
  const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
  const response = await fetch(ctx.cloud.localUrl(url), { signal });
  if (!response.ok) throw new Error(`${url} answers ${response.status}.`);
  return (await response.json()) as T;
}

/** The keys that an issuer publishes. */
async function publishedKeys(ctx: Context, issuer: string): Promise<PublishedKey[]> {
  try {
    const discovery = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const { jwks_uri } = await fetchJson<{ jwks_uri: string }>(ctx, discovery);
    const { keys } = await fetchJson<{ keys: PublishedKey[] }>(ctx, jwks_uri);
    if (Array.isArray(keys)) return keys;
  } catch {
    // Whatever the reason, the answer is the same.
  }
  throw invalidToken(
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  );
}

const audiencesOf = ({ claims }: JsonWebToken): string[] => [claims.aud].flat().map(String);

/** @throws AwsError `InvalidIdentityTokenException`, `ExpiredTokenException` */
async function checkToken(ctx: Context, token: JsonWebToken, provider: Provider): Promise<void> {
  const { aud, azp, exp, iss, sub } = token.claims;
  if (sub === undefined || aud === undefined || exp === undefined)
    throw invalidToken("Missing a required claim: sub, aud or exp");
  // Where a token is for an authorized party, that is its audience as far as AWS is concerned.
  const meant = azp === undefined ? audiencesOf(token) : [String(azp)];
  if (!meant.some((one) => provider.clientIds.includes(one))) throw invalidToken("Incorrect token audience");
  const now = Math.floor(ctx.now() / 1000);
  if (Number(exp) <= now) {
    throw new AwsError(
      "ExpiredTokenException",
      `Token expired: current date/time ${now} must be before the expiration date/time ${exp}`,
    );
  }
  if (!isSignedBy(token, await publishedKeys(ctx, String(iss))))
    throw invalidToken("The signature of the web identity token is not valid.");
}

const TAGS_CLAIM = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY_CLAIM = "https://aws.amazon.com/source_identity";

/** What of a session the token itself says. */
function sessionOf({ claims }: JsonWebToken): Session {
  const { principal_tags = {}, transitive_tag_keys = [] } = (claims[TAGS_CLAIM] ?? {}) as {
    principal_tags?: Record<string, string | string[]>;
    transitive_tag_keys?: string[];
  };
  const tags = Object.entries(principal_tags).map(([Key, value]) => ({ Key, Value: [value].flat()[0] }));
  const sourceIdentity = claims[SOURCE_IDENTITY_CLAIM];
  return {
    tags: tagMap(tags),
    transitiveTagKeys: transitive_tag_keys,
    sourceIdentity: typeof sourceIdentity === "string" ? sourceIdentity : undefined,
  };
}

/** What the conditions of a trust policy can ask of a token. */
function conditionValues(
  { claims }: JsonWebToken,
  provider: Provider,
  sessionName: string,
  { tags = {}, sourceIdentity }: Session,
): Map<string, readonly string[]> {
  const values = new Map<string, readonly string[]>();
  for (const name of ["amr", "aud", "azp", "email", "sub"]) {
    const value = claims[name];
    if (value !== undefined) values.set(`${provider.url}:${name}`.toLowerCase(), [value].flat().map(String));
  }
  // The audience of a token for an authorized party is that party.
  if (claims.azp !== undefined) {
    values.set(`${provider.url}:aud`.toLowerCase(), [String(claims.azp)]);
    values.set(`${provider.url}:oaud`.toLowerCase(), [claims.aud].flat().map(String));
  }
  for (const [key, value] of Object.entries(tags)) values.set(`aws:requesttag/${key.toLowerCase()}`, [value]);
  if (Object.keys(tags).length > 0) values.set("aws:tagkeys", Object.keys(tags));
  if (sourceIdentity !== undefined) values.set("sts:sourceidentity", [sourceIdentity]);
  values.set("sts:rolesessionname", [sessionName]);
  values.set("aws:federatedprovider", [provider.arn]);
  return values;
}

/** Only an issuer on this machine may be asked without TLS. */
const ISSUER = /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost)[:/])/;

export const assumeRoleWithWebIdentity: Handler<Sts, "AssumeRoleWithWebIdentity"> = async (input, ctx) => {
  checkRoleInput(input);
  // Differs from AWS: access tokens of Login with Amazon and Facebook cannot be asked about.
  if (input.ProviderId !== undefined)
    throw new AwsError("IDPCommunicationErrorException", `${input.ProviderId} cannot be reached.`);
  const token = parseToken(input.WebIdentityToken as string);
  if (!token) {
    throw invalidToken(
      "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    );
  }
  const issuer = String(token.claims.iss ?? "");
  if (!ISSUER.test(issuer)) throw invalidToken("Issuer must be a valid URL");
  const account = accountOf(input.RoleArn as string);
  const provider = await findProvider(ctx, account, issuer);
  await checkToken(ctx, token, provider);
  const role = await findRole(ctx, input.RoleArn as string);
  const details = sessionOf(token);
  const values = conditionValues(token, provider, input.RoleSessionName as string, details);
  const action = "sts:AssumeRoleWithWebIdentity";
  if (!role || !trusts(decodeURIComponent(role.AssumeRolePolicyDocument), action, provider.arn, values))
    throw new AwsError("AccessDenied", `Not authorized to perform ${action}`, { status: 403 });
  return {
    ...(await beginSession(ctx, role, input, details)),
    SubjectFromWebIdentityToken: String(token.claims.sub),
    Audience: audiencesOf(token).join(","),
    Provider: provider.arn,
  };
};
