/** JWT authorizers at work: tokens of an OpenID Connect issuer. See "Control access to HTTP APIs with JWT authorizers". */
import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { defineMemory } from "../../../kernel/cloud.js";
import type { Context } from "../../../kernel/context.js";
import type { Authorizer } from "../tables.js";
import type { Exchange } from "./exchange.js";
import { evaluate, sourcesOf } from "./expressions.js";
import { ApiFailure } from "./failure.js";

type Claims = Record<string, unknown>;
interface Key extends JsonWebKey {
  readonly kid?: string;
}

const HASHES: Readonly<Record<string, string>> = { RS256: "sha256", RS384: "sha384", RS512: "sha512" };
const KEYS_HOLD_MS = 2 * 60 * 60 * 1000;
const FETCH_TIMEOUT_MS = 5000;

/** The public keys of issuers, for as long as API Gateway keeps them. */
const keySets = defineMemory(
  "apigatewayv2/key-sets",
  () => new Map<string, { keys: readonly Key[]; expiresAt: number }>(),
);

const refused = (description: string) =>
  new ApiFailure(401, {
    challenge: `Bearer scope="" error="invalid_token" error_description="${description}"`,
    reason: description,
  });

/** What the claims and scopes of a request's token are. @throws ApiFailure 401, 403 */
export async function acceptToken(
  exchange: Exchange,
  authorizer: Authorizer,
): Promise<{ claims: Claims; scopes: string[] | null }> {
  const source = authorizer.IdentitySource?.[0] ?? "$request.header.Authorization";
  const given = evaluate(source, sourcesOf(exchange));
  if (!given) throw new ApiFailure(401, { challenge: "Bearer", reason: "There is no token." });
  const { header, claims, signed, signature } = parse(given.replace(/^Bearer\s+/i, ""));
  checkClaims(claims, authorizer, exchange.ctx.now() / 1000);
  const hash = HASHES[String(header.alg)];
  if (hash === undefined) throw refused("signing method is invalid");
  const key = await keyOf(exchange.ctx, authorizer.JwtConfiguration?.Issuer ?? "", String(header.kid));
  if (!key) throw refused("unable to fetch the keys of the issuer, or no key has the token's kid");
  if (!verify(hash, Buffer.from(signed), createPublicKey({ key, format: "jwk" }), signature)) {
    throw refused("the signature is invalid");
  }
  return { claims: shown(claims), scopes: checkScopes(exchange, claims) };
}

function parse(token: string): { header: Claims; claims: Claims; signed: string; signature: Buffer } {
  const [header = "", payload = "", signature, ...more] = token.split(".");
  try {
    if (signature === undefined || more.length > 0) throw new SyntaxError("A token has three parts.");
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as Claims;
    return {
      header: read(header),
      claims: read(payload),
      signed: `${header}.${payload}`,
      signature: Buffer.from(signature, "base64url"),
    };
  } catch {
    throw refused("the token is malformed");
  }
}

function checkClaims(claims: Claims, { JwtConfiguration }: Authorizer, now: number): void {
  if (claims.iss !== JwtConfiguration?.Issuer) throw refused("the token does not have a valid issuer");
  const audiences = [claims.aud ?? claims.client_id ?? []].flat().map(String);
  if (!audiences.some((one) => JwtConfiguration?.Audience?.includes(one)))
    throw refused("the token does not have a valid audience");
  if (typeof claims.exp !== "number" || claims.exp <= now) throw refused("the token has expired");
  if (typeof claims.nbf === "number" && claims.nbf > now) throw refused("the token is not yet valid");
  if (typeof claims.iat === "number" && claims.iat > now + 1) throw refused("the token was issued in the future");
}

function checkScopes({ route }: Exchange, claims: Claims): string[] | null {
  const wanted = route?.AuthorizationScopes ?? [];
  if (wanted.length === 0) return null;
  const given = claims.scope ?? claims.scp ?? "";
  const granted = typeof given === "string" ? given.split(" ") : [given].flat().map(String);
  if (!wanted.some((scope) => granted.includes(scope))) {
    throw new ApiFailure(403, { challenge: `Bearer scope="${wanted.join(" ")}" error="insufficient_scope"` });
  }
  return wanted.filter((scope) => granted.includes(scope));
}

/** Functions see claims as text; lists as their members between brackets. */
function shown(claims: Claims): Record<string, string> {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => [
      name,
      Array.isArray(value) ? `[${value.join(" ")}]` : typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );
}

/** The issuer's key of that id; `undefined` where the issuer has none, or cannot be reached. */
async function keyOf(ctx: Context, issuer: string, kid: string): Promise<Key | undefined> {
  const held = ctx.memory(keySets);
  const known = held.get(issuer);
  const found = known && known.expiresAt > ctx.now() ? known.keys.find((key) => key.kid === kid) : undefined;
  if (found) return found;
  const base = ctx.cloud.localUrl(issuer).replace(/\/$/, "");
  const configuration = await fetchJson(ctx, `${base}/.well-known/openid-configuration`);
  const uri = typeof configuration?.jwks_uri === "string" ? configuration.jwks_uri : `${base}/.well-known/jwks.json`;
  const keys = (await fetchJson(ctx, ctx.cloud.localUrl(uri)))?.keys;
  if (!Array.isArray(keys)) return undefined;
  held.set(issuer, { keys: keys as Key[], expiresAt: ctx.now() + KEYS_HOLD_MS });
  return (keys as Key[]).find((key) => key.kid === kid);
}

function fetchJson(ctx: Context, url: string): Promise<Claims | undefined> {
  const work = new Promise<Claims | undefined>((resolve) => {
    const nothing = () => resolve(undefined);
    if (!/^https?:\/\//.test(url)) return nothing();
    const send = url.startsWith("https:") ? httpsRequest : httpRequest;
    const outgoing = send(url, { timeout: FETCH_TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", nothing);
      response.on("end", () => {
        try {
          resolve(response.statusCode === 200 ? (JSON.parse(Buffer.concat(chunks).toString()) as Claims) : undefined);
        } catch {
          nothing();
        }
      });
    });
    outgoing.on("error", nothing);
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.end();
  });
  return ctx.cloud.activity.during(work);
}
