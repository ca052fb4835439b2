/** JSON Web Tokens: what they say, and whether who they name has signed them. See RFC 7515 and RFC 7519. */
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";

export interface JsonWebToken {
  readonly algorithm: string;
  readonly keyId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  /** What is signed, and the signature. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

function parsePart(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Takes a token apart; `undefined` for a text that is none. */
export function parseToken(text: string): JsonWebToken | undefined {
  const [head = "", body = "", signature, ...more] = text.split(".");
  const header = parsePart(head);
  const claims = parsePart(body);
  if (!header || !claims || signature === undefined || more.length > 0) return undefined;
  return {
    algorithm: String(header.alg),
    keyId: header.kid === undefined ? undefined : String(header.kid),
    claims,
    signed: Buffer.from(`${head}.${body}`),
    signature: Buffer.from(signature, "base64url"),
  };
}

/** The kind of key that each algorithm needs. */
const KEY_TYPES: Readonly<Record<string, "RSA" | "EC">> = {
  RS256: "RSA",
  RS384: "RSA",
  RS512: "RSA",
  ES256: "EC",
  ES384: "EC",
  ES512: "EC",
};

export type PublishedKey = JsonWebKey & { kid?: string };

/** Whether one of the keys that an issuer publishes has signed a token. */
export function isSignedBy(token: JsonWebToken, keys: readonly PublishedKey[]): boolean {
  const type = KEY_TYPES[token.algorithm];
  const hash = `sha${token.algorithm.slice(2)}`;
  return keys.some((jwk) => {
    if (type === undefined || jwk.kty !== type || (token.keyId !== undefined && jwk.kid !== token.keyId)) return false;
    try {
      const key = createPublicKey({ key: jwk, format: "jwk" });
      return verify(hash, token.signed, { key, dsaEncoding: "ieee-p1363" }, token.signature);
    } catch {
      // A published key that is none has signed nothing.
      return false;
    }
  });
}

/** A private key that is kept as PKCS #8. */
export const parsePrivateKey = (der: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
