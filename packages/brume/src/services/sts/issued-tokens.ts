/** GetWebIdentityToken: tokens that tell others who calls, and the keys with which they check them. */
import { createPublicKey, generateKeyPair, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import type { Context } from "../../kernel/context.js";
import { AwsError, orUndefined } from "../../kernel/errors.js";
import { randomHex, uuid } from "../../kernel/identifiers.js";
import type { Endpoint, Handler } from "../../kernel/service.js";
import { defineTable } from "../../kernel/store.js";
import { check } from "./constraints.js";
import { parsePrivateKey } from "./json-web-token.js";
import { asSts } from "./session-policies.js";
import { tagMap } from "./sessions.js";

type Sts = typeof import("@aws-sdk/client-sts");

interface TokenKey {
  readonly id: string;
  readonly algorithm: string;
  /** PKCS #8. */
  readonly privateKey: Uint8Array;
}
/** [id of the issuer, algorithm]: all keys, so that whoever has a token finds its key without an account */
const tokenKeys = defineTable<TokenKey>("sts/token-keys", "cloud");

const DEFAULT_SECONDS = 300;
const MAX_AUDIENCES = 10;
const CLAIMS = "https://sts.amazonaws.com/";

const generate = promisify(generateKeyPair);

/** How tokens are signed, and what the keys are to node:crypto. */
const ALGORITHMS: Readonly<Record<string, { hash: string; make: () => Promise<{ privateKey: KeyObject }> }>> = {
  RS256: { hash: "sha256", make: () => generate("rsa", { modulusLength: 2048 }) },
  ES384: { hash: "sha384", make: () => generate("ec", { namedCurve: "P-384" }) },
};

/** The URL of the issuer of an account's tokens. @throws AwsError when the account does not issue any */
async function issuerOf(ctx: Context): Promise<string> {
  const asking = asSts<{ IssuerIdentifier: string }>(ctx, ctx.account, "GetOutboundWebIdentityFederationInfo", {});
  const info = await orUndefined(asking, "FeatureDisabledException");
  if (info) return info.IssuerIdentifier;
  throw new AwsError(
    "OutboundWebIdentityFederationDisabledException",
    "Outbound web identity federation is disabled for this account.",
  );
}

const issuerId = (issuer: string): string => /^https:\/\/([^.]+)/.exec(issuer)?.[1] ?? "";

async function keyOf(ctx: Context, issuer: string, algorithm: string): Promise<TokenKey> {
  const find = () => ctx.transaction.table(tokenKeys, "", "").get(issuerId(issuer), algorithm);
  const known = find();
  if (known) return known;
  const made = await ALGORITHMS[algorithm]?.make();
  // Whoever else made one meanwhile has given it to others already.
  const privateKey = made?.privateKey.export({ type: "pkcs8", format: "der" }) ?? Buffer.alloc(0);
  const key = find() ?? { id: randomHex(32), algorithm, privateKey };
  ctx.transaction.table(tokenKeys, "", "").put([issuerId(issuer), algorithm], key);
  return key;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

export const getWebIdentityToken: Handler<Sts, "GetWebIdentityToken"> = async (input, ctx) => {
  const audiences = input.Audience ?? [];
  if (audiences.length < 1 || audiences.length > MAX_AUDIENCES)
    throw new AwsError("ValidationError", `Audience must have between 1 and ${MAX_AUDIENCES} members.`);
  for (const audience of audiences) check("audience", audience, { min: 1, max: 1000 });
  const seconds = input.DurationSeconds ?? DEFAULT_SECONDS;
  check("durationSeconds", seconds, { min: 60, max: 3600 });
  const algorithm = input.SigningAlgorithm as string;
  check("signingAlgorithm", algorithm, { oneOf: Object.keys(ALGORITHMS) });
  const tags = tagMap(input.Tags);
  const issuer = await issuerOf(ctx);
  const key = await keyOf(ctx, issuer, algorithm);
  const { arn, roleArn, account, session } = ctx.principal;
  const issuedAt = Math.floor(ctx.now() / 1000);
  const claims = {
    iss: issuer,
    sub: roleArn ?? arn,
    aud: audiences.length === 1 ? audiences[0] : audiences,
    iat: issuedAt,
    exp: issuedAt + seconds,
    jti: uuid(),
    [CLAIMS]: {
      aws_account: account,
      source_region: ctx.region,
      principal_id: arn,
      ...(session?.tags && Object.keys(session.tags).length > 0 ? { principal_tags: session.tags } : {}),
      ...(Object.keys(tags).length > 0 ? { request_tags: tags } : {}),
    },
  };
  const signed = `${encode({ alg: algorithm, kid: key.id, typ: "JWT" })}.${encode(claims)}`;
  const { hash = "sha256" } = ALGORITHMS[algorithm] ?? {};
  const signature = sign(hash, Buffer.from(signed), {
    key: parsePrivateKey(key.privateKey),
    dsaEncoding: "ieee-p1363",
  });
  return {
    WebIdentityToken: `${signed}.${signature.toString("base64url")}`,
    Expiration: new Date(claims.exp * 1000),
  };
};

/** Answers what an issuer publishes: where its keys are, and the keys. */
export const issuerEndpoint: Endpoint = (_request, response, ctx, { groups, path }) => {
  const { issuer: id = "" } = groups;
  const keys = ctx.transaction.table(tokenKeys, "", "").rows({ prefix: [id] });
  const issuer = `https://${id}.tokens.sts.global.api.aws`;
  const answers: Readonly<Record<string, object>> = {
    "/.well-known/openid-configuration": {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: Object.keys(ALGORITHMS),
    },
    "/.well-known/jwks.json": {
      keys: keys.map(({ id: kid, algorithm: alg, privateKey }) => ({
        ...createPublicKey(parsePrivateKey(privateKey)).export({ format: "jwk" }),
        kid,
        alg,
        use: "sig",
      })),
    },
  };
  const answer = Object.hasOwn(answers, path) && keys.length > 0 ? answers[path] : undefined;
  if (!answer) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
};
